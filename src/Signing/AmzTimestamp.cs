namespace RustFs.Signing;

/// <summary>
/// A request's date, to the second, in the two forms that clients sign with.
/// <code>
/// iso8601-basic = 4DIGIT 2DIGIT 2DIGIT "T" 2DIGIT 2DIGIT 2DIGIT "Z"                                  ; 20130524T000000Z
/// http-date     = day-name "," SP 2DIGIT SP month SP 4DIGIT SP 2DIGIT ":" 2DIGIT ":" 2DIGIT SP zone  ; Fri, 24 May 2013 00:00:00 GMT
/// zone          = "GMT" / "UTC" / "+0000" / "-0000"
/// </code>
/// x-amz-date takes only the first. botocore sends the second in Date, with the zone -0000 of RFC 5322.
/// </summary>
internal readonly struct AmzTimestamp
{
    public const int LengthBytes = 16;
    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    private readonly DateTime _utc;

    public AmzTimestamp(DateTimeOffset time) => _utc = time.UtcDateTime;

    private AmzTimestamp(DateTime utc) => _utc = utc;

    public long UnixSeconds => (_utc.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;

    /// <summary>Writes the sixteen bytes of the ISO form; the first eight are the scope's date.</summary>
    public void Write(Span<byte> destination)
    {
        WriteDigits(_utc.Year, destination[..4]);
        WriteDigits(_utc.Month, destination.Slice(4, 2));
        WriteDigits(_utc.Day, destination.Slice(6, 2));
        destination[8] = (byte)'T';
        WriteDigits(_utc.Hour, destination.Slice(9, 2));
        WriteDigits(_utc.Minute, destination.Slice(11, 2));
        WriteDigits(_utc.Second, destination.Slice(13, 2));
        destination[15] = (byte)'Z';
    }

    public static bool TryParseIso(ReadOnlySpan<byte> text, out AmzTimestamp timestamp)
    {
        timestamp = default;
        return text.Length == LengthBytes && text[8] == 'T' && text[15] == 'Z'
            && TryDigits(text[..4], out int year) && TryDigits(text.Slice(4, 2), out int month) && TryDigits(text.Slice(6, 2), out int day)
            && TryDigits(text.Slice(9, 2), out int hour) && TryDigits(text.Slice(11, 2), out int minute)
            && TryDigits(text.Slice(13, 2), out int second)
            && TryCreate(year, month, day, hour, minute, second, out timestamp);
    }

    /// <summary>The value of a Date field in either form.</summary>
    public static bool TryParseDateField(ReadOnlySpan<byte> text, out AmzTimestamp timestamp)
    {
        if (TryParseIso(text, out timestamp))
            return true;
        if (text.Length < 29 || text[3] != ',' || text[4] != ' ' || text[7] != ' ' || text[11] != ' ' || text[16] != ' '
            || text[19] != ':' || text[22] != ':' || text[25] != ' ')
        {
            return false;
        }

        ReadOnlySpan<byte> zone = text[26..];
        bool isUtc = zone.SequenceEqual("GMT"u8) || zone.SequenceEqual("UTC"u8) || zone.SequenceEqual("+0000"u8)
            || zone.SequenceEqual("-0000"u8);
        return isUtc
            && TryMonth(text.Slice(8, 3), out int month)
            && TryDigits(text.Slice(5, 2), out int day) && TryDigits(text.Slice(12, 4), out int year)
            && TryDigits(text.Slice(17, 2), out int hour) && TryDigits(text.Slice(20, 2), out int minute)
            && TryDigits(text.Slice(23, 2), out int second)
            && TryCreate(year, month, day, hour, minute, second, out timestamp);
    }

    private static bool TryCreate(int year, int month, int day, int hour, int minute, int second, out AmzTimestamp timestamp)
    {
        timestamp = default;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        timestamp = new AmzTimestamp(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc));
        return true;
    }

    private static bool TryMonth(ReadOnlySpan<byte> name, out int month)
    {
        for (month = 1; month <= 12; month++)
        {
            string names = Months;
            int at = (month - 1) * 3;
            if (name[0] == names[at] && name[1] == names[at + 1] && name[2] == names[at + 2])
                return true;
        }

        return false;
    }

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            value = value * 10 + digit - '0';
        }

        return true;
    }

    private static void WriteDigits(int value, Span<byte> destination)
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            destination[i] = (byte)('0' + value % 10);
            value /= 10;
        }
    }
}
