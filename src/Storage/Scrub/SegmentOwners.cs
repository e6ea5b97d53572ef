namespace RustFs.Storage;

/// <summary>The extents that a record of one of a segment's owners refers to.</summary>
internal static class SegmentOwners
{
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
