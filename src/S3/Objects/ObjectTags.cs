using System.Text;
using System.Text.Unicode;
using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>
/// Object tags as x-amz-tagging carries them, kept in that form: <c>tags = tag *( "&amp;" tag ); tag = key [ "=" value ]</c>, URL-encoded
/// (S3 API reference, PutObject; limits from the user guide, "Categorizing your objects using tags").
/// </summary>
internal static class ObjectTags
{
    private const int MaxTags = 10;
    private const int MaxKeyCharacters = 128;
    private const int MaxValueCharacters = 256;

    /// <summary>Ten tags of the longest ASCII keys and values, each with its separators.</summary>
    private const int MaxTextBytes = MaxTags * (MaxKeyCharacters + MaxValueCharacters + 2);

    // Stands for a value that is not URL-encoded UTF-8: longer than any that is valid.
    private static readonly string InvalidValue = new('?', MaxValueCharacters + 1);

    private static readonly S3Error InvalidTag = new("InvalidTag", 400,
        "The tags are not valid: at most 10, with different keys of 1 to 128 characters and values of up to 256, URL-encoded as "
        + "key=value&key=value.");

    /// <summary>Writes the request's tags, when it has any.</summary>
    public static S3Error? Write(S3Request request, ref StoredFieldsWriter writer)
    {
        if (!HoistedHeaders.TryGet(request, KnownHeader.AmzTagging, "x-amz-tagging"u8, out ReadOnlySpan<byte> tags) || tags.IsEmpty)
            return null;
        return IsValid(tags) && writer.TryAdd(StoredFieldId.Tagging, default, tags) ? null : InvalidTag;
    }

    /// <summary>How many tags a stored field holds.</summary>
    public static int Count(ReadOnlySpan<byte> tags) => tags.Count((byte)'&') + 1;

    /// <summary>The tags of a stored field, in the order they were given.</summary>
    public static List<(string Key, string Value)> Read(ReadOnlySpan<byte> tags)
    {
        var read = new List<(string Key, string Value)>();
        foreach (Range range in tags.Split((byte)'&'))
        {
            ReadOnlySpan<byte> tag = tags[range];
            int equals = tag.IndexOf((byte)'=');
            string? key = Decode(equals < 0 ? tag : tag[..equals]);
            string? value = equals < 0 ? "" : Decode(tag[(equals + 1)..]);
            read.Add((key ?? "", value ?? InvalidValue));
        }

        return read;
    }

    private static bool IsValid(ReadOnlySpan<byte> tags)
    {
        if (tags.Length > MaxTextBytes)
            return false;
        List<(string Key, string Value)> read = Read(tags);
        return read.Count <= MaxTags
            && read.TrueForAll(tag => tag.Key.Length is >= 1 and <= MaxKeyCharacters && tag.Value.Length <= MaxValueCharacters)
            && read.DistinctBy(tag => tag.Key, StringComparer.Ordinal).Count() == read.Count;
    }

    private static string? Decode(ReadOnlySpan<byte> text)
    {
        byte[] decoded = new byte[text.Length];
        int length = PercentEncoding.Decode(text, decoded, plusIsSpace: true);
        return length < 0 || !Utf8.IsValid(decoded.AsSpan(0, length))
            ? null
            : Encoding.UTF8.GetString(decoded, 0, length);
    }
}
