namespace RustFs.S3.Encryption;

/// <summary>What is wrong with a request for encryption or with the keys it brings, in AWS's codes and words where it has them.</summary>
internal static class EncryptionErrors
{
    public static readonly S3Error NoKeys = S3Errors.NotImplemented with
    {
        Message = "The server has no keys to encrypt with. Start it with RUSTFS_ENCRYPTION_KEYS (--encryption-keys) or RUSTFS_MASTER_KEY, or "
            + "send a key with the request (SSE-C).",
    };

    public static readonly S3Error DualLayer = S3Errors.NotImplemented with
    {
        Message = "Encryption in two layers (aws:kms:dsse) is not implemented. Use aws:kms or AES256.",
    };

    public static readonly S3Error UnknownHeader = S3Errors.NotImplemented with
    {
        Message = "The request has a header x-amz-server-side-encryption- that this server does not know.",
    };

    public static readonly S3Error UnknownMethod = Argument("x-amz-server-side-encryption",
        "The encryption method specified is not supported");

    public static readonly S3Error NeedsKms = Argument("x-amz-server-side-encryption",
        "Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms");

    public static readonly S3Error BadContext = Argument("x-amz-server-side-encryption-context",
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string "
        + "map, here of at most 1,024 bytes");

    public static readonly S3Error BadBucketKey = Argument("x-amz-server-side-encryption-bucket-key-enabled",
        "x-amz-server-side-encryption-bucket-key-enabled must be true or false");

    public static readonly S3Error TwoMethods = Argument("x-amz-server-side-encryption",
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified");

    public static readonly S3Error NotOfThisOperation = Argument("x-amz-server-side-encryption",
        "x-amz-server-side-encryption header is not supported for this operation.");

    public static readonly S3Error Insecure = S3Errors.InvalidRequest with
    {
        Message = "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection. Use HTTPS; a "
            + "proxy that ends TLS says so with X-Forwarded-Proto: https.",
    };

    public static readonly S3Error BadCustomerAlgorithm = new("InvalidEncryptionAlgorithmError", 400,
        "The Encryption request you specified is not valid. Supported value: AES256.");

    public static readonly S3Error NoCustomerAlgorithm = Argument("x-amz-server-side-encryption-customer-algorithm",
        "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.");

    public static readonly S3Error NoCustomerKey = Argument("x-amz-server-side-encryption-customer-key",
        "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.");

    public static readonly S3Error BadCustomerKey = Argument("x-amz-server-side-encryption-customer-key",
        "The secret key was invalid for the specified algorithm.");

    public static readonly S3Error NoCustomerKeyMd5 = Argument("x-amz-server-side-encryption-customer-key-MD5",
        "Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.");

    public static readonly S3Error BadCustomerKeyMd5 = Argument("x-amz-server-side-encryption-customer-key-MD5",
        "The calculated MD5 hash of the key did not match the hash that was provided.");

    /// <summary>A read or copy of what is encrypted with a customer's key, without one.</summary>
    public static readonly S3Error KeyNeeded = S3Errors.InvalidRequest with
    {
        Message = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the "
            + "object.",
    };

    public static readonly S3Error KeyNotApplicable = S3Errors.InvalidRequest with
    {
        Message = "The encryption parameters are not applicable to this object.",
    };

    public static readonly S3Error PartNeedsKey = S3Errors.InvalidRequest with
    {
        Message = "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption "
            + "parameters.",
    };

    public static readonly S3Error PartTakesNoKey = S3Errors.InvalidRequest with
    {
        Message = "The multipart upload initiate did not request encryption. Please resend the request without sending encryption parameters.",
    };

    public static readonly S3Error AppendKeepsEncryption = S3Errors.InvalidRequest with
    {
        Message = "An append cannot change how the object is encrypted. Send it with the encryption that the object has, or without any.",
    };

    /// <summary>Not the key that it was encrypted with.</summary>
    public static readonly S3Error WrongKey = S3Errors.AccessDenied with
    {
        Message = "Access Denied. The customer key is not the one that the object was encrypted with.",
    };

    public static S3Error NoSuchKey(string name) => new("KMS.NotFoundException", 400,
        $"Key '{name}' does not exist: it is not among the keys of RUSTFS_ENCRYPTION_KEYS.");

    /// <summary>The server lacks a key that it had.</summary>
    public static readonly S3Error KeyMissing = S3Errors.InternalError with
    {
        Message = "The object's key is wrapped with one that the server does not have: it was removed from RUSTFS_ENCRYPTION_KEYS before "
            + "'rustfs rewrap' was run. Put it back.",
    };

    private static S3Error Argument(string name, string message) =>
        S3Errors.InvalidArgument with { Message = message, Details = [("ArgumentName", name)] };
}
