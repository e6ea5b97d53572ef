namespace RustFs.Storage;

/// <summary>
/// Keeps writers from running ahead of compaction. As the volume nears its bound, each byte written waits for more and more bytes to be
/// gained, so that the rate of writes falls without a jump to that at which space comes back, and below it. Nobody waits while there is
/// room, nor while nothing can be gained: what is all alive may only grow. However little is gained, writers go on at a floor, since what
/// they replace makes whole segments come free. Deletes, reads and compaction itself never wait here. Thread-safe.
/// </summary>
internal sealed class WritePacer : IDisposable
{
    // Gains come a batch of compaction at a time. What writers left unused of them they may use at once, up to this: small writes at a low
    // rate never wait.
    private const int BurstsPerSegment = 8;

    // How often the slack is weighed anew while writers fill a segment: it shrinks by two bytes for each that they write.
    private const int WeighingsPerSegment = 32;

    // At a slack of three quarters of a segment.
    private const double PressingShare = 1;

    // The least that all writers together may write, in segments: 32 MiB a second with the usual size, and eight seconds for one. Where
    // bodies are tiny, moving them gains a hundredth of what the device could, and a store came to 123 PUTs of 4 KiB a second.
    private const double FloorSegmentsPerSecond = 1.0 / 8;

    // How often those who wait are let on at the floor: many of them at once, and each waits no longer than a slow disk lets it.
    private static readonly TimeSpan FloorInterval = TimeSpan.FromMilliseconds(20);

    // Compaction that gains nothing in this time hangs on its device, and writers must not hang with it.
    private static readonly TimeSpan StallTime = TimeSpan.FromSeconds(1);

    private readonly SegmentTable _segments;
    private readonly Lock _gate = new();
    private readonly Queue<(double DueBytes, TaskCompletionSource Turn)> _waiting = new();
    private readonly TimeProvider _time;
    private readonly ITimer _stallTimer;
    private readonly ITimer _floorTimer;
    private double _share;
    private bool _hasGained;

    // What writers have taken, and what they may take: what was gained, and the floor.
    private double _owedBytes;
    private double _allowedBytes;
    private long _floorTimestamp;
    private long _underwayBytes;

    // The part of these that is not written yet.
    private long _unwrittenBytes;
    private long _writtenSinceWeighed;

    // How far what is alive has fallen below its most; the committer's.
    private long _belowMostBytes;
    private bool _canGain;
    private bool _isFileHeld;
    private bool _isDisposed;

