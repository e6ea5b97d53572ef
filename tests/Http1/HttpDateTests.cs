using System.Globalization;
using System.Text;
using RustFs.Http1;
using Xunit;

namespace RustFs.Tests.Http1;

public sealed class HttpDateTests
{
    private static readonly DateTimeOffset Sample = new(1994, 11, 6, 8, 49, 37, TimeSpan.Zero);

    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    [InlineData("Mon, 06 Nov 1994 08:49:37 GMT")]
    public void All_three_forms_are_read(string text)
    {
        Assert.True(TryParse(text, out DateTimeOffset value));
        Assert.Equal(Sample, value);
        Assert.Equal(TimeSpan.Zero, value.Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("1994-11-06T08:49:37Z")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 gmt")]
    [InlineData("Sun, 6 Nov 1994 08:49:37 GMT")]
    [InlineData(" Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT ")]
    [InlineData("Sun, 06-Nov-1994 08:49:37 GMT")]
    [InlineData("Son, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 ovD 1994 08:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 31 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 29 Feb 1900 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 0000 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:60:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:61 GMT")]
    [InlineData("Sun, 06 Nov 1994 08-49-37 GMT")]
    [InlineData("Sun, +6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 UTC")]
    [InlineData("Someday, 06-Nov-94 08:49:37 GMT")]
    [InlineData(", 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov 6  08:49:37 1994")]
    [InlineData("Sun Nov  6 08:49:37 94  ")]
    [InlineData("Sun Nov  a 08:49:37 1994")]
    public void Anything_else_is_not_a_date(string text) => Assert.False(TryParse(text, out _));

    [Theory]
    [InlineData("Monday, 01-Jan-76 00:00:00 GMT", 2076)]
    [InlineData("Monday, 01-Jan-77 00:00:00 GMT", 1977)]
    [InlineData("Monday, 01-Jan-26 00:00:00 GMT", 2026)]
    [InlineData("Monday, 01-Jan-00 00:00:00 GMT", 2000)]
    public void A_two_digit_year_is_at_most_50_years_ahead(string text, int year)
    {
        var time = new SettableTime { Now = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero) };
        Assert.True(HttpDate.TryParse(Encoding.Latin1.GetBytes(text), time, out DateTimeOffset value));
        Assert.Equal(year, value.Year);
    }

    [Fact]
    public void A_leap_second_is_the_second_before()
    {
        Assert.True(TryParse("Sat, 31 Dec 2016 23:59:60 GMT", out DateTimeOffset value));
        Assert.Equal(new DateTimeOffset(2016, 12, 31, 23, 59, 59, TimeSpan.Zero), value);
    }

    [Fact]
    public void What_is_written_is_the_format_R_of_dotnet_and_reads_back()
    {
        byte[] buffer = new byte[HttpDate.LengthBytes];
        var random = new Random(7);
        for (int i = 0; i < 5_000; i++)
        {
            var value = new DateTimeOffset(random.NextInt64(DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), TimeSpan.Zero);
            HttpDate.Write(value, buffer);
            Assert.Equal(value.ToString("R", CultureInfo.InvariantCulture), Encoding.Latin1.GetString(buffer));
            Assert.True(HttpDate.TryParse(buffer, out DateTimeOffset read));
            Assert.Equal(value.UtcTicks / TimeSpan.TicksPerSecond, read.UtcTicks / TimeSpan.TicksPerSecond);
        }
    }

    private static bool TryParse(string text, out DateTimeOffset value) => HttpDate.TryParse(Encoding.Latin1.GetBytes(text), out value);
}
