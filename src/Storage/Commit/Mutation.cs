using System.Threading.Tasks.Sources;
using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>
/// One change that waits for the committer: what to check, what to write, who to tell. Applied on the committer's thread against the index
/// and the changes before it in its group; applied again from the start when the group has to be built anew.
/// </summary>
internal abstract class Mutation : RingWork, IValueTaskSource<WriteResult>, IValueTaskSource<StoreStatus>
{
    private ManualResetValueTaskSourceCore<WriteResult> _outcome;
    private WriteResult _result;

    // A caller on a ring's thread goes on there: what it sends then leaves with the ring's next submission.
    private RingLoop? _ring;

    /// <summary>Whether a caller that is on no ring's thread goes on on the committer's thread; otherwise on the thread pool.</summary>
    internal bool CompletesInline { get; init; }

    /// <summary>Links the queue.</summary>
    internal Mutation? Next { get; set; }

    /// <summary>What <see cref="Apply"/> answered, or what befell the group.</summary>
    internal StoreStatus Status { get; set; }

    /// <summary>The answer stands whatever the rest of the group does: what it looked at is damaged, or it threw.</summary>
    internal bool IsDecided { get; set; }

    /// <summary>The version or delete marker that <see cref="Apply"/> wrote or deleted; the default where there is no versioning.</summary>
    internal VersionId Version { get; set; }
    internal bool IsDeleteMarker { get; set; }

    /// <summary>The body that goes in with it.</summary>
    internal CommittableBody? Body { get; set; }

    /// <summary>What the caller knows of that body.</summary>
    internal ObjectAttributes Attributes { get; set; }

    /// <summary>The tag of what was written; what the caller is told of a write that went well.</summary>
    internal ETag ETag { get; set; }

    /// <summary>The body's MD5 is asked for, as its tag or to be compared.</summary>
    internal bool WantsMd5 => Body is not null && (Attributes.ETag is null || Attributes.ExpectedMd5 is not null);

    /// <summary>False when the body is not what the caller said it is. A body that could not be written has no MD5 to compare.</summary>
    internal bool HasExpectedMd5 =>
        Attributes.ExpectedMd5 is not { } expected || Body!.Status != StoreStatus.Ok || Body.Md5?.Digest == expected;

    /// <summary>Not Ok when the bytes that it refers to could not be placed or made durable.</summary>
    internal StoreStatus BytesStatus { get; set; } = StoreStatus.Ok;

    /// <summary>The segment a small body was packed into, pinned until the caller is told; and where it stands there.</summary>
    internal Segment? PackedInto { get; set; }
    internal Extent PackedExtent { get; set; }

    /// <summary>
    /// Not 0: the segment was not synced for it, so its bytes go into the index's log; durable there once as many writes are synced.
    /// </summary>
    internal long LoggedWrite { get; set; }

    /// <summary>It reads the index by cursor, or changes what point lookups cannot see: it does not share a group.</summary>
    internal virtual bool NeedsOwnGroup => false;

    /// <summary>Whether it refers to bytes that were not committed before.</summary>
    internal virtual bool HasNewBytes => Body is not null;

    /// <summary>Adds the segments that such bytes stand in, each once.</summary>
    internal virtual void AddWritten(SegmentTable segments, List<Segment> written)
    {
        AddOnce(written, PackedInto);
        if (Body is null) return;
        foreach (Extent extent in Body.Extents) AddOnce(written, segments.Find(extent.Segment));
    }

    protected static void AddOnce(List<Segment> written, Segment? segment)
    {
        if (segment is not null && !written.Contains(segment)) written.Add(segment);
    }

    internal abstract StoreStatus Apply(CommitGroup group);

    /// <summary>The group is durable; on the committer's thread, before the caller is told.</summary>
    internal virtual void Committed()
    {
    }

    /// <summary>The caller has the outcome: the instance may be used again.</summary>
    protected virtual void Finished()
    {
    }

    /// <summary>To be taken before the mutation is queued, on the thread that waits for it.</summary>
    internal ValueTask<WriteResult> Result => new(this, BeginWait());

    /// <summary>The same without what was written.</summary>
    internal ValueTask<StoreStatus> StatusResult => new(this, BeginWait());

    /// <summary>Tells the caller. The instance must not be touched afterwards.</summary>
    internal void Complete(long lastModifiedMs)
    {
        RingLoop? ring = CompleteAsleep(lastModifiedMs);
        ring?.Wake();
    }

    /// <summary>The same for one of several.</summary>
    /// <returns>The ring on which the caller goes on once it is woken; null where there is none.</returns>
    internal RingLoop? CompleteAsleep(long lastModifiedMs)
    {
        Body?.EndCommit();
        PackedInto?.Unpin();
        WriteResult result = Status == StoreStatus.Ok
            ? new WriteResult(Status, lastModifiedMs, ETag, Version, IsDeleteMarker)
            : new WriteResult(Status, 0);
        (Body, PackedInto, LoggedWrite, BytesStatus) = (null, null, 0, StoreStatus.Ok);
        (IsDecided, Attributes, Version, IsDeleteMarker) = (false, default, default, false);
        RingLoop? ring = _ring;
        (_ring, _result) = (null, result);
        _outcome.RunContinuationsAsynchronously = false;
        if (ring is not null && ring.TryPostAsleep(this)) return ring;
        _outcome.RunContinuationsAsynchronously = !CompletesInline;
        _outcome.SetResult(result);
        return null;
    }

    protected override void Run() => _outcome.SetResult(_result);

    WriteResult IValueTaskSource<WriteResult>.GetResult(short token) => Take(token);
    StoreStatus IValueTaskSource<StoreStatus>.GetResult(short token) => Take(token).Status;
    ValueTaskSourceStatus IValueTaskSource<WriteResult>.GetStatus(short token) => _outcome.GetStatus(token);
    ValueTaskSourceStatus IValueTaskSource<StoreStatus>.GetStatus(short token) => _outcome.GetStatus(token);

    void IValueTaskSource<WriteResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _outcome.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource<StoreStatus>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _outcome.OnCompleted(continuation, state, token, flags);

    private short BeginWait()
    {
        _ring = RingLoop.Current;
        return _outcome.Version;
    }

    private WriteResult Take(short token)
    {
        WriteResult result = _outcome.GetResult(token);
        _outcome.Reset();
        Finished();
        return result;
    }
}
