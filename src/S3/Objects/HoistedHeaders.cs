using System.Text;
using RustFs.Http1;
using RustFs.S3.Routing;

namespace RustFs.S3.Objects;

/// <summary>
/// Headers that a presigning client moved into the query: SDKs hoist x-amz-* headers so that the URL alone makes the request. They are
/// signed with the query and count like headers; ignoring one would drop a checksum or metadata without a word.
/// </summary>
internal static class HoistedHeaders
{
    /// <summary>The header, or the query parameter of that name when the request is presigned.</summary>
    public static bool TryGet(S3Request request, KnownHeader header, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        if (request.Head.TryGet(header, out value))
            return true;
        if (!request.Signature.IsPresigned)
            return false;
        QueryParameters query = request.Query;
        for (int i = 0; i < query.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(query.RawName(i), name))
            {
                value = Value(query, i);
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the name of a header or query parameter has that lower-case prefix.</summary>
    public static bool HasPrefix(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.Length >= prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix);

    /// <summary>The decoded value in a new array; as it stands when its encoding is broken.</summary>
    public static ReadOnlySpan<byte> Value(QueryParameters query, int index)
    {
        ReadOnlySpan<byte> raw = query.RawValue(index);
        byte[] decoded = new byte[raw.Length];
        int length = PercentEncoding.Decode(raw, decoded, plusIsSpace: false);
        return length < 0 ? raw : decoded.AsSpan(0, length);
    }
}