    public WritePacer(SegmentTable segments, TimeProvider time)
    {
        (_segments, _time, _floorTimestamp) = (segments, time, time.GetTimestamp());
        _floorTimer = time.CreateTimer(_ => LetOnAtFloor(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _stallTimer = time.CreateTimer(_ => LookForStall(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Bytes gained that one byte written waits for; 0 while nobody is held back.</summary>
    public double Share => Volatile.Read(ref _share);

    /// <summary>What large bodies have reserved that no record refers to yet.</summary>
    public long UnderwayBytes => Interlocked.Read(ref _underwayBytes);

    public SpaceUse Use => SpaceUse.Of(_segments, Interlocked.Read(ref _unwrittenBytes));

    /// <summary>A large body has reserved so much more, or less, of which it has written none.</summary>
    public void AddUnderway(long lengthBytes)
    {
        Interlocked.Add(ref _underwayBytes, lengthBytes);
        Interlocked.Add(ref _unwrittenBytes, lengthBytes);
    }

    /// <summary>A large body has written so much of what it reserved.</summary>
    public void CountWritten(long lengthBytes) => Interlocked.Add(ref _unwrittenBytes, -lengthBytes);

    /// <summary>A large body is committed, or given up.</summary>
    public void EndUnderway(long reservedBytes, long writtenBytes)
    {
        Interlocked.Add(ref _underwayBytes, -reservedBytes);
        Interlocked.Add(ref _unwrittenBytes, writtenBytes - reservedBytes);
    }

    /// <summary>Completes when space has been gained for these bytes; at once, and without allocating, while nobody is held back.</summary>
    public ValueTask PaceAsync(long lengthBytes)
    {
        // Alone in its group a body takes whole blocks.
        long takenBytes = AlignedBuffer.RoundUp(lengthBytes);
        long writtenBytes = Interlocked.Add(ref _writtenSinceWeighed, takenBytes);
        if (writtenBytes >= WeighedBytes && writtenBytes - takenBytes < WeighedBytes && Weigh().IsWasteful) RoomWanted?.Invoke();
        if (Share == 0) return default;
        lock (_gate)
        {
            double neededBytes = takenBytes * _share;
            AllowFloor();
            _owedBytes = Math.Max(_owedBytes, _allowedBytes - BurstBytes) + neededBytes;
            if (_share == 0 || _owedBytes <= _allowedBytes) return default;
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_waiting.Count == 0)
            {
                WatchForStall();
                WatchFloor();
            }
            _waiting.Enqueue((_owedBytes, turn));
            return new ValueTask(turn.Task);
        }
    }

    /// <summary>
    /// A commit has changed how much is alive. Where that is more than there was since writers pay, the bound has risen with it, by one and
    /// a half bytes for each: what makes the store grow, and replaces little, owes no room. What falls and rises again does not count.
    /// </summary>
    public void Settle(long liveDelta)
    {
        double share = Share;
        if (share == 0)
        {
            _belowMostBytes = 0;
            return;
        }
        _belowMostBytes -= liveDelta;
        if (_belowMostBytes >= 0) return;
        Gain(SpaceUse.BoundPerLive * -_belowMostBytes * share);
        _belowMostBytes = 0;
    }

    /// <summary>Compaction has something to gain, as far as is known.</summary>
    public bool CanGain { get { lock (_gate) return _canGain; } }

    /// <summary>Told when writers have brought the volume to where compaction should begin.</summary>
    public Action? RoomWanted { get; set; }

    /// <summary>Somebody waits for a file that the bound does not allow yet.</summary>
    public bool IsFileHeld
    {
        get => Volatile.Read(ref _isFileHeld);
        set => Volatile.Write(ref _isFileHeld, value);
    }

    /// <summary>
    /// Room is near its end, or writes wait or soon will, since more than half of what they may use at once is used.
    /// </summary>
    public bool IsPressed
    {
        get { lock (_gate) return IsFileHeld || _share > PressingShare || (_share > 0 && _owedBytes > _allowedBytes - BurstBytes / 2); }
    }

    /// <summary>Compaction has gained so many bytes, or will have when it is done with the segment at hand.</summary>
    public void Gain(double lengthBytes)
    {
        lock (_gate)
        {
            _hasGained |= lengthBytes > 0;
            Allow(lengthBytes);
        }
    }

    /// <summary>Says whether compaction has something to gain, and weighs again how much writers must wait for it.</summary>
    public SpaceUse Weigh(bool canGain)
    {
        // A pass without need has looked for less than one with it would have taken.
        lock (_gate) _canGain = canGain || !Use.IsWasteful;
        return Weigh();
    }

    public SpaceUse Weigh()
    {
        Interlocked.Exchange(ref _writtenSinceWeighed, 0);
        SpaceUse use = Use;
        lock (_gate)
        {
            Volatile.Write(ref _share, _canGain && !_isDisposed ? use.WriteShare : 0);
            if (_share == 0) LetGo();
        }
        return use;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            (_isDisposed, _share) = (true, 0);
            LetGo();
        }
        _stallTimer.Dispose();
        _floorTimer.Dispose();
    }

    private long WeighedBytes => _segments.SegmentBytes / WeighingsPerSegment;

    private double BurstBytes => _segments.SegmentBytes / (double)BurstsPerSegment;

    private void LetGo()
    {
        while (_waiting.TryDequeue(out var waiting)) waiting.Turn.SetResult();
        _owedBytes = Math.Min(_owedBytes, _allowedBytes);
    }

    private void Allow(double lengthBytes)
    {
        _allowedBytes += lengthBytes;
        while (_waiting.TryPeek(out var first) && first.DueBytes <= _allowedBytes) _waiting.Dequeue().Turn.SetResult();
    }

    private void WatchFloor() => _floorTimer.Change(FloorInterval, Timeout.InfiniteTimeSpan);

    private void LetOnAtFloor()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 || _isDisposed) return;
            AllowFloor();
            if (_waiting.Count > 0) WatchFloor();
        }
    }

    // Counted as if so much had been gained: what is written is a share of it.
    private void AllowFloor()
    {
        long now = _time.GetTimestamp();
        double seconds = _time.GetElapsedTime(_floorTimestamp, now).TotalSeconds;
        _floorTimestamp = now;
        Allow(seconds * FloorSegmentsPerSecond * _segments.SegmentBytes * _share);
    }

    private void WatchForStall()
    {
        _hasGained = false;
        _stallTimer.Change(StallTime, Timeout.InfiniteTimeSpan);
    }

    private void LookForStall()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 || _isDisposed) return;
            if (_hasGained)
            {
                WatchForStall();
                return;
            }
            (_canGain, _share) = (false, 0);
            LetGo();
        }
    }
}
