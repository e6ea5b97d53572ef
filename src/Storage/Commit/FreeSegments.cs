namespace RustFs.Storage;

/// <summary>
/// Records segments that nobody refers to any more as free, and drops what was kept of their bytes. Open ones that are mostly dead are
/// sealed first.
/// </summary>
internal sealed class FreeSegments(IReadOnlyList<Segment> candidates, SegmentAllocator allocator) : Mutation
{
    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        Span<byte> first = stackalloc byte[16];
        Span<byte> end = stackalloc byte[16];
        foreach (Segment segment in candidates)
        {
            if (segment.State == SegmentState.Open) allocator.SealMostlyDead(segment);
            if (!segment.IsRetired && !TryRetire(segment)) continue;
            uint number = segment.Number;
            Drop(group, first[..IndexKeys.OwnersFirst(number, first)], end[..IndexKeys.OwnersEnd(number, end)]);
            Drop(group, first[..IndexKeys.BlockChecksumsFirst(number, first)], end[..IndexKeys.BlockChecksumsEnd(number, end)]);
            Drop(group, first[..IndexKeys.LoggedBodiesFirstOf(number, first)], end[..IndexKeys.LoggedBodiesEndOf(number, end)]);
            group.PutSegment(new SegmentRecord(
                SegmentState.Free, (ushort)segment.Directory, segment.Generation, SegmentHeader.Bytes, 0), number);
        }
        return StoreStatus.Ok;
    }

    internal override void Committed()
    {
        foreach (Segment segment in candidates)
        {
            if (!segment.IsRetired) continue;
            segment.IsRetired = false;
            // A file whose write or sync failed is not trusted again.
            if (segment.HasFailed) segment.DeleteFile();
            segment.HasFailed = false;
            // One with holes waits for the reclaimer to delete its file: a write to it might find no room, and this thread must not wait.
            if (segment.PunchedBytes == 0) allocator.AddFree(segment);
        }
    }

    private static void Drop(CommitGroup group, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end) =>
        group.Batch.DeleteRange(Keyspace.Segments, first, end);

    // Only here, between two groups, are live bytes and pins together the whole truth: bodies being committed are counted and no longer
    // pinned.
    private static bool TryRetire(Segment segment)
    {
        if (segment.State is not (SegmentState.Sealed or SegmentState.Failed) || segment.LiveBytes != 0) return false;
        if (!segment.TryStartNextGeneration()) return false;
        segment.State = SegmentState.Free;
        segment.IsTaken = true;
        segment.IsRetired = true;
        return true;
    }
}
