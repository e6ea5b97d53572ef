using System.Buffers;

namespace RustFs.Signing;

/// <summary>
/// AWS's UriEncode applied to what is already percent-encoded: every octet is decoded and encoded again, so that one request has one
/// canonical form however its client spelt it.
/// <code>
/// unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"        ; stands for itself (RFC 3986 §2.3)
/// other      = "%" 2UPHEXDIG
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header", UriEncode. Nothing is normalised: "//", "." and ".." are
/// parts of an object's key.
/// </summary>
internal static class UriEncoding
{
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    private static readonly SearchValues<byte> UnreservedAndSlash =
        SearchValues.Create("/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    /// <summary>How many bytes a text of that length may become: every byte a "%XX".</summary>
    public static int MaxLength(int lengthBytes) => 3 * lengthBytes;

    /// <summary>Slashes stay, encoded ones become plain; a plus sign is itself.</summary>
    public static int EncodePath(ReadOnlySpan<byte> path, Span<byte> destination) =>
        Encode(path, destination, UnreservedAndSlash, plusIsSpace: false);

    /// <summary>
    /// A name or value of the query. Slashes are encoded. A plus sign is a space, as the server reads it when it decodes the parameter and
    /// as the clients that send one have signed it; a plus that is meant arrives as %2B.
    /// </summary>
    public static int EncodeQueryComponent(ReadOnlySpan<byte> text, Span<byte> destination) =>
        Encode(text, destination, Unreserved, plusIsSpace: true);

    /// <summary>Undoes <see cref="EncodeQueryComponent"/>. The destination may be as short as the text.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            if (value == '%' && TryDecodeEscape(text[i..], out byte decoded))
            {
                value = decoded;
                i += 2;
            }

            destination[written++] = value;
        }

        return written;
    }

    private static int Encode(ReadOnlySpan<byte> text, Span<byte> destination, SearchValues<byte> kept, bool plusIsSpace)
    {
        int written = 0;
        while (true)
        {
            int run = text.IndexOfAnyExcept(kept);
            if (run < 0)
                run = text.Length;
            text[..run].CopyTo(destination[written..]);
            written += run;
            if (run == text.Length)
                return written;

            text = text[run..];
            byte value = text[0];
            int consumed = 1;
            if (value == '%' && TryDecodeEscape(text, out byte decoded))
            {
                value = decoded;
                consumed = 3;
            }
            else if (value == '+' && plusIsSpace)
            {
                value = (byte)' ';
            }

            text = text[consumed..];
            if (kept.Contains(value))
            {
                destination[written++] = value;
            }
            else
            {
                destination[written] = (byte)'%';
                destination[written + 1] = UpperHexDigit(value >> 4);
                destination[written + 2] = UpperHexDigit(value & 15);
                written += 3;
            }
        }
    }

    /// <summary>"%" HEXDIG HEXDIG at the front; a percent sign before anything else is itself.</summary>
    private static bool TryDecodeEscape(ReadOnlySpan<byte> text, out byte value)
    {
        value = 0;
        if (text.Length < 3 || !char.IsAsciiHexDigit((char)text[1]) || !char.IsAsciiHexDigit((char)text[2]))
            return false;
        value = (byte)((HexDigitValue(text[1]) << 4) | HexDigitValue(text[2]));
        return true;
    }

    private static int HexDigitValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static byte UpperHexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}
