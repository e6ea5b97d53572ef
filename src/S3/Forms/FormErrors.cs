using RustFs.Signing;

namespace RustFs.S3.Forms;

/// <summary>What can be wrong with a form, with the codes that AWS gives.</summary>
internal static class FormErrors
{
    public static readonly S3Error NotAForm = S3Errors.PreconditionFailed with
    {
        Message = "Bucket POST must be of the enclosure-type multipart/form-data",
        Details = [("Condition", "Bucket POST must be of the enclosure-type multipart/form-data")],
    };

    public static readonly S3Error Malformed = new("MalformedPOSTRequest", 400,
        "The body of your POST request is not well-formed multipart/form-data.");

    public static readonly S3Error FieldTwice = Malformed with { Message = "A field stands in the form twice. Send each once." };

    public static readonly S3Error FieldsTooLong = new("MaxPostPreDataLengthExceededError", 400,
        "Your POST request fields preceding the upload file were too large: at most 20 KiB, boundaries included.");

    public static readonly S3Error TooMuchBehindFile = Malformed with
    {
        Message = "The file must be the last field of the form: more than 20 KiB follow it.",
    };

    public static readonly S3Error NotOneFile = new("IncorrectNumberOfFilesInPostRequest", 400,
        "POST requires exactly one file upload per request: a field named 'file', the last of the form.");

    public static readonly S3Error NoPolicy = S3Errors.AccessDenied with
    {
        Message = "Access denied. The form has no 'policy' field before its file, and anonymous uploads are not allowed.",
    };

    public static readonly S3Error SignatureVersion2 = S3Errors.SignatureDoesNotMatch with
    {
        Message = "The policy is signed with signature version 2, which this server does not accept. Sign with version 4 (boto3: "
            + "Config(signature_version='s3v4')).",
    };

    public static readonly S3Error SignedPayload = S3Errors.InvalidRequest with
    {
        Message = "A form is signed by its policy, not by the hash of its body. Send it without x-amz-content-sha256.",
    };

    public static readonly S3Error BadValue = S3Errors.InvalidArgument with
    {
        Message = "A field of the form cannot be kept as a header: its name must be a token, its value must have no control characters.",
    };

    public static readonly S3Error NotInForms = S3Errors.InvalidArgument with
    {
        Message = "x-amz-copy-source and x-amz-write-offset-bytes have no meaning in a form.",
    };

    public static readonly S3Error PolicyExpired = AgainstPolicy("Policy expired.");

    public static S3Error Missing(string field) => S3Errors.InvalidArgument with
    {
        Message = $"Bucket POST must contain a field named '{field}'. If it is specified, please check the order of the fields.",
        Details = [("ArgumentName", field), ("ArgumentValue", "")],
    };

    public static S3Error InvalidPolicy(string reason) => new("InvalidPolicyDocument", 400, "Invalid Policy: " + reason);

    public static S3Error AgainstPolicy(string reason) => S3Errors.AccessDenied with
    {
        Message = "Invalid according to Policy: " + reason,
    };

    public static S3Error TooLarge(long maxBytes) => S3Errors.EntityTooLarge with
    {
        Message = "Your proposed upload exceeds the maximum allowed size",
        Details = [("MaxSizeAllowed", maxBytes.ToString())],
    };

    public static S3Error TooSmall(long lengthBytes, long minBytes) => S3Errors.EntityTooSmall with
    {
        Message = "Your proposed upload is smaller than the minimum allowed size",
        Details = [("ProposedSize", lengthBytes.ToString()), ("MinSizeAllowed", minBytes.ToString())],
    };

    /// <summary>The error of a policy's signature; null when it is valid.</summary>
    public static S3Error? Of(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Valid => null,
        SignatureVerdict.InvalidAccessKeyId => S3Errors.InvalidAccessKeyId,
        SignatureVerdict.SignatureDoesNotMatch => S3Errors.SignatureDoesNotMatch,
        SignatureVerdict.RequestExpired => S3Errors.AccessDenied with { Message = "x-amz-date lies more than seven days back." },
        SignatureVerdict.RequestNotYetValid => S3Errors.AccessDenied with { Message = "x-amz-date lies in the future." },
        SignatureVerdict.MissingDate => Invalid("x-amz-date", "YYYYMMDDThhmmssZ"),
        SignatureVerdict.UnsupportedAlgorithm => Invalid("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        _ => Invalid("x-amz-credential", "KEY/YYYYMMDD/REGION/s3/aws4_request with the day of x-amz-date"),
    };

    private static S3Error Invalid(string field, string expected) => S3Errors.InvalidArgument with
    {
        Message = $"The field {field} of the form must be {expected}.",
        Details = [("ArgumentName", field)],
    };
}
