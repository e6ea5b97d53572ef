namespace RustFs.Storage;

/// <summary>Drops an upload and its parts, whatever their records hold: also damaged ones give their space back.</summary>
internal sealed class AbortUpload(Bucket bucket, ReadOnlyMemory<byte> key, UploadId id) : Mutation
{
    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (!group.HasBucket(bucket)) return StoreStatus.NoSuchBucket;
        Memory<byte> uploadKey = group.UploadKey(bucket.Id, key.Span, id);
        if (group.Get(Keyspace.Uploads, uploadKey).IsEmpty) return StoreStatus.NoSuchUpload;
        group.DropParts(id);
        group.Delete(Keyspace.Uploads, uploadKey);
        return StoreStatus.Ok;
    }
}
