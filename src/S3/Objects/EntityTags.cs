using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>Entity tags in If-Match, If-None-Match and their copy-source forms: RFC 9110 §8.8.3, §13.1.1 and §13.1.2.</summary>
/// <remarks>
/// <code>
/// If-Match = "*" / #entity-tag
/// entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE
/// </code>
/// Clients of S3 also send tags without quotes; those are read as strong tags.
/// </remarks>
internal static class EntityTags
{
    /// <summary>Whether any field of that name holds the tag or "*".</summary>
    /// <param name="isWeak">Weak comparison: W/ makes no difference. With strong comparison a weak tag never matches.</param>
    public static bool AnyMatches(RequestHead head, KnownHeader field, ETag tag, bool isWeak)
    {
        for (int i = 0; i < head.HeaderCount; i++)
        {
            if (head.HeaderId(i) == field && ListMatches(head.HeaderValue(i), tag, isWeak))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Whether a list of tags holds the tag or "*". Our tags hold no comma, so that splitting at commas loses none of them.
    /// </summary>
    public static bool ListMatches(ReadOnlySpan<byte> list, ETag tag, bool isWeak)
    {
        foreach (Range range in list.Split((byte)','))
        {
            ReadOnlySpan<byte> candidate = list[range].Trim(" \t"u8);
            if (candidate.SequenceEqual("*"u8))
                return true;
            if (candidate.StartsWith("W/"u8))
            {
                if (!isWeak)
                    continue;
                candidate = candidate[2..];
            }

            if (ETag.TryParse(Unquote(candidate), out ETag parsed) && parsed == tag)
                return true;
        }

        return false;
    }

    /// <summary>The tag without its quotes; as it is when it has none.</summary>
    public static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> tag) =>
        tag.Length >= 2 && tag[0] == '"' && tag[^1] == '"' ? tag[1..^1] : tag;
}
