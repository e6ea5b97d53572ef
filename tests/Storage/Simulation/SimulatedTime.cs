namespace RustFs.Tests.Storage.Simulation;

/// <summary>A clock that only the simulation moves, and whose timers fire as it does. For one thread.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    private readonly List<SimulatedTimer> _timers = [];

    // 2025-01-01.
    private long _nowMs = 1_735_689_600_000;

    public override long TimestampFrequency => 1000;

    public void Advance(long timeMs)
    {
        _nowMs += timeMs;
        for (int index = _timers.Count - 1; index >= 0; index--)
        {
            if (index < _timers.Count && _timers[index].DueMs <= _nowMs) _timers[index].Fire();
        }
    }

    public override long GetTimestamp() => _nowMs;
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(_nowMs);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    private sealed class SimulatedTimer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long DueMs { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            DueMs = After(dueTime);
            return true;
        }

        public void Fire()
        {
            DueMs = After(_period);
            callback(state);
        }

        public void Dispose() => time._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private long After(TimeSpan delay) =>
            delay == Timeout.InfiniteTimeSpan ? long.MaxValue : time._nowMs + (long)delay.TotalMilliseconds;
    }
}
