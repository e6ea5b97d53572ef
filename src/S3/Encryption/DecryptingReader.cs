using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// Reads a range of an encrypted object. The blocks that it touches are read and authenticated whole before any of them is handed out. What
/// does not decrypt is Corrupt, as bytes are that do not match their checksum.
/// </summary>
internal sealed class DecryptingReader : ObjectReader
{
    /// <summary>What is handed out at once: four sends for each MiB cost little beside the cipher.</summary>
    private const int MaxOutputBytes = 4 * Stretch.BlockBytes;

    private readonly IObjectStore _store;
    private readonly MemoryBudget _memory;
    private readonly ObjectRecord _record;
    private readonly DataKey _key;
    private readonly StretchCursor _cursor;
    private ObjectReader? _stored;

    // The salt of the first stretch, where the range begins behind its first block.
    private ObjectReader? _salt;
    private ReadOnlyMemory<byte> _piece;
    private AesGcm? _cipher;
    private byte[]? _output;
    private byte[]? _block;
    private int _countedBytes;
    private int _skippedBytes;
    private long _remainingBytes;
    private StoreStatus _status;
    private bool _isDisposed;

    private DecryptingReader(IObjectStore store, MemoryBudget memory, ObjectRecord record, DataKey key, StretchCursor cursor)
        => (_store, _memory, _record, _key, _cursor) = (store, memory, record, key, cursor);

    /// <summary>Opens what the range needs. Changed when the record is stale.</summary>
    /// <param name="key">The reader's from now on, whatever the outcome.</param>
    public static StoreStatus TryOpen(
        IObjectStore store, MemoryBudget memory, ObjectRecord record, DataKey key, long offset, long lengthBytes, out ObjectReader? reader)
    {
        var opened = new DecryptingReader(store, memory, record, key, new StretchCursor(record, offset));
        StoreStatus status = opened.Open(offset, lengthBytes);
        reader = status == StoreStatus.Ok ? opened : null;
        if (status != StoreStatus.Ok)
            opened.Dispose();
        return status;
    }

    public override long RemainingBytes => _remainingBytes;

