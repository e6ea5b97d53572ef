using RustFs.Http1;
using RustFs.Signing;

namespace RustFs.S3.Body;

/// <summary>
/// A request's payload: the transfer framing and aws-chunked are taken off as it is read. The first read answers "Expect: 100-continue", which is
/// why a body is only read once the request is authorised. One per connection, reused. Not thread-safe.
/// </summary>
public sealed class RequestBody(ReceiveBuffer received, IWire wire) : IDisposable
{
    /// <summary>The payload's length in bytes: decoded when aws-chunked. Null when the request did not say.</summary>
    public long? LengthBytes => throw new NotImplementedException();

    /// <summary>What went wrong while reading; null so far.</summary>
    public S3Error? Error => throw new NotImplementedException();

    /// <summary>Trailers of an aws-chunked body, once read to the end.</summary>
    public AwsChunkedDecoder? Trailers => throw new NotImplementedException();

    /// <summary>True when nothing of the body is left on the connection, so that the next request can follow.</summary>
    public bool IsDrained => throw new NotImplementedException();

    internal void Reset(RequestHead head) => throw new NotImplementedException();

    /// <summary>Learns from the verified request whether the body is aws-chunked.</summary>
    internal S3Error? Open(SignatureContext signature) => throw new NotImplementedException();

    /// <summary>The whole payload when it already stands in the receive buffer, as one piece: it is then read, and stays valid until the request ends.</summary>
    public bool TryTakeReceived(out ReadOnlyMemory<byte> payload) => throw new NotImplementedException();

    /// <summary>Reads payload straight into the destination where the framing allows.</summary>
    /// <returns>At least 1; 0 at the end; −1 when <see cref="Error"/> is set.</returns>
    public ValueTask<int> ReadAsync(Memory<byte> destination) => throw new NotImplementedException();

    /// <summary>Reads and drops what is left, at most <paramref name="limitBytes"/>. True when the body is then drained.</summary>
    public ValueTask<bool> DrainAsync(long limitBytes) => throw new NotImplementedException();

    public void Dispose() => _ = (received, wire);
}
