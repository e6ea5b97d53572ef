using RustFs.Signing;

namespace RustFs.S3;

/// <summary>The S3 error of each way a signature can be wrong.</summary>
internal static class SignatureErrors
{
    /// <summary>Null when the request may go on (valid or anonymous).</summary>
    public static S3Error? Of(SignatureVerdict verdict, S3Request request) => verdict switch
    {
        SignatureVerdict.Valid or SignatureVerdict.Anonymous => null,
        SignatureVerdict.InvalidAccessKeyId => S3Errors.InvalidAccessKeyId,
        SignatureVerdict.SignatureDoesNotMatch => S3Errors.SignatureDoesNotMatch with
        {
            Details = [("CanonicalRequest", request.Signature.DescribeCanonicalRequest())],
        },
        SignatureVerdict.SignatureVersion2 => S3Errors.SignatureDoesNotMatch with
        {
            Message = "The request is signed with signature version 2, which this server does not accept. Sign with version 4 (boto3: "
                + "Config(signature_version='s3v4')).",
        },
        SignatureVerdict.RequestTimeTooSkewed => S3Errors.RequestTimeTooSkewed,
        SignatureVerdict.RequestExpired => S3Errors.RequestExpired,
        SignatureVerdict.RequestNotYetValid => S3Errors.AccessDenied with { Message = "Request is not yet valid: X-Amz-Date lies in "
            + "the future." },
        SignatureVerdict.AuthorizationHeaderMalformed => S3Errors.AuthorizationHeaderMalformed,
        SignatureVerdict.CredentialScopeMalformed => S3Errors.AuthorizationHeaderMalformed with
        {
            Message = "The credential scope is malformed. Expected KEY/YYYYMMDD/REGION/s3/aws4_request with the date of the request.",
        },
        SignatureVerdict.AuthorizationQueryParametersError => S3Errors.AuthorizationQueryParametersError,
        SignatureVerdict.ExpiresOutOfRange => S3Errors.AuthorizationQueryParametersError with
        {
            Message = "X-Amz-Expires must be a number of seconds from 1 to 604800 (seven days).",
        },
        SignatureVerdict.MissingDate => S3Errors.AccessDenied with { Message = "The request has no date: send x-amz-date (or Date)." },
        SignatureVerdict.MissingContentSha256 => S3Errors.InvalidRequest with { Message = "Missing required header for this request: "
            + "x-amz-content-sha256" },
        SignatureVerdict.InvalidContentSha256 => S3Errors.InvalidArgument with
        {
            Message = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                + "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or the hex SHA-256 of the body.",
        },
        SignatureVerdict.UnsignedHeader => S3Errors.AccessDenied with
        {
            Message = "There were headers present in the request which were not signed: host and all x-amz-* headers must be in "
                + "SignedHeaders.",
        },
        SignatureVerdict.MultipleAuthTypes => S3Errors.InvalidArgument with
        {
            Message = "Only one auth mechanism allowed: an Authorization header or a signed query string, not both.",
        },
        SignatureVerdict.UnsupportedAlgorithm => S3Errors.UnsupportedSignature,
        SignatureVerdict.TooManyParameters => S3Errors.InvalidRequest with { Message = "The request has too many query parameters or "
            + "signed headers." },
        _ => S3Errors.AccessDenied,
    };
}
