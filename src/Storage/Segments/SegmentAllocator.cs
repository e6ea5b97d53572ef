namespace RustFs.Storage;

/// <summary>
/// Gives room at the append points. The next segments are prepared ahead on a thread of their own, so that neither commits nor writers wait
/// for a file to be made. Free segments are used first; new files are made only while the reserve stays free.
/// </summary>
internal sealed class SegmentAllocator : IDisposable
{
    /// <summary>The most one writer takes at once: what it abandons is lost until compaction, and a longer run reads no faster.</summary>
    public const long MaxExtentBytes = 64L << 20;

    // One packed segment ahead fills a segment's time of small writes. Two for large bodies: one stream can fill a segment faster than one
    // is made.
    private const int PackedAhead = 1;
    private const int LargeAhead = 2;

    // How long a refusal for lack of space stands before space is looked at again.
    private const int SpaceRecheckMs = 250;

    // A device that cannot make a file in this time has failed for the one who waits.
    private const int PrepareTimeoutMs = 10_000;

    private readonly object _gate = new();
    private readonly SegmentTable _table;
    private readonly Guid _volumeSet;
    private readonly VolumeOptions _options;
    private readonly Segment?[] _open = new Segment?[3];
    private readonly Queue<Segment>[] _prepared = [new(), new()];
    private readonly List<Segment> _free = [];
    private readonly HashSet<Segment> _changed = [];
    private readonly Thread _preparer;
    private IoError _lastError;
    private int _nextDirectory;
    private int _waiting;
    private long _spaceCheckedMs = long.MinValue;
    private long _indexFreeBytes = long.MaxValue;
    private bool _isStopping;

    /// <summary>Told when room runs short, so that dead segments are looked for at once.</summary>
    public Action? RoomWanted { get; set; }

    public SegmentAllocator(SegmentTable table, Guid volumeSet, VolumeOptions options)
    {
        (_table, _volumeSet, _options) = (table, volumeSet, options);
        Segment[] known = [.. table.All()];
        foreach (Segment segment in known)
        {
            if (segment is { State: SegmentState.Free, File: not null }) _free.Add(segment);
            else if (segment.State == SegmentState.Open) RestoreOpen(segment);
        }
        _preparer = new Thread(PrepareAhead) { IsBackground = true, Name = "storage-segments" };
    }

    public void Start() => _preparer.Start();

    public int FreeCount
    {
        get { lock (_gate) return _free.Count + _prepared[0].Count + _prepared[1].Count; }
    }

    /// <summary>
    /// Writes are refused: the index's file system is half into the reserve (the index grows with every write, whatever room segments
    /// have), or no segment has room and none can be made.
    /// </summary>
    public bool WritesRefused
    {
        get { lock (_gate) return IndexIsShort() || (_lastError == IoError.NoSpace && RoomInHand() < Extent.BlockBytes); }
    }

    /// <summary>The index's file system is half into the reserve.</summary>
    public bool IsIndexShort
    {
        get { lock (_gate) return IndexIsShort(); }
    }

    /// <summary>Whether a body of this length fits as things stand.</summary>
    public StoreStatus CheckRoom(long lengthBytes)
    {
        lock (_gate)
        {
            if (IndexIsShort()) return StoreStatus.NoSpace;
            if (_lastError == IoError.None && lengthBytes <= _table.SegmentBytes) return StoreStatus.Ok;
            long room = RoomInHand();
            for (int directory = 0; directory < _table.Devices.Count && room < lengthBytes; directory++)
            {
                long free = FreeBytesOf(directory) - _options.ReserveBytes - _table.SegmentBytes;
                if (free > 0) room += free / _table.SegmentBytes * (_table.SegmentBytes - SegmentHeader.Bytes);
            }
            return room >= lengthBytes ? StoreStatus.Ok : StoreStatus.NoSpace;
        }
    }

