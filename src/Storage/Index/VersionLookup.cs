using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// Finds versions of a key. A version moves between the keyspaces when another becomes the current one, so what is not found at once is
/// looked for in a snapshot.
/// </summary>
internal static class VersionLookup
{
    /// <summary>A version by its id, whether it is the current object or not. NoSuchVersion, Corrupt or Ok.</summary>
    public static StoreStatus Find(IIndex index, uint bucketId, ReadOnlySpan<byte> key, VersionId id, out StoredObjectRecord? record)
    {
        using IIndexSnapshot snapshot = index.TakeSnapshot();
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        StoreStatus status = Get(snapshot, Keyspace.Objects, indexKey[..IndexKeys.Object(bucketId, key, indexKey)], out record);
        if (status == StoreStatus.Ok && IsNamed(record!, id)) return StoreStatus.Ok;
        if (status == StoreStatus.Corrupt) return status;
        ulong sequence = id.Sequence;
        if (id.IsNull && !TryGetNullSequence(snapshot, bucketId, key, out sequence))
        {
            record = null;
            return StoreStatus.NoSuchVersion;
        }
        status = Get(snapshot, Keyspace.Versions, indexKey[..IndexKeys.Version(bucketId, key, sequence, indexKey)], out record);
        if (status != StoreStatus.Ok || IsNamed(record!, id)) return status;
        record = null;
        return StoreStatus.NoSuchVersion;
    }

    /// <summary>The newest version of a key, be it a delete marker. NoSuchVersion when the key has none.</summary>
    public static StoreStatus FindLatest(IIndex index, uint bucketId, ReadOnlySpan<byte> key, out StoredObjectRecord? record)
    {
        using IIndexSnapshot snapshot = index.TakeSnapshot();
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        StoreStatus status = Get(snapshot, Keyspace.Objects, indexKey[..IndexKeys.Object(bucketId, key, indexKey)], out record);
        if (status != StoreStatus.NoSuchVersion) return status;
        ReadOnlySpan<byte> first = indexKey[..IndexKeys.VersionsOfKey(bucketId, key, indexKey)];
        Span<byte> end = stackalloc byte[IndexKeys.MaxKeyBytes];
        first.CopyTo(end);
        using IIndexCursor cursor = snapshot.OpenCursor(Keyspace.Versions, end[..IndexKeys.Successor(end[..first.Length])]);
        if (!cursor.Seek(first)) return StoreStatus.NoSuchVersion;
        return ObjectRecordCodec.TryDecode(cursor.Value.ToArray(), out record) ? StoreStatus.Ok : StoreStatus.Corrupt;
    }

    /// <summary>The sequence of the null version of a key that is not the current object.</summary>
    public static bool TryGetNullSequence(IIndexSnapshot snapshot, uint bucketId, ReadOnlySpan<byte> key, out ulong sequence)
    {
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        indexKey = indexKey[..IndexKeys.NullVersion(bucketId, key, indexKey)];
        using IIndexCursor cursor = snapshot.OpenCursor(Keyspace.Versions, default);
        sequence = 0;
        return cursor.Seek(indexKey) && cursor.Key.SequenceEqual(indexKey)
            && BinaryPrimitives.TryReadUInt64BigEndian(cursor.Value, out sequence);
    }

    public static bool IsNamed(ObjectRecord record, VersionId id) => id.IsNull ? record.VersionId.IsNull : record.VersionId == id;

    private static StoreStatus Get(IIndexSnapshot snapshot, Keyspace keyspace, ReadOnlySpan<byte> indexKey, out StoredObjectRecord? record)
    {
        record = null;
        using IIndexCursor cursor = snapshot.OpenCursor(keyspace, default);
        if (!cursor.Seek(indexKey) || !cursor.Key.SequenceEqual(indexKey)) return StoreStatus.NoSuchVersion;
        return ObjectRecordCodec.TryDecode(cursor.Value.ToArray(), out record) ? StoreStatus.Ok : StoreStatus.Corrupt;
    }
}
