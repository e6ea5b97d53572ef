namespace RustFs.Storage;

internal sealed class DeleteObject(InstancePool<DeleteObject> pool) : Mutation
{
    private Bucket? _bucket;
    private ReadOnlyMemory<byte> _key;
    private VersionId? _version;
    private IWritePrecondition? _precondition;

    public void Set(Bucket bucket, ReadOnlyMemory<byte> key, VersionId? version, IWritePrecondition? precondition) =>
        (_bucket, _key, _version, _precondition) = (bucket, key, version, precondition);

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.FindBucket(_bucket!) is not { } bucket) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(bucket.Id, _key.Span, out ObjectChange change);
        // A record that cannot be read can still be deleted: it is the way out for whoever owns the key.
        if (status == StoreStatus.Corrupt && _precondition is null) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (_precondition is not null && (status = _precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        return _version is { } id ? DeleteVersion(group, bucket, id, change) : DeleteKey(group, bucket, change);
    }

    private StoreStatus DeleteKey(CommitGroup group, Bucket bucket, in ObjectChange change)
    {
        if (bucket.Versioning == BucketVersioning.Never)
        {
            if (change.Exists) group.DeleteObject(change);
            return StoreStatus.Ok;
        }
        // A delete marker takes room in the index and gives none back.
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        Version = new KeyVersions(group, bucket, _key.Span).PutDeleteMarker(change);
        IsDeleteMarker = true;
        return StoreStatus.Ok;
    }

    private StoreStatus DeleteVersion(CommitGroup group, Bucket bucket, VersionId id, in ObjectChange change)
    {
        bool isFound = new KeyVersions(group, bucket, _key.Span).TryDelete(id, change, out bool wasDeleteMarker);
        // The current object, whose record cannot be read, may be the one that is meant.
        if (!isFound && change.IsDamaged) return StoreStatus.Corrupt;
        (Version, IsDeleteMarker) = (id, wasDeleteMarker);
        return StoreStatus.Ok;
    }

    protected override void Finished()
    {
        (_bucket, _key, _version, _precondition) = (null, default, null, null);
        pool.Return(this);
    }
}
