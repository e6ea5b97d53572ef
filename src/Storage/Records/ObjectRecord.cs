using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>One object version's record: immutable, shared between requests by the record cache.</summary>
public abstract partial class ObjectRecord
{
    /// <summary>Of what was put, whatever it takes to store it.</summary>
    public abstract long SizeBytes { get; }

    /// <summary>
    /// Its bytes are stored encrypted (<see cref="ObjectEncryption"/>): readers give what is stored, by offsets into that, and those are
    /// more than its size.
    /// </summary>
    public virtual bool IsEncrypted => false;

    /// <summary>Milliseconds since 1970 (UTC).</summary>
    public abstract long LastModifiedMs { get; }
    public abstract ETag ETag { get; }
    public abstract ObjectChecksum Checksum { get; }
    public abstract StoredFields Fields { get; }

    /// <summary>The multipart upload this object was completed from; default when none.</summary>
    public abstract UploadId UploadId { get; }

    /// <summary>The default for what was written while its bucket had no versioning.</summary>
    public virtual VersionId VersionId => default;

    /// <summary>It says that the key was deleted: it has no bytes and no fields.</summary>
    public virtual bool IsDeleteMarker => false;

    /// <summary>0 for simple objects.</summary>
    public abstract int PartCount { get; }

    /// <summary>Size, number and checksum of the part at an index from 0.</summary>
    public abstract ObjectPart Part(int index);

    /// <summary>The longest <see cref="Rendering"/> that may be kept: some 250 bytes are usual.</summary>
    public const int MaxRenderingBytes = 512;

    /// <summary>
    /// What the API made of the record and would make again for each read, while the record's body is cached; at most <see
    /// cref="MaxRenderingBytes"/>, never changed once set. Threads that race set the same.
    /// </summary>
    public byte[]? Rendering { get; set; }
}

/// <summary>A part of a completed multipart object.</summary>
public readonly record struct ObjectPart(int PartNumber, long SizeBytes, ObjectChecksum Checksum);

/// <summary>What a listing shows of a version. Of a delete marker only the time of its object summary says anything.</summary>
public readonly record struct VersionSummary(ObjectSummary Object, VersionId Id, bool IsLatest, bool IsDeleteMarker);

/// <summary>What a listing shows of an object.</summary>
public readonly record struct ObjectSummary(
    long SizeBytes, long LastModifiedMs, ETag ETag, ChecksumKind ChecksumKind, ChecksumType ChecksumType,
    StorageClass StorageClass = StorageClass.Standard);
