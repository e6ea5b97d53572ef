namespace RustFs.Signing;

/// <summary>The request's header fields as the signer sees them: on the wire, before the server adds any of its own.</summary>
public interface IHeaderSource
{
    int Count { get; }
    ReadOnlySpan<byte> Name(int index);
    ReadOnlySpan<byte> Value(int index);
}

/// <summary>The three raw parts of a request that are signed, exactly as they stood in the request line.</summary>
public readonly ref struct SignedRequestLine
{
    public SignedRequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, ReadOnlySpan<byte> query)
    {
        Method = method;
        Path = path;
        Query = query;
    }

    public ReadOnlySpan<byte> Method { get; }

    /// <summary>Percent-encoded, without the query.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Percent-encoded, without the question mark; empty when absent.</summary>
    public ReadOnlySpan<byte> Query { get; }
}

/// <summary>What the payload hash field promised about the body.</summary>
public enum PayloadMode : byte
{
    Unsigned,
    SignedSha256,
    StreamingSigned,
    StreamingSignedTrailer,
    StreamingUnsignedTrailer,
}

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
    /// <summary>A region or service or date in the scope that cannot be, or a scope date that differs from the request's.</summary>
    CredentialScopeMalformed,
    AuthorizationQueryParametersError,
    ExpiresOutOfRange,
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

/// <summary>One access key and its secret.</summary>
public sealed record Credential(string AccessKey, string SecretKey);

/// <summary>Finds a credential by the access key on the wire.</summary>
public interface ICredentialSource
{
    Credential? Find(ReadOnlySpan<byte> accessKey);
}

/// <summary>
/// What a verified request carries on: who signed it and how its body is framed. One per connection, reused.
/// Not thread-safe.
/// </summary>
public sealed class SignatureContext
{
    public Credential? Credential { get; internal set; }
    public PayloadMode PayloadMode { get; internal set; }

    /// <summary>The 32 bytes promised by x-amz-content-sha256 when the mode is <see cref="PayloadMode.SignedSha256"/>.</summary>
    public ReadOnlySpan<byte> PayloadSha256 => throw new NotImplementedException();

    /// <summary>True when the signature came in the query string.</summary>
    public bool IsPresigned { get; internal set; }

    /// <summary>For error bodies and logs: the canonical request that the server built. Allocates.</summary>
    public string DescribeCanonicalRequest() => throw new NotImplementedException();
}

/// <summary>Verifies AWS Signature Version 4 in the Authorization header or the query. Thread-safe; signing keys are cached per credential, day, region and service.</summary>
public sealed class SignatureVerifier(ICredentialSource credentials, TimeProvider time)
{
    public ICredentialSource Credentials => credentials;
    public TimeProvider Time => time;

    public SignatureVerdict Verify<THeaders>(in SignedRequestLine line, THeaders headers, SignatureContext context)
        where THeaders : IHeaderSource, allows ref struct => throw new NotImplementedException();
}

/// <summary>How far a call to <see cref="AwsChunkedDecoder.Decode"/> got.</summary>
public enum AwsChunkedStatus : byte
{
    /// <summary>All input is consumed and more is needed.</summary>
    NeedMore,
    /// <summary>The returned range of the input is payload.</summary>
    Payload,
    /// <summary>The final chunk and all trailers were read and verified.</summary>
    End,
    /// <summary>Framing that is not aws-chunked.</summary>
    Malformed,
    ChunkSignatureMismatch,
    TrailerSignatureMismatch,
    /// <summary>The payload is longer or shorter than x-amz-decoded-content-length.</summary>
    DecodedLengthMismatch,
    /// <summary>A chunk other than the last smaller than 8 KiB, or a chunk or trailer larger than its limit.</summary>
    ChunkTooLarge,
}

/// <summary>Takes aws-chunked framing off a body, with or without chunk signatures and trailers. One per connection, reused.</summary>
public sealed class AwsChunkedDecoder : IDisposable
{
    /// <summary>Starts a body. The context must be of the request just verified.</summary>
    public void Reset(SignatureContext context, long decodedLengthBytes) => throw new NotImplementedException();

    /// <summary>Decodes from the front of <paramref name="input"/>. Call again with what was not consumed until NeedMore, End or an error.</summary>
    /// <param name="consumedBytes">How much of the input is done with, payload included.</param>
    /// <param name="payload">Where in the input the payload lies, when the status is Payload.</param>
    public AwsChunkedStatus Decode(ReadOnlySpan<byte> input, out int consumedBytes, out Range payload) => throw new NotImplementedException();

    public int TrailerCount => throw new NotImplementedException();

    /// <summary>A trailer's name in lower case.</summary>
    public ReadOnlySpan<byte> TrailerName(int index) => throw new NotImplementedException();
    public ReadOnlySpan<byte> TrailerValue(int index) => throw new NotImplementedException();

    public void Dispose() { }
}
