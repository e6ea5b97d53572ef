namespace RustFs.Storage;

/// <summary>The records that may refer to a segment, and the extents that a record refers to.</summary>
internal static class SegmentOwners
{
    /// <summary>A bound in bytes that any list reaches: one list at a time.</summary>
    public const int OneList = 1;

    /// <summary>
    /// The owner lists after those seen so far, some at a time, so that no cursor is held while bytes are read or moved. Empty at the end.
    /// </summary>
    /// <param name="index">Where the lists are.</param>
    /// <param name="segment">The segment's number.</param>
    /// <param name="maxBytes">No further list is taken once the lists have this many bytes.</param>
    /// <param name="after">Empty at first; set to where the next call goes on.</param>
    public static List<byte[]> Next(IIndex index, uint segment, int maxBytes, ref byte[] after)
    {
        Span<byte> first = stackalloc byte[16];
        Span<byte> end = stackalloc byte[16];
        int firstBytes = IndexKeys.OwnersFirst(segment, first);
        int endBytes = IndexKeys.OwnersEnd(segment, end);
        var lists = new List<byte[]>();
        int listBytes = 0;
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Segments, end[..endBytes], fillCache: false);
        for (bool has = cursor.Seek(after.Length == 0 ? first[..firstBytes] : after); has && listBytes < maxBytes; has = cursor.Next())
        {
            // The successor of a key is that key and a zero.
            after = [.. cursor.Key, 0];
            lists.Add(cursor.Value.ToArray());
            listBytes += lists[^1].Length;
        }
        return lists;
    }

    /// <summary>False when the record cannot be read. Records without extents have none.</summary>
    public static bool TryReadExtents(Keyspace keyspace, ReadOnlySpan<byte> indexKey, byte[] record, out List<Extent> extents)
    {
        extents = [];
        if (keyspace == Keyspace.Objects)
        {
            if (!ObjectRecordCodec.TryDecode(record, out StoredObjectRecord? stored)) return false;
            for (int extent = 0; extent < stored!.ExtentCount; extent++) extents.Add(stored.Extent(extent));
        }
        else if (keyspace == Keyspace.Uploads && IndexKeys.TryReadPart(indexKey, out _, out int number))
        {
            if (!PartRecordCodec.TryDecode(record, number, out StoredPartRecord? part)) return false;
            for (int extent = 0; extent < part!.ExtentCount; extent++) extents.Add(part.Extent(extent));
        }
        return true;
    }
}
