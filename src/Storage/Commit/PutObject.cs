namespace RustFs.Storage;

internal sealed class PutObject(InstancePool<PutObject> pool) : Mutation
{
    private Bucket? _bucket;
    private ReadOnlyMemory<byte> _key;
    private IWritePrecondition? _precondition;

    public void Set(
        Bucket bucket, ReadOnlyMemory<byte> key, CommittableBody body, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        (_bucket, _key, _precondition) = (bucket, key, precondition);
        (Body, Attributes) = (body, attributes);
    }

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.FindBucket(_bucket!) is not { } bucket) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(bucket.Id, _key.Span, out ObjectChange change);
        // A record that cannot be read may still be replaced: uploading again is the way out for whoever owns the key.
        // With object lock it may be one that must stay.
        if (status == StoreStatus.Corrupt && _precondition is null && !bucket.HasObjectLock) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (_precondition is not null && (status = _precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        var versions = new KeyVersions(group, bucket, _key.Span);
        if ((status = versions.CheckReplaced(change)) != StoreStatus.Ok) return status;
        status = group.Place(this, Keyspace.Objects, change.IndexKey, out ReadOnlySpan<Extent> extents);
        if (status != StoreStatus.Ok) return status;
        ETag = Attributes.ETag ?? Body!.Md5!.Value;
        Version = versions.BeginCurrent(ref change);
        group.PutObject(change, new ObjectRecordContent
        {
            SizeBytes = Attributes.SizeBytes ?? Body!.LengthBytes,
            LastModifiedMs = group.TimeMs,
            ETag = ETag,
            Checksum = Attributes.Checksum,
            VersionId = Version,
            Fields = versions.FieldsOfNew(Attributes.Fields),
            Extents = extents,
        });
        return StoreStatus.Ok;
    }

    protected override void Finished()
    {
        (_bucket, _key, _precondition) = (null, default, null);
        pool.Return(this);
    }
}
