using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// Checks what must hold between the current objects and their other versions: the newest version is the current object unless it is a
/// delete marker, and a key's null version is where it is said to be.
/// </summary>
internal static class VersionOrder
{
    /// <param name="index">An idle store's.</param>
    /// <param name="faults">What does not agree, in words.</param>
    public static void Check(IIndex index, List<string> faults)
    {
        byte[] key = new byte[IndexKeys.MaxObjectKeyBytes];
        byte[] newestOf = [];
        var nulls = new Dictionary<string, ulong>();
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Versions, default, fillCache: false);
        for (bool has = cursor.Seek(default); has; has = cursor.Next())
        {
            if (!IndexKeys.IsVersion(cursor.Key))
            {
                nulls[Convert.ToHexString(cursor.Key[1..])] = BinaryPrimitives.ReadUInt64BigEndian(cursor.Value);
                continue;
            }
            if (!IndexKeys.TryReadVersion(cursor.Key, key, out uint bucketId, out int keyLength, out ulong sequence))
            {
                faults.Add($"{Convert.ToHexString(cursor.Key)} is no key of a version.");
                continue;
            }
            if (!ObjectRecordCodec.TryDecode(cursor.Value.ToArray(), out StoredObjectRecord? record)) continue;
            byte[] objectKey = new byte[IndexKeys.BucketIdBytes + keyLength];
            IndexKeys.Object(bucketId, key.AsSpan(0, keyLength), objectKey);
            string name = Convert.ToHexString(objectKey);
            if (record!.VersionId.Sequence != sequence) faults.Add($"Version {sequence} of {name} says it is {record.VersionId.Sequence}.");
            // The keys of null versions come first.
            bool isNamedNull = nulls.TryGetValue(name, out ulong nullSequence) && nullSequence == sequence;
            if (isNamedNull) nulls.Remove(name);
            if (isNamedNull && IsCurrentNull(index, objectKey)) faults.Add($"{name} has two null versions.");
            if (record.VersionId.IsNull != isNamedNull) faults.Add($"The null version of {name} is not where it is said to be.");
            if (objectKey.AsSpan().SequenceEqual(newestOf)) continue;
            newestOf = objectKey;
            CheckCurrent(index, objectKey, name, record, faults);
        }
        foreach (string name in nulls.Keys) faults.Add($"The null version of {name} does not exist.");
    }

    private static bool IsCurrentNull(IIndex index, byte[] objectKey) =>
        index.Get(Keyspace.Objects, objectKey) is { } encoded
        && ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? current) && current!.VersionId.IsNull;

    private static void CheckCurrent(IIndex index, byte[] objectKey, string name, StoredObjectRecord newest, List<string> faults)
    {
        if (index.Get(Keyspace.Objects, objectKey) is not { } encoded)
        {
            if (!newest.IsDeleteMarker) faults.Add($"{name} has no current object, and its newest version is no delete marker.");
            return;
        }
        if (!ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? current)) return;
        if (current!.IsDeleteMarker) faults.Add($"The current object of {name} is a delete marker.");
        if (current.VersionId.Sequence <= newest.VersionId.Sequence)
            faults.Add($"The current object of {name} is older than one of its versions.");
    }
}
