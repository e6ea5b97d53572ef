using System.Buffers;
using RustFs.S3.Body;
using RustFs.Storage;

namespace RustFs.S3.Xml;

/// <summary>
/// A request's XML document, received whole within the operation's limit and checked against every digest the client sent with it. The
/// document is valid until disposed.
/// </summary>
internal sealed class XmlRequest : IDisposable
{
    // Configurations and short part lists fit; longer documents double it.
    private const int InitialBytes = 4 * 1024;

    // What is parsed out of a document for each of its bytes: short keys and part entries come to objects of three times their text.
    private const int ParsedBytesPerByte = 3;

    private readonly MemoryBudget _memory;
    private byte[] _rented = [];
    private int _countedBytes;
    private int _length;

    private XmlRequest(MemoryBudget memory) => _memory = memory;

    /// <summary>What is wrong with the body; null when the document can be read.</summary>
    public S3Error? Error { get; private set; }

    /// <summary>Empty when the request has no body.</summary>
    public ReadOnlyMemory<byte> Document { get; private set; }

    /// <param name="checksumsAreOfObject">True where x-amz-checksum-* headers speak of an object instead of this body
    /// (CompleteMultipartUpload).</param>
    public static async ValueTask<XmlRequest> ReceiveAsync(S3Request request, bool checksumsAreOfObject = false)
    {
        var received = new XmlRequest(request.Service.Memory);
        received.Error = await received.ReadAsync(request.Body, request.Operation!.BodyLimitBytes).ConfigureAwait(false)
            ?? XmlDigests.Verify(request, received.Document.Span, checksumsAreOfObject);
        return received;
    }

    /// <summary>Of operations that demand a digest of the document: without one nothing of it is read.</summary>
    public static ValueTask<XmlRequest> ReceivePromisedAsync(S3Request request) =>
        XmlDigests.ArePromised(request.Head)
            ? ReceiveAsync(request)
            : ValueTask.FromResult(new XmlRequest(request.Service.Memory) { Error = XmlDigests.NotPromised });

    public void Dispose()
    {
        if (_rented.Length > 0)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = [];
        _memory.Give(MemoryUse.Document, _countedBytes);
        _countedBytes = 0;
        Document = default;
    }

    private async ValueTask<S3Error?> ReadAsync(RequestBody body, int limitBytes)
    {
        if (body.LengthBytes > limitBytes)
            return S3Errors.MaxMessageLengthExceeded;
        if (body.TryTakeReceived(out ReadOnlyMemory<byte> payload))
        {
            return payload.Length > limitBytes ? S3Errors.MaxMessageLengthExceeded : Complete(payload);
        }

        while (true)
        {
            if (_length == _rented.Length && !TryGrow(body.LengthBytes, limitBytes))
                return S3Errors.SlowDown with { ClosesConnection = _length > 0 };
            int read = await body.ReadAsync(_rented.AsMemory(_length)).ConfigureAwait(false);
            if (read < 0)
                return body.Error ?? S3Errors.IncompleteBody;
            _length += read;
            if (_length > limitBytes)
                return S3Errors.MaxMessageLengthExceeded;
            if (read == 0)
                return Complete(_rented.AsMemory(0, _length));
        }
    }

    private S3Error? Complete(ReadOnlyMemory<byte> document)
    {
        int parsedBytes = document.Length * ParsedBytesPerByte;
        if (!_memory.TryTake(MemoryUse.Document, parsedBytes))
            return S3Errors.SlowDown;
        _countedBytes += parsedBytes;
        Document = document;
        return null;
    }

    private bool TryGrow(long? bodyBytes, int limitBytes)
    {
        // A body of a known length is refused before any of it is read or not at all. One byte beyond shows the end, and that a body of
        // unknown length is too long.
        int wanted = (int)Math.Min(Math.Max(InitialBytes, bodyBytes + 1 ?? _rented.Length * 2), limitBytes + 1);
        if (!_memory.TryTake(MemoryUse.Document, wanted - _countedBytes))
            return false;
        _countedBytes = wanted;
        byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
        _rented.AsSpan(0, _length).CopyTo(larger);
        if (_rented.Length > 0)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
        return true;
    }
}
