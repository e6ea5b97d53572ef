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
        if (!group.HasBucket(_bucket!)) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(_bucket!.Id, _key.Span, out ObjectChange change);
        if (status != StoreStatus.Ok) return status;
        if (_precondition is not null && (status = _precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        status = group.Place(this, Keyspace.Objects, change.IndexKey, out ReadOnlySpan<Extent> extents);
        if (status != StoreStatus.Ok) return status;
        ETag = Attributes.ETag ?? Body!.Md5!.Value;
        group.PutObject(change, new ObjectRecordContent
        {
            SizeBytes = Body!.LengthBytes,
            LastModifiedMs = group.TimeMs,
            ETag = ETag,
            Checksum = Attributes.Checksum,
            Fields = Attributes.Fields.Encoded.Span,
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
