using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>A version of an object in memory.</summary>
internal sealed class MemoryObject : ObjectRecord
{
    public required byte[] Body { get; set; }
    public required ETag Tag { get; init; }
    public required ObjectChecksum Sum { get; init; }
    public required byte[] Encoded { get; init; }
    public ObjectPart[] Parts { get; init; } = [];
    public UploadId Upload { get; init; }
    public bool IsMarker { get; init; }
    public long ModifiedMs { get; set; }
    public VersionId Version { get; set; }

    /// <summary>Null where it is the body's.</summary>
    public long? Size { get; set; }

    public override long SizeBytes => Size ?? Body.Length;
    public override bool IsEncrypted => ObjectEncryption.TryRead(Fields, out _);
    public override long LastModifiedMs => ModifiedMs;
    public override ETag ETag => Tag;
    public override ObjectChecksum Checksum => Sum;
    public override StoredFields Fields => new(Encoded);
    public override UploadId UploadId => Upload;
    public override VersionId VersionId => Version;
    public override bool IsDeleteMarker => IsMarker;
    public override int PartCount => Parts.Length;
    public override ObjectPart Part(int index) => Parts[index];

    public static MemoryObject DeleteMarker() => new() { Body = [], Tag = default, Sum = default, Encoded = [], IsMarker = true };
}
