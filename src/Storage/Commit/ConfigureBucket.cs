namespace RustFs.Storage;

/// <summary>
/// Sets or removes one configuration of a bucket. Alone in its group: the mutations before it see the bucket as it was, those after it as
/// it then is.
/// </summary>
internal sealed class ConfigureBucket(
    BucketTable buckets, Bucket bucket, BucketConfigurationKind kind, ReadOnlyMemory<byte> value) : Mutation
{
    private Bucket? _configured;

    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites && !value.IsEmpty) return StoreStatus.NoSpace;
        if (!group.HasBucket(bucket)) return StoreStatus.NoSuchBucket;
        // Not the caller's: other configurations may have changed since it was read.
        Bucket current = buckets.FindById(bucket.Id)!;
        if (!Permits(current)) return StoreStatus.InvalidBucketState;
        _configured = current.With(kind, value);
        BucketTable.WriteConfiguration(group.Batch, bucket, kind, value.Span);
        return StoreStatus.Ok;
    }

    internal override void Committed() => buckets.Replace(_configured!);

    // So what is locked is always a version of a bucket with versioning enabled: no write takes its place.
    private bool Permits(Bucket current) => kind switch
    {
        BucketConfigurationKind.Versioning => !current.HasObjectLock || value.Span is [(byte)BucketVersioning.Enabled, ..],
        BucketConfigurationKind.ObjectLock => !value.IsEmpty && current.Versioning == BucketVersioning.Enabled,
        _ => true,
    };
}
