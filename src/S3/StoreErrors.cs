using RustFs.Storage;

namespace RustFs.S3;

/// <summary>The S3 error of each way a store call can fail.</summary>
internal static class StoreErrors
{
    /// <summary>
    /// Bytes that failed their checksum are never sent: a client must be able to tell a damaged object from a missing one.
    /// </summary>
    private static readonly S3Error Corrupt = S3Errors.InternalError with
    {
        Message = "What is stored does not match its checksum, so it is not sent. Restore the object from a replica or upload it again; "
            + "the server's log names it.",
    };

    private static readonly S3Error Locked = S3Errors.AccessDenied with
    {
        Message = "Access Denied because object protected by object lock.",
    };

    private static readonly S3Error Closing = new("ServiceUnavailable", 503, "The server is shutting down. Try again.")
    {
        RetryAfterSeconds = 1,
        ClosesConnection = true,
    };

    private static readonly S3Error MetadataOfAppend = S3Errors.InvalidRequest with
    {
        Message = "Cannot specify both a write offset value and user-defined object metadata for existing objects.",
    };

    private static readonly S3Error ChecksumKindDiffers = S3Errors.InvalidRequest with
    {
        Message = "Checksum Type mismatch occurred: what is appended must have a checksum of the algorithm that the object has one of, or "
            + "none.",
    };

    /// <summary>Null for Ok.</summary>
    public static S3Error? Of(StoreStatus status) => status switch
    {
        StoreStatus.Ok => null,
        StoreStatus.NoSuchBucket => S3Errors.NoSuchBucket,
        StoreStatus.NoSuchKey => S3Errors.NoSuchKey,
        StoreStatus.NoSuchVersion => S3Errors.NoSuchVersion,
        StoreStatus.NoSuchUpload => S3Errors.NoSuchUpload,
        StoreStatus.BucketAlreadyExists => S3Errors.BucketAlreadyOwnedByYou,
        StoreStatus.BucketNotEmpty => S3Errors.BucketNotEmpty,
        StoreStatus.TooManyBuckets => S3Errors.TooManyBuckets,
        StoreStatus.PreconditionFailed => S3Errors.PreconditionFailed,
        StoreStatus.Locked => Locked,
        StoreStatus.InvalidBucketState => S3Errors.InvalidBucketState,
        StoreStatus.Changed => S3Errors.ConditionalRequestConflict,
        StoreStatus.BadDigest => S3Errors.BadDigest,
        StoreStatus.NoSpace => S3Errors.InsufficientStorage,
        StoreStatus.Corrupt => Corrupt,
        StoreStatus.Closed => Closing,
        StoreStatus.Busy => S3Errors.SlowDown,
        StoreStatus.TokenReused => S3Errors.IdempotencyParameterMismatch,
        StoreStatus.InvalidWriteOffset => S3Errors.InvalidWriteOffset,
        StoreStatus.TooManyParts => S3Errors.TooManyParts,
        StoreStatus.MetadataOfAppend => MetadataOfAppend,
        StoreStatus.ChecksumKindDiffers => ChecksumKindDiffers,
        _ => S3Errors.InternalError,
    };
}
