using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// Lists a bucket's uploads in progress, by key and then by age, in one ordered scan of the Uploads keyspace.
/// (S3 API, ListMultipartUploads: with an upload-id-marker, uploads of the key-marker itself follow too, if their id is greater.)
/// </summary>
internal static class UploadListing
{
    /// <param name="afterId">With one, uploads of the key <see cref="ListQuery.After"/> whose ids are greater are listed too.</param>
    /// <param name="lastKey">The last key or common prefix given out when there is more; otherwise empty.</param>
    /// <param name="lastId">
    /// The last upload given out; default when that was a common prefix. With Corrupt both are the damaged record's.
    /// </param>
    /// <exception cref="IndexException">The index cannot be read.</exception>
    public static StoreStatus List<TSink>(
        IIndex index, uint bucketId, in ListQuery query, UploadId? afterId, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out UploadId lastId)
        where TSink : IUploadListSink, allows ref struct
    {
        (isTruncated, lastKey, lastId) = (false, [], default);
        if (query.MaxKeys <= 0 || query.Prefix.Length > IndexKeys.MaxObjectKeyBytes)
        {
            return StoreStatus.Ok;
        }
        Span<byte> upper = stackalloc byte[IndexKeys.MaxKeyBytes];
        upper = upper[..IndexKeys.UploadsAtKey(bucketId, query.Prefix, upper)];
        upper = upper[..IndexKeys.Successor(upper)];
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Uploads, upper, fillCache: query.After.IsEmpty);
        return List(cursor, bucketId, query, afterId, ref sink, out isTruncated, out lastKey, out lastId);
    }

    private static StoreStatus List<TSink>(
        IIndexCursor cursor, uint bucketId, in ListQuery query, UploadId? afterId, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out UploadId lastId)
        where TSink : IUploadListSink, allows ref struct
    {
        (isTruncated, lastKey, lastId) = (false, [], default);

        // On the heap: a sink may be a ref struct, which the compiler lets see no stack memory of ours.
        byte[] keyBuffer = new byte[IndexKeys.MaxObjectKeyBytes];
        Span<byte> lastShown = stackalloc byte[IndexKeys.MaxObjectKeyBytes];
        int lastLength = 0;
        UploadId lastShownId = default;
        int shown = 0;
        bool isOn = SeekFirst(cursor, bucketId, query, afterId);
        while (isOn)
        {
            if (!IndexKeys.TryReadUpload(cursor.Key, keyBuffer, out _, out int keyLength, out UploadId id)
                || !UploadRecordCodec.TryDecodeHead(cursor.Value, out long initiatedMs, out ChecksumKind kind, out ChecksumType type,
                    out StorageClass storageClass))
            {
                (lastKey, lastId) = (keyBuffer[..Math.Min(keyLength, keyBuffer.Length)], id);
                return StoreStatus.Corrupt;
            }
            ReadOnlySpan<byte> key = keyBuffer.AsSpan(0, keyLength);
            ListEntry entry = ListScan.Classify(query, key, out int prefixLength);
            if (entry != ListEntry.ShownPrefix && shown == query.MaxKeys)
            {
                (isTruncated, lastKey, lastId) = (true, lastShown[..lastLength].ToArray(), lastShownId);
                return StoreStatus.Ok;
            }
            if (entry == ListEntry.Key)
            {
                sink.Upload(key, id, initiatedMs, kind, type, storageClass);
            }
            else if (entry == ListEntry.CommonPrefix)
            {
                sink.CommonPrefix(key[..prefixLength]);
            }
            if (entry != ListEntry.ShownPrefix && ++shown == query.MaxKeys)
            {
                lastLength = entry == ListEntry.Key ? key.Length : prefixLength;
                lastShownId = entry == ListEntry.Key ? id : default;
                key[..lastLength].CopyTo(lastShown);
            }
            isOn = entry == ListEntry.Key ? cursor.Next() : PassPrefix(cursor, bucketId, key[..prefixLength]);
        }
        return StoreStatus.Ok;
    }

    private static bool SeekFirst(IIndexCursor cursor, uint bucketId, in ListQuery query, UploadId? afterId)
    {
        Span<byte> lower = stackalloc byte[IndexKeys.MaxKeyBytes + 1];
        int length;
        if (query.After.IsEmpty || query.After.SequenceCompareTo(query.Prefix) < 0)
        {
            length = IndexKeys.UploadsAtKey(bucketId, query.Prefix, lower);
            return cursor.Seek(lower[..length]);
        }
        ReadOnlySpan<byte> after = query.After[..Math.Min(query.After.Length, IndexKeys.MaxObjectKeyBytes)];
        if (afterId is { } id)
        {
            // The first index key that can follow an upload's is the same with a zero byte behind it.
            length = IndexKeys.Upload(bucketId, after, id, lower);
            lower[length++] = 0;
            return cursor.Seek(lower[..length]);
        }
        length = IndexKeys.UploadsOfKey(bucketId, after, lower);
        length = IndexKeys.Successor(lower[..length]);
        return cursor.Seek(lower[..length]);
    }

    /// <summary>Moves to the first upload whose key does not begin with the prefix.</summary>
    private static bool PassPrefix(IIndexCursor cursor, uint bucketId, ReadOnlySpan<byte> prefix)
    {
        Span<byte> end = stackalloc byte[IndexKeys.MaxKeyBytes];
        int length = IndexKeys.Successor(end[..IndexKeys.UploadsAtKey(bucketId, prefix, end)]);
        return cursor.Seek(end[..length]);
    }
}
