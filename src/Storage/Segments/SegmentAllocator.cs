namespace RustFs.Storage;

/// <summary>
/// Gives room at the append points. The next segment of a point is prepared in the background once the open one is half full, so that
/// neither commits nor writers wait for a file to be made, and a volume of a few objects takes no more files than it needs. Free segments
/// are used first; new files are made only while the reserve stays free.
/// </summary>
internal sealed partial class SegmentAllocator : IDisposable
{
    /// <summary>The most one writer takes at once: what it abandons is lost until compaction, and a longer run reads no faster.</summary>
    public const long MaxExtentBytes = 64L << 20;

    // A segment that lasted less than this is followed by two: at that rate half a segment is written before a file is made.
    private const int FastFillMs = 1000;

    // A device that cannot make a file in this time has failed for the one who waits.
    private const int PrepareTimeoutMs = 10_000;

    private readonly object _gate = new();
    private readonly SegmentTable _table;
    private readonly Guid _volumeSet;
    private readonly VolumeOptions _options;
    private readonly DiskSpace _space;
    private readonly WritePacer _pacer;
    private readonly Segment?[] _open = new Segment?[3];
    private readonly Queue<Segment>[] _prepared = [new(), new()];
    private readonly int[] _waiting = new int[2];
    private readonly long[] _openedMs = new long[3];
    private readonly bool[] _fillsFast = new bool[3];
    private readonly List<Segment> _free = [];
    private readonly HashSet<Segment> _changed = [];
    private IEngineActivity? _preparer;
    private IoError _lastError;
    private bool _isPacking;
    private bool _isStopping;

    /// <summary>Told when a segment is opened and when room runs short, so that dead segments are looked for at once.</summary>
    public Action? RoomWanted { get; set; }

    public SegmentAllocator(SegmentTable table, Guid volumeSet, VolumeOptions options, WritePacer pacer)
    {
        (_table, _volumeSet, _options, _space, _pacer) = (table, volumeSet, options, new DiskSpace(table, options), pacer);
        Segment[] known = [.. table.All()];
        foreach (Segment segment in known)
        {
            if (segment is { State: SegmentState.Free, File: not null }) _free.Add(segment);
            else if (segment.State == SegmentState.Open) RestoreOpen(segment);
        }
    }

    public void Start() => _preparer = _options.Scheduler.Start(EngineTask.Prepare, this);

    public int FreeCount { get { lock (_gate) return _free.Count + _prepared[0].Count + _prepared[1].Count; } }

    /// <summary>
    /// Writes are refused: the index's file system is half into the reserve (the index grows with every write, whatever room segments
    /// have), or no segment has room and none can be made.
    /// </summary>
    public bool WritesRefused
    {
        get { lock (_gate) return _space.IsIndexShort() || (_lastError == IoError.NoSpace && RoomInHand() < Extent.BlockBytes); }
    }

    /// <summary>Space is short for somebody, though not for every write.</summary>
    public bool IsShort { get { lock (_gate) return IsShortNow; } }

    private bool IsShortNow => _lastError == IoError.NoSpace || _space.IsIndexShort();

    /// <summary>The index's file system is half into the reserve.</summary>
    public bool IsIndexShort { get { lock (_gate) return _space.IsIndexShort(); } }

    /// <summary>Whether a body of this length fits as things stand.</summary>
    public StoreStatus CheckRoom(long lengthBytes)
    {
        lock (_gate)
        {
            if (_space.IsIndexShort()) return StoreStatus.NoSpace;
            if (_lastError == IoError.None && lengthBytes <= _table.SegmentBytes) return StoreStatus.Ok;
            long room = RoomInHand() + _space.NewSegments() * (_table.SegmentBytes - SegmentHeader.Bytes);
            return room >= lengthBytes ? StoreStatus.Ok : StoreStatus.NoSpace;
        }
    }