    /// <summary>
    /// The open segment of a point that one thread appends to, with at least this much room; that thread moves its append offset itself.
    /// </summary>
    public StoreStatus OpenAppend(AppendPoint point, long minBytes, out Segment? segment)
    {
        lock (_gate)
        {
            segment = _open[(int)point];
            if (segment is not null && !segment.HasFailed && segment.RemainingBytes >= minBytes) return StoreStatus.Ok;
            return OpenNext(point, out segment);
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
                if (status != StoreStatus.Ok) return status;
            }
            offset = segment.AppendOffset;
            segment.AppendOffset = offset + AlignedBuffer.RoundUp(lengthBytes);
            segment.TryPin(segment.Generation);
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
            for (int point = 0; point < _open.Length; point++)
            {
                if (_open[point] != segment) continue;
                Seal(segment, SegmentState.Failed);
                _open[point] = null;
            }
        }
    }

    /// <summary>Takes in a segment whose next generation the index has recorded as free.</summary>
    public void AddFree(Segment segment)
    {
        lock (_gate)
        {
            segment.IsTaken = false;
            if (segment.File is null) return;
            _free.Add(segment);
            _lastError = IoError.None;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// A free segment whose file may go, because its directory is short of space or more are free than will soon be needed.
    /// </summary>
    public Segment? TakeSurplus(int keepCount)
    {
        lock (_gate)
        {
            // The last free segment stays: compaction needs somewhere to begin.
            if (_free.Count <= 1) return null;
            Segment? surplus = _free.Find(free => FreeBytesOf(free.Directory) < _options.ReserveBytes);
            if (surplus is null && _free.Count > keepCount) surplus = _free[0];
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

    public void MarkChanged(IEnumerable<Segment> segments)
    {
        lock (_gate) _changed.UnionWith(segments);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
        if (_preparer.IsAlive) _preparer.Join();
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
        segment.IsTaken = false;
        _changed.Add(segment);
    }

    private StoreStatus OpenNext(AppendPoint point, out Segment? segment)
    {
        StoreStatus status = point == AppendPoint.Compacted ? TakeForCompaction(out segment) : TakePrepared(point, out segment);
        if (status != StoreStatus.Ok) return status;
        if (_open[(int)point] is { State: SegmentState.Open } full) Seal(full, SegmentState.Sealed);
        segment!.State = SegmentState.Open;
        segment.AppendPoint = point;
        _open[(int)point] = segment;
        _changed.Add(segment);
        return StoreStatus.Ok;
    }

    private StoreStatus TakePrepared(AppendPoint point, out Segment? segment)
    {
        segment = null;
        long deadlineMs = Environment.TickCount64 + PrepareTimeoutMs;
        _waiting++;
        try
        {
            while (true)
            {
                if (_prepared[(int)point].TryDequeue(out segment) || _prepared[1 - (int)point].TryDequeue(out segment))
                {
                    Monitor.PulseAll(_gate);
                    return StoreStatus.Ok;
                }
                if (_isStopping) return StoreStatus.Closed;
                if (_lastError != IoError.None) return _lastError.ToStatus();
                long leftMs = deadlineMs - Environment.TickCount64;
                if (leftMs <= 0) return StoreStatus.IoFailed;
                Monitor.PulseAll(_gate);
                Monitor.Wait(_gate, (int)leftMs);
            }
        }
        finally
        {
            _waiting--;
        }
    }

    private StoreStatus TakeForCompaction(out Segment? segment)
    {
        segment = PickSegment(isForCompaction: true);
        if (segment is null) return StoreStatus.NoSpace;
        IoError error = Prepare(segment, zeroFilled: false);
        if (error == IoError.None) return StoreStatus.Ok;
        GiveBack(segment);
        segment = null;
        return error.ToStatus();
    }

    private void PrepareAhead()
    {
        while (true)
        {
            Segment? segment;
            AppendPoint point;
            bool zeroFilled;
            lock (_gate)
            {
                while (!_isStopping && _prepared[0].Count >= PackedAhead && _prepared[1].Count >= LargeAhead) Monitor.Wait(_gate);
                if (_isStopping) return;
                point = _prepared[0].Count < PackedAhead ? AppendPoint.Packed : AppendPoint.Large;
                // Zeros cost as much as the bodies to come: only for small ones, whose syncs they halve, and only while nobody waits.
                zeroFilled = point == AppendPoint.Packed && _waiting == 0 && _open[(int)AppendPoint.Packed] is not null;
                segment = PickSegment(isForCompaction: false);
                if (segment is null)
                {
                    Refuse(IoError.NoSpace);
                    continue;
                }
            }
            IoError error = Prepare(segment, zeroFilled);
            lock (_gate)
            {
                if (error != IoError.None)
                {
                    GiveBack(segment);
                    Refuse(error);
                    continue;
                }
                _lastError = IoError.None;
                _prepared[(int)point].Enqueue(segment);
                _changed.Add(segment);
                Monitor.PulseAll(_gate);
            }
        }
    }

    // Tells those who wait, asks for reclaim, and looks again after a while or when a segment comes free.
    private void Refuse(IoError error)
    {
        _lastError = error;
        Monitor.PulseAll(_gate);
        RoomWanted?.Invoke();
        Monitor.Wait(_gate, SpaceRecheckMs);
    }

    private Segment? PickSegment(bool isForCompaction)
    {
        // Compaction must be able to begin on a full disk: writers leave it one segment's room, or the last free segment, and it may use
        // half of the reserve; the other half is the index's, which must record the moves.
        long floorBytes = isForCompaction
            ? _options.ReserveBytes / 2
            : _options.ReserveBytes + (_free.Count == 0 ? _table.SegmentBytes : 0);
        // In turn, so that all devices share the work; one without room is passed over.
        int directory = -1;
        for (int turn = 0; turn < _table.Devices.Count && directory < 0; turn++)
        {
            int candidate = (_nextDirectory + turn) % _table.Devices.Count;
            if (FreeBytesOf(candidate) - _table.SegmentBytes >= floorBytes) directory = candidate;
        }
        int kept = directory < 0 && !isForCompaction ? 1 : 0;
        if (_free.Count > kept)
        {
            Segment free = _free[^1];
            _free.RemoveAt(_free.Count - 1);
            free.IsTaken = true;
            return free;
        }
        if (directory < 0) return null;
        _nextDirectory = (directory + 1) % _table.Devices.Count;
        Segment added = _table.AddIn(directory);
        added.IsTaken = true;
        return added;
    }

    private IoError Prepare(Segment segment, bool zeroFilled)
    {
        if (segment.IsPrepared) return IoError.None;
        if (segment.File is null)
        {
            IoError created = segment.Device.CreateSegment(segment.Number, segment.LengthBytes, zeroFilled, out ISegmentFile? file);
            if (created != IoError.None) return created;
            segment.File = file;
        }
        using var block = new AlignedBuffer(SegmentHeader.Bytes);
        SegmentHeader.Write(block.Span, _volumeSet, segment.Number, segment.Generation, segment.LengthBytes);
        IoError error = segment.File!.Write(0, block.Span);
        if (error == IoError.None && _options.Durability == Durability.Synced) error = segment.File.Sync();
        if (error == IoError.None) segment.IsPrepared = true;
        return error;
    }

    private void GiveBack(Segment segment)
    {
        segment.IsTaken = false;
        if (segment.File is not null) _free.Insert(0, segment);
    }

    private long RoomInHand()
    {
        long perSegment = _table.SegmentBytes - SegmentHeader.Bytes;
        long room = (_prepared[0].Count + _prepared[1].Count + Math.Max(0, _free.Count - 1)) * perSegment;
        return room + (_open[(int)AppendPoint.Large]?.RemainingBytes ?? 0);
    }

    private bool IndexIsShort()
    {
        long nowMs = Environment.TickCount64;
        if (nowMs - _spaceCheckedMs >= SpaceRecheckMs || _spaceCheckedMs == long.MinValue)
        {
            _spaceCheckedMs = nowMs;
            _indexFreeBytes = FreeBytesOf(0);
        }
        return _indexFreeBytes < _options.ReserveBytes / 2;
    }

    private long FreeBytesOf(int directory) => _table.Devices[directory].FreeBytes() is var free && free >= 0 ? free : long.MaxValue;
}
