using RustFs.Server;
using RustFs.Transport;
using Xunit;

namespace RustFs.Tests.Server;

public sealed class ConnectionWatchTests
{
    private readonly ManualTime _time = new();
    private readonly IdleWire _wire = new();
    private readonly ConnectionWatch _watch;

    public ConnectionWatchTests() => _watch = new ConnectionWatch(_wire, _time, ConnectionTimeouts.Default);

    [Fact]
    public void AnIdleConnectionEndsAfterTheIdleTimeout()
    {
        Pass(ServerLimits.IdleTimeout - TimeSpan.FromSeconds(1));
        Assert.False(_wire.IsAborted);
        Pass(TimeSpan.FromSeconds(2));
        Assert.True(_wire.IsAborted);
    }

    [Fact]
    public void AHeadThatDribblesEndsAfterTheHeadTimeout()
    {
        _watch.Enter(ConnectionPhase.Head);
        for (int second = 0; second < (int)ServerLimits.HeadTimeout.TotalSeconds; second++)
        {
            _wire.Count(1);
            _watch.Enter(ConnectionPhase.Head);
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.False(_wire.IsAborted);
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(_wire.IsAborted);
    }

    [Fact]
    public void ABodySlowerThanTheMinimumRateEnds()
    {
        _watch.Enter(ConnectionPhase.Request);
        _wire.Receiving = true;
        for (int second = 0; second <= (int)ServerLimits.ReceiveWindow.TotalSeconds + 1; second++)
        {
            _wire.Count(ServerLimits.MinBytesPerSecond / 2);
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.True(_wire.IsAborted);
    }

    [Fact]
    public void ABodyAtTwiceTheMinimumRateGoesOn()
    {
        _watch.Enter(ConnectionPhase.Request);
        _wire.Receiving = true;
        for (int second = 0; second < 200; second++)
        {
            _wire.Count(ServerLimits.MinBytesPerSecond * 2);
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.False(_wire.IsAborted);
    }

    /// <summary>One send may be 256 KiB: a client that reads it at ten times the minimum rate must not be taken for dead.</summary>
    [Fact]
    public void ASendThatMovesWithoutCompletingGoesOn()
    {
        _watch.Enter(ConnectionPhase.Request);
        _wire.Sending = true;
        for (int second = 0; second < 1000; second++)
        {
            _wire.Acknowledged += ServerLimits.MinBytesPerSecond * 2;
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.False(_wire.IsAborted);
    }

    [Fact]
    public void AReaderThatStopsIsGivenUpAfterTheSendWindow()
    {
        _watch.Enter(ConnectionPhase.Request);
        _wire.Sending = true;
        for (int second = 0; second < (int)ServerLimits.SendWindow.TotalSeconds; second++)
            Pass(TimeSpan.FromSeconds(1));
        Assert.False(_wire.IsAborted);
        Pass(TimeSpan.FromSeconds(2));
        Assert.True(_wire.IsAborted);
    }

    [Fact]
    public void TimeThatTheServerTakesDoesNotCount()
    {
        _watch.Enter(ConnectionPhase.Request);
        Pass(TimeSpan.FromHours(1));
        Assert.False(_wire.IsAborted);
    }

    private void Pass(TimeSpan time)
    {
        _time.Advance(time);
        _watch.Check();
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _timestamp;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _timestamp;

        public void Advance(TimeSpan time) => _timestamp += time.Ticks;
    }

    private sealed class IdleWire : ConnectionWire
    {
        public bool Receiving { get; set; }
        public bool IsAborted { get; private set; }
        public override bool IsReceiving => Receiving;
        public bool Sending { get; set; }
        public long Acknowledged { get; set; }
        public override bool IsSending => Sending;
        public override long AcknowledgedBytes => Acknowledged;

        public void Count(long bytes) => CountReceived(bytes);

        public override ValueTask<int> WaitAsync() => ValueTask.FromResult(0);
        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => ValueTask.FromResult(0);
        public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes) => ValueTask.FromResult(true);
        public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => ValueTask.FromResult(true);
        public override void Abort() => IsAborted = true;
        public override void ShutdownSend() { }
    }
}