    public override bool TryReadAll(Span<byte> destination, out StoreStatus status)
    {
        status = _status;
        if (_remainingBytes == 0 || status != StoreStatus.Ok)
            return true;
        bool isOneBlock = _cipher is null && _salt is null && _cursor.IsLastBlock
            && _stored!.RemainingBytes == Stretch.SaltBytes + _cursor.BlockBytes + Stretch.TagBytes;
        if (!isOneBlock)
            return false;
        byte[] stored = ArrayPool<byte>.Shared.Rent((int)_stored!.RemainingBytes);
        try
        {
            Span<byte> bytes = stored.AsSpan(0, (int)_stored.RemainingBytes);
            if (!_stored.TryReadAll(bytes, out status))
                return false;
            if (status == StoreStatus.Ok)
            {
                _cipher = _key.OpenStretch(bytes[..Stretch.SaltBytes]);
                int length = _cursor.BlockBytes;
                Span<byte> block = bytes[Stretch.SaltBytes..];
                if (TryDecrypt(block, block[..length]))
                    block.Slice(_skippedBytes, (int)_remainingBytes).CopyTo(destination);
                status = _status;
            }

            _remainingBytes = 0;
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync()
    {
        if (_isDisposed)
            return new ReadResult(StoreStatus.Closed, default);
        if (_status == StoreStatus.Ok && _remainingBytes > 0 && _output is null && !TryTakeBuffers())
            return new ReadResult(StoreStatus.Busy, default);
        int start = _skippedBytes;
        int end = 0;
        while (_status == StoreStatus.Ok && _remainingBytes > end - start && end + Stretch.BlockBytes <= _output!.Length)
        {
            // What is decrypted already goes out before anything is waited for.
            if (end > 0 && (_cipher is null || _piece.Length < _cursor.BlockBytes + Stretch.TagBytes))
                break;
            if (_cipher is null && (_status = await BeginStretchAsync().ConfigureAwait(false)) != StoreStatus.Ok)
                break;
            int length = _cursor.BlockBytes;
            ReadOnlyMemory<byte> block = await TakeAsync(length + Stretch.TagBytes).ConfigureAwait(false);
            if (block.IsEmpty || !TryDecrypt(block.Span, _output.AsSpan(end, length)))
                break;
            end += length;
            if (_cursor.Next())
                continue;
            _cipher!.Dispose();
            _cipher = null;
        }

        if (_status != StoreStatus.Ok || _remainingBytes == 0)
            return new ReadResult(_status, default);
        int givenBytes = (int)Math.Min(end - start, _remainingBytes);
        _skippedBytes = 0;
        _remainingBytes -= givenBytes;
        return new ReadResult(StoreStatus.Ok, _output.AsMemory(start, givenBytes));
    }

    public override void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _salt?.Dispose();
        _stored?.Dispose();
        _cipher?.Dispose();
        _key.Dispose();
        if (_output is null)
            return;
        ArrayPool<byte>.Shared.Return(_output);
        ArrayPool<byte>.Shared.Return(_block!);
        _memory.Give(MemoryUse.Body, _countedBytes);
    }

    private StoreStatus Open(long offset, long lengthBytes)
    {
        _remainingBytes = lengthBytes;
        if (lengthBytes == 0)
            return StoreStatus.Ok;
        _skippedBytes = _cursor.SkippedBytes;
        bool isFromStart = _cursor.Block == 0;
        long first = isFromStart ? _cursor.StoredStart : _cursor.StoredOffset;
        var last = new StretchCursor(_record, offset + lengthBytes - 1);
        long end = last.StoredOffset + last.BlockBytes + Stretch.TagBytes;
        StoreStatus status = _store.OpenReader(_record, first, end - first, out _stored);
        if (status == StoreStatus.Ok && !isFromStart)
            status = _store.OpenReader(_record, _cursor.StoredStart, Stretch.SaltBytes, out _salt);
        return status;
    }

    private bool TryTakeBuffers()
    {
        int outputBytes = (int)Math.Clamp(
            _skippedBytes + _remainingBytes + Stretch.BlockBytes, Stretch.BlockBytes, MaxOutputBytes) & -Stretch.BlockBytes;
        if (!_memory.TryTake(MemoryUse.Body, outputBytes + Stretch.StoredBlockBytes))
            return false;
        _countedBytes = outputBytes + Stretch.StoredBlockBytes;
        _output = ArrayPool<byte>.Shared.Rent(outputBytes);
        _block = ArrayPool<byte>.Shared.Rent(Stretch.StoredBlockBytes);
        return true;
    }

    private async ValueTask<StoreStatus> BeginStretchAsync()
    {
        if (_salt is { } reader)
        {
            // In one piece, unless an extent ends among them.
            int length = 0;
            while (length < Stretch.SaltBytes)
            {
                ReadResult read = await reader.ReadAsync().ConfigureAwait(false);
                if (read.Status != StoreStatus.Ok || read.Bytes.IsEmpty)
                    return read.Status == StoreStatus.Ok ? StoreStatus.IoFailed : read.Status;
                read.Bytes.CopyTo(_block.AsMemory(length));
                length += read.Bytes.Length;
            }

            _cipher = _key.OpenStretch(_block.AsSpan(0, Stretch.SaltBytes));
            reader.Dispose();
            _salt = null;
            return StoreStatus.Ok;
        }

        ReadOnlyMemory<byte> salt = await TakeAsync(Stretch.SaltBytes).ConfigureAwait(false);
        if (!salt.IsEmpty)
            _cipher = _key.OpenStretch(salt.Span);
        return _status;
    }

    /// <summary>The next stored bytes, in one piece until the next call; empty when the status says why.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int lengthBytes)
    {
        if (_piece.Length >= lengthBytes)
        {
            ReadOnlyMemory<byte> whole = _piece[..lengthBytes];
            _piece = _piece[lengthBytes..];
            return whole;
        }

        int filledBytes = 0;
        while (true)
        {
            int length = Math.Min(_piece.Length, lengthBytes - filledBytes);
            _piece[..length].CopyTo(_block.AsMemory(filledBytes));
            filledBytes += length;
            _piece = _piece[length..];
            if (filledBytes == lengthBytes)
                return _block.AsMemory(0, lengthBytes);
            ReadResult read = await _stored!.ReadAsync().ConfigureAwait(false);
            if (read.Status != StoreStatus.Ok || read.Bytes.IsEmpty)
            {
                _status = read.Status == StoreStatus.Ok ? StoreStatus.IoFailed : read.Status;
                return default;
            }

            _piece = read.Bytes;
        }
    }

    /// <summary>Decrypts the block that the cursor stands on.</summary>
    private bool TryDecrypt(ReadOnlySpan<byte> stored, Span<byte> block)
    {
        Span<byte> nonce = stackalloc byte[Stretch.NonceBytes];
        Stretch.WriteNonce(nonce, _cursor.Number, _cursor.Block, _cursor.IsLastBlock);
        try
        {
            _cipher!.Decrypt(nonce, stored[..block.Length], stored[block.Length..], block);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            _store.ReportCorrupt(_record, _cursor.StoredOffset);
            _status = StoreStatus.Corrupt;
            return false;
        }
    }
}
