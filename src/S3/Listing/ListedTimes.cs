using System.Runtime.CompilerServices;
using RustFs.S3.Xml;

namespace RustFs.S3.Listing;

/// <summary>
/// Writes the times of one page. Neighbouring keys are often of the same day, whose date is the costly part, so the last one is kept.
/// </summary>
internal struct ListedTimes()
{
    private int _day = int.MinValue;
    private DateText _date;

    public int Write(long unixMs, Span<byte> destination)
    {
        int day = Iso8601.Day(unixMs, out int msOfDay);
        if (day != _day)
        {
            Iso8601.WriteDate(day, _date);
            _day = day;
        }

        ((ReadOnlySpan<byte>)_date).CopyTo(destination);
        Iso8601.WriteClock(msOfDay, destination[Iso8601.DateBytes..]);
        return Iso8601.LengthBytes;
    }

    [InlineArray(Iso8601.DateBytes)]
    private struct DateText
    {
        private byte _first;
    }
}
