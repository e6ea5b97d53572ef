using System.Diagnostics;
using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>
/// The volume set's only writer of records. It takes all mutations that wait, whose bytes a <see cref="BodyPlacer"/> has made durable,
/// checks each against the index and those before it in the group, commits one index batch, and only then tells the callers. A lone
/// mutation is a group of one: nothing waits for company.
/// </summary>
internal sealed class Committer : IEngineWork, IDisposable
{
    // Bounds what a failed group fails, the batch's memory, and how long the first of a group waits for the last.
    private const int MaxGroupMutations = 1024;

    // How often a failed index is tried again.
    private const int ReopenIntervalMs = 250;

    private readonly MutationQueue _queue = new();
    private readonly IIndex _index;
    private readonly CommitGroup _group;
    private readonly VolumeOptions _options;
    private readonly CorruptionReport _corruption;
    private readonly Action _reload;
    private readonly IEngineActivity _activity;
    private readonly List<Mutation> _members = [];
    private readonly BodyPlacer _placer;
    private Mutation? _taken;
    private int _isEnding;
    private volatile bool _isAbandoned;
    private StoreStatus _indexFault = StoreStatus.Ok;

    /// <param name="reload">Called after the index was reopened: reads again what memory holds of it.</param>
    public Committer(
        IIndex index, CommitGroup group, SegmentTable segments, SegmentAllocator allocator, VolumeOptions options,
        CorruptionReport corruption, Action reload)
    {
        (_index, _group, _options, _corruption, _reload) = (index, group, options, corruption, reload);
        _placer = new BodyPlacer(segments, allocator, options, Timings, _queue);
        _activity = options.Scheduler.Start(EngineTask.Commit, this);
    }

    public CommitTimings Timings { get; } = new();

    /// <summary>What the bytes of small bodies took in segments.</summary>
    public long PackedBytes => _placer.PackedBytes;

    /// <summary>The mutation completes sooner or later whatever happens. One caller's are applied in the order of its calls.</summary>
    public void Queue(Mutation mutation)
    {
        if (!_placer.TryQueue(mutation)) QueueOne(mutation);
    }

    /// <summary>
    /// Queues mutations together and returns when all are decided; for background work. What has no new bytes goes ahead of all that waits
    /// for a place: room may come of it.
    /// </summary>
    public void Wait(params IReadOnlyList<Mutation> mutations)
    {
        ValueTask<StoreStatus>[] results = [.. mutations.Select(mutation => mutation.StatusResult)];
        foreach (Mutation mutation in mutations)
        {
            if (mutation.HasNewBytes) Queue(mutation);
            else QueueOne(mutation);
        }
        while (!Array.TrueForAll(results, result => result.IsCompleted) && _activity.TryStep()) _placer.Step();
        Task.WaitAll([.. results.Select(result => result.AsTask())]);
    }

    /// <summary>Commits what waits and ends; the index then holds every change of state.</summary>
    public void Dispose() => Stop(abandon: false);

    /// <summary>Ends as a crash would, between two groups: nothing more is written.</summary>
    public void Abandon() => Stop(abandon: true);

    private void Stop(bool abandon)
    {
        if (Interlocked.Exchange(ref _isEnding, 1) != 0) return;
        _isAbandoned = abandon;
        _placer.Stop(abandon);
        _queue.End();
        _activity.Join();
        if (!abandon && _indexFault == StoreStatus.Ok) CommitStateChanges();
        _group.Dispose();
        _placer.Dispose();
    }

    private void QueueOne(Mutation mutation)
    {
        if (_queue.TryAdd(mutation)) return;
        mutation.Status = StoreStatus.Closed;
        mutation.Complete(0);
    }

    void IEngineWork.Run()
    {
        while (_queue.WaitAndTake(_indexFault == StoreStatus.Ok ? Timeout.Infinite : ReopenIntervalMs, out _taken)) DecideTaken();
    }

    bool IEngineWork.Step()
    {
        _taken = _queue.Take();
        bool isAnyTaken = _taken is not null;
        DecideTaken();
        return isAnyTaken;
    }

    private void DecideTaken()
    {
        if (_isAbandoned) FailAll(StoreStatus.Closed);
        else if (_indexFault != StoreStatus.Ok && !TryReopen()) FailAll(_indexFault);
        while (_taken is not null)
        {
            GatherMembers();
            CommitMembers();
        }
    }

