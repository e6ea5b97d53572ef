using System.Diagnostics;

namespace RustFs.Storage;

/// <summary>
/// The volume set's only writer of records. It takes all mutations that wait, checks each against the index and those before it in the
/// group, makes their bytes durable, commits one index batch, and only then tells the callers. A lone mutation is a group of one: nothing
/// waits for company.
/// </summary>
internal sealed class Committer : IDisposable
{
    // Bounds what a failed group fails, the batch's memory, and how long the first of a group waits for the last.
    private const int MaxGroupMutations = 1024;
    private const long MaxGroupBytes = 8L << 20;

    // How often a failed index is tried again.
    private const int ReopenIntervalMs = 250;

    private readonly object _gate = new();
    private readonly IIndex _index;
    private readonly CommitGroup _group;
    private readonly VolumeOptions _options;
    private readonly Action _reload;
    private readonly Thread _thread;
    private readonly List<Mutation> _members = [];
    private readonly GroupMd5 _md5 = new();
    private Mutation? _first;
    private Mutation? _last;
    private Mutation? _taken;
    private bool _isWaiting;
    private bool _isStopping;
    private bool _isAbandoned;
    private StoreStatus _indexFault = StoreStatus.Ok;

    /// <param name="reload">Called after the index was reopened: reads again what memory holds of it.</param>
    public Committer(IIndex index, CommitGroup group, VolumeOptions options, Action reload)
    {
        (_index, _group, _options, _reload) = (index, group, options, reload);
        _thread = new Thread(Run) { IsBackground = true, Name = "storage-commit" };
        _thread.Start();
    }

    public CommitTimings Timings { get; } = new();

    /// <summary>The mutation completes sooner or later whatever happens.</summary>
    public void Queue(Mutation mutation)
    {
        lock (_gate)
        {
            if (!_isStopping)
            {
                mutation.Next = null;
                if (_last is null) _first = mutation;
                else _last.Next = mutation;
                _last = mutation;
                if (_isWaiting) Monitor.Pulse(_gate);
                return;
            }
        }
        mutation.Status = StoreStatus.Closed;
        mutation.Complete(0);
    }

    /// <summary>Queues mutations together and blocks until all are decided; for background work.</summary>
    public void Wait(params IReadOnlyList<Mutation> mutations)
    {
        var results = mutations.Select(mutation => mutation.StatusResult.AsTask()).ToArray();
        foreach (Mutation mutation in mutations) Queue(mutation);
        Task.WaitAll(results);
    }

    /// <summary>Commits what waits and ends the thread; the index then holds every change of state.</summary>
    public void Dispose() => Stop(abandon: false);

    /// <summary>Ends as a crash would, between two groups: nothing more is written.</summary>
    public void Abandon() => Stop(abandon: true);

    private void Stop(bool abandon)
    {
        lock (_gate)
        {
            if (_isStopping) return;
            (_isStopping, _isAbandoned) = (true, abandon);
            Monitor.Pulse(_gate);
        }
        _thread.Join();
        _group.Dispose();
    }

    private void Run()
    {
        while (TakeWaiting())
        {
            if (_isAbandoned) FailAll(StoreStatus.Closed);
            else if (_indexFault != StoreStatus.Ok && !TryReopen()) FailAll(_indexFault);
            while (_taken is not null)
            {
                GatherMembers();
                CommitMembers();
            }
        }
        if (!_isAbandoned && _indexFault == StoreStatus.Ok) CommitStateChanges();
    }

    // False when there is nothing more to do for ever.
    private bool TakeWaiting()
    {
        lock (_gate)
        {
            while (_first is null && !_isStopping)
            {
                _isWaiting = true;
                bool wasPulsed = Monitor.Wait(_gate, _indexFault == StoreStatus.Ok ? Timeout.Infinite : ReopenIntervalMs);
                _isWaiting = false;
                if (!wasPulsed) break;
            }
            _taken = _first;
            (_first, _last) = (null, null);
            return _taken is not null || !_isStopping;
        }
    }

    private void GatherMembers()
    {
        _members.Clear();
        long bytes = 0;
        while (_taken is { } mutation && _members.Count < MaxGroupMutations && bytes < MaxGroupBytes)
        {
            if (mutation.NeedsOwnGroup && _members.Count > 0) return;
            _taken = mutation.Next;
            mutation.Next = null;
            _members.Add(mutation);
            if (mutation.Body is { IsSmall: true } body) bytes += body.LengthBytes;
            if (mutation.NeedsOwnGroup) return;
        }
    }

    private void CommitMembers()
    {
        try
        {
            while (!TryWriteGroup()) DecideDependents();
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
        foreach (Mutation mutation in _members) mutation.Complete(timeMs);
        _members.Clear();
    }

    /// <summary>Applies all members and writes their bytes; false when a segment failed under some of them.</summary>
    private bool TryWriteGroup()
    {
        long start = Stopwatch.GetTimestamp();
        _group.Begin(_options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        _md5.Compute(_members);
        foreach (Mutation mutation in _members)
        {
            if (mutation.IsDecided) continue;
            mutation.PackedInto = null;
            mutation.Status = mutation.HasExpectedMd5 ? mutation.Apply(_group) : StoreStatus.BadDigest;
        }
        long applied = Stopwatch.GetTimestamp();
        _group.WritePacked();
        long written = Stopwatch.GetTimestamp();
        if (_options.Durability == Durability.Synced && _group.FailedSegment is null && !_group.IsEmpty) _group.SyncWritten();
        long synced = Stopwatch.GetTimestamp();
        Timings.Add(applied - start, written - applied, synced - written);
        return _group.FailedSegment is null;
    }

    private void DecideDependents()
    {
        bool isAnyDecided = false;
        foreach (Mutation mutation in _members)
        {
            if (mutation.IsDecided || !mutation.DependsOn(_group.FailedSegment!)) continue;
            (mutation.IsDecided, mutation.Status) = (true, StoreStatus.IoFailed);
            isAnyDecided = true;
        }
        // Should none admit to it, all must: the group must not be built for ever.
        if (isAnyDecided) return;
        foreach (Mutation mutation in _members) (mutation.IsDecided, mutation.Status) = (true, StoreStatus.IoFailed);
    }

    private void CommitIndex()
    {
        if (_group.IsEmpty) return;
        long start = Stopwatch.GetTimestamp();
        _group.PutSegmentChanges();
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
        _indexFault = exception.IsNoSpace ? StoreStatus.NoSpace : StoreStatus.IoFailed;
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
