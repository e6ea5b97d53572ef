namespace RustFs.S3.Routing;

/// <summary>Percent-encoding of paths, queries and listed keys: RFC 3986 §2.1.</summary>
public static class PercentEncoding
{
    /// <summary>Decodes into <paramref name="destination"/>, which must be as long as the text. −1 when an escape is broken.</summary>
    /// <remarks>pct-encoded = "%" HEXDIG HEXDIG; in queries "+" stands for a space as HTML forms have it.</remarks>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination, bool plusIsSpace)
    {
        int written = 0;
        while (true)
        {
            int run = plusIsSpace ? text.IndexOfAny((byte)'%', (byte)'+') : text.IndexOf((byte)'%');
            if (run < 0)
            {
                text.CopyTo(destination[written..]);
                return written + text.Length;
            }

            text[..run].CopyTo(destination[written..]);
            written += run;
            if (text[run] == '+')
            {
                destination[written++] = (byte)' ';
                text = text[(run + 1)..];
                continue;
            }

            if (text.Length < run + 3 || !TryHex(text[run + 1], out int high) || !TryHex(text[run + 2], out int low))
                return -1;
            destination[written++] = (byte)((high << 4) | low);
            text = text[(run + 3)..];
        }
    }

    private static bool TryHex(byte digit, out int value)
    {
        value = digit switch
        {
            >= (byte)'0' and <= (byte)'9' => digit - '0',
            >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
            _ => -1,
        };
        return value >= 0;
    }
}
