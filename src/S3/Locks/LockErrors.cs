namespace RustFs.S3.Locks;

/// <summary>What AWS answers to requests about locks that cannot be met.</summary>
internal static class LockErrors
{
    public static readonly S3Error NoConfigurationOfBucket = new("ObjectLockConfigurationNotFoundError", 404,
        "Object Lock configuration does not exist for this bucket");

    /// <summary>Of an object that was never locked.</summary>
    public static readonly S3Error NoConfigurationOfObject = new("NoSuchObjectLockConfiguration", 404,
        "The specified object does not have a ObjectLock configuration");

    public static readonly S3Error NotLockable = S3Errors.InvalidRequest with { Message = "Bucket is missing Object Lock Configuration" };

    public static readonly S3Error IncompleteRetention = S3Errors.InvalidArgument with
    {
        Message = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
        Details = [("ArgumentName", "x-amz-object-lock-retain-until-date")],
    };

    public static readonly S3Error UnknownMode = S3Errors.InvalidArgument with
    {
        Message = "Unknown wormMode directive.",
        Details = [("ArgumentName", "x-amz-object-lock-mode")],
    };

    public static readonly S3Error BadTime = S3Errors.InvalidArgument with
    {
        Message = "The retain until date must be provided in ISO 8601 format",
        Details = [("ArgumentName", "x-amz-object-lock-retain-until-date")],
    };

    public static readonly S3Error PastTime = S3Errors.InvalidArgument with
    {
        Message = "The retain until date must be in the future!",
        Details = [("ArgumentName", "x-amz-object-lock-retain-until-date")],
    };

    public static readonly S3Error BadLegalHold = S3Errors.InvalidArgument with
    {
        Message = "Legal Hold must be either of 'ON' or 'OFF'",
        Details = [("ArgumentName", "x-amz-object-lock-legal-hold")],
    };

    /// <summary>Of a default retention.</summary>
    public static S3Error NotPositive(string unit) => S3Errors.InvalidArgument with
    {
        Message = "Default retention period must be a positive integer value.",
        Details = [("ArgumentName", unit)],
    };

    /// <summary>Of a default retention.</summary>
    public static S3Error TooLong(string unit) => S3Errors.InvalidArgument with
    {
        Message = "Default retention period too large: at most 36,500 days or 100 years.",
        Details = [("ArgumentName", unit)],
    };

    /// <param name="request">What AWS calls it.</param>
    public static S3Error NoDigest(string request) => S3Errors.InvalidRequest with
    {
        Message = $"Content-MD5 OR x-amz-checksum- HTTP header is required for {request} requests with Object Lock parameters",
    };
}
