namespace RustFs.Storage;

/// <summary>
/// Lists a bucket's versions by key and then from the newest to the oldest, in one walk (S3 API, ListObjectVersions). A page goes on by the
/// order of versions, not by finding the last one again: that one may be deleted between two pages, as it is when a bucket is emptied.
/// </summary>
internal static class VersionListing
{
    /// <param name="index">Objects and versions.</param>
    /// <param name="bucketId">Of which bucket.</param>
    /// <param name="query">Its After is the key marker.</param>
    /// <param name="afterVersion">With one, older versions of the key <see cref="ListQuery.After"/> are listed too.</param>
    /// <param name="sink">Gets the page.</param>
    /// <param name="isTruncated">There is more.</param>
    /// <param name="lastKey">The last key or common prefix given out when there is more; otherwise empty.</param>
    /// <param name="lastVersion">The last version given out when there is more; null when that was a common prefix.</param>
    public static StoreStatus List<TSink>(
        IIndex index, uint bucketId, in ListQuery query, VersionId? afterVersion, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out VersionId? lastVersion)
        where TSink : IVersionListSink, allows ref struct
    {
        (isTruncated, lastKey, lastVersion) = (false, [], null);
        if (query.MaxKeys <= 0 || query.Prefix.Length > IndexKeys.MaxObjectKeyBytes) return StoreStatus.Ok;
        try
        {
            using var cursor = new VersionCursor(index, bucketId, query.Prefix, fillCache: query.After.IsEmpty);
            return List(cursor, query, afterVersion, ref sink, out isTruncated, out lastKey, out lastVersion);
        }
        catch (IndexException)
        {
            return StoreStatus.IoFailed;
        }
    }

    /// <summary>Whether a bucket holds no version that is not a current object.</summary>
    public static bool IsEmpty(IIndex index, uint bucketId)
    {
        Span<byte> first = stackalloc byte[1 + IndexKeys.BucketIdBytes];
        Span<byte> upper = stackalloc byte[1 + IndexKeys.BucketIdBytes];
        IndexKeys.VersionsAtKey(bucketId, default, first);
        first.CopyTo(upper);
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Versions, upper[..IndexKeys.Successor(upper)]);
        return !cursor.Seek(first);
    }

    private static StoreStatus List<TSink>(
        VersionCursor cursor, in ListQuery query, VersionId? afterVersion, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out VersionId? lastVersion)
        where TSink : IVersionListSink, allows ref struct
    {
        (isTruncated, lastKey, lastVersion) = (false, [], null);
        Span<byte> lastShown = stackalloc byte[IndexKeys.MaxObjectKeyBytes];
        int lastLength = 0;
        VersionId? lastShownVersion = null;
        int shown = 0;
        bool isOn = SeekFirst(cursor, query, afterVersion);
        while (isOn)
        {
            ReadOnlySpan<byte> key = cursor.Key;
            ListEntry entry = ListScan.Classify(query, key, out int prefixLength);
            if (entry != ListEntry.ShownPrefix && shown == query.MaxKeys)
            {
                (isTruncated, lastKey, lastVersion) = (true, lastShown[..lastLength].ToArray(), lastShownVersion);
                return StoreStatus.Ok;
            }
            VersionId id = default;
            if (entry == ListEntry.Key)
            {
                if (!ObjectRecordCodec.TryDecodeVersion(cursor.Value, out ObjectSummary summary, out id, out bool isDeleteMarker))
                {
                    return StoreStatus.Corrupt;
                }
                sink.Version(key, new VersionSummary(summary, id, cursor.IsLatest, isDeleteMarker));
            }
            else if (entry == ListEntry.CommonPrefix)
            {
                sink.CommonPrefix(key[..prefixLength]);
            }
            if (entry != ListEntry.ShownPrefix && ++shown == query.MaxKeys)
            {
                lastLength = entry == ListEntry.Key ? key.Length : prefixLength;
                lastShownVersion = entry == ListEntry.Key ? id : null;
                key[..lastLength].CopyTo(lastShown);
            }
            isOn = entry == ListEntry.Key ? cursor.Next() : PassPrefix(cursor, key[..prefixLength]);
        }
        return cursor.IsCorrupt ? StoreStatus.Corrupt : StoreStatus.Ok;
    }

    private static bool SeekFirst(VersionCursor cursor, in ListQuery query, VersionId? afterVersion)
    {
        if (query.After.IsEmpty || query.After.SequenceCompareTo(query.Prefix) < 0) return cursor.SeekKey(query.Prefix);
        // A marker longer than any key sorts right behind its first 1,024 bytes.
        if (query.After.Length > IndexKeys.MaxObjectKeyBytes) return cursor.SeekAfterKey(query.After[..IndexKeys.MaxObjectKeyBytes]);
        return afterVersion is { } id ? cursor.SeekAfterVersion(query.After, id) : cursor.SeekAfterKey(query.After);
    }

    // The key stands in the cursor's memory, which moving overwrites.
    private static bool PassPrefix(VersionCursor cursor, ReadOnlySpan<byte> prefix)
    {
        Span<byte> kept = stackalloc byte[IndexKeys.MaxObjectKeyBytes];
        prefix.CopyTo(kept);
        return cursor.PassPrefix(kept[..prefix.Length]);
    }
}
