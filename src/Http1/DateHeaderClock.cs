namespace RustFs.Http1;

/// <summary>
/// The Date header value, rendered at most once a second. Thread-safe: a rendering is never changed, only replaced as a whole by one
/// reference write; two threads that meet a new second may both render it, to the same bytes. A new second of the system's clock may
/// show late by a tick, some milliseconds.
/// </summary>
public sealed class DateHeaderClock(TimeProvider time)
{
    private const long NoTick = -1;

    // The tick of the system moves every few milliseconds and costs a tenth of reading its clock: the clock is asked once a tick.
    private readonly bool _isSystemTime = ReferenceEquals(time, TimeProvider.System);
    private long _askedAtTick = NoTick;
    private Rendering _rendering = new(long.MinValue, default);

    public TimeProvider Time => time;

    /// <summary>29 bytes of IMF-fixdate.</summary>
    public ReadOnlySpan<byte> Value => Current().Line.AsSpan(Rendering.ValueOffset, HttpDate.LengthBytes);

    /// <summary>The whole field line, "Date: ", the value and CRLF: for <see cref="ResponseHeadWriter.Raw"/>.</summary>
    public ReadOnlySpan<byte> Line => Current().Line;

    private Rendering Current()
    {
        long tick = _isSystemTime ? Environment.TickCount64 : NoTick;
        if (tick != NoTick && tick == Volatile.Read(ref _askedAtTick))
        {
            return Volatile.Read(ref _rendering);
        }

        DateTimeOffset now = time.GetUtcNow();
        long second = now.UtcTicks / TimeSpan.TicksPerSecond;
        Rendering rendering = Volatile.Read(ref _rendering);
        if (rendering.Second != second)
        {
            rendering = new Rendering(second, now);
            Volatile.Write(ref _rendering, rendering);
        }

        // Last: whoever sees the tick sees a rendering at least as new.
        Volatile.Write(ref _askedAtTick, tick);
        return rendering;
    }

    private sealed class Rendering
    {
        public const int ValueOffset = 6;

        public readonly long Second;
        public readonly byte[] Line = new byte[ValueOffset + HttpDate.LengthBytes + 2];

        public Rendering(long second, DateTimeOffset now)
        {
            Second = second;
            "Date: "u8.CopyTo(Line);
            HttpDate.Write(now, Line.AsSpan(ValueOffset));
            "\r\n"u8.CopyTo(Line.AsSpan(ValueOffset + HttpDate.LengthBytes));
        }
    }
}
