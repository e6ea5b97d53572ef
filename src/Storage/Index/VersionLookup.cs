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
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        // An older version is mostly where its id says.
        if (!id.IsNull && index.Get(Keyspace.Versions, indexKey[..IndexKeys.Version(bucketId, key, id.Sequence, indexKey)]) is { } encoded
            && ObjectRecordCodec.TryDecode(encoded, out record) && IsNamed(record!, id))
        {
            return StoreStatus.Ok;
        }
        using IIndexSnapshot snapshot = index.TakeSnapshot();
        StoreStatus status = Get(snapshot, Keyspace.Objects, indexKey[..IndexKeys.Object(bucketId, key, indexKey)], out record);
        if (status == StoreStatus.Ok && IsNamed(record!, id)) return StoreStatus.Ok;
        // A current object that cannot be read may be the one that is meant, if no other is.
        StoreStatus other = status == StoreStatus.Corrupt ? status : StoreStatus.NoSuchVersion;
        ulong sequence = id.Sequence;
        record = null;
        if (id.IsNull && (status = FindNull(snapshot, bucketId, key, out sequence)) != StoreStatus.Ok)
            return status == StoreStatus.Corrupt ? status : other;
        status = Get(snapshot, Keyspace.Versions, indexKey[..IndexKeys.Version(bucketId, key, sequence, indexKey)], out record);
        if (status == StoreStatus.Corrupt || (status == StoreStatus.Ok && IsNamed(record!, id))) return status;
        record = null;
        return other;
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

    /// <summary>
    /// The sequence of the null version of a key that is not the current object. NoSuchVersion when there is none; Corrupt when the entry
    /// that names it, which has no checksum, names something else.
    /// </summary>
    public static StoreStatus FindNull(IIndexSnapshot snapshot, uint bucketId, ReadOnlySpan<byte> key, out ulong sequence)
    {
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        sequence = 0;
        using IIndexCursor cursor = snapshot.OpenCursor(Keyspace.Versions, default);
        ReadOnlySpan<byte> entry = indexKey[..IndexKeys.NullVersion(bucketId, key, indexKey)];
        if (!cursor.Seek(entry) || !cursor.Key.SequenceEqual(entry)) return StoreStatus.NoSuchVersion;
        if (!BinaryPrimitives.TryReadUInt64BigEndian(cursor.Value, out sequence)) return StoreStatus.Corrupt;
        ReadOnlySpan<byte> named = indexKey[..IndexKeys.Version(bucketId, key, sequence, indexKey)];
        return cursor.Seek(named) && cursor.Key.SequenceEqual(named) && MayBeNull(cursor.Value) ? StoreStatus.Ok : StoreStatus.Corrupt;
    }

    /// <summary>False for the record of a version that is surely not the null version.</summary>
    public static bool MayBeNull(ReadOnlySpan<byte> record) =>
        !ObjectRecordCodec.TryDecodeVersion(record, out _, out VersionId id, out _) || id.IsNull;

    public static bool IsNamed(ObjectRecord record, VersionId id) => id.IsNull ? record.VersionId.IsNull : record.VersionId == id;

    private static StoreStatus Get(IIndexSnapshot snapshot, Keyspace keyspace, ReadOnlySpan<byte> indexKey, out StoredObjectRecord? record)
    {
        record = null;
        using IIndexCursor cursor = snapshot.OpenCursor(keyspace, default);
        if (!cursor.Seek(indexKey) || !cursor.Key.SequenceEqual(indexKey)) return StoreStatus.NoSuchVersion;
        return ObjectRecordCodec.TryDecode(cursor.Value.ToArray(), out record) ? StoreStatus.Ok : StoreStatus.Corrupt;
    }
}
