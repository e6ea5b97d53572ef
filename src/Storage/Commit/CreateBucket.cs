using System.Text;

namespace RustFs.Storage;

internal sealed class CreateBucket(BucketTable buckets, string name, string region, bool hasObjectLock) : Mutation
{
    // All are kept in memory, and each change copies the table; AWS's own default quota is the same.
    private const int MaxBuckets = 10_000;

    private Bucket? _created;

    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        if (buckets.Find(Encoding.UTF8.GetBytes(name)) is not null) return StoreStatus.BucketAlreadyExists;
        if (buckets.Count >= MaxBuckets) return StoreStatus.TooManyBuckets;
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        _created = new Bucket
        {
            Id = buckets.NextId,
            Name = name,
            Created = DateTimeOffset.FromUnixTimeMilliseconds(group.TimeMs),
            Region = region,
        };
        BucketTable.WriteCreation(group.Batch, _created);
        if (hasObjectLock)
        {
            Configure(group, BucketConfigurationKind.Versioning, [(byte)BucketVersioning.Enabled]);
            Configure(group, BucketConfigurationKind.ObjectLock, default(DefaultRetention).Encode());
        }
        return StoreStatus.Ok;
    }

    internal override void Committed() => buckets.Add(_created!);

    private void Configure(CommitGroup group, BucketConfigurationKind kind, byte[] value)
    {
        _created = _created!.With(kind, value);
        BucketTable.WriteConfiguration(group.Batch, _created, kind, value);
    }
}