    private void GatherMembers()
    {
        _members.Clear();
        while (_taken is { } mutation && _members.Count < MaxGroupMutations)
        {
            if (mutation.NeedsOwnGroup && _members.Count > 0) return;
            _taken = mutation.Next;
            mutation.Next = null;
            _members.Add(mutation);
            if (mutation.NeedsOwnGroup) return;
        }
    }

    private void CommitMembers()
    {
        try
        {
            while (!TryApplyAll()) { }
            CommitIndex();
        }
        catch (IndexException exception)
        {
            FailGroup(exception);
        }
        _group.End();
        long timeMs = _group.TimeMs;
        Timings.Groups++;
        Timings.Mutations += _members.Count;
        // Before anybody is told, so that who comes back at once finds nobody busy.
        if (_taken is null) _queue.EndTaken();
        CompleteMembers(timeMs);
    }

    // All callers of a ring are told before it is woken: otherwise it wakes for the first of them, and on one core instead of this thread.
    private void CompleteMembers(long timeMs)
    {
        RingLoop? told = null;
        foreach (Mutation mutation in _members)
        {
            RingLoop? ring = mutation.CompleteAsleep(timeMs);
            if (ring is null || ring == told) continue;
            told?.Wake();
            told = ring;
        }
        told?.Wake();
        _members.Clear();
    }

    /// <summary>Applies all members; false when one of them failed, and is decided: the group is to be built without it.</summary>
    private bool TryApplyAll()
    {
        long start = Stopwatch.GetTimestamp();
        _group.Begin(_options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (Mutation mutation in _members)
        {
            if (!mutation.IsDecided && !TryApply(mutation)) return false;
        }
        Timings.ApplyTicks += Stopwatch.GetTimestamp() - start;
        return true;
    }

    // What a mutation did before it threw cannot be taken out of the group. An index that fails does so for all; one that is damaged, where
    // this one looked.
    private bool TryApply(Mutation mutation)
    {
        try
        {
            mutation.Status = mutation.HasExpectedMd5 ? mutation.Apply(_group) : StoreStatus.BadDigest;
            return true;
        }
        catch (IndexException exception) when (exception.IsCorruption)
        {
            (mutation.IsDecided, mutation.Status) = (true, _corruption.StatusOf(exception, "what a change was to replace"));
            return false;
        }
        catch (Exception exception) when (exception is not IndexException)
        {
            (mutation.IsDecided, mutation.Status) = (true, StoreStatus.IoFailed);
            _options.Events.Warning($"A change was not made, for a fault of the server: {exception}");
            return false;
        }
    }

    private void CommitIndex()
    {
        if (_group.IsEmpty) return;
        long start = Stopwatch.GetTimestamp();
        _group.PutSegmentChanges();
        _group.BeginCommit();
        _index.Commit(_group.Batch, _options.Durability == Durability.Synced);
        _group.Committed();
        foreach (Mutation mutation in _members)
        {
            if (mutation.Status == StoreStatus.Ok) mutation.Committed();
        }
        Timings.IndexTicks += Stopwatch.GetTimestamp() - start;
    }

    // Whether the batch reached the log is not known: the callers hear of a failure, and what memory holds is read from the index again.
    private void FailGroup(IndexException exception)
    {
        _indexFault = exception.IsNoSpace ? StoreStatus.NoSpace : _corruption.StatusOf(exception, "the index's log or tables");
        _options.Events.Warning($"The index failed and is opened again: {exception.Message}");
        foreach (Mutation mutation in _members)
        {
            // Refusals fall with the group too: they were judged by writes before them in it, or never judged at all.
            if (!mutation.IsDecided) mutation.Status = _indexFault;
        }
        _group.Abandoned();
        TryReopen();
    }

    private bool TryReopen()
    {
        try
        {
            _index.Reopen();
            _reload();
            _group.InvalidateDoubtful();
            _indexFault = StoreStatus.Ok;
            _options.Events.Info("The index is open again.");
            return true;
        }
        catch (Exception exception) when (exception is IndexException or VolumeException)
        {
            return false;
        }
    }

    private void FailAll(StoreStatus status)
    {
        while (_taken is { } mutation)
        {
            _taken = mutation.Next;
            mutation.Next = null;
            mutation.Status = status;
            mutation.Complete(0);
        }
    }

    private void CommitStateChanges()
    {
        try
        {
            _group.Begin(0);
            _group.PutSegmentChanges();
            if (!_group.IsEmpty) _index.Commit(_group.Batch, synced: true);
        }
        catch (IndexException)
        {
            // Recovery knows how to do without: what is not recorded is found again on opening.
        }
    }
}
