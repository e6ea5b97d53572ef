namespace RustFs.Storage;

/// <summary>
/// The outcome of a store call. Faults of the medium are members too: nothing here is thrown for what a disk or a client can do.
/// </summary>
public enum StoreStatus : byte
{
    Ok,
    NoSuchBucket,
    NoSuchKey,
    NoSuchVersion,
    NoSuchUpload,
    BucketAlreadyExists,
    BucketNotEmpty,
    TooManyBuckets,
    /// <summary>The write's precondition did not hold at commit.</summary>
    PreconditionFailed,
    /// <summary>A retention or a legal hold forbids it: to delete the version, or to change its lock so.</summary>
    Locked,
    /// <summary>The bucket's configurations forbid it: object lock needs versioning, and neither can be taken back.</summary>
    InvalidBucketState,
    /// <summary>What the caller read before has changed (an upload gained or lost a part): read again and retry.</summary>
    Changed,
    /// <summary>The body's MD5 is not what the caller expected; nothing was written.</summary>
    BadDigest,
    /// <summary>Free space is at the reserve: writes are refused, reads and deletes go on.</summary>
    NoSpace,
    /// <summary>Stored bytes do not match their checksum; they were not handed out.</summary>
    Corrupt,
    /// <summary>The device, the index or the engine itself failed; nothing was acknowledged.</summary>
    IoFailed,
    /// <summary>The store is closing.</summary>
    Closed,
    /// <summary>The memory budget has no room for another body now; nothing was begun.</summary>
    Busy,
    /// <summary>The token of a write was given before, with other parameters.</summary>
    TokenReused,
    /// <summary>An append's offset is not the object's size.</summary>
    InvalidWriteOffset,
    /// <summary>The object has as many parts as it may have.</summary>
    TooManyParts,
    /// <summary>An append brings metadata, and the object that it goes on with has its own.</summary>
    MetadataOfAppend,
    /// <summary>An append's checksum is of another kind than the object's.</summary>
    ChecksumKindDiffers,
}
