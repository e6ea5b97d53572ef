namespace RustFs.Storage;

/// <summary>
/// Gives space back in the background: segments that are dead become free, surplus files go, and of segments that are mostly dead the live
/// extents are moved together. One thread; it works at a bounded rate unless room has run out.
/// </summary>
internal sealed class SegmentReclaimer : IDisposable
{
    // Dead segments are noticed within this time even if nobody asks.
    private const int IntervalMs = 250;

    // Kept per directory: the most that bursts take before the next look, without holding space others could use.
    private const int FreeKeptPerDirectory = 4;

    private readonly BodyContext _bodies;
    private readonly Committer _committer;
    private readonly SegmentCompaction _compaction;
    private readonly Thread _thread;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _pass = new();
    private volatile bool _isStopping;

    public SegmentReclaimer(BodyContext bodies, Committer committer)
    {
        (_bodies, _committer) = (bodies, committer);
        _compaction = new SegmentCompaction(bodies, committer, () => _isStopping);
        _thread = new Thread(Run) { IsBackground = true, Name = "storage-reclaim" };
    }

    public long CompactedBytes => _compaction.MovedBytes;

    public void Start() => _thread.Start();

    public void Wake() => _wake.Set();

    /// <summary>One pass, now, on the caller's thread; for tests.</summary>
    public void RunOnce()
    {
        lock (_pass)
        {
            FreeDead();
            if (_compaction.ChooseVictim() is { } victim && !_isStopping)
            {
                _compaction.Compact(victim);
                FreeDead();
            }
            DeleteSurplus();
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        _wake.Set();
        if (_thread.IsAlive) _thread.Join();
        _compaction.Dispose();
    }

    private void Run()
    {
        while (!_isStopping)
        {
            _wake.WaitOne(IntervalMs);
            if (_isStopping) return;
            try
            {
                RunOnce();
            }
            catch (IndexException exception)
            {
                _bodies.Options.Events.Warning($"Reclaiming space stopped and is tried again: {exception.Message}");
            }
        }
    }

    private void FreeDead()
    {
        var dead = new List<Segment>();
        foreach (Segment segment in _bodies.Segments.All())
        {
            bool isDead = segment.State is SegmentState.Sealed or SegmentState.Failed && segment.LiveBytes == 0 && segment.PinCount == 0;
            if (isDead || segment.IsRetired) dead.Add(segment);
        }
        if (dead.Count > 0) _committer.Wait(new FreeSegments(dead, _bodies.Allocator));
    }

    private void DeleteSurplus()
    {
        while (_bodies.Allocator.TakeSurplus(FreeKeptPerDirectory * _bodies.Segments.Devices.Count) is { } surplus)
        {
            surplus.DeleteFile();
            _bodies.Allocator.SurplusDeleted(surplus);
        }
    }
}
