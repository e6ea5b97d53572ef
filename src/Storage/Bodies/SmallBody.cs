using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// A body of at most one checksum block. It stays in one buffer, ours or the caller's, until the committer packs it beside the others of
/// its group. Instances are pooled: a small write allocates nothing.
/// </summary>
internal sealed class SmallBody(BodyContext context) : CommittableBody
{
    /// <summary>Up to this length bodies are packed: one checksum, kept inline in the record.</summary>
    public const int MaxBytes = Extent.BlockBytes;

    private AlignedBuffer? _buffer;
    private ReadOnlyMemory<byte> _bytes;
    private int _lengthBytes;
    private int _filledBytes;
    private bool _isCommitting;
    private bool _isSpent;
    private bool _isDisposed = true;

    /// <summary>False when there is no memory for it: then it is disposed.</summary>
    public bool TryOpen(int lengthBytes)
    {
        Reset(lengthBytes);
        if (lengthBytes == 0) return true;
        _buffer = context.Buffers.TryRent(lengthBytes, MemoryUse.Document);
        if (_buffer is null)
        {
            Dispose();
            return false;
        }
        _bytes = _buffer.Memory[..lengthBytes];
        return true;
    }

    public void OpenOver(ReadOnlyMemory<byte> body)
    {
        Reset(body.Length);
        _bytes = body;
        _filledBytes = body.Length;
    }

    public override long LengthBytes => _lengthBytes;
    public override bool IsComplete => _filledBytes == _lengthBytes;
    public override StoreStatus Status => StoreStatus.Ok;
    public override bool IsSmall => true;
    public override ReadOnlySpan<byte> SmallBytes => _bytes.Span;
    public override uint SmallCrc32C => _crc32C;
    private uint _crc32C;

    public override Memory<byte> Room => _buffer is null ? default : _buffer.Memory[_filledBytes.._lengthBytes];

    public override ValueTask<StoreStatus> AdvanceAsync(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)lengthBytes, (uint)(_lengthBytes - _filledBytes), nameof(lengthBytes));
        _filledBytes += lengthBytes;
        return new(StoreStatus.Ok);
    }

    public override ValueTask<StoreStatus> EndAsync(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, _lengthBytes - _filledBytes);
        _lengthBytes = _filledBytes += lengthBytes;
        _bytes = _bytes[.._lengthBytes];
        return new(StoreStatus.Ok);
    }

    public override bool BeginCommit(Mutation mutation, Committer committer)
    {
        if (_isSpent || _isDisposed || !IsComplete) return false;
        _isSpent = true;
        _crc32C = Crc32C.Append(0, _bytes.Span);
        Volatile.Write(ref _isCommitting, true);
        committer.Queue(mutation);
        return true;
    }

    public override void EndCommit()
    {
        bool release;
        lock (this)
        {
            _isCommitting = false;
            release = _isDisposed;
        }
        if (release) Release();
    }

    public override void Dispose()
    {
        lock (this)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (_isCommitting) return;
        }
        Release();
    }

    private void Reset(int lengthBytes)
    {
        (_lengthBytes, _filledBytes, _crc32C) = (lengthBytes, 0, 0);
        (_isCommitting, _isSpent, _isDisposed) = (false, false, false);
        Md5 = null;
        _bytes = default;
    }

    private void Release()
    {
        if (_buffer is { } buffer) context.Buffers.Return(buffer);
        _buffer = null;
        _bytes = default;
        context.SmallBodies.Return(this);
    }
}
