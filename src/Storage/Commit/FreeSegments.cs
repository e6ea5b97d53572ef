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
            int firstBytes = IndexKeys.OwnersFirst(segment.Number, first);
            int endBytes = IndexKeys.OwnersEnd(segment.Number, end);
            group.Batch.DeleteRange(Keyspace.Segments, first[..firstBytes], end[..endBytes]);
            firstBytes = IndexKeys.BlockChecksumsFirst(segment.Number, first);
            endBytes = IndexKeys.BlockChecksumsEnd(segment.Number, end);
            group.Batch.DeleteRange(Keyspace.Segments, first[..firstBytes], end[..endBytes]);
            firstBytes = IndexKeys.LoggedBodiesFirstOf(segment.Number, first);
            endBytes = IndexKeys.LoggedBodiesEndOf(segment.Number, end);
            group.Batch.DeleteRange(Keyspace.Segments, first[..firstBytes], end[..endBytes]);
            group.PutSegment(new SegmentRecord(
                SegmentState.Free, (ushort)segment.Directory, segment.Generation, SegmentHeader.Bytes, 0), segment.Number);
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
