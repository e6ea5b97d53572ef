namespace RustFs.S3;

/// <summary>
/// The errors that operations give, with the codes and statuses of AWS's list of error responses. Use <c>with</c> for a more precise
/// message.
/// </summary>
public static class S3Errors
{
    public static readonly S3Error AccessDenied = new("AccessDenied", 403,
        "Access denied. Sign the request with a valid access key and secret key that may do this.");

    public static readonly S3Error AuthorizationHeaderMalformed = new("AuthorizationHeaderMalformed", 400,
        "The Authorization header is malformed. Expected: AWS4-HMAC-SHA256 Credential=KEY/YYYYMMDD/REGION/s3/aws4_request, "
        + "SignedHeaders=..., Signature=...");

    public static readonly S3Error AuthorizationQueryParametersError = new("AuthorizationQueryParametersError", 400,
        "Query-string authentication needs X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires, X-Amz-SignedHeaders and "
        + "X-Amz-Signature, each once and well formed.");

    public static readonly S3Error BadDigest = new("BadDigest", 400,
        "The Content-MD5 or checksum you sent does not match what was received. Compute it over the exact bytes of the body and send "
        + "again.");

    public static readonly S3Error BadRequest = new("BadRequest", 400, "The request could not be understood.") { ClosesConnection = true };

    public static readonly S3Error BucketAlreadyExists = new("BucketAlreadyExists", 409,
        "The bucket name is taken. Choose another name.");

    public static readonly S3Error BucketAlreadyOwnedByYou = new("BucketAlreadyOwnedByYou", 409,
        "You already own a bucket of this name; it is ready to use.");

    public static readonly S3Error BucketNotEmpty = new("BucketNotEmpty", 409,
        "The bucket is not empty. Delete its objects first, then the bucket.");

    public static readonly S3Error ConditionalRequestConflict = new("ConditionalRequestConflict", 409,
        "A conflicting write happened during this conditional request. Try again.");

    public static readonly S3Error EntityTooLarge = new("EntityTooLarge", 400,
        "The upload is larger than 5 GiB, the most for one request. Use a multipart upload.");

    public static readonly S3Error EntityTooSmall = new("EntityTooSmall", 400,
        "Every part but the last must be at least 5 MiB. Upload larger parts.");

    public static readonly S3Error IdempotencyParameterMismatch = new("IdempotencyParameterMismatch", 400,
        "Parameters on this idempotent request are inconsistent with parameters used in previous request(s). Use a new client token.");

    public static readonly S3Error IllegalLocationConstraint = new("IllegalLocationConstraintException", 400,
        "The location constraint is not valid for this request.");

    public static readonly S3Error IncompleteBody = new("IncompleteBody", 400,
        "The body ended before the number of bytes given by Content-Length or x-amz-decoded-content-length. "
        + "Send the whole body.") { ClosesConnection = true };

    public static readonly S3Error InsufficientStorage = new("InsufficientStorage", 507,
        "The server's disk is full: writes are refused until space is freed; reads and deletes still work.");

    public static readonly S3Error InternalError = new("InternalError", 500,
        "The server met an internal error. Try again; if it stays, give the request id to the operator.");

    public static readonly S3Error InvalidAccessKeyId = new("InvalidAccessKeyId", 403,
        "The access key does not exist on this server. Check aws_access_key_id (the server's RUSTFS_ACCESS_KEY).");

    public static readonly S3Error InvalidArgument = new("InvalidArgument", 400, "An argument is not valid.");
    public static readonly S3Error InvalidBucketName = new("InvalidBucketName", 400,
        "The bucket name is not valid: 3 to 63 characters of a-z, 0-9, dots and hyphens, starting and ending with a letter or digit, "
        + "and not an IP address.");

    public static readonly S3Error InvalidBucketState = new("InvalidBucketState", 409,
        "The request is not valid for the state of the bucket.");

    public static readonly S3Error InvalidDigest = new("InvalidDigest", 400,
        "Content-MD5 must be the base64 form of a 16-byte MD5.");

    public static readonly S3Error InvalidPart = new("InvalidPart", 400,
        "A part of the list was not uploaded, or its ETag differs from the one that UploadPart gave. Send the number and ETag of each "
        + "part as returned.");

    public static readonly S3Error InvalidPartOrder = new("InvalidPartOrder", 400,
        "The parts must be listed in ascending order of their numbers, each once.");

    public static readonly S3Error InvalidRange = new("InvalidRange", 416,
        "The range lies outside the object.");

