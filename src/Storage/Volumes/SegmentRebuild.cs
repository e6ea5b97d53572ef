namespace RustFs.Storage;

/// <summary>
/// Makes segment records anew where they are damaged, from what the records of objects and parts say lies in them. Reads the whole index,
/// so that opening takes as long as that; without it the segment would pass for free space and its objects would be overwritten.
/// </summary>
internal static class SegmentRebuild
{
    public static void Restore(IIndex index, IReadOnlyList<Segment> damaged)
    {
        var contents = damaged.ToDictionary(segment => segment.Number, _ => default(Content));
        foreach (Keyspace keyspace in (ReadOnlySpan<Keyspace>)[Keyspace.Objects, Keyspace.Versions])
        {
            using IIndexCursor objects = index.OpenCursor(keyspace, default, fillCache: false);
            for (bool has = objects.Seek(default); has; has = objects.Next())
            {
                if (keyspace == Keyspace.Versions && !IndexKeys.IsVersion(objects.Key)) continue;
                if (!ObjectRecordCodec.TryDecode(objects.Value.ToArray(), out StoredObjectRecord? record)) continue;
                for (int extent = 0; extent < record!.ExtentCount; extent++) Count(contents, record.Extent(extent));
            }
        }
        using (IIndexCursor uploads = index.OpenCursor(Keyspace.Uploads, default, fillCache: false))
        {
            for (bool has = uploads.Seek(default); has; has = uploads.Next())
            {
                if (!IndexKeys.TryReadPart(uploads.Key, out _, out int number)
                    || !PartRecordCodec.TryDecode(uploads.Value.ToArray(), number, out StoredPartRecord? part))
                {
                    continue;
                }
                for (int extent = 0; extent < part!.ExtentCount; extent++) Count(contents, part.Extent(extent));
            }
        }
        foreach (Segment segment in damaged) Restore(segment, contents[segment.Number]);
    }

    // Sealed: how far it was written is not known, and nothing may be written over. Empty ones are retired and freed as all dead segments
    // are.
    private static void Restore(Segment segment, Content content) => segment.Restore(new SegmentRecord(
        SegmentState.Sealed, (ushort)segment.Directory, content.Generation, segment.LengthBytes, content.LiveBytes));

    // Live extents of one segment are all of one generation, the latest.
    private static void Count(Dictionary<uint, Content> contents, in Extent extent)
    {
        if (!contents.TryGetValue(extent.Segment, out Content content) || extent.Generation < content.Generation) return;
        long before = extent.Generation == content.Generation ? content.LiveBytes : 0;
        contents[extent.Segment] = new Content(extent.Generation, before + extent.LengthBytes);
    }

    private readonly record struct Content(uint Generation, long LiveBytes);
}
