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

    /// <summary>2009-10-12T.</summary>
    internal const int DateBytes = 11;

    private const long MsPerDay = 24 * 60 * 60 * 1000;
    private static readonly int EpochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <param name="unixMs">Milliseconds since 1970, from the years 1 to 9999.</param>
    public static int Write(long unixMs, Span<byte> destination)
    {
        WriteDate(Day(unixMs, out int msOfDay), destination);
        WriteClock(msOfDay, destination[DateBytes..]);
        return LengthBytes;
    }

    /// <summary>Days since 1970, and the milliseconds since midnight.</summary>
    internal static int Day(long unixMs, out int msOfDay)
    {
        long day = unixMs / MsPerDay;
        long ms = unixMs - day * MsPerDay;
        if (ms < 0)
            (day, ms) = (day - 1, ms + MsPerDay);
        msOfDay = (int)ms;
        return (int)day;
    }

    /// <summary>The date and the T.</summary>
    internal static void WriteDate(int day, Span<byte> destination)
    {
        DateOnly.FromDayNumber(EpochDay + day).Deconstruct(out int year, out int month, out int dayOfMonth);
        Span<byte> text = destination[..DateBytes];
        text[10] = (byte)'T';
        TwoDigits(text[8..], (uint)dayOfMonth);
        text[7] = (byte)'-';
        TwoDigits(text[5..], (uint)month);
        text[4] = (byte)'-';
        TwoDigits(text[2..], (uint)year % 100);
        TwoDigits(text, (uint)year / 100);
    }

    /// <summary>Time of day, milliseconds and the Z.</summary>
    internal static void WriteClock(int msOfDay, Span<byte> destination)
    {
        (uint second, uint ms) = Math.DivRem((uint)msOfDay, 1000);
        (uint minute, second) = Math.DivRem(second, 60);
        (uint hour, minute) = Math.DivRem(minute, 60);
        Span<byte> text = destination[..(LengthBytes - DateBytes)];
        text[12] = (byte)'Z';
        TwoDigits(text[10..], ms % 100);
        text[9] = (byte)('0' + ms / 100);
        text[8] = (byte)'.';
        TwoDigits(text[6..], second);
        text[5] = (byte)':';
        TwoDigits(text[3..], minute);
        text[2] = (byte)':';
        TwoDigits(text, hour);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoDigits(Span<byte> destination, uint value)
    {
        uint tens = value / 10;
        destination[1] = (byte)('0' + value - tens * 10);
        destination[0] = (byte)('0' + tens);
    }
}
