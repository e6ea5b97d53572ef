using System.Buffers;
using RustFs.S3.Body;

namespace RustFs.S3.Xml;

/// <summary>
/// A request's XML document, received whole within the operation's limit and checked against every digest the client sent with it. The
/// document is valid until disposed.
/// </summary>
internal sealed class XmlRequest : IDisposable
{
    // Configurations and short part lists fit; longer documents double it.
    private const int InitialBytes = 4 * 1024;

    private byte[] _rented = [];
    private int _length;

    private XmlRequest()
    {
    }

    /// <summary>What is wrong with the body; null when the document can be read.</summary>
    public S3Error? Error { get; private set; }

    /// <summary>Empty when the request has no body.</summary>
    public ReadOnlyMemory<byte> Document { get; private set; }

    /// <param name="checksumsAreOfObject">True where x-amz-checksum-* headers speak of an object instead of this body
    /// (CompleteMultipartUpload).</param>
    public static async ValueTask<XmlRequest> ReceiveAsync(S3Request request, bool checksumsAreOfObject = false)
    {
        var received = new XmlRequest();
        received.Error = await received.ReadAsync(request.Body, request.Operation!.BodyLimitBytes).ConfigureAwait(false)
            ?? XmlDigests.Verify(request, received.Document.Span, checksumsAreOfObject);
        return received;
    }

    public void Dispose()
    {
        if (_rented.Length > 0)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = [];
        Document = default;
    }

    private async ValueTask<S3Error?> ReadAsync(RequestBody body, int limitBytes)
    {
        if (body.LengthBytes > limitBytes)
            return S3Errors.MaxMessageLengthExceeded;
        if (body.TryTakeReceived(out ReadOnlyMemory<byte> payload))
        {
            Document = payload;
            return payload.Length > limitBytes ? S3Errors.MaxMessageLengthExceeded : null;
        }

        while (true)
        {
            if (_length == _rented.Length)
                Grow(limitBytes);
            int read = await body.ReadAsync(_rented.AsMemory(_length)).ConfigureAwait(false);
            if (read < 0)
                return body.Error ?? S3Errors.IncompleteBody;
            _length += read;
            if (_length > limitBytes)
                return S3Errors.MaxMessageLengthExceeded;
            if (read == 0)
            {
                Document = _rented.AsMemory(0, _length);
                return null;
            }
        }
    }

    private void Grow(int limitBytes)
    {
        // One byte beyond the limit shows that a body of unknown length is too long.
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(Math.Max(InitialBytes, _rented.Length * 2), limitBytes + 1));
        _rented.AsSpan(0, _length).CopyTo(larger);
        if (_rented.Length > 0)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
    }
}
