namespace RustFs.Storage;

internal sealed class ReplaceFields(
    Bucket bucket, ReadOnlyMemory<byte> key, StoredObjectRecord current, StoredFields fields, IWritePrecondition? precondition,
    bool keepsTime) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        if (group.FindBucket(bucket) is not { } found) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(bucket.Id, key.Span, out ObjectChange change);
        if (status != StoreStatus.Ok) return status;
        var versions = new KeyVersions(group, found, key.Span);
        if (!versions.TryFind(current.VersionId, change, out VersionPlace place)) return StoreStatus.NoSuchKey;
        if (place.Record is not { } record || !record.Encoded.Span.SequenceEqual(current.Encoded.Span)) return StoreStatus.Changed;
        if (precondition is not null && (status = precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        if (ObjectLock.Of(record.Fields) != ObjectLock.Of(fields)) return StoreStatus.Locked;
        // Other keys may wrap the key of the bytes, but those stay as they are.
        if (record.IsEncrypted != ObjectEncryption.TryRead(fields, out _)) return StoreStatus.Changed;
        long modifiedMs = keepsTime ? record.LastModifiedMs : group.TimeMs;
        ETag = record.ETag;
        group.RewriteObject(place.Keyspace, place.IndexKey, record, modifiedMs, fields.Encoded.Span, record.ReadExtents());
        Version = record.VersionId;
        return StoreStatus.Ok;
    }
}
