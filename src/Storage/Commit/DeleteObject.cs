namespace RustFs.Storage;

internal sealed class DeleteObject(InstancePool<DeleteObject> pool) : Mutation
{
    private Bucket? _bucket;
    private ReadOnlyMemory<byte> _key;
    private VersionId? _version;
    private IWritePrecondition? _precondition;
    private bool _bypassesGovernance;

    public void Set(
        Bucket bucket, ReadOnlyMemory<byte> key, VersionId? version, IWritePrecondition? precondition, bool bypassesGovernance) =>
        (_bucket, _key, _version, _precondition, _bypassesGovernance) = (bucket, key, version, precondition, bypassesGovernance);

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.FindBucket(_bucket!) is not { } bucket) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(bucket.Id, _key.Span, out ObjectChange change);
        // A record that cannot be read can still be deleted: it is the way out for whoever owns the key.
        // With object lock it may be one that must stay; of the other versions each says so itself.
        bool isOnItsWayOut = _precondition is null && (!bucket.HasObjectLock || _version is not null);
        if (status == StoreStatus.Corrupt && isOnItsWayOut) status = StoreStatus.Ok;
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
        var versions = new KeyVersions(group, bucket, _key.Span);
        StoreStatus status = versions.CheckReplaced(change);
        if (status != StoreStatus.Ok) return status;
        Version = versions.PutDeleteMarker(change);
        IsDeleteMarker = true;
        return StoreStatus.Ok;
    }

    private StoreStatus DeleteVersion(CommitGroup group, Bucket bucket, VersionId id, in ObjectChange change)
    {
        StoreStatus status =
            new KeyVersions(group, bucket, _key.Span)
                .Delete(id, change, _precondition as IVersionPrecondition, _bypassesGovernance, out bool wasDeleteMarker);
        (Version, IsDeleteMarker) = (id, wasDeleteMarker);
        return status;
    }

    protected override void Finished()
    {
        (_bucket, _key, _version, _precondition, _bypassesGovernance) = (null, default, null, null, false);
        pool.Return(this);
    }
}
