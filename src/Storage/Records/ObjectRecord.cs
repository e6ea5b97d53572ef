using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>One object version's record: immutable, shared between requests by the record cache.</summary>
public abstract partial class ObjectRecord
{
    public abstract long SizeBytes { get; }

    /// <summary>Milliseconds since 1970 (UTC).</summary>
    public abstract long LastModifiedMs { get; }
    public abstract ETag ETag { get; }
    public abstract ObjectChecksum Checksum { get; }
    public abstract StoredFields Fields { get; }

    /// <summary>The multipart upload this object was completed from; default when none.</summary>
    public abstract UploadId UploadId { get; }

    /// <summary>0 for simple objects.</summary>
    public abstract int PartCount { get; }

    /// <summary>Size, number and checksum of the part at an index from 0.</summary>
    public abstract ObjectPart Part(int index);
}

/// <summary>A part of a completed multipart object.</summary>
public readonly record struct ObjectPart(int PartNumber, long SizeBytes, ObjectChecksum Checksum);

/// <summary>What a listing shows of an object.</summary>
public readonly record struct ObjectSummary(
    long SizeBytes, long LastModifiedMs, ETag ETag, ChecksumKind ChecksumKind, ChecksumType ChecksumType,
    StorageClass StorageClass = StorageClass.Standard);
