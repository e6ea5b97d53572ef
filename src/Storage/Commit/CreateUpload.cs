using RustFs.Checksums;

namespace RustFs.Storage;

internal sealed class CreateUpload(
    Bucket bucket, ReadOnlyMemory<byte> key, UploadId id, StoredFields fields,
    ChecksumKind checksumKind, ChecksumType checksumType) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        if (!group.HasBucket(bucket)) return StoreStatus.NoSuchBucket;
        Memory<byte> indexKey = group.UploadKey(bucket.Id, key.Span, id);
        ReadOnlySpan<byte> encodedFields = fields.Encoded.Span;
        Memory<byte> record = group.Arena.Take(UploadRecordCodec.EncodedLength(encodedFields));
        UploadRecordCodec.Encode(group.TimeMs, revision: 0, checksumKind, checksumType, encodedFields, record.Span);
        group.Put(Keyspace.Uploads, indexKey, record);
        return StoreStatus.Ok;
    }
}