    /// <summary>
    /// The open segment of a point that one thread appends to, with at least this much room; that thread moves its append offset itself.
    /// That of the packed point comes pinned, until <see cref="EndPacking"/>.
    /// </summary>
    public StoreStatus OpenAppend(AppendPoint point, long minBytes, out Segment? segment)
    {
        lock (_gate)
        {
            segment = _open[(int)point];
            bool hasRoom = segment is not null && !segment.HasFailed && segment.RemainingBytes >= minBytes;
            StoreStatus status = hasRoom ? StoreStatus.Ok : OpenNext(point, out segment);
            bool isTaken = status == StoreStatus.NoSpace && point == AppendPoint.Packed
                && TryTakeOver(AppendPoint.Large, point, minBytes, out segment);
            if (isTaken) status = StoreStatus.Ok;
            WakePreparer(point);
            if (point == AppendPoint.Packed && status == StoreStatus.Ok) _isPacking = segment!.TryPin(segment.Generation);
            return status;
        }
    }

    /// <summary>The batch that <see cref="OpenAppend"/> began at the packed point is written, or given up.</summary>
    public void EndPacking(Segment segment)
    {
        lock (_gate)
        {
            _isPacking = false;
            segment.Unpin();
            if (_waiting[(int)AppendPoint.Large] > 0) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Takes room for the next extent of a large body, and pins its segment. At most <see cref="MaxExtentBytes"/>; less where the segment
    /// ends, then a multiple of the checksum block, so that blocks and buffers stay in step.
    /// </summary>
    public StoreStatus ReserveExtent(long wantedBytes, out Segment? segment, out long offset, out long lengthBytes)
    {
        (offset, lengthBytes) = (0, 0);
        lock (_gate)
        {
            segment = _open[(int)AppendPoint.Large];
            while (true)
            {
                if (segment is not null && !segment.HasFailed)
                {
                    lengthBytes = Math.Min(Math.Min(wantedBytes, MaxExtentBytes), segment.RemainingBytes);
                    if (lengthBytes < wantedBytes) lengthBytes &= ~(Extent.BlockBytes - 1L);
                    if (lengthBytes > 0) break;
                }
                StoreStatus status = OpenNext(AppendPoint.Large, out segment);
                if (status == StoreStatus.NoSpace && TryTakeOverPacked(out segment)) continue;
                if (status != StoreStatus.Ok) return status;
            }
            offset = segment.AppendOffset;
            segment.AppendOffset = offset + AlignedBuffer.RoundUp(lengthBytes);
            segment.TryPin(segment.Generation);
            WakePreparer(AppendPoint.Large);
            return StoreStatus.Ok;
        }
    }

    /// <summary>
    /// Takes back the room of a body that was given up, where nothing was appended behind it. Only for extents that were never part of a
    /// commit: of a commit that failed, nobody knows whether the index has it.
    /// </summary>
    public void ReturnExtent(Segment segment, long offset, long lengthBytes)
    {
        lock (_gate)
        {
            if (segment == _open[(int)AppendPoint.Large] && segment.AppendOffset == offset + AlignedBuffer.RoundUp(lengthBytes))
                segment.AppendOffset = offset;
        }
    }

    /// <summary>Ends appends to a segment whose write or sync failed.</summary>
    public void SealFailed(Segment segment)
    {
        segment.HasFailed = true;
        lock (_gate)
        {
            if (Array.IndexOf(_open, segment) is not (>= 0 and int point)) return;
            Seal(segment, SegmentState.Failed);
            _open[point] = null;
        }
    }

    /// <summary>
    /// Open segments worth ending early when space is wanted: mostly dead and at least half full, and while space is short also those that
    /// are wholly dead.
    /// </summary>
    public List<Segment> FindMostlyDeadOpen()
    {
        lock (_gate) return [.. _open.OfType<Segment>().Where(open => open.IsMostlyDead(IsShortNow))];
    }

    /// <summary>
    /// Ends appends to an open segment that is still mostly dead, so that it can be freed or compacted. On the committer's thread between
    /// two groups, for the reclaimer that waits: so nobody is about to append where an offset is kept without this lock. Whoever packs
    /// holds a pin.
    /// </summary>
    public void SealMostlyDead(Segment segment)
    {
        lock (_gate)
        {
            int point = Array.IndexOf(_open, segment);
            if (point < 0 || !segment.IsMostlyDead(IsShortNow)) return;
            Seal(segment, SegmentState.Sealed);
            _open[point] = null;
        }
    }

    /// <summary>
    /// Gives writers the rest of the segment that compaction moves to, where they have no other and it could begin again. Called by the
    /// reclaimer, which alone appends there.
    /// </summary>
    public void LendCompacted()
    {
        lock (_gate)
        {
            bool hasRoom = _open[(int)AppendPoint.Large] is { HasFailed: false, RemainingBytes: >= Extent.BlockBytes };
            if (_lastError == IoError.NoSpace && !hasRoom && (_free.Count > 0 || _space.CanCompactionMake()))
                TryTakeOver(AppendPoint.Compacted, AppendPoint.Large, _table.SegmentBytes / 8, out _);
        }
    }

    /// <summary>Takes in a segment whose next generation the index has recorded as free. Without a file its number is free.</summary>
    public void AddFree(Segment segment)
    {
        lock (_gate)
        {
            segment.IsTaken = false;
            _pacer.Gain(Math.Max(0, segment.LengthBytes - segment.SpentBytes));
            segment.SpentBytes = 0;
            if (segment.File is not null)
            {
                _free.Add(segment);
                _lastError = IoError.None;
            }
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// A free segment whose file may go, because its directory is short of space or more are free than will soon be needed.
    /// </summary>
    /// <param name="keepCount">Free ones that stay for reuse.</param>
    /// <param name="allowedCount">Those and prepared ones together that the bound on space allows.</param>
    public Segment? TakeSurplus(int keepCount, int allowedCount)
    {
        lock (_gate)
        {
            ReturnUnneeded(allowedCount);
            // The last free segment stays where compaction could not make one to begin with.
            if (_free.Count == 0 || (_free.Count == 1 && !_space.CanMakeAgain(_free[0].Directory))) return null;
            Segment? surplus = _free.Find(free => _space.IsBelowReserve(free.Directory));
            bool isSurplus = _free.Count > keepCount || _free.Count + _prepared[0].Count + _prepared[1].Count > allowedCount;
            if (surplus is null && isSurplus) surplus = _free[0];
            if (surplus is null) return null;
            _free.Remove(surplus);
            surplus.IsTaken = true;
            return surplus;
        }
    }

    /// <summary>Its file is deleted: the number may be used for a new one.</summary>
    public void SurplusDeleted(Segment segment)
    {
        lock (_gate)
        {
            segment.IsTaken = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Segments whose state differs from what the index recorded; the caller writes them in its batch.</summary>
    public void DrainChanged(HashSet<Segment> into)
    {
        lock (_gate)
        {
            into.UnionWith(_changed);
            _changed.Clear();
        }
    }

    public void MarkChanged(IEnumerable<Segment> segments) { lock (_gate) _changed.UnionWith(segments); }

    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
        _preparer?.Join();
    }

    private void RestoreOpen(Segment segment)
    {
        // Which point it had is not kept: any will do. There are more than points when the process ended between opening one and recording
        // that another was full.
        int point = Array.IndexOf(_open, null);
        if (segment.File is null || point < 0)
        {
            Seal(segment, SegmentState.Sealed);
            return;
        }
        segment.IsPrepared = true;
        segment.IsTaken = true;
        segment.AppendPoint = (AppendPoint)point;
        _open[point] = segment;
    }

    private void Seal(Segment segment, SegmentState state)
    {
        segment.State = state;
        segment.SealOrdinal = _table.NextSealOrdinal();
        segment.IsTaken = false;
        _changed.Add(segment);
    }

    private StoreStatus OpenNext(AppendPoint point, out Segment? segment)
    {
        StoreStatus status = point == AppendPoint.Compacted ? TakeForCompaction(out segment) : TakePrepared(point, out segment);
        if (status != StoreStatus.Ok || segment == _open[(int)point]) return status;
        if (_open[(int)point] is { State: SegmentState.Open } full) Seal(full, SegmentState.Sealed);
        segment!.State = SegmentState.Open;
        segment.AppendPoint = point;
        _open[(int)point] = segment;
        long nowMs = _options.ClockMs;
        _fillsFast[(int)point] = nowMs - _openedMs[(int)point] < FastFillMs;
        _openedMs[(int)point] = nowMs;
        _changed.Add(segment);
        _pacer.Weigh();
        RoomWanted?.Invoke();
        return StoreStatus.Ok;
    }

    // Where no segment can be made, small and large bodies go on in whichever there is. What is reserved in it stays.
    private bool TryTakeOver(AppendPoint from, AppendPoint to, long minBytes, out Segment? segment)
    {
        segment = _open[(int)from];
        if (segment is null || segment.HasFailed || segment.RemainingBytes < minBytes) return false;
        if (_open[(int)to] is { State: SegmentState.Open } full) Seal(full, SegmentState.Sealed);
        _open[(int)from] = null;
        segment.AppendPoint = to;
        _open[(int)to] = segment;
        return true;
    }

    // The offset of the packed point moves without this lock while a batch is under way.
    private bool TryTakeOverPacked(out Segment? segment)
    {
        long deadlineMs = _options.ClockMs + PrepareTimeoutMs;
        _waiting[(int)AppendPoint.Large]++;
        while (_isPacking && !_isStopping && _options.ClockMs < deadlineMs && !_preparer!.TryStep()) Monitor.Wait(_gate, SpaceRecheckMs);
        _waiting[(int)AppendPoint.Large]--;
        // Another writer may have taken it over meanwhile.
        segment = _open[(int)AppendPoint.Large];
        if (segment is { HasFailed: false, RemainingBytes: >= Extent.BlockBytes }) return true;
        return !_isPacking && TryTakeOver(AppendPoint.Packed, AppendPoint.Large, Extent.BlockBytes, out segment);
    }

    private StoreStatus TakePrepared(AppendPoint point, out Segment? segment)
    {
        segment = null;
        long deadlineMs = _options.ClockMs + PrepareTimeoutMs;
        // What failed before says nothing of now, unless everyone would wait long to hear the same again.
        long attempt = _wantedAttempt = _isSlowToFail ? _attempts : _attempts + 1;
        Segment? full = _open[(int)point];
        _waiting[(int)point]++;
        try
        {
            while (true)
            {
                // Of several writers who wait the first opens it for all: a segment for each would be ended with nothing in it.
                segment = _open[(int)point];
                if (segment != full && segment is { HasFailed: false, RemainingBytes: >= Extent.BlockBytes }) return StoreStatus.Ok;
                if (_prepared[(int)point].TryDequeue(out segment) || _prepared[1 - (int)point].TryDequeue(out segment))
                {
                    Monitor.PulseAll(_gate);
                    return StoreStatus.Ok;
                }
                if (_isStopping) return StoreStatus.Closed;
                if (_lastError != IoError.None && _refusedAttempt >= attempt) return _lastError.ToStatus();
                long leftMs = deadlineMs - _options.ClockMs;
                if (leftMs <= 0) return StoreStatus.IoFailed;
                Monitor.PulseAll(_gate);
                if (!_preparer!.TryStep()) Monitor.Wait(_gate, (int)leftMs);
            }
        }
        finally
        {
            _waiting[(int)point]--;
        }
    }

    private StoreStatus TakeForCompaction(out Segment? segment)
    {
        segment = PickSegment(isForCompaction: true);
        if (segment is null) return StoreStatus.NoSpace;
        IoError error = segment.Prepare(_volumeSet, zeroFilled: false, _options.Durability);
        if (error == IoError.None) return StoreStatus.Ok;
        GiveBack(segment);
        segment = null;
        return error.ToStatus();
    }

    private bool IsAnyWanted(out AppendPoint point)
    {
        point = AppendPoint.Large;
        if (IsWanted(point)) return true;
        point = AppendPoint.Packed;
        // After a refusal one is made as soon as there is room, or nobody would learn that there is.
        return IsWanted(point) || (_lastError != IoError.None && _prepared[0].Count + _prepared[1].Count == 0);
    }

    private bool IsWanted(AppendPoint point)
    {
        if (_waiting[(int)point] > 0) return _prepared[0].Count + _prepared[1].Count == 0;
        return _prepared[(int)point].Count < WantedAhead(point);
    }

    private int WantedAhead(AppendPoint point)
    {
        if (_open[(int)point] is not { } open || open.RemainingBytes > open.LengthBytes / 2) return 0;
        int wanted = _fillsFast[(int)point] && _options.ClockMs - _openedMs[(int)point] < FastFillMs ? 2 : 1;
        // Past the bound no file is made that nobody needs yet.
        int prepared = _prepared[(int)point].Count;
        if (prepared >= wanted) return wanted;
        SpaceUse use = _pacer.Use;
        return (_free.Count > 0 ? use.AllowsFree(_free.Count) : use.AllowsAhead) ? wanted : prepared;
    }

    // What was prepared for a rate that is over is free like any other.
    private void ReturnUnneeded(int allowedCount)
    {
        if (_waiting[0] + _waiting[1] > 0) return;
        foreach (AppendPoint point in (ReadOnlySpan<AppendPoint>)[AppendPoint.Packed, AppendPoint.Large])
        {
            while (_prepared[(int)point].Count > WantedAhead(point) || IsOver(point)) GiveBack(_prepared[(int)point].Dequeue());
        }

        bool IsOver(AppendPoint point) => _prepared[(int)point].Count > 0 && _prepared[0].Count + _prepared[1].Count > allowedCount;
    }

    private void WakePreparer(AppendPoint point)
    {
        if (point != AppendPoint.Compacted && IsWanted(point)) Monitor.PulseAll(_gate);
    }

    private Segment? PickSegment(bool isForCompaction)
    {
        if (_free.Count > 0 && (isForCompaction || _space.CanCompactWith(_free.Count - 1)))
        {
            Segment free = _free[^1];
            _free.RemoveAt(_free.Count - 1);
            free.IsTaken = true;
            return free;
        }
        // Near the bound what was prepared for writers is better used now than a file more made.
        bool takesPrepared = isForCompaction && !_pacer.Use.AllowsAhead;
        if (takesPrepared && (_prepared[0].TryDequeue(out Segment? ready) || _prepared[1].TryDequeue(out ready))) return ready;
        int directory = isForCompaction ? _space.FindForCompaction() : _space.FindForWriters(_free.Count);
        if (directory < 0) return null;
        Segment added = _table.AddIn(directory);
        added.IsTaken = true;
        return added;
    }

    private void GiveBack(Segment segment)
    {
        segment.IsTaken = false;
        if (segment.File is not null) _free.Insert(0, segment);
    }

    private long RoomInHand()
    {
        long perSegment = _table.SegmentBytes - SegmentHeader.Bytes;
        int free = _free.Count > 0 && !_space.CanCompactWith(0) ? _free.Count - 1 : _free.Count;
        long room = (_prepared[0].Count + _prepared[1].Count + free) * perSegment;
        foreach (AppendPoint point in (ReadOnlySpan<AppendPoint>)[AppendPoint.Packed, AppendPoint.Large])
            room += _open[(int)point] is { HasFailed: false } open ? open.RemainingBytes : 0;
        return room;
    }
}
