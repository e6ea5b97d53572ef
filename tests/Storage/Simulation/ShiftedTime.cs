namespace RustFs.Tests.Storage.Simulation;

/// <summary>Another clock, some hours on: what lasts until a time of day can be waited for.</summary>
internal sealed class ShiftedTime(TimeProvider inner) : TimeProvider
{
    private long _shiftMs;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public void Advance(long timeMs) => Interlocked.Add(ref _shiftMs, timeMs);

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow().AddMilliseconds(Interlocked.Read(ref _shiftMs));

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
