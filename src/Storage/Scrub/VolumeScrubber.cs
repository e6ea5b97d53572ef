using System.Buffers.Binary;
using System.Diagnostics;

namespace RustFs.Storage;

/// <summary>
/// Reads everything that is alive, in the background and at a bounded rate, so that damage is found while there is still another copy
/// somewhere and not when a client asks. One thread that sleeps between passes; reads go past the page cache.
/// </summary>
internal sealed class VolumeScrubber : IScrubReport, IEngineWork, IDisposable
{
    // Between looks at the clock while no pass is due.
    private static readonly TimeSpan LookInterval = TimeSpan.FromHours(1);

    // While requests move more than this, the scrubber takes a quarter of its rate.
    private const long BusyBytesPerSecond = 32L << 20;
    private const int BusyFactor = 4;

    // Sleeps shorter than this are collected: a timer's tick is a millisecond or more.
    private const double MinSleepMs = 5;

    private static readonly byte[] LastPassFact = "scrubbed"u8.ToArray();

    private readonly BodyContext _bodies;
    private readonly Committer _committer;
    private readonly VolumeOptions _options;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Lock _passGate = new();
    private IEngineActivity? _activity;
    private long _passes, _totalBytes, _passStartedMs, _passBytes, _passFaults;
    private long _lookedAt, _foregroundSeen;
    private double _aheadMs;

    public VolumeScrubber(BodyContext bodies, Committer committer) =>
        (_bodies, _committer, _options) = (bodies, committer, bodies.Options);

    public ScrubStatistics Statistics => new(
        Interlocked.Read(ref _passes), Interlocked.Read(ref _totalBytes), Interlocked.Read(ref _passStartedMs),
        Interlocked.Read(ref _passBytes), Interlocked.Read(ref _passFaults));

    public bool IsStopping => _stop.IsSet;

    public void Start()
    {
        if (_options.ScrubBytesPerSecond > 0) _activity = _options.Scheduler.Start(EngineTask.Scrub, this);
    }

    /// <summary>A whole pass, now, on the caller's thread.</summary>
    public void RunPass()
    {
        lock (_passGate)
        {
            var clock = Stopwatch.StartNew();
            Interlocked.Exchange(ref _passStartedMs, _options.Time.GetUtcNow().ToUnixTimeMilliseconds());
            Interlocked.Exchange(ref _passBytes, 0);
            Interlocked.Exchange(ref _passFaults, 0);
            (_lookedAt, _aheadMs, _foregroundSeen) = (Stopwatch.GetTimestamp(), 0, ForegroundBytes);
            using var live = new LiveBytesScan(_bodies.Index, _bodies.Segments, this);
            new IndexScan(_bodies.Index, this).ScanAll();
            live.ScanAll();
            if (IsStopping) return;
            byte[] value = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(value, _passStartedMs);
            _committer.Wait(new RecordFact(LastPassFact, value));
            string found = _passFaults == 0 ? "no damage" : $"{_passFaults} damaged places, each reported above";
            string message = $"Scrub: {live.VerifiedBytes} live bytes and the index read in {clock.Elapsed.TotalSeconds:0} s, {found}.";
            if (_passFaults == 0) _options.Events.Info(message);
            else _options.Events.Warning(message);
            Interlocked.Increment(ref _passes);
        }
    }

    public void Dispose()
    {
        _stop.Set();
        _activity?.Join();
        // A pass that a test runs on its own thread ends here too.
        lock (_passGate) { }
    }

    void IScrubReport.Advanced(long readBytes)
    {
        Interlocked.Add(ref _passBytes, readBytes);
        Interlocked.Add(ref _totalBytes, readBytes);
        if (_options.ScrubBytesPerSecond <= 0) return;
        long now = Stopwatch.GetTimestamp();
        double elapsedMs = Stopwatch.GetElapsedTime(_lookedAt, now).TotalMilliseconds;
        long foreground = ForegroundBytes;
        bool isBusy = (foreground - _foregroundSeen) * 1000.0 > BusyBytesPerSecond * Math.Max(elapsedMs, 1);
        (_lookedAt, _foregroundSeen) = (now, foreground);
        // Time lost to others is not made up for in a burst.
        _aheadMs = Math.Max(0, _aheadMs - elapsedMs) + readBytes * 1000.0 / _options.ScrubBytesPerSecond * (isBusy ? BusyFactor : 1);
        if (_aheadMs >= MinSleepMs) _stop.Wait((int)Math.Min(_aheadMs, 60_000));
    }

    void IScrubReport.CorruptBytes(Segment segment, in Extent extent, long offset, string owner, bool isUnreadable)
    {
        Interlocked.Increment(ref _passFaults);
        if (isUnreadable)
            _options.Events.Warning($"{segment.Device.Directory}: segment {segment.Number} cannot be read at offset {offset}, of {owner}.");
        else
            _bodies.Corruption.Add(segment, extent, offset, owner);
    }

    void IScrubReport.CorruptRecord(string owner)
    {
        Interlocked.Increment(ref _passFaults);
        _bodies.Corruption.AddRecord(owner);
    }

    void IScrubReport.Fault(string message)
    {
        Interlocked.Increment(ref _passFaults);
        _options.Events.Warning(message);
    }

    private long ForegroundBytes => Interlocked.Read(ref _bodies.BytesRead) + Interlocked.Read(ref _bodies.BytesWritten);

    void IEngineWork.Run()
    {
        for (TimeSpan delay = _options.ScrubStartDelay; !_stop.Wait(delay); delay = LookInterval) TryRunDuePass();
    }

    bool IEngineWork.Step() => !IsStopping && TryRunDuePass();

    private bool TryRunDuePass()
    {
        try
        {
            if (!IsDue()) return false;
            RunPass();
            return true;
        }
        catch (IndexException exception)
        {
            _options.Events.Warning($"The scrub stopped and is tried again: {exception.Message}");
            return false;
        }
    }

    private bool IsDue()
    {
        Span<byte> key = stackalloc byte[16];
        Span<byte> value = stackalloc byte[8];
        bool hasRun = _bodies.Index.Get(Keyspace.Meta, key[..IndexKeys.Fact(LastPassFact, key)], value) == value.Length;
        long lastMs = hasRun ? BinaryPrimitives.ReadInt64LittleEndian(value) : 0;
        long nowMs = _options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        return nowMs - lastMs >= (long)_options.ScrubInterval.TotalMilliseconds || nowMs < lastMs;
    }
}
