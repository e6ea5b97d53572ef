using System.Text;

namespace RustFs.Storage;

internal sealed class DeleteBucket(BucketTable buckets, Bucket bucket) : Mutation
{
    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (!buckets.Contains(bucket)) return StoreStatus.NoSuchBucket;
        if (HasObjects(group)) return StoreStatus.BucketNotEmpty;
        DropUploads(group);
        Span<byte> key = stackalloc byte[IndexKeys.MaxKeyBytes];
        group.Batch.Delete(Keyspace.Meta, key[..IndexKeys.Bucket(Encoding.UTF8.GetBytes(bucket.Name), key)]);
        return StoreStatus.Ok;
    }

    internal override void Committed() => buckets.Remove(bucket);

    private bool HasObjects(CommitGroup group)
    {
        Span<byte> first = stackalloc byte[IndexKeys.BucketIdBytes];
        Span<byte> end = stackalloc byte[IndexKeys.BucketIdBytes];
        IndexKeys.Object(bucket.Id, default, first);
        IndexKeys.Object(bucket.Id + 1, default, end);
        using IIndexCursor cursor = group.Index.OpenCursor(Keyspace.Objects, end);
        return cursor.Seek(first);
    }

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
