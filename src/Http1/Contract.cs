namespace RustFs.Http1;

/// <summary>The methods that have a meaning here; any other token is Other and is read from <see cref="RequestHead.MethodBytes"/>.</summary>
public enum RequestMethod : byte { Other, Get, Head, Put, Post, Delete, Options }

public enum BodyFraming : byte { None, ContentLength, Chunked }

/// <summary>Header fields that the server itself looks up, so that a look-up is an array index. Extend freely.</summary>
public enum KnownHeader : byte
{
    Unknown, Host, ContentLength, TransferEncoding, Connection, Expect, Authorization, ContentType, ContentMd5, ContentEncoding,
    ContentDisposition, ContentLanguage, CacheControl, Expires, Range, IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince,
    Date, UserAgent, Origin, Trailer,
    AmzDate, AmzContentSha256, AmzDecodedContentLength, AmzTrailer, AmzSecurityToken,
    AmzChecksumCrc32, AmzChecksumCrc32C, AmzChecksumCrc64Nvme, AmzChecksumSha1, AmzChecksumSha256,
    AmzChecksumAlgorithm, AmzChecksumType, AmzChecksumMode, AmzSdkChecksumAlgorithm,
    AmzCopySource, AmzCopySourceRange, AmzCopySourceIfMatch, AmzCopySourceIfNoneMatch, AmzCopySourceIfModifiedSince, AmzCopySourceIfUnmodifiedSince,
    AmzMetadataDirective, AmzTaggingDirective, AmzTagging, AmzStorageClass, AmzAcl, AmzMpObjectSize, AmzExpectedBucketOwner,
    AmzWebsiteRedirectLocation, AmzObjectAttributes, AmzBypassGovernanceRetention, AmzServerSideEncryption, AmzWriteOffsetBytes,
    /// <summary>Not a field: how many there are.</summary>
    Count,
}

public enum ParseStatus : byte { NeedMore, Done, Rejected }

/// <summary>Why a request head or a body's framing was refused. All but the first few are answered 400 and close.</summary>
public enum RequestRejection : byte
{
    None, RequestLineTooLong, HeadTooLarge, TooManyHeaders, UnsupportedVersion, TransferEncodingNotImplemented,
    BadRequestLine, BadMethod, BadTarget, BareCarriageReturn, BareLineFeed, ObsoleteFold, SpaceBeforeColon, BadHeaderName, BadHeaderValue,
    MissingHost, DuplicateHost, BadHost, DuplicateContentLength, BadContentLength, ContentLengthWithTransferEncoding, BadTransferEncoding,
    BadChunkSize, BadChunkExtension, BadChunkTerminator, BadTrailer, ChunkExtensionTooLong, TrailersTooLarge,
}

/// <summary>
/// One parsed request head: ranges over the bytes as received; nothing decoded, nothing copied. One per connection, reused.
/// The bytes must stay where they are until the request is done.
/// </summary>
public sealed class RequestHead
{
    public RequestMethod Method => throw new NotImplementedException();
    public ReadOnlySpan<byte> MethodBytes => throw new NotImplementedException();

    /// <summary>The origin-form path, still percent-encoded, always starting with a slash (absolute-form targets are reduced to it; OPTIONS * gives "*").</summary>
    public ReadOnlySpan<byte> Path => throw new NotImplementedException();

    /// <summary>What follows the question mark, still encoded; empty when absent.</summary>
    public ReadOnlySpan<byte> Query => throw new NotImplementedException();

    /// <summary>0 or 1: the y of HTTP/1.y.</summary>
    public int MinorVersion => throw new NotImplementedException();
    public int HeaderCount => throw new NotImplementedException();
    public ReadOnlySpan<byte> HeaderName(int index) => throw new NotImplementedException();

    /// <summary>Without surrounding white space.</summary>
    public ReadOnlySpan<byte> HeaderValue(int index) => throw new NotImplementedException();
    public KnownHeader HeaderId(int index) => throw new NotImplementedException();

