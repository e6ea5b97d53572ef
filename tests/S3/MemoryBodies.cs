using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>A body on its way into a store in memory.</summary>
internal sealed class MemoryWriter(MemoryObjectStore store, byte[] body, int written) : BodyWriter
{
    // Small enough that every larger body takes several rounds.
    private const int RoomBytes = 10_000;
    private bool _isDisposed;

    public override long LengthBytes => body.Length;
    public override Memory<byte> Room => body.AsMemory(written, Math.Min(RoomBytes, body.Length - written));

    public byte[] Whole() =>
        written == body.Length ? body : throw new InvalidOperationException("The body was committed before it was complete.");

    public override ValueTask<StoreStatus> AdvanceAsync(int lengthBytes)
    {
        written += lengthBytes;
        return ValueTask.FromResult(StoreStatus.Ok);
    }

    public override ValueTask<StoreStatus> EndAsync(int lengthBytes)
    {
        written += lengthBytes;
        body = body[..written];
        return ValueTask.FromResult(StoreStatus.Ok);
    }

    public override void Dispose()
    {
        if (!_isDisposed)
            store.OpenBodies--;
        _isDisposed = true;
    }
}

/// <summary>A body read from a store in memory.</summary>
internal sealed class MemoryReader(MemoryObjectStore store, ReadOnlyMemory<byte> body, long offset) : ObjectReader
{
    private const int PieceBytes = 7_000;
    private int _read;
    private bool _isDisposed;

    public override long RemainingBytes => body.Length - _read;

    public override bool TryReadAll(Span<byte> destination, out StoreStatus status)
    {
        status = StoreStatus.Ok;
        if (!store.ReadsAtOnce || body.Length > 64 * 1024)
            return false;
        if (offset + body.Length > store.CorruptFrom)
            status = StoreStatus.Corrupt;
        body.Span.CopyTo(destination);
        _read = body.Length;
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync()
    {
        ReadOnlyMemory<byte> piece = body.Slice(_read, Math.Min(PieceBytes, body.Length - _read));
        if (!piece.IsEmpty && offset + _read + piece.Length > store.CorruptFrom)
            return ValueTask.FromResult(new ReadResult(StoreStatus.Corrupt, default));
        _read += piece.Length;
        return ValueTask.FromResult(new ReadResult(StoreStatus.Ok, piece));
    }

    public override void Dispose()
    {
        if (!_isDisposed)
            store.OpenBodies--;
        _isDisposed = true;
    }
}
