namespace RustFs.Storage;

internal sealed class DeleteBucket(BucketTable buckets, Bucket bucket) : Mutation
{
    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (!group.HasBucket(bucket)) return StoreStatus.NoSuchBucket;
        bool isEmpty = ObjectListing.IsEmpty(group.Index, bucket.Id) && VersionListing.IsEmpty(group.Index, bucket.Id);
        if (!isEmpty) return StoreStatus.BucketNotEmpty;
        DropUploads(group);
        BucketTable.WriteDeletion(group.Batch, bucket);
        return StoreStatus.Ok;
    }

    internal override void Committed() => buckets.Remove(bucket);

    private void DropUploads(CommitGroup group)
    {
        Span<byte> first = stackalloc byte[IndexKeys.MaxKeyBytes];
        Span<byte> end = stackalloc byte[IndexKeys.MaxKeyBytes];
        Span<byte> key = stackalloc byte[IndexKeys.MaxObjectKeyBytes];
        int firstBytes = IndexKeys.UploadsAtKey(bucket.Id, default, first);
        int endBytes = IndexKeys.UploadsAtKey(bucket.Id + 1, default, end);
        using IIndexCursor cursor = group.Index.OpenCursor(Keyspace.Uploads, end[..endBytes]);
        for (bool has = cursor.Seek(first[..firstBytes]); has; has = cursor.Next())
        {
            if (IndexKeys.TryReadUpload(cursor.Key, key, out _, out _, out UploadId id)) group.DropParts(id);
        }
        group.Batch.DeleteRange(Keyspace.Uploads, first[..firstBytes], end[..endBytes]);
    }
}
