using System.Runtime.CompilerServices;

namespace RustFs.S3.Xml;

/// <summary>
/// Times in S3's documents: <c>date "T" time "." 3DIGIT "Z"</c>, a profile of RFC 3339. Written digit by digit, since a listing has a
/// thousand of them and a general formatter costs as much as the rest of the entry.
/// </summary>
internal static class Iso8601
{
    /// <summary>2009-10-12T17:50:30.000Z.</summary>
    public const int LengthBytes = 24;

    /// <param name="unixMs">Milliseconds since 1970, from the years 1 to 9999.</param>
    public static int Write(long unixMs, Span<byte> destination)
    {
        DateTime time = DateTime.UnixEpoch.AddMilliseconds(unixMs);
        time.Deconstruct(out DateOnly date, out TimeOnly clock);
        Span<byte> text = destination[..LengthBytes];
        text[23] = (byte)'Z';
        Digits(text[20..23], clock.Millisecond);
        text[19] = (byte)'.';
        Digits(text[17..19], clock.Second);
        text[16] = (byte)':';
        Digits(text[14..16], clock.Minute);
        text[13] = (byte)':';
        Digits(text[11..13], clock.Hour);
        text[10] = (byte)'T';
        date.Deconstruct(out int year, out int month, out int day);
        Digits(text[8..10], day);
        text[7] = (byte)'-';
        Digits(text[5..7], month);
        text[4] = (byte)'-';
        Digits(text[..4], year);
        return LengthBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Digits(Span<byte> destination, int value)
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            (value, int digit) = Math.DivRem(value, 10);
            destination[i] = (byte)('0' + digit);
        }
    }
}