    public static readonly S3Error InvalidRequest = new("InvalidRequest", 400, "The request is not valid.");
    public static readonly S3Error InvalidStorageClass = new("InvalidStorageClass", 400, "The storage class is not known.");

    public static readonly S3Error InvalidUri = new("InvalidURI", 400,
        "The request path could not be parsed. Percent-encode the key as UTF-8.");

    public static readonly S3Error InvalidWriteOffset = new("InvalidWriteOffset", 400,
        "The write offset value that you specified does not match the current object size.");

    public static readonly S3Error KeyTooLong = new("KeyTooLongError", 400, "The key is longer than 1,024 bytes of UTF-8.");
    public static readonly S3Error MalformedXml = new("MalformedXML", 400,
        "The XML body is not well formed or does not follow the schema of this operation.");

    public static readonly S3Error MaxMessageLengthExceeded = new("MaxMessageLengthExceeded", 400, "The request body is too large for "
        + "this operation.");
    public static readonly S3Error MetadataTooLarge = new("MetadataTooLarge", 400,
        "User metadata may take at most 2 KiB (names and values together).");

    public static readonly S3Error MethodNotAllowed = new("MethodNotAllowed", 405, "The method is not allowed on this resource.");
    public static readonly S3Error MissingContentLength = new("MissingContentLength", 411,
        "Send a Content-Length header (or x-amz-decoded-content-length with an aws-chunked body).");

    public static readonly S3Error MissingRequestBody = new("MissingRequestBodyError", 400, "This operation needs a request body.");
    public static readonly S3Error MissingSecurityHeader = new("MissingSecurityHeader", 400, "The request lacks a required header.");
    public static readonly S3Error NoSuchBucket = new("NoSuchBucket", 404, "The bucket does not exist. Create it first or check its name.");
    public static readonly S3Error NoSuchKey = new("NoSuchKey", 404, "The key does not exist in this bucket.");
    public static readonly S3Error NoSuchUpload = new("NoSuchUpload", 404,
        "The multipart upload does not exist: its id is wrong, or it was completed or aborted.");

    public static readonly S3Error NoSuchVersion = new("NoSuchVersion", 404,
        "The version does not exist: it was deleted, or the id is of another key.");

    public static readonly S3Error NotImplemented = new("NotImplemented", 501, "This server does not implement that operation or header.");
    public static readonly S3Error NotModified = new("NotModified", 304, "Not modified.");
    public static readonly S3Error PermanentRedirect = new("PermanentRedirect", 301,
        "Virtual-hosted addressing is not enabled for this host name. Use path-style addressing (boto3: Config(s3={'addressing_style': "
        + "'path'})), or start the server with RUSTFS_SERVER_DOMAINS set to its domain.");

    public static readonly S3Error PreconditionFailed = new("PreconditionFailed", 412,
        "A condition of the request (If-Match, If-None-Match, If-Modified-Since or If-Unmodified-Since) does not hold.");

    public static readonly S3Error RequestExpired = AccessDenied with { Message = "Request has expired" };
    public static readonly S3Error RequestTimeTooSkewed = new("RequestTimeTooSkewed", 403,
        "The request's time and the server's differ by more than 15 minutes. Set the client's clock.");

    public static readonly S3Error RequestTimeout = new("RequestTimeout", 400,
        "The body arrived too slowly and the connection was given up. Send again.") { ClosesConnection = true };

    public static readonly S3Error SignatureDoesNotMatch = new("SignatureDoesNotMatch", 403,
        "The signature does not match the one the server computed. Check the secret key, and sign with version 4 (boto3: "
        + "Config(signature_version='s3v4')).");

    public static readonly S3Error SlowDown = new("SlowDown", 503,
        "The server is at its limits. Reduce the request rate and retry.") { RetryAfterSeconds = 1 };
    public static readonly S3Error TooManyBuckets = new("TooManyBuckets", 400, "There are as many buckets as this server allows.");
    public static readonly S3Error TooManyParts = new("TooManyParts", 400,
        "You have attempted to add more parts than the maximum of 10000 that are allowed for this object. Copy the object and append to "
        + "the copy.");

    public static readonly S3Error UnsupportedSignature = new("InvalidRequest", 400,
        "The authorization mechanism is not supported. Use AWS4-HMAC-SHA256.");

    public static readonly S3Error XAmzContentSha256Mismatch = new("XAmzContentSHA256Mismatch", 400,
        "The SHA-256 of the body differs from the x-amz-content-sha256 header. Hash the exact bytes that are sent.");
}
