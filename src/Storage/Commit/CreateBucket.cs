using System.Buffers.Binary;
using System.Text;

namespace RustFs.Storage;

internal sealed class CreateBucket(BucketTable buckets, string name, string region) : Mutation
{
    private Bucket? _created;

    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        if (buckets.Find(nameBytes) is not null) return StoreStatus.BucketAlreadyExists;
        if (buckets.Count >= BucketTable.MaxBuckets) return StoreStatus.TooManyBuckets;
        uint id = buckets.NextId;
        _created = new Bucket
        {
            Id = id,
            Name = name,
            Created = DateTimeOffset.FromUnixTimeMilliseconds(group.TimeMs),
            Region = region,
        };
        Span<byte> key = stackalloc byte[IndexKeys.MaxKeyBytes];
        group.Batch.Put(Keyspace.Meta, key[..IndexKeys.Bucket(nameBytes, key)], BucketRecordCodec.Encode(_created));
        Span<byte> next = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(next, id + 1);
        group.Batch.Put(Keyspace.Meta, IndexKeys.NextBucketId, next);
        return StoreStatus.Ok;
    }

    internal override void Committed() => buckets.Add(_created!);
}
