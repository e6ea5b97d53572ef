namespace RustFs.Storage;

/// <summary>
/// The part that works in the background: makes the segments that are wanted, and tries again where none could be made. What failed before
/// says nothing of now: whoever comes and needs a segment causes an attempt, so that writes go on as soon as the device does.
/// </summary>
internal sealed partial class SegmentAllocator : IEngineWork
{
    // How often a refused segment is tried again while nobody asks for it.
    private const int SpaceRecheckMs = 250;

    // How long writers who need a file wait for the bound to allow one more, while compaction gains anything: other writers wait behind
    // them, and what a pass gains in this time is mostly more. And how often it is looked.
    private const int MaxHoldMs = 500;
    private const int HoldStepMs = 5;

    // Attempts to prepare a segment: how many began, which one somebody waits for, and the last that came to nothing.
    private long _attempts;
    private long _wantedAttempt;
    private long _refusedAttempt;
    private long _roomWantedMs = long.MinValue / 2;
    private bool _isSlowToFail;

    // Since when a file is not made for writers because of the bound; null while none is held back.
    private long? _heldSinceMs;
    private bool _hasThread;

    void IEngineWork.Run()
    {
        _hasThread = true;
        while (true)
        {
            if (TryPrepareNext()) continue;
            lock (_gate)
            {
                if (_isStopping) return;
                bool isRefused = _lastError != IoError.None && _wantedAttempt <= _attempts;
                int soonMs = isRefused ? SpaceRecheckMs : _heldSinceMs is not null ? HoldStepMs : 0;
                int waitMs = IsAnyWanted(out _) ? soonMs : Timeout.Infinite;
                if (waitMs != 0) Monitor.Wait(_gate, waitMs);
            }
        }
    }

    bool IEngineWork.Step() => TryPrepareNext();

    private bool TryPrepareNext()
    {
        Segment? segment;
        AppendPoint point;
        bool zeroFilled;
        long startMs = _options.ClockMs;
        lock (_gate)
        {
            if (_isStopping || !IsAnyWanted(out point))
            {
                (_heldSinceMs, _pacer.IsFileHeld) = (null, false);
                return false;
            }
            if (IsHeld()) return false;
            _attempts++;
            // Zeros cost as much as the bodies to come: only for small ones, whose syncs they halve, and only while nobody waits.
            zeroFilled = point == AppendPoint.Packed && _waiting[0] + _waiting[1] == 0 && _lastError == IoError.None;
            segment = PickSegment(isForCompaction: false);
            if (segment is null) return Refuse(IoError.NoSpace, startMs);
        }
        IoError error = segment.Prepare(_volumeSet, zeroFilled, _options.Durability);
        lock (_gate)
        {
            if (error != IoError.None)
            {
                GiveBack(segment);
                return Refuse(error, startMs);
            }
            _lastError = IoError.None;
            _prepared[(int)point].Enqueue(segment);
            _changed.Add(segment);
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    // Paced writers come here past the bound only when many bodies end at once or deletes have lowered it. Nobody is held back where the
    // caller's own thread does this work: what he waits for would not come.
    private bool IsHeld()
    {
        long nowMs = _options.ClockMs;
        SpaceUse use = _pacer.Use;
        bool isAllowed = use.IsUnpaced || (_free.Count > 0 ? use.AllowsFree(_free.Count) : use.AllowsFile);
        bool isPast = !isAllowed && _hasThread && _pacer.CanGain && (use.IsWasteful || use.IsMoving);
        if (!isPast || nowMs - _heldSinceMs > MaxHoldMs)
        {
            (_heldSinceMs, _pacer.IsFileHeld) = (null, false);
            return false;
        }
        if (_heldSinceMs is not null) return true;
        (_heldSinceMs, _pacer.IsFileHeld) = (nowMs, true);
        RoomWanted?.Invoke();
        return true;
    }

    // Tells those who wait, and asks for reclaim unless it was asked just now.
    private bool Refuse(IoError error, long startMs)
    {
        long nowMs = _options.ClockMs;
        (_lastError, _refusedAttempt, _isSlowToFail) = (error, _attempts, nowMs - startMs > SpaceRecheckMs);
        Monitor.PulseAll(_gate);
        if (nowMs - _roomWantedMs < SpaceRecheckMs) return false;
        _roomWantedMs = nowMs;
        RoomWanted?.Invoke();
        return false;
    }
}
