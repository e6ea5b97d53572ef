using System.Buffers;
using System.Text;

namespace RustFs.Http1;

/// <summary>
/// The boundary that a Content-Type gives a form:
/// <code>
/// media-type = "multipart/form-data" parameters
/// parameters = *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] )
/// boundary   = 0*69bchars bcharsnospace
/// </code>
/// RFC 9110 §5.6.6 and §8.3.1, RFC 2046 §5.1.1, RFC 7578 §4.1.
/// </summary>
public static class FormBoundary
{
    /// <summary>RFC 2046 §5.1.1.</summary>
    public const int MaxBytes = 70;

    // bchars of RFC 2046 §5.1.1: they need no escapes in a quoted string.
    private static readonly SearchValues<byte> BoundaryBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_,-./:=? "u8);

    /// <summary>Whether the value is of a form, whatever its parameters are worth.</summary>
    public static bool IsForm(ReadOnlySpan<byte> contentType)
    {
        int semicolon = contentType.IndexOf((byte)';');
        return Ascii.EqualsIgnoreCase((semicolon < 0 ? contentType : contentType[..semicolon]).Trim(" \t"u8), "multipart/form-data"u8);
    }

    /// <summary>False when the boundary is missing, stands twice or cannot be one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> contentType, out ReadOnlySpan<byte> boundary)
    {
        boundary = default;
        if (!IsForm(contentType))
            return false;
        int semicolon = contentType.IndexOf((byte)';');
        var parameters = new FormParameters(semicolon < 0 ? default : contentType[semicolon..]);
        bool isFound = false;
        while (parameters.Next())
        {
            if (!Ascii.EqualsIgnoreCase(parameters.Name, "boundary"u8))
                continue;
            if (isFound)
                return false;
            isFound = true;
            boundary = parameters.Value;
        }

        return !parameters.IsBroken && boundary.Length is > 0 and <= MaxBytes && boundary[^1] != ' '
            && !boundary.ContainsAnyExcept(BoundaryBytes);
    }
}
