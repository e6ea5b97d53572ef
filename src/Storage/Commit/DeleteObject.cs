namespace RustFs.Storage;

internal sealed class DeleteObject(InstancePool<DeleteObject> pool) : Mutation
{
    private Bucket? _bucket;
    private ReadOnlyMemory<byte> _key;
    private IWritePrecondition? _precondition;

    public void Set(Bucket bucket, ReadOnlyMemory<byte> key, IWritePrecondition? precondition) =>
        (_bucket, _key, _precondition) = (bucket, key, precondition);

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (!group.HasBucket(_bucket!)) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(_bucket!.Id, _key.Span, out ObjectChange change);
        // A record that cannot be read can still be deleted: it is the way out for whoever owns the key.
        if (status == StoreStatus.Corrupt && _precondition is null) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (_precondition is not null && (status = _precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        if (change.Exists) group.DeleteObject(change);
        return StoreStatus.Ok;
    }

    protected override void Finished()
    {
        (_bucket, _key, _precondition) = (null, default, null);
        pool.Return(this);
    }
}
