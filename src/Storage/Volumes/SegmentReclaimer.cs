namespace RustFs.Storage;

/// <summary>
/// Gives space back in the background: segments that are dead become free, surplus files go, what is dead in long runs becomes holes, and
/// of segments that are mostly dead otherwise the live extents are moved together. One thread; it works at a bounded rate unless room has
/// run out.
/// </summary>
internal sealed class SegmentReclaimer : IEngineWork, IDisposable
{
    // Dead segments are noticed within this time even if nobody asks.
    private const int IntervalMs = 250;

    // What stays pinned for longer holds writers back for nothing.
    private const int LongPinMs = 1000;

    // Kept for reuse as far as the bound allows, per directory: the most that bursts take before the next look, and on small volumes an
    // eighth of what they hold, but one at least: its blocks are written, and a new file's are not.
    private const int MaxFreeKept = 4;
    private const int HeldPerFreeKept = 8;

    private readonly BodyContext _bodies;
    private readonly Committer _committer;
    private readonly SegmentPunching _punching;
    private readonly SegmentCompaction _compaction;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _pass = new();
    private IEngineActivity? _activity;
    private volatile bool _isStopping;

    public SegmentReclaimer(BodyContext bodies, Committer committer)
    {
        (_bodies, _committer) = (bodies, committer);
        _punching = new SegmentPunching(bodies, committer, () => _isStopping);
        _compaction = new SegmentCompaction(bodies, committer, () => _isStopping);
    }

    internal SegmentPunching Punching => _punching;
    public long CompactedBytes => _compaction.MovedBytes;
    public long PunchedBytes => _punching.PunchedBytes;

    /// <summary>Whether segments that are only partly dead stay as they are: to measure what giving back their space costs.</summary>
    public bool IsCompactionOff { get; set; }

    /// <summary>Whether nothing is punched, so that all of it is moved: as where the file system has no holes.</summary>
    public bool IsPunchingOff { get; set; }

    public void Start() => _activity = _bodies.Options.Scheduler.Start(EngineTask.Reclaim, this);

    public void Wake() => _wake.Set();

    /// <summary>Runs while no pass is under way.</summary>
    public T BetweenPasses<T>(Func<T> read)
    {
        lock (_pass) return read();
    }

    /// <summary>One pass, now, on the caller's thread.</summary>
    /// <returns>Whether space was gained: there may be more to do at once.</returns>
    public bool RunOnce()
    {
        lock (_pass)
        {
            long movedBefore = _compaction.MovedBytes, punchedBytes = 0;
            int freed = 0;
            bool hasGained;
            try
            {
                freed = FreeDead();
                Segment? punched = _isStopping || IsCompactionOff || IsPunchingOff ? null : _punching.Choose(_bodies.Pacer.Use);
                if (punched is not null)
                {
                    _bodies.Pacer.Weigh(canGain: true);
                    punchedBytes = _punching.Punch(punched);
                }
                Segment? victim = _isStopping || IsCompactionOff || punchedBytes > 0 ? null : _compaction.ChooseVictim(_bodies.Pacer.Use);
                _bodies.Pacer.Weigh(canGain: victim is not null || freed > 0 || punchedBytes > 0);
                if (victim is not null)
                {
                    _compaction.Compact(victim);
                    freed += FreeDead();
                }
                DeleteSurplus();
                _bodies.Allocator.LendCompacted();
            }
            finally
            {
                // Writers wait for what the next pass gains only when this one has gained something: none at all lets them go.
                hasGained = _compaction.MovedBytes > movedBefore || punchedBytes > 0 || (freed > 0 && _bodies.Pacer.Use.IsWasteful);
                _bodies.Pacer.Weigh(hasGained);
            }
            return hasGained;
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        _wake.Set();
        _activity?.Join();
        _compaction.Dispose();
    }

    void IEngineWork.Run()
    {
        bool hasMore = false;
        while (!_isStopping)
        {
            if (!hasMore) _wake.WaitOne(IntervalMs);
            hasMore = TryRunOnce();
        }
    }

    bool IEngineWork.Step() => TryRunOnce();

    private bool TryRunOnce()
    {
        try
        {
            return !_isStopping && RunOnce();
        }
        catch (IndexException exception)
        {
            _bodies.Options.Events.Warning($"Reclaiming space stopped and is tried again: {exception.Message}");
            return false;
        }
    }

    /// <returns>How many segments came free.</returns>
    private int FreeDead()
    {
        List<Segment> dead = [];
        if (_bodies.Allocator.IsShort || _bodies.Pacer.Use.IsWasteful) dead = _bodies.Allocator.FindMostlyDeadOpen();
        foreach (Segment segment in _bodies.Segments.All())
        {
            LookForPins(segment);
            bool isDead = segment.State is SegmentState.Sealed or SegmentState.Failed && segment.LiveBytes == 0 && segment.PinCount == 0;
            if (isDead || segment.IsRetired) dead.Add(segment);
        }
        if (dead.Count > 0) _committer.Wait(new FreeSegments(dead, _bodies.Allocator));
        DeletePunched();
        return dead.Count(segment => segment is { State: SegmentState.Free, IsRetired: false });
    }

    private void LookForPins(Segment segment)
    {
        long nowMs = _bodies.Options.ClockMs;
        bool isPinned = segment.State is SegmentState.Sealed or SegmentState.Failed && segment.PinCount > 0;
        segment.PinnedSinceMs = isPinned ? segment.PinnedSinceMs ?? nowMs : null;
        segment.IsPinnedLong = isPinned && nowMs - segment.PinnedSinceMs >= LongPinMs;
    }

    // A file with holes is not used again: a write to it might find no room.
    private void DeletePunched()
    {
        foreach (Segment segment in _bodies.Segments.All())
        {
            if (segment is not { State: SegmentState.Free, IsRetired: false, PunchedBytes: > 0, File: not null }) continue;
            segment.DeleteFile();
            _bodies.Allocator.AddFree(segment);
        }
    }

    private void DeleteSurplus()
    {
        SpaceUse use = _bodies.Pacer.Use;
        int kept = Math.Clamp(use.HeldCount / HeldPerFreeKept, 1, MaxFreeKept * _bodies.Segments.Devices.Count);
        while (_bodies.Allocator.TakeSurplus(kept, use.FreeAllowed) is { } surplus)
        {
            surplus.DeleteFile();
            _bodies.Allocator.SurplusDeleted(surplus);
        }
    }
}
