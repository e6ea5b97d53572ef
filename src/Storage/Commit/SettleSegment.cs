namespace RustFs.Storage;

/// <summary>
/// Looks at a sealed segment from the committer's thread. Asked before its records are read: without pins and with nothing left to append,
/// all its bytes are committed or given up, and the index tells which. Asked afterwards, and recorded: what those reads saw is committed,
/// memory has given up what was older, and the segment will not be opened for appends again, whatever happens.
/// </summary>
internal sealed class SettleSegment(Segment segment, bool isRecorded) : Mutation
{
    /// <summary>Sealed, and nobody pinned it.</summary>
    public bool IsSettled { get; private set; }
    public bool IsCommitted { get; private set; }
    public long LiveBytes { get; private set; }

    /// <summary>When these differ, commits between the two may have been seen and then lost.</summary>
    public long IndexOpenings { get; private set; }

    internal override StoreStatus Apply(CommitGroup group)
    {
        (LiveBytes, IndexOpenings) = (segment.LiveBytes, group.IndexOpenings);
        bool isSealed = segment.State == SegmentState.Sealed;
        // Who appended has pinned before it was sealed: so the state is looked at first.
        Interlocked.MemoryBarrier();
        IsSettled = isSealed && segment.PinCount == 0;
        if (isRecorded) group.PutSegment(segment.ToRecord(segment.LiveBytes), segment.Number);
        return StoreStatus.Ok;
    }

    internal override void Committed() => IsCommitted = true;
}
