using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>An upload in progress in memory.</summary>
internal sealed class MemoryUpload
{
    public required Bucket Bucket { get; init; }
    public required byte[] Key { get; init; }
    public required UploadId Id { get; init; }
    public required long InitiatedMs { get; init; }
    public required byte[] Fields { get; set; }
    public required ChecksumKind Kind { get; init; }
    public required ChecksumType Type { get; init; }
    public SortedDictionary<int, MemoryPart> Parts { get; } = [];
    public long Revision { get; set; }

    public UploadRecord Record() => new()
    {
        Bucket = Bucket,
        Key = Key,
        Id = Id,
        InitiatedMs = InitiatedMs,
        Fields = new StoredFields(Fields),
        ChecksumKind = Kind,
        ChecksumType = Type,
        Revision = Revision,
    };
}

/// <summary>One of its parts.</summary>
internal sealed class MemoryPart(int partNumber, byte[] body, long modifiedMs, ETag tag, ObjectChecksum checksum, long? size) : PartRecord
{
    public byte[] Body => body;
    public override int PartNumber => partNumber;
    public override long SizeBytes => size ?? body.Length;
    public override bool IsEncrypted => size is not null;
    public override long LastModifiedMs => modifiedMs;
    public override ETag ETag => tag;
    public override ObjectChecksum Checksum => checksum;
}
