namespace RustFs.Signing;

/// <summary>The outcome of checking one request's signature. Every way to be wrong has its own member.</summary>
public enum SignatureVerdict : byte
{
    Valid,

    /// <summary>No credentials at all: the caller decides what an anonymous request may do.</summary>
    Anonymous,
    InvalidAccessKeyId,
    SignatureDoesNotMatch,

    /// <summary>Signature version 2 (header or query).</summary>
    SignatureVersion2,
    RequestTimeTooSkewed,
    RequestExpired,

    /// <summary>A presigned request dated in the future beyond the allowed skew.</summary>
    RequestNotYetValid,
    AuthorizationHeaderMalformed,

    /// <summary>
    /// A region or service or date in the scope that cannot be, or a scope date that differs from the request's. S3 answers with
    /// AuthorizationHeaderMalformed or, for a presigned request, AuthorizationQueryParametersError.
    /// </summary>
    CredentialScopeMalformed,
    AuthorizationQueryParametersError,
    ExpiresOutOfRange,

    /// <summary>Neither x-amz-date nor Date was sent, or the one that counts is not a date.</summary>
    MissingDate,
    MissingContentSha256,
    InvalidContentSha256,

    /// <summary>host or an x-amz-* header was sent but not signed.</summary>
    UnsignedHeader,

    /// <summary>Both an Authorization header and a query signature.</summary>
    MultipleAuthTypes,
    UnsupportedAlgorithm,
    TooManyParameters,
}