    /// <summary>The first field of that name; false when absent. A field that is present and empty gives true and an empty span.</summary>
    public bool TryGet(KnownHeader header, out ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>The first field of that lower-case name.</summary>
    public bool TryGet(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>How many fields of that known name were sent.</summary>
    public int CountOf(KnownHeader header) => throw new NotImplementedException();
    public BodyFraming Framing => throw new NotImplementedException();

    /// <summary>Bytes; 0 unless Framing is ContentLength.</summary>
    public long ContentLength => throw new NotImplementedException();

    /// <summary>Whether the client lets the connection live on (HTTP/1.1 without close, or HTTP/1.0 with keep-alive).</summary>
    public bool KeepAlive => throw new NotImplementedException();
    public bool ExpectContinue => throw new NotImplementedException();
}

public static class RequestHeadParser
{
    /// <summary>Parses one head from the front of <paramref name="buffer"/>. Leading empty lines (CRLF) are skipped and counted as consumed. Never throws on input.</summary>
    public static ParseStatus Parse(ReadOnlyMemory<byte> buffer, RequestHead head, out int consumedBytes, out RequestRejection rejection) => throw new NotImplementedException();
}

/// <summary>Takes Transfer-Encoding: chunked off a body: RFC 9112 §7.1. Mutable struct; keep it in a field.</summary>
public struct ChunkedDecoder
{
    public enum Status : byte { NeedMore, Payload, End, Rejected }

    public void Reset() => throw new NotImplementedException();

    /// <summary>Decodes from the front of <paramref name="input"/>; call again with what was not consumed until NeedMore, End or Rejected.</summary>
    public Status Decode(ReadOnlySpan<byte> input, out int consumedBytes, out Range payload, out RequestRejection rejection) => throw new NotImplementedException();
}

/// <summary>Writes a response head into one span. Overflow is remembered, not thrown: check it once at the end.</summary>
public ref struct ResponseHeadWriter
{
    public ResponseHeadWriter(Span<byte> destination) => throw new NotImplementedException();

    /// <summary>"HTTP/1.1 200 OK\r\n".</summary>
    public void Status(int statusCode) => throw new NotImplementedException();
    public void Header(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) => throw new NotImplementedException();
    public void Header(scoped ReadOnlySpan<byte> name, long value) => throw new NotImplementedException();

    /// <summary>An IMF-fixdate (RFC 9110 §5.6.7).</summary>
    public void DateHeader(scoped ReadOnlySpan<byte> name, DateTimeOffset value) => throw new NotImplementedException();

    /// <summary>Bytes that already are whole field lines, each ending in CRLF.</summary>
    public void Raw(scoped ReadOnlySpan<byte> fieldLines) => throw new NotImplementedException();

    /// <summary>The empty line that ends the head.</summary>
    public void End() => throw new NotImplementedException();
    public readonly int WrittenBytes => throw new NotImplementedException();
    public readonly bool Overflowed => throw new NotImplementedException();
}

/// <summary>The Date header value, rendered at most once a second. Thread-safe.</summary>
public sealed class DateHeaderClock(TimeProvider time)
{
    public TimeProvider Time => time;

    /// <summary>29 bytes of IMF-fixdate.</summary>
    public ReadOnlySpan<byte> Value => throw new NotImplementedException();
}

/// <summary>HTTP dates: IMF-fixdate written, and all three forms of RFC 9110 §5.6.7 read.</summary>
public static class HttpDate
{
    public const int LengthBytes = 29;
    public static void Write(DateTimeOffset value, Span<byte> destination) => throw new NotImplementedException();
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset value) => throw new NotImplementedException();
}

/// <summary>A single byte range against a known size: RFC 9110 §14.1.2.</summary>
public static class RangeHeader
{
    public enum Result : byte { Whole, Partial, Unsatisfiable }

    /// <summary>Several ranges, other units and malformed values give Whole (the field is ignored), as S3 does.</summary>
    public static Result Resolve(ReadOnlySpan<byte> value, long sizeBytes, out long offset, out long lengthBytes) => throw new NotImplementedException();
}

/// <summary>Every bound on a request's head and framing, with its reason. Sizes in bytes.</summary>
public static class Http1Limits
{
    /// <summary>Eight KiB is what AWS allows for all headers together; presigned URLs with session tokens stay below it.</summary>
    public const int RequestLineBytes = 8 * 1024;

    /// <summary>The request line and all fields.</summary>
    public const int HeadBytes = 16 * 1024;
    public const int HeaderCount = 128;
}

/// <summary>Both directions of one connection as bytes. One receive and one send may be under way at a time.</summary>
public interface IWire
{
    /// <summary>Receives some bytes; 0 when the peer has finished sending or the connection is gone.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends all bytes; false when the connection is gone.</summary>
    ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Sends both, in order, in one system call where the transport can.</summary>
    ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second);

    /// <summary>Ends both directions at once; what waits returns 0 or false. Idempotent, thread-safe, never blocks.</summary>
    void Abort();

    /// <summary>Sends FIN after what was sent; receiving goes on.</summary>
    void ShutdownSend();
}
