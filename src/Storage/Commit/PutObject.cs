namespace RustFs.Storage;

internal sealed class PutObject(InstancePool<PutObject> pool) : Mutation
{
    private Bucket? _bucket;
    private ReadOnlyMemory<byte> _key;
    private ObjectAttributes _attributes;
    private IWritePrecondition? _precondition;

    public void Set(
        Bucket bucket, ReadOnlyMemory<byte> key, CommittableBody body, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        (_bucket, _key, _attributes, _precondition) = (bucket, key, attributes, precondition);
        Body = body;
    }

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.FindBucket(_bucket!) is not { } bucket) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(bucket.Id, _key.Span, out ObjectChange change);
        if (status != StoreStatus.Ok) return status;
        if (_precondition is not null && (status = _precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        status = group.Place(this, Keyspace.Objects, change.IndexKey, out ReadOnlySpan<Extent> extents);
        if (status != StoreStatus.Ok) return status;
        Version = new KeyVersions(group, bucket, _key.Span).BeginCurrent(ref change);
        group.PutObject(change, new ObjectRecordContent
        {
            SizeBytes = Body!.LengthBytes,
            LastModifiedMs = group.TimeMs,
            ETag = _attributes.ETag,
            Checksum = _attributes.Checksum,
            VersionId = Version,
            Fields = _attributes.Fields.Encoded.Span,
            Extents = extents,
        });
        return StoreStatus.Ok;
    }

    protected override void Finished()
    {
        (_bucket, _key, _attributes, _precondition) = (null, default, default, null);
        pool.Return(this);
    }
}
