namespace RustFs.Storage;

/// <summary>Changes the retention or legal hold of one version, where what locks it now permits that.</summary>
internal sealed class LockObject(Bucket bucket, ReadOnlyMemory<byte> key, VersionId id, LockChange change) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        if (group.FindBucket(bucket) is not { } found) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(found.Id, key.Span, out ObjectChange current);
        if (status is not (StoreStatus.Ok or StoreStatus.Corrupt)) return status;
        // Versions behind a current object that cannot be read can still be locked.
        if (!new KeyVersions(group, found, key.Span).TryFind(id, current, out VersionPlace place))
            return status == StoreStatus.Ok ? StoreStatus.NoSuchVersion : status;
        if (place.Record is not { } record) return StoreStatus.Corrupt;
        if (record.IsDeleteMarker) return StoreStatus.NoSuchVersion;
        if (!change.IsPermitted(ObjectLock.Of(record.Fields), group.TimeMs)) return StoreStatus.Locked;
        byte[] fields = change.ApplyTo(record.Fields);
        group.RewriteObject(place.Keyspace, place.IndexKey, record, record.LastModifiedMs, fields, record.ReadExtents());
        (ETag, Version) = (record.ETag, record.VersionId);
        return StoreStatus.Ok;
    }
}
