namespace RustFs.Storage;

/// <summary>The records that may refer to a segment, and the extents that a record refers to.</summary>
internal static class SegmentOwners
{
    /// <summary>
    /// The owner list after those seen so far, or null: one at a time, so that no cursor is held while bytes are read.
    /// </summary>
    /// <param name="index">Where the lists are.</param>
    /// <param name="segment">The segment's number.</param>
    /// <param name="after">Empty at first; set to where the next call goes on.</param>
    public static byte[]? Next(IIndex index, uint segment, ref byte[] after)
    {
        Span<byte> first = stackalloc byte[16];
        Span<byte> end = stackalloc byte[16];
        int firstBytes = IndexKeys.OwnersFirst(segment, first);
        int endBytes = IndexKeys.OwnersEnd(segment, end);
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Segments, end[..endBytes], fillCache: false);
        if (!cursor.Seek(after.Length == 0 ? first[..firstBytes] : after)) return null;
        // The successor of a key is that key and a zero.
        after = [.. cursor.Key, 0];
        return cursor.Value.ToArray();
    }

    /// <summary>False when the record cannot be read. Records without extents have none.</summary>
    public static bool TryReadExtents(Keyspace keyspace, ReadOnlySpan<byte> indexKey, byte[] record, out List<Extent> extents)
    {
        extents = [];
        return TryReadExtents(keyspace, indexKey, record, new StoredObjectRecord(), extents);
    }

    /// <summary>The same into instances that the caller uses again and again.</summary>
    public static bool TryReadExtents(
        Keyspace keyspace, ReadOnlySpan<byte> indexKey, ReadOnlyMemory<byte> record, StoredObjectRecord stored, List<Extent> extents)
    {
        extents.Clear();
        if (keyspace == Keyspace.Objects || (keyspace == Keyspace.Versions && IndexKeys.IsVersion(indexKey)))
        {
            if (!ObjectRecordCodec.TryDecode(record, stored)) return false;
            for (int extent = 0; extent < stored.ExtentCount; extent++) extents.Add(stored.Extent(extent));
        }
        else if (keyspace == Keyspace.Uploads && IndexKeys.TryReadPart(indexKey, out _, out int number))
        {
            if (!PartRecordCodec.TryDecode(record, number, out StoredPartRecord? part)) return false;
            for (int extent = 0; extent < part!.ExtentCount; extent++) extents.Add(part.Extent(extent));
        }
        return true;
    }
}
