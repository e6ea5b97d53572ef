using System.Diagnostics;

namespace RustFs.Storage;

/// <summary>
/// The stage before the committer. It gives the small bodies of all mutations that wait their places, in one write, and syncs what these
/// mutations refer to; then the committer has them, in the order in which they came. So a group finds its bytes durable and waits for the
/// index's log alone, and the next group's bytes are made durable meanwhile. What is refused afterwards leaves dead bytes behind.
/// </summary>
internal sealed class BodyPlacer : IEngineWork, IDisposable
{
    // Bounds how long the first of a batch waits for the last, and what a failed segment fails.
    private const int MaxBatchMutations = 1024;
    private const long MaxBatchBytes = 8L << 20;

    private readonly MutationQueue _queue = new();
    private readonly SegmentTable _segments;
    private readonly SegmentAllocator _allocator;
    private readonly VolumeOptions _options;
    private readonly CommitTimings _timings;
    private readonly MutationQueue _next;
    private readonly IEngineActivity _activity;
    private readonly PackedBatch _packed;
    private readonly GroupMd5 _md5 = new();
    private readonly List<Mutation> _batch = [];
    private readonly List<Segment> _written = [];
    private Mutation? _taken;
    private long _batchBytes;
    private volatile bool _isAbandoned;

    // The segment whose latest bodies stand in the index's log, and how many bytes since its last sync.
    private Segment? _loggedInto;
    private uint _loggedGeneration;
    private long _loggedBytes;

    /// <param name="next">Where mutations go on.</param>
    public BodyPlacer(
        SegmentTable segments, SegmentAllocator allocator, VolumeOptions options, CommitTimings timings, MutationQueue next)
    {
        (_segments, _allocator, _options, _timings, _next) = (segments, allocator, options, timings, next);
        _packed = new PackedBatch(allocator);
        _activity = options.Scheduler.Start(EngineTask.Place, this);
    }

    public long PackedBytes => _packed.WrittenBytes;

    /// <returns>False when it may go on at once: it has no bytes to be placed, and nothing that came before it waits here.</returns>
    public bool TryQueue(Mutation mutation)
    {
        if (!mutation.HasNewBytes) return _queue.TryAddBehind(mutation);
        if (_queue.TryAdd(mutation)) return true;
        mutation.BytesStatus = StoreStatus.Closed;
        return false;
    }

    /// <summary>Does a piece of the work where no thread does it.</summary>
    public void Step() => _activity.TryStep();

    /// <summary>Hands on what waits and ends.</summary>
    /// <param name="abandon">Nothing more is written.</param>
    public void Stop(bool abandon)
    {
        _isAbandoned = abandon;
        _queue.End();
        _activity.Join();
        if (!abandon) SyncLogged();
    }

    public void Dispose() => _packed.Dispose();

    void IEngineWork.Run()
    {
        while (_queue.WaitAndTake(Timeout.Infinite, out _taken))
        {
            PlaceTaken();
            // One batch ahead of the committer is enough. More would be smaller ones, each with a write, a sync and a block begun.
            _next.WaitUntilTaken();
        }
    }

    bool IEngineWork.Step()
    {
        _taken = _queue.Take();
        bool isAnyTaken = _taken is not null;
        PlaceTaken();
        return isAnyTaken;
    }

    private void PlaceTaken()
    {
        while (_taken is not null)
        {
            Gather();
            if (_isAbandoned) Refuse();
            else Place();
            _next.Add(_batch);
            _batch.Clear();
        }
    }

    private void Gather()
    {
        _batchBytes = 0;
        while (_taken is { } mutation && _batch.Count < MaxBatchMutations && _batchBytes < MaxBatchBytes)
        {
            _taken = mutation.Next;
            mutation.Next = null;
            _batch.Add(mutation);
            if (mutation.Body is { IsSmall: true } body) _batchBytes += body.LengthBytes;
        }
    }

    private void Refuse()
    {
        foreach (Mutation mutation in _batch) mutation.BytesStatus = StoreStatus.Closed;
    }

    private void Place()
    {
        long start = Stopwatch.GetTimestamp();
        _md5.Compute(_batch);
        bool isRefused = _allocator.IsIndexShort;
        foreach (Mutation mutation in _batch)
        {
            if (mutation.Body is not { IsSmall: true, LengthBytes: > 0, Status: StoreStatus.Ok } || !mutation.HasExpectedMd5) continue;
            mutation.BytesStatus = isRefused ? StoreStatus.NoSpace : _packed.Add(mutation);
        }
        _packed.Flush();
        long written = Stopwatch.GetTimestamp();
        _written.Clear();
        foreach (Mutation mutation in _batch) mutation.AddWritten(_segments, _written);
        if (_options.Durability == Durability.Synced && _written.Count > 0 && !TryLog()) SyncWritten();
        _timings.WriteTicks += written - start;
        _timings.SyncTicks += Stopwatch.GetTimestamp() - written;
        if (_written.Exists(segment => segment.HasFailed)) FailDependents();
    }

    /// <summary>
    /// A few small bodies in one segment need no sync of it: the committer puts them into the index's log. While it is busy the sync costs
    /// no time.
    /// </summary>
    private bool TryLog()
    {
        bool isFew = _batchBytes <= _options.LoggedBatchBytes && _loggedBytes + _batchBytes <= LoggedBodies.MaxBytes;
        if (!isFew || _written.Count != 1 || !_next.IsIdle) return false;
        Segment segment = _written[0];
        if (segment.HasFailed || (_loggedInto is not null && _loggedInto != segment)) return false;
        foreach (Mutation mutation in _batch)
        {
            if (mutation.HasNewBytes && mutation.PackedInto != segment) return false;
        }
        segment.NoteLogged();
        foreach (Mutation mutation in _batch)
        {
            if (mutation.PackedInto is not null) mutation.LoggedWrite = segment.WritesCompleted;
        }
        (_loggedInto, _loggedGeneration, _loggedBytes) = (segment, segment.Generation, _loggedBytes + _batchBytes);
        return true;
    }

    private void SyncWritten()
    {
        SyncLogged();
        foreach (Segment segment in _written) Sync(segment);
    }

    /// <summary>Also when the batch stands in another segment, so that the log does not hold bodies for ever.</summary>
    private void SyncLogged()
    {
        // It may have been freed meanwhile: pinned, it keeps its file.
        if (_loggedInto is { } segment && segment.TryPin(_loggedGeneration))
        {
            Sync(segment);
            segment.Unpin();
        }
        (_loggedInto, _loggedBytes) = (null, 0);
    }

    private void Sync(Segment segment)
    {
        if (!segment.HasFailed && segment.SyncWrites() != IoError.None) _allocator.SealFailed(segment);
    }

    private void FailDependents()
    {
        foreach (Mutation mutation in _batch)
        {
            _written.Clear();
            mutation.AddWritten(_segments, _written);
            if (_written.Exists(segment => segment.HasFailed)) mutation.BytesStatus = StoreStatus.IoFailed;
        }
    }
}
