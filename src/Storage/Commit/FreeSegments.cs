namespace RustFs.Storage;

/// <summary>Records segments that nobody refers to any more as free, and drops what was kept of their bytes.</summary>
internal sealed class FreeSegments(IReadOnlyList<Segment> segments) : Mutation
{
    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        Span<byte> first = stackalloc byte[16];
        Span<byte> end = stackalloc byte[16];
        foreach (Segment segment in segments)
        {
            int firstBytes = IndexKeys.OwnersFirst(segment.Number, first);
            int endBytes = IndexKeys.OwnersEnd(segment.Number, end);
            group.Batch.DeleteRange(Keyspace.Segments, first[..firstBytes], end[..endBytes]);
            firstBytes = IndexKeys.BlockChecksumsFirst(segment.Number, first);
            endBytes = IndexKeys.BlockChecksumsEnd(segment.Number, end);
            group.Batch.DeleteRange(Keyspace.Segments, first[..firstBytes], end[..endBytes]);
            group.PutSegment(new SegmentRecord(
                SegmentState.Free, (ushort)segment.Directory, segment.Generation, SegmentHeader.Bytes, 0), segment.Number);
        }
        return StoreStatus.Ok;
    }
}
