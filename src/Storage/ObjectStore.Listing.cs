namespace RustFs.Storage;

/// <summary>What a bucket or an upload holds, in order.</summary>
internal sealed partial class ObjectStore
{
    public StoreStatus ListObjects<TSink>(Bucket bucket, ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct
    {
        (isTruncated, last) = (false, []);
        if (IsClosed) return StoreStatus.Closed;
        try
        {
            StoreStatus status = _runs is not null && FolderListing.Takes(query)
                ? FolderListing.List(_index, _runs, bucket.Id, query, ref sink, out isTruncated, out last)
                : ObjectListing.List(_index, bucket.Id, query, ref sink, out isTruncated, out last);
            return status == StoreStatus.Corrupt ? Damaged(bucket, last) : status;
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, $"the listing of {bucket.Name}");
        }
    }

    public StoreStatus ListVersions<TSink>(
        Bucket bucket, ListQuery query, VersionId? afterVersion, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out VersionId? lastVersion)
        where TSink : IVersionListSink, allows ref struct
    {
        (isTruncated, lastKey, lastVersion) = (false, [], null);
        if (IsClosed) return StoreStatus.Closed;
        try
        {
            StoreStatus status = VersionListing.List(
                _index, bucket.Id, query, afterVersion, ref sink, out isTruncated, out lastKey, out lastVersion);
            return status == StoreStatus.Corrupt ? Damaged(bucket, lastKey) : status;
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, $"the versions of {bucket.Name}");
        }
    }

    public StoreStatus ListUploads<TSink>(
        Bucket bucket, ListQuery query, UploadId? afterId, ref TSink sink, out bool isTruncated, out byte[] lastKey, out UploadId lastId)
        where TSink : IUploadListSink, allows ref struct
    {
        (isTruncated, lastKey, lastId) = (false, [], default);
        if (IsClosed) return StoreStatus.Closed;
        try
        {
            StoreStatus status = UploadListing.List(
                _index, bucket.Id, query, afterId, ref sink, out isTruncated, out lastKey, out lastId);
            return status == StoreStatus.Corrupt ? Damaged(bucket, lastKey, lastId) : status;
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, $"the uploads of {bucket.Name}");
        }
    }

    public StoreStatus ListParts(UploadRecord upload, int afterPartNumber, int max, List<PartRecord> parts, out bool isTruncated)
    {
        isTruncated = false;
        if (IsClosed) return StoreStatus.Closed;
        Span<byte> first = stackalloc byte[IndexKeys.MaxKeyBytes];
        Span<byte> end = stackalloc byte[IndexKeys.MaxKeyBytes];
        int firstBytes = IndexKeys.Part(upload.Id, Math.Clamp(afterPartNumber, 0, MaxPartNumber) + 1, first);
        int endBytes = IndexKeys.PartsEnd(upload.Id, end);
        int count = 0;
        try
        {
            using IIndexCursor cursor = _index.OpenCursor(Keyspace.Uploads, end[..endBytes]);
            for (bool has = cursor.Seek(first[..firstBytes]); has; has = cursor.Next())
            {
                if (count++ == max)
                {
                    isTruncated = true;
                    return StoreStatus.Ok;
                }
                if (!IndexKeys.TryReadPart(cursor.Key, out _, out int number)
                    || !PartRecordCodec.TryDecode(cursor.Value.ToArray(), number, out StoredPartRecord? part))
                {
                    _bodies.Corruption.AddRecord($"part {number} of {UploadOf(upload.Bucket, upload.Key.Span, upload.Id)}");
                    return StoreStatus.Corrupt;
                }
                parts.Add(part!);
            }
            return StoreStatus.Ok;
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, $"the parts of {UploadOf(upload.Bucket, upload.Key.Span, upload.Id)}");
        }
    }
}
