namespace RustFs.Storage;

/// <summary>
/// Lists a bucket's objects in one ordered scan of the Objects keyspace: from the later of prefix and marker to the prefix's end, jumping
/// over
/// what a common prefix stands for.
/// (S3 API, ListObjectsV2: "All of the keys that roll up into a common prefix count as a single return".)
/// </summary>
internal static class ObjectListing
{
    private const int MaxIndexKeyBytes = IndexKeys.BucketIdBytes + IndexKeys.MaxObjectKeyBytes;

    /// <param name="last">The last key or common prefix given out when there is more; otherwise empty.</param>
    /// <returns>Ok, Corrupt when a record cannot be read, or IoFailed.</returns>
    public static StoreStatus List<TSink>(
        IIndex index, uint bucketId, in ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct
    {
        isTruncated = false;
        last = [];
        if (query.MaxKeys <= 0 || query.Prefix.Length > IndexKeys.MaxObjectKeyBytes)
        {
            return StoreStatus.Ok;
        }
        Span<byte> upper = stackalloc byte[MaxIndexKeyBytes];
        upper = upper[..IndexKeys.Object(bucketId, query.Prefix, upper)];
        upper = upper[..IndexKeys.Successor(upper)];
        try
        {
            // A first page is asked for again and again; later ones belong to sweeps. Common prefixes touch one block for each group, which
            // costs more to read and unpack than to search.
            bool fillCache = query.After.IsEmpty || !query.Delimiter.IsEmpty;
            using IIndexCursor cursor = index.OpenCursor(Keyspace.Objects, upper, fillCache);
            return List(cursor, bucketId, query, ref sink, out isTruncated, out last);
        }
        catch (IndexException)
        {
            return StoreStatus.IoFailed;
        }
    }

    /// <summary>Whether a bucket holds no object.</summary>
    public static bool IsEmpty(IIndex index, uint bucketId)
    {
        Span<byte> first = stackalloc byte[IndexKeys.BucketIdBytes];
        Span<byte> upper = stackalloc byte[IndexKeys.BucketIdBytes];
        IndexKeys.Object(bucketId, default, first);
        first.CopyTo(upper);
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Objects, upper[..IndexKeys.Successor(upper)]);
        return !cursor.Seek(first);
    }

    private static StoreStatus List<TSink>(
        IIndexCursor cursor, uint bucketId, in ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct
    {
        isTruncated = false;
        last = [];
        Span<byte> lastShown = stackalloc byte[IndexKeys.MaxObjectKeyBytes];
        int lastLength = 0;
        int shown = 0;
        var walk = new PrefixWalk();
        bool isOn = SeekFirst(cursor, bucketId, query);
        while (isOn)
        {
            ReadOnlySpan<byte> key = cursor.Key[IndexKeys.BucketIdBytes..];
            ListEntry entry = ListScan.Classify(query, key, out int prefixLength);
            if (entry != ListEntry.ShownPrefix && shown == query.MaxKeys)
            {
                isTruncated = true;
                last = lastShown[..lastLength].ToArray();
                return StoreStatus.Ok;
            }
            if (entry == ListEntry.Key)
            {
                if (!ObjectRecordCodec.TryDecodeSummary(cursor.Value, out ObjectSummary summary))
                {
                    return StoreStatus.Corrupt;
                }
                sink.Object(key, summary);
            }
            else if (entry == ListEntry.CommonPrefix)
            {
                sink.CommonPrefix(key[..prefixLength]);
            }
            if (entry != ListEntry.ShownPrefix && ++shown == query.MaxKeys)
            {
                lastLength = entry == ListEntry.Key ? key.Length : prefixLength;
                key[..lastLength].CopyTo(lastShown);
            }
            isOn = entry == ListEntry.Key ? cursor.Next() : PassPrefix(cursor, prefixLength, ref walk);
        }
        return StoreStatus.Ok;
    }

    private static bool SeekFirst(IIndexCursor cursor, uint bucketId, in ListQuery query)
    {
        // The first key that can follow After is After with a zero byte behind it.
        Span<byte> lower = stackalloc byte[MaxIndexKeyBytes + 1];
        bool isAfterLater = query.After.SequenceCompareTo(query.Prefix) >= 0 && !query.After.IsEmpty;

        // A marker longer than any key sorts right behind its first 1,024 bytes.
        ReadOnlySpan<byte> from = isAfterLater ? query.After[..Math.Min(query.After.Length, IndexKeys.MaxObjectKeyBytes)] : query.Prefix;
        int length = IndexKeys.Object(bucketId, from, lower);
        if (isAfterLater)
        {
            lower[length++] = 0;
        }
        return cursor.Seek(lower[..length]);
    }

    /// <summary>Moves to the first key that does not begin as the current one does.</summary>
    private static bool PassPrefix(IIndexCursor cursor, int prefixLength, ref PrefixWalk walk)
    {
        Span<byte> prefix = stackalloc byte[MaxIndexKeyBytes];
        prefix = prefix[..(IndexKeys.BucketIdBytes + prefixLength)];
        cursor.Key[..prefix.Length].CopyTo(prefix);
        for (int step = 0; step < walk.Steps; step++)
        {
            if (!cursor.Next())
            {
                return false;
            }
            if (!cursor.Key.StartsWith(prefix))
            {
                walk.Passed();
                return true;
            }
        }
        walk.Sought();
        int length = IndexKeys.Successor(prefix);
        return length > 0 && cursor.Seek(prefix[..length]);
    }
}
