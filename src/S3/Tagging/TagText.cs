using System.Buffers;
using System.Text;
using System.Text.Unicode;
using RustFs.S3.Routing;

namespace RustFs.S3.Tagging;

/// <summary>
/// Tags as one text, the form of x-amz-tagging and of what is stored: <c>tags = tag *( "&amp;" tag ); tag = key [ "=" value ]</c>,
/// percent-encoded UTF-8, "+" for a space.
/// </summary>
internal static class TagText
{
    // What the text means something by. Everything else stands for itself, so that the text stays short.
    private static readonly SearchValues<char> Escaped = SearchValues.Create("%&=+");

    public static byte[] Encode(IReadOnlyList<Tag> tags)
    {
        var text = new StringBuilder();
        foreach (Tag tag in tags)
        {
            if (text.Length > 0)
                text.Append('&');
            Append(text, tag.Key);
            text.Append('=');
            Append(text, tag.Value);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The tags in the order they stand; null when the encoding is broken.</summary>
    public static List<Tag>? Decode(ReadOnlySpan<byte> text)
    {
        var tags = new List<Tag>();
        foreach (Range range in text.Split((byte)'&'))
        {
            ReadOnlySpan<byte> tag = text[range];
            if (tag.IsEmpty)
                continue;
            int equals = tag.IndexOf((byte)'=');
            string? key = DecodeOne(equals < 0 ? tag : tag[..equals]);
            string? value = equals < 0 ? "" : DecodeOne(tag[(equals + 1)..]);
            if (key is null || value is null)
                return null;
            tags.Add(new Tag(key, value));
        }

        return tags;
    }

    /// <summary>How many tags a stored text holds; it has no empty ones.</summary>
    public static int Count(ReadOnlySpan<byte> text) => text.IsEmpty ? 0 : text.Count((byte)'&') + 1;

    private static void Append(StringBuilder text, string part)
    {
        foreach (char character in part)
        {
            if (Escaped.Contains(character))
                text.Append('%').Append(((int)character).ToString("X2"));
            else
                text.Append(character);
        }
    }

    private static string? DecodeOne(ReadOnlySpan<byte> text)
    {
        byte[] decoded = new byte[text.Length];
        int length = PercentEncoding.Decode(text, decoded, plusIsSpace: true);
        return length < 0 || !Utf8.IsValid(decoded.AsSpan(0, length)) ? null : Encoding.UTF8.GetString(decoded, 0, length);
    }
}
