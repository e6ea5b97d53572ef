using System.Text;
using RustFs.Http1;
using Xunit;

namespace RustFs.Tests.Http1;

public sealed class DateHeaderClockTests
{
    [Fact]
    public void It_follows_the_clock_both_ways_and_renders_once_a_second()
    {
        var time = new SettableTime { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        var clock = new DateHeaderClock(time);
        Assert.Equal("Thu, 01 Jan 2026 00:00:00 GMT", Encoding.Latin1.GetString(clock.Value));
        Assert.Equal("Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", Encoding.Latin1.GetString(clock.Line));

        ReadOnlySpan<byte> first = clock.Value;
        time.Now += TimeSpan.FromMilliseconds(999);
        Assert.True(first == clock.Value);

        time.Now += TimeSpan.FromMilliseconds(1);
        Assert.Equal("Thu, 01 Jan 2026 00:00:01 GMT", Encoding.Latin1.GetString(clock.Value));
        Assert.Equal("Thu, 01 Jan 2026 00:00:00 GMT", Encoding.Latin1.GetString(first));

        time.Now -= TimeSpan.FromHours(1);
        Assert.Equal("Wed, 31 Dec 2025 23:00:01 GMT", Encoding.Latin1.GetString(clock.Value));
        Assert.Same(time, clock.Time);
    }

    [Fact]
    public async Task It_follows_the_system_clock()
    {
        var clock = new DateHeaderClock(TimeProvider.System);
        DateTimeOffset start = DateTimeOffset.UtcNow;
        DateTimeOffset shown;
        do
        {
            // What is shown is cut to the second and late by a tick at most, which is 16 ms on the coarsest of systems.
            DateTimeOffset before = DateTimeOffset.UtcNow;
            Assert.True(HttpDate.TryParse(clock.Value, out shown));
            Assert.InRange(shown, before.AddMilliseconds(-1_000 - 50), DateTimeOffset.UtcNow);
            await Task.Delay(5);
        }
        while (shown <= start);
    }

    [Fact]
    public async Task Threads_never_see_a_torn_value()
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var time = new SettableTime { Now = start };
        var clock = new DateHeaderClock(time);
        const int seconds = 100_000;
        Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            DateTimeOffset last = start;
            while (last < start.AddSeconds(seconds))
            {
                DateTimeOffset before = time.Now;
                Assert.True(HttpDate.TryParse(clock.Value, out DateTimeOffset value));
                Assert.InRange(value, before, time.Now);
                last = value;
            }
        }))];
        for (int i = 1; i <= seconds; i++)
        {
            time.Now = start.AddSeconds(i);
        }

        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(30));
    }
}
