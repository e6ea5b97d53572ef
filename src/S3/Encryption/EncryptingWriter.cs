using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// Takes a body in the clear, block by block, and hands it encrypted to a body of the store: <see cref="Stored"/>, which is what is
/// committed.
/// </summary>
internal sealed class EncryptingWriter : BodyWriter
{
    private readonly BodyWriter _stored;
    private readonly MemoryBudget _memory;
    private readonly AesGcm _cipher;
    private readonly int _number;
    private readonly byte[] _salt = new byte[Stretch.SaltBytes];
    private byte[]? _block;
    private readonly int _countedBytes;
    private int _filledBytes;
    private long _takenBytes;
    private long _lengthBytes;
    private long _storedBytes;
    private long _blockNumber;
    private bool _isEnding;

    private EncryptingWriter(BodyWriter stored, MemoryBudget memory, DataKey key, int number, long lengthBytes, int countedBytes)
    {
        (_stored, _memory, _number, _lengthBytes, _countedBytes) = (stored, memory, number, lengthBytes, countedBytes);
        RandomNumberGenerator.Fill(_salt);
        _cipher = key.OpenStretch(_salt);
        if (countedBytes > 0)
            _block = ArrayPool<byte>.Shared.Rent(countedBytes);
    }

    /// <param name="number">What the stretch is called among those of its object: its part's number.</param>
    /// <param name="lengthBytes">Of the body in the clear; an upper bound where <see cref="EndAsync"/> tells its end.</param>
    public static StoreStatus TryOpen(
        IObjectStore store, MemoryBudget memory, DataKey key, int number, long lengthBytes, out EncryptingWriter? writer)
    {
        writer = null;
        int bufferBytes = lengthBytes == 0 ? 0 : (int)Math.Min(lengthBytes, Stretch.BlockBytes) + Stretch.TagBytes;
        if (!memory.TryTake(MemoryUse.Body, bufferBytes))
            return StoreStatus.Busy;
        StoreStatus status = store.OpenWriter(Stretch.StoredBytes(lengthBytes), out BodyWriter? stored);
        if (status != StoreStatus.Ok)
        {
            memory.Give(MemoryUse.Body, bufferBytes);
            return status;
        }

        // A tag of what is stored would tell nobody anything.
        stored!.SkipMd5();
        writer = new EncryptingWriter(stored, memory, key, number, lengthBytes, bufferBytes);
        return StoreStatus.Ok;
    }

    public BodyWriter Stored => _stored;

    public override long LengthBytes => _lengthBytes;

    public override Memory<byte> Room =>
        _block is null
            ? default
            : _block.AsMemory(_filledBytes, (int)Math.Min(Stretch.BlockBytes - _filledBytes, _lengthBytes - _takenBytes));

    public override ValueTask<StoreStatus> AdvanceAsync(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)lengthBytes, (uint)Room.Length, nameof(lengthBytes));
        _filledBytes += lengthBytes;
        _takenBytes += lengthBytes;
        bool isLast = _takenBytes == _lengthBytes;
        return lengthBytes > 0 && (isLast || _filledBytes == Stretch.BlockBytes) ? StoreBlockAsync(isLast) : new(StoreStatus.Ok);
    }

    public override ValueTask<StoreStatus> EndAsync(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, Room.Length);
        _filledBytes += lengthBytes;
        _takenBytes += lengthBytes;
        _lengthBytes = _takenBytes;
        _isEnding = true;
        return StoreBlockAsync(isLast: true);
    }

    public override void Dispose()
    {
        if (_block is { } block)
        {
            ArrayPool<byte>.Shared.Return(block);
            _memory.Give(MemoryUse.Body, _countedBytes);
        }

        _block = null;
        _cipher.Dispose();
        _stored.Dispose();
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<StoreStatus> StoreBlockAsync(bool isLast)
    {
        StoreStatus status = _blockNumber == 0 ? await StoreAsync(_salt, isEnd: false).ConfigureAwait(false) : StoreStatus.Ok;
        if (status != StoreStatus.Ok)
            return status;
        EncryptBlock(isLast);
        int storedBytes = _filledBytes + Stretch.TagBytes;
        _filledBytes = 0;
        return await StoreAsync(_block.AsMemory(0, storedBytes), isLast).ConfigureAwait(false);
    }

    /// <summary>In its place: AES-GCM is a stream cipher, and reads each byte before it writes there.</summary>
    private void EncryptBlock(bool isLast)
    {
        Span<byte> nonce = stackalloc byte[Stretch.NonceBytes];
        Stretch.WriteNonce(nonce, _number, _blockNumber++, isLast);
        Span<byte> block = _block.AsSpan(0, _filledBytes);
        _cipher.Encrypt(nonce, block, block, _block.AsSpan(_filledBytes, Stretch.TagBytes));
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<StoreStatus> StoreAsync(ReadOnlyMemory<byte> bytes, bool isEnd)
    {
        while (!bytes.IsEmpty)
        {
            Memory<byte> room = _stored.Room;
            int length = Math.Min(room.Length, bytes.Length);
            bytes.Span[..length].CopyTo(room.Span);
            bytes = bytes[length..];
            _storedBytes += length;
            bool endsShort = isEnd && _isEnding && bytes.IsEmpty && _storedBytes < _stored.LengthBytes;
            StoreStatus status = endsShort
                ? await _stored.EndAsync(length).ConfigureAwait(false)
                : await _stored.AdvanceAsync(length).ConfigureAwait(false);
            if (status != StoreStatus.Ok)
                return status;
        }

        return StoreStatus.Ok;
    }
}
