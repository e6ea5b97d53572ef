using System.Buffers;
using System.Text;

namespace RustFs.Http1;

/// <summary>
/// absolute-form = absolute-URI (RFC 9112 §3.2.2), of which only http-URI and https-URI are served:
/// ( "http" / "https" ) "://" authority path-abempty [ "?" query ] (RFC 9110 §4.2).
/// </summary>
internal readonly struct AbsoluteTarget
{
    private static readonly SearchValues<byte> AuthorityStops = SearchValues.Create("/?# \t"u8);

    private readonly int _authorityOffset;
    private readonly int _authorityLength;

    private AbsoluteTarget(int authorityOffset, int authorityLength)
    {
        _authorityOffset = authorityOffset;
        _authorityLength = authorityLength;
    }

    public bool IsPresent => _authorityOffset > 0;

    /// <summary>Where a slash stands, the last of the scheme's "://".</summary>
    public int SlashOffset => _authorityOffset - 1;

    /// <summary>Host and port as written in the target; empty when the target was no absolute-form.</summary>
    public ReadOnlySpan<byte> Authority(ReadOnlySpan<byte> bytes) => bytes.Slice(_authorityOffset, _authorityLength);

    /// <summary>Not present unless the target begins with a scheme that is served and a host. The scheme's case does not matter.</summary>
    public static AbsoluteTarget Find(ReadOnlySpan<byte> target, int offset, out int pathStart)
    {
        pathStart = 0;
        int schemeLength = StartsWithIgnoreCase(target, "http://"u8) ? 7 : StartsWithIgnoreCase(target, "https://"u8) ? 8 : 0;
        if (schemeLength == 0)
        {
            return default;
        }

        int length = target[schemeLength..].IndexOfAny(AuthorityStops);
        length = length < 0 ? target.Length - schemeLength : length;
        if (!HostField.IsValid(target.Slice(schemeLength, length)))
        {
            return default;
        }

        pathStart = schemeLength + length;
        return new AbsoluteTarget(offset + schemeLength, length);
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase) =>
        text.Length >= lowerCase.Length && Ascii.EqualsIgnoreCase(text[..lowerCase.Length], lowerCase);
}
