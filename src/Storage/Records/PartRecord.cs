namespace RustFs.Storage;

/// <summary>One uploaded part of an upload in progress.</summary>
public abstract class PartRecord
{
    public abstract int PartNumber { get; }
    public abstract long SizeBytes { get; }

    /// <summary>As <see cref="ObjectRecord.IsEncrypted"/>.</summary>
    public virtual bool IsEncrypted => false;
    public abstract long LastModifiedMs { get; }
    public abstract ETag ETag { get; }
    public abstract ObjectChecksum Checksum { get; }
}
