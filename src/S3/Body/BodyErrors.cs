using RustFs.Signing;

namespace RustFs.S3.Body;

/// <summary>What can be wrong with the way a body is framed.</summary>
internal static class BodyErrors
{
    public static readonly S3Error BadFraming = S3Errors.BadRequest with
    {
        Message = "The body's framing is broken: it is not what Transfer-Encoding or aws-chunked prescribes.",
    };

    public static readonly S3Error UnnamedFraming = S3Errors.InvalidRequest with
    {
        Message = "An aws-chunked body needs an x-amz-content-sha256 header that starts with STREAMING-.",
    };

    public static readonly S3Error ChunkSize = S3Errors.InvalidRequest with
    {
        Message = "A chunk of the aws-chunked body is too small or too large: all but the last must have at least 8 KiB.",
        ClosesConnection = true,
    };

    public static readonly S3Error ChunkSignature = S3Errors.SignatureDoesNotMatch with
    {
        Message = "The signature of a chunk or of the trailer does not match the one the server computed.",
        ClosesConnection = true,
    };

    public static readonly S3Error LengthMismatch = S3Errors.IncompleteBody with
    {
        Message = "The body does not have the number of bytes that x-amz-decoded-content-length promised.",
    };

    public static readonly S3Error BadDecodedLength = S3Errors.InvalidArgument with
    {
        Message = "x-amz-decoded-content-length must be a number of bytes.",
    };

    public static S3Error Of(AwsChunkedStatus status) => status switch
    {
        AwsChunkedStatus.ChunkSignatureMismatch or AwsChunkedStatus.TrailerSignatureMismatch => ChunkSignature,
        AwsChunkedStatus.DecodedLengthMismatch => LengthMismatch,
        AwsChunkedStatus.ChunkTooLarge or AwsChunkedStatus.ChunkTooSmall => ChunkSize,
        _ => BadFraming,
    };
}
