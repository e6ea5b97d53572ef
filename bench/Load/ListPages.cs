using System.Buffers.Text;
using System.Text;

namespace RustFs.Bench.Load;

/// <summary>Walks through the pages of ListObjectsV2, again and again: each page of 1,000 is asked for by the token before.</summary>
internal sealed class ListPages(string delimiter, string startAfter)
{
    // What follows the last key or common prefix: the count, the flag and the token, which is at most 1,400 bytes.
    private const int TailBytes = 2048;

    private readonly string _fixedQuery = delimiter.Length == 0 ? "" : $"delimiter={Uri.EscapeDataString(delimiter)}&";
    private string? _token;

    /// <summary>The query of the next page, in canonical form.</summary>
    public string NextQuery() =>
        _token is null
            ? $"{_fixedQuery}list-type=2&max-keys=1000&start-after={Uri.EscapeDataString(startAfter)}"
            : $"continuation-token={Uri.EscapeDataString(_token)}&{_fixedQuery}list-type=2&max-keys=1000";

    /// <summary>Takes the token from a page, or begins anew behind the last one; returns how many keys the page has.</summary>
    public int Read(ReadOnlySpan<byte> page)
    {
        ReadOnlySpan<byte> tail = page[Math.Max(0, page.Length - TailBytes)..];
        ReadOnlySpan<byte> token = Element(tail, "<NextContinuationToken>"u8);
        _token = token.IsEmpty ? null : Encoding.ASCII.GetString(token);
        return Utf8Parser.TryParse(Element(tail, "<KeyCount>"u8), out int count, out _)
            ? count
            : throw new IOException("A page has no KeyCount.");
    }

    private static ReadOnlySpan<byte> Element(ReadOnlySpan<byte> document, ReadOnlySpan<byte> open)
    {
        int start = document.IndexOf(open);
        if (start < 0)
            return default;
        ReadOnlySpan<byte> rest = document[(start + open.Length)..];
        return rest[..rest.IndexOf((byte)'<')];
    }
}
