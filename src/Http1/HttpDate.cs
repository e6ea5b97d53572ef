namespace RustFs.Http1;

/// <summary>HTTP dates: IMF-fixdate written, and all three forms of RFC 9110 §5.6.7 read.</summary>
public static class HttpDate
{
    /// <summary>Of an IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".</summary>
    public const int LengthBytes = 29;

    // "Sun Nov  6 08:49:37 1994".
    private const int AscTimeLengthBytes = 24;

    // What follows the day's name in "Sunday, 06-Nov-94 08:49:37 GMT".
    private const int Rfc850TailBytes = 24;

    private const int NameBytes = 3;
    private const int TimeBytes = 8;

    private static ReadOnlySpan<byte> DayNames => "SunMonTueWedThuFriSat"u8;
    private static ReadOnlySpan<byte> MonthNames => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    /// <summary>
    /// Writes exactly <see cref="LengthBytes"/> bytes, in UTC; fractions of a second are cut off. Throws when there is less room.
    /// </summary>
    public static void Write(DateTimeOffset value, Span<byte> destination)
    {
        DateTime utc = value.UtcDateTime;
        (int year, int month, int day) = utc;
        Span<byte> text = destination[..LengthBytes];
        "ddd, 00 mmm 0000 00:00:00 GMT"u8.CopyTo(text);
        DayNames.Slice((int)utc.DayOfWeek * NameBytes, NameBytes).CopyTo(text);
        WriteTwoDigits(day, text[5..]);
        MonthNames.Slice((month - 1) * NameBytes, NameBytes).CopyTo(text[8..]);
        WriteTwoDigits(year / 100, text[12..]);
        WriteTwoDigits(year % 100, text[14..]);
        WriteTwoDigits(utc.Hour, text[17..]);
        WriteTwoDigits(utc.Minute, text[20..]);
        WriteTwoDigits(utc.Second, text[23..]);
    }

    /// <summary>
    /// Case-sensitive and without surrounding white space, as the grammar is. The day's name must be one, but need not fit the date.
    /// The leap second that the grammar allows is read as the second before it.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset value) => TryParse(text, TimeProvider.System, out value);

    /// <summary>The time is asked only to tell the century of an RFC 850 date.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, TimeProvider time, out DateTimeOffset value)
    {
        switch (text.Length)
        {
            case LengthBytes when text[NameBytes] == (byte)',':
                return TryParseImfFixdate(text, out value);
            case AscTimeLengthBytes:
                return TryParseAscTime(text, out value);
            default:
                return TryParseRfc850(text, time, out value);
        }
    }

    /// <summary>IMF-fixdate = day-name "," SP day SP month SP year SP time-of-day SP GMT; day = 2DIGIT, year = 4DIGIT.</summary>
    private static bool TryParseImfFixdate(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        return IndexOfName(DayNames, text) >= 0
            && text[4] == (byte)' ' && text[7] == (byte)' ' && text[11] == (byte)' ' && text[16] == (byte)' '
            && text[25..].SequenceEqual(" GMT"u8)
            && TryReadDigits(text.Slice(5, 2), out int day)
            && TryReadDigits(text.Slice(12, 4), out int year)
            && TryCreate(year, text.Slice(8, NameBytes), day, text.Slice(17, TimeBytes), out value);
    }

    /// <summary>asctime-date = day-name SP date3 SP time-of-day SP year; date3 = month SP ( 2DIGIT / ( SP 1DIGIT ) ).</summary>
    private static bool TryParseAscTime(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        ReadOnlySpan<byte> dayText = text[8] == (byte)' ' ? text.Slice(9, 1) : text.Slice(8, 2);
        return IndexOfName(DayNames, text) >= 0
            && text[3] == (byte)' ' && text[7] == (byte)' ' && text[10] == (byte)' ' && text[19] == (byte)' '
            && TryReadDigits(dayText, out int day)
            && TryReadDigits(text.Slice(20, 4), out int year)
            && TryCreate(year, text.Slice(4, NameBytes), day, text.Slice(11, TimeBytes), out value);
    }

    /// <summary>rfc850-date = day-name-l "," SP date2 SP time-of-day SP GMT; date2 = day "-" month "-" 2DIGIT.</summary>
    private static bool TryParseRfc850(ReadOnlySpan<byte> text, TimeProvider time, out DateTimeOffset value)
    {
        value = default;
        int nameLength = text.Length - Rfc850TailBytes;
        if (nameLength <= 0 || !IsLongDayName(text[..nameLength]))
        {
            return false;
        }

        ReadOnlySpan<byte> tail = text[nameLength..];
        return tail.StartsWith(", "u8) && tail[4] == (byte)'-' && tail[8] == (byte)'-' && tail[11] == (byte)' '
            && tail[20..].SequenceEqual(" GMT"u8)
            && TryReadDigits(tail.Slice(2, 2), out int day)
            && TryReadDigits(tail.Slice(9, 2), out int yearOfCentury)
            && TryCreate(
                FullYear(yearOfCentury, time.GetUtcNow().Year), tail.Slice(5, NameBytes), day, tail.Slice(12, TimeBytes), out value);
    }

    /// <summary>RFC 9110 §5.6.7: what seems to be more than 50 years ahead lies in the past.</summary>
    private static int FullYear(int yearOfCentury, int currentYear)
    {
        int year = currentYear - currentYear % 100 + yearOfCentury;
        return year > currentYear + 50 ? year - 100 : year;
    }

    private static bool IsLongDayName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("Sunday"u8) || name.SequenceEqual("Monday"u8) || name.SequenceEqual("Tuesday"u8)
        || name.SequenceEqual("Wednesday"u8) || name.SequenceEqual("Thursday"u8) || name.SequenceEqual("Friday"u8)
        || name.SequenceEqual("Saturday"u8);

    /// <summary>time-of-day = hour ":" minute ":" second, two digits each.</summary>
    private static bool TryCreate(int year, ReadOnlySpan<byte> monthName, int day, ReadOnlySpan<byte> time, out DateTimeOffset value)
    {
        value = default;
        int month = IndexOfName(MonthNames, monthName) + 1;
        if (month == 0 || year == 0 || day == 0 || day > DateTime.DaysInMonth(year, month)
            || time[2] != (byte)':' || time[5] != (byte)':'
            || !TryReadDigits(time[..2], out int hour) || hour > 23
            || !TryReadDigits(time.Slice(3, 2), out int minute) || minute > 59
            || !TryReadDigits(time.Slice(6, 2), out int second) || second > 60)
        {
            return false;
        }

        value = new DateTimeOffset(year, month, day, hour, minute, Math.Min(second, 59), TimeSpan.Zero);
        return true;
    }

    /// <summary>Which of the three-letter names the text begins with; -1 for none.</summary>
    private static int IndexOfName(ReadOnlySpan<byte> names, ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < names.Length; i += NameBytes)
        {
            if (text.StartsWith(names.Slice(i, NameBytes)))
            {
                return i / NameBytes;
            }
        }

        return -1;
    }

    private static bool TryReadDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            value = value * 10 + (digit - '0');
        }

        return true;
    }

    private static void WriteTwoDigits(int value, Span<byte> destination)
    {
        destination[1] = (byte)('0' + value % 10);
        destination[0] = (byte)('0' + value / 10);
    }
}
