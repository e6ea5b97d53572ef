using System.Buffers;
using RustFs.S3.Xml;

namespace RustFs.S3.Listing;

/// <summary>
/// Writes names as <c>encoding-type=url</c> asks: percent-encoded UTF-8, with '/' and '*' kept as AWS keeps them. A space is %20 and a
/// plus sign %2B, which decoders of RFC 3986 escapes and of HTML forms (botocore's) both read rightly.
/// </summary>
internal static class UrlEncodedText
{
    private static readonly SearchValues<byte> Kept =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/*"u8);

    public static void Write(XmlBody body, ReadOnlySpan<byte> utf8)
    {
        Span<byte> escape = stackalloc byte[3];
        escape[0] = (byte)'%';
        while (true)
        {
            int run = utf8.IndexOfAnyExcept(Kept);
            if (run < 0)
            {
                body.Raw(utf8);
                return;
            }

            body.Raw(utf8[..run]);
            escape[1] = HexDigit(utf8[run] >> 4);
            escape[2] = HexDigit(utf8[run] & 15);
            body.Raw(escape);
            utf8 = utf8[(run + 1)..];
        }
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}
