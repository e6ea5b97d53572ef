using System.Diagnostics;
using System.Threading.Tasks.Sources;
using RustFs.Checksums;
using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>
/// A body longer than one checksum block. It arrives in aligned buffers that are written from where they are as each fills, while the next
/// one fills. Buffers hold whole checksum blocks of one extent; only an extent's last block may be short, and is padded with zeros to 4 KiB
/// on the medium.
/// </summary>
internal sealed class LargeBody : CommittableBody, IValueTaskSource<StoreStatus>
{
    // One buffer at the device, one being hashed, one being filled: more would only hold memory.
    private const int MaxWritesInFlight = 3;

    private readonly BodyContext _context;
    private long _lengthBytes;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<StoreStatus> _turn = new() { RunContinuationsAsynchronously = true };
    private Extent[] _extents = new Extent[1];
    private uint[][] _checksums = new uint[1][];
    private int _extentCount;

    // The extent that is being filled.
    private Segment? _segment;
    private long _extentOffset;
    private long _extentBytes;
    private long _extentTaken;

    private long _takenBytes;
    private AlignedBuffer? _buffer;
    private int _filledBytes;

    // Null once it is spared. What of the buffer is hashed already, and whether more may come.
    private Md5Stream? _md5 = new();
    private int _hashedBytes;
    private bool _hasLeftMd5;

    // What of the buffer its blocks' checksums cover: all that has arrived, once it is looked at.
    private int _summedBytes;

    // What is hashed and then summed while the first-level cache, 32 KiB and more, still has it. Whole parts of a checksum block.
    private const int HotBytes = 16 * 1024;

    // A written buffer that is kept while no other is being filled: a body under way never has to ask for its last one.
    private AlignedBuffer? _spare;
    private BufferWrite? _spareWrites;

    private int _inFlight;
    private StoreStatus _status = StoreStatus.Ok;
    private bool _isWaiting;
    private bool _isSpent;
    private bool _isCommitting;
    private bool _isDisposed;
    private Mutation? _awaitingWrites;
    private Committer? _committer;

    private LargeBody(BodyContext context, long lengthBytes) => (_context, _lengthBytes) = (context, lengthBytes);

    public static StoreStatus TryOpen(BodyContext context, long lengthBytes, out LargeBody? body)
    {
        body = null;
        AlignedBuffer? buffer = context.Buffers.TryRentForWrite(lengthBytes) ?? context.Buffers.TryRent(Extent.BlockBytes);
        if (buffer is null) return StoreStatus.Busy;
        var opened = new LargeBody(context, lengthBytes) { _buffer = buffer };
        StoreStatus status = opened.ReserveNext();
        if (status == StoreStatus.Ok) body = opened;
        else context.Buffers.Return(buffer);
        if (status == StoreStatus.Ok) context.Md5.Join();
        return status;
    }

    public override long LengthBytes => _lengthBytes;
    public override bool IsComplete => _takenBytes == _lengthBytes;
    public override StoreStatus Status => _status;
    public override ReadOnlySpan<Extent> Extents => _extents.AsSpan(0, _extentCount);
    public override ReadOnlySpan<uint> BlockChecksums(int extent) =>
        _checksums[extent].AsSpan(0, Storage.BlockChecksums.BlockCount(_extents[extent].LengthBytes));
    public bool SkipsMd5 => _md5 is null;

    public override void SkipMd5()
    {
        LeaveMd5();
        _md5 = null;
    }

    // Whoever receives hashes what came before it looks at other connections: in a wide buffer too, it takes no more at once.
    public override Memory<byte> Room => _buffer is null
        ? default
        : _buffer.Memory[_filledBytes..Math.Min(BufferLimit, _filledBytes + AlignedBufferPool.LargeBytes)];

    private int BufferLimit => (int)Math.Min(_buffer!.LengthBytes, _extentBytes - _extentTaken);

    public override ValueTask<StoreStatus> AdvanceAsync(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)lengthBytes, (uint)Room.Length, nameof(lengthBytes));
        if (lengthBytes == 0) return new(_status);
        _filledBytes += lengthBytes;
        SumArrived();
        if (_filledBytes < BufferLimit) return new(_status);
        return WriteOutAsync();
    }

    public override ValueTask<StoreStatus> EndAsync(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, Room.Length);
        _filledBytes += lengthBytes;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_takenBytes + _filledBytes, SmallBody.MaxBytes, nameof(lengthBytes));
        SumArrived();
        CutExtent();
        _lengthBytes = _takenBytes + _filledBytes;
        return WriteOutAsync();
    }

    public override bool BeginCommit(Mutation mutation, Committer committer)
    {
        lock (_gate)
        {
            if (_isSpent || _isDisposed || !IsComplete) return false;
            (_isSpent, _isCommitting) = (true, true);
            if (_inFlight > 0)
            {
                (_awaitingWrites, _committer) = (mutation, committer);
                return true;
            }
        }
        FinishChecksums();
        committer.Queue(mutation);
        return true;
    }

    public override void EndCommit()
    {
        lock (_gate)
        {
            _isCommitting = false;
            if (!_isDisposed) return;
        }
        Release();
    }

    public override void Dispose()
    {
        bool isBusy;
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            isBusy = _inFlight > 0 || _isCommitting;
        }
        LeaveMd5();
        if (!isBusy) Release();
        else if (_md5 is { PieceCount: > 0 } md5) _context.Md5.Hurry(md5);
    }

    StoreStatus IValueTaskSource<StoreStatus>.GetResult(short token)
    {
        StoreStatus status = _turn.GetResult(token);
        _turn.Reset();
        return status;
    }

    ValueTaskSourceStatus IValueTaskSource<StoreStatus>.GetStatus(short token) => _turn.GetStatus(token);

    void IValueTaskSource<StoreStatus>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _turn.OnCompleted(continuation, state, token, flags);

    private ValueTask<StoreStatus> WriteOutAsync()
    {
        if (_context.IsClosed) return new(Fail(StoreStatus.Closed));
        int filledBytes = _filledBytes;
        QueueWrite();
        ValueTask turn = _context.Pacer.PaceAsync(filledBytes);
        return turn.IsCompletedSuccessfully ? GoOnAsync() : GoOnAfterAsync(turn);
    }

    private async ValueTask<StoreStatus> GoOnAfterAsync(ValueTask turn)
    {
        await turn;
        return await GoOnAsync();
    }

    private ValueTask<StoreStatus> GoOnAsync()
    {
        if (IsComplete) return new(_status);
        if (_extentTaken == _extentBytes)
        {
            StoreStatus status = ReserveNext();
            if (status != StoreStatus.Ok) return new(Fail(status));
        }
        return NextBufferAsync();
    }

    private StoreStatus ReserveNext()
    {
        StoreStatus status = _context.Allocator.ReserveExtent(
            _lengthBytes - _takenBytes, out _segment, out _extentOffset, out _extentBytes);
        if (status != StoreStatus.Ok)
        {
            (_segment, _extentBytes, _extentTaken) = (null, 0, 0);
            return status;
        }
        if (_extentCount == _extents.Length)
        {
            Array.Resize(ref _extents, _extentCount * 2);
            Array.Resize(ref _checksums, _extentCount * 2);
        }
        _extents[_extentCount] = new Extent(_segment!.Number, _segment.Generation, (uint)_extentOffset, (uint)_extentBytes, 0);
        _checksums[_extentCount] = new uint[Storage.BlockChecksums.BlockCount((uint)_extentBytes)];
        // In any case: a body that has half arrived is not given up for four bytes in 64 KiB, and new ones are refused the sooner.
        _context.Options.Memory.Take(MemoryUse.Body, ListBytes(_checksums[_extentCount]));
        _extentCount++;
        _context.Pacer.AddUnderway(_extentBytes);
        _extentTaken = 0;
        return StoreStatus.Ok;
    }

    /// <summary>
    /// Ends the extent behind what is filled. Its list of checksums stays as long as it is.
    /// </summary>
    private void CutExtent()
    {
        long keptBytes = _extentTaken + _filledBytes;
        long keptRoom = AlignedBuffer.RoundUp(keptBytes);
        _context.Allocator.ReturnExtent(_segment!, _extentOffset + keptRoom, AlignedBuffer.RoundUp(_extentBytes) - keptRoom);
        _context.Pacer.AddUnderway(keptBytes - _extentBytes);
        ref Extent extent = ref _extents[_extentCount - 1];
        extent = extent with { LengthBytes = (uint)keptBytes };
        _extentBytes = keptBytes;
    }

    private void QueueWrite()
    {
        BufferWrite write;
        AlignedBuffer filled;
        int filledBytes;
        lock (_gate)
        {
            write = _spareWrites ?? new BufferWrite(this);
            _spareWrites = write.NextSpare;
            _inFlight++;
            (filled, filledBytes) = (_buffer!, _filledBytes);
            (_buffer, _filledBytes) = (null, 0);
            _takenBytes += filledBytes;
        }
        _context.Pacer.CountWritten(filledBytes);
        bool isLast = IsComplete;
        int hashedBytes = _hashedBytes;
        _hashedBytes = _summedBytes = 0;
        int md5End = isLast ? filledBytes & -Md5State.BlockBytes : filledBytes;
        if (isLast) _md5?.SetTail(filled.Span[md5End..filledBytes]);
        if (_md5 is null) md5End = 0;
        write.Set(filled, filledBytes, _segment!, _extentOffset + _extentTaken);
        write.SetMd5(hashedBytes, md5End);
        _extentTaken += filledBytes;
        if (!write.TryBeginOnRing()) _context.Io.Queue(write);
        if (isLast) LeaveMd5();
        if (hashedBytes < md5End) _context.Md5.Add(_md5!, write, isLast);
        // An end shorter than a block brings no piece of its own, but the commit waits for those before it.
        else if (isLast && _md5 is not null) _context.Md5.Hurry(_md5);
    }

    // Whoever brings the bytes sums them: its caches have them, and those of whoever hashes many bodies later do not.
    private void SumArrived()
    {
        // Not when an earlier buffer still waits for its turn.
        Md5Stream? alone = _md5 is { PieceCount: 0 } && _context.Md5.HashesAlone ? _md5 : null;
        uint[] checksums = _checksums[_extentCount - 1];
        while (_summedBytes < _filledBytes)
        {
            int hotEnd = Math.Min(_filledBytes, (_summedBytes & -HotBytes) + HotBytes);
            if (alone is not null) HashUpTo(alone, hotEnd & -Md5State.BlockBytes);
            ref uint checksum = ref checksums[(int)((_extentTaken + _summedBytes) / Extent.BlockBytes)];
            checksum = Crc32C.Append(checksum, _buffer!.Span[_summedBytes..hotEnd]);
            _summedBytes = hotEnd;
        }
    }

    private void HashUpTo(Md5Stream alone, int end)
    {
        if (end <= _hashedBytes) return;
        alone.State.Append(_buffer!.Span[_hashedBytes..end]);
        _hashedBytes = end;
    }

    private void LeaveMd5()
    {
        if (!_hasLeftMd5 && _md5 is not null) _context.Md5.Leave();
        _hasLeftMd5 = true;
    }

    private ValueTask<StoreStatus> NextBufferAsync()
    {
        lock (_gate)
        {
            if (_status != StoreStatus.Ok) return new(_status);
            (_buffer, _spare) = (_spare, null);
            if (_buffer is null && _inFlight < MaxWritesInFlight) _buffer = _context.Buffers.TryRentForWrite(_lengthBytes - _takenBytes);
            if (_buffer is not null) return new(StoreStatus.Ok);
            Debug.Assert(_inFlight > 0);
            _isWaiting = true;
        }
        if (_md5 is { PieceCount: > 0 } md5) _context.Md5.Hurry(md5);
        return new ValueTask<StoreStatus>(this, _turn.Version);
    }

    private StoreStatus Fail(StoreStatus status)
    {
        lock (_gate)
        {
            if (_status == StoreStatus.Ok) _status = status;
            return _status;
        }
    }

    private void WriteEnded(BufferWrite write, AlignedBuffer buffer, IoError error)
    {
        bool hasTurn, isLast, release;
        Mutation? ready = null;
        lock (_gate)
        {
            _inFlight--;
            if (error != IoError.None && _status == StoreStatus.Ok) _status = error.ToStatus();
            hasTurn = _isWaiting;
            _isWaiting = false;
            if (hasTurn && !_isDisposed) _buffer = buffer;
            else if (!_isDisposed && !IsComplete && _buffer is null && _spare is null) _spare = buffer;
            else _context.Buffers.Return(buffer);
            write.NextSpare = _spareWrites;
            _spareWrites = write;
            isLast = _inFlight == 0;
            if (isLast) (ready, _awaitingWrites) = (_awaitingWrites, null);
            release = isLast && _isDisposed && !_isCommitting;
        }
        if (hasTurn)
        {
            // A ring's thread is where the connection goes on; an I/O thread is for the device.
            _turn.RunContinuationsAsynchronously = RingLoop.Current is null;
            _turn.SetResult(_status);
        }
        if (ready is not null)
        {
            FinishChecksums();
            _committer!.Queue(ready);
        }
        if (release) Release();
    }

    private void FinishChecksums()
    {
        if (_status == StoreStatus.Ok) Md5 = _md5?.Finish();
        for (int extent = 0; extent < _extentCount; extent++)
        {
            if (_extents[extent].HasInlineChecksum) _extents[extent] = _extents[extent] with { Crc32C = _checksums[extent][0] };
        }
    }

    // The array's header and length come to 24 bytes.
    private static int ListBytes(uint[] checksums) => 24 + checksums.Length * sizeof(uint);

    private void Release()
    {
        if (_buffer is { } buffer) _context.Buffers.Return(buffer);
        if (_spare is { } spare) _context.Buffers.Return(spare);
        _buffer = _spare = null;
        long reservedBytes = 0;
        while (_extentCount > 0)
        {
            Extent extent = _extents[--_extentCount];
            _context.Options.Memory.Give(MemoryUse.Body, ListBytes(_checksums[_extentCount]));
            Segment segment = _context.Segments.Find(extent.Segment)!;
            reservedBytes += extent.LengthBytes;
            if (!_isSpent) _context.Allocator.ReturnExtent(segment, extent.Offset, extent.LengthBytes);
            segment.Unpin();
        }
        if (reservedBytes > 0) _context.Pacer.EndUnderway(reservedBytes, _takenBytes);
    }

    /// <summary>One filled buffer on its way: padding, the write; and at the same time its share of the MD5.</summary>
    private sealed class BufferWrite(LargeBody body) : IoJob, IMd5Piece
    {
        private AlignedBuffer? _buffer;
        private int _lengthBytes;
        private Segment? _segment;
        private long _offset;
        private int _hashedBytes;
        private int _md5End;
        private int _usesLeft;
        private IoError _error;
        private Transfer? _transfer;

        public BufferWrite? NextSpare { get; set; }
        public IMd5Piece? NextPiece { get; set; }
        public ReadOnlySpan<byte> Md5Bytes => _buffer!.Span[_hashedBytes.._md5End];

        /// <param name="hashedBytes">The MD5 goes on behind these, up to its end.</param>
        public void SetMd5(int hashedBytes, int md5End) =>
            (_hashedBytes, _md5End, _usesLeft) = (hashedBytes, md5End, hashedBytes < md5End ? 2 : 1);

        public void Hashed() => UseEnded();

        public void Set(AlignedBuffer buffer, int lengthBytes, Segment segment, long offset)
        {
            (_buffer, _lengthBytes, _segment, _offset) = (buffer, lengthBytes, segment, offset);
            Padded[lengthBytes..].Clear();
        }

        public override void Run()
        {
            if (_segment!.HasFailed) End(IoError.Failed);
            else if (!TryTransfer()) End(_segment.File!.Write(_offset, Padded));
        }

        /// <summary>On a ring's own thread: then nobody but the device has work to do.</summary>
        public bool TryBeginOnRing() => RingLoop.Current is not null && !_segment!.HasFailed && TryTransfer();

        private Span<byte> Padded => _buffer!.Span[..AlignedBuffer.RoundUp(_lengthBytes)];

        private RingFiles Rings => body._context.Rings;

        private bool TryTransfer() => (_transfer ??= new Transfer(this)).TryBegin();

        private void End(IoError error)
        {
            if (error == IoError.None) _segment!.WriteCompleted();
            if (error == IoError.None) Interlocked.Add(ref body._context.BytesWritten, Padded.Length);
            else body._context.Allocator.SealFailed(_segment!);
            _error = error;
            UseEnded();
        }

        // The buffer may be filled again when it is both written and hashed.
        private void UseEnded()
        {
            if (Interlocked.Decrement(ref _usesLeft) > 0) return;
            AlignedBuffer buffer = _buffer!;
            (_buffer, _segment) = (null, null);
            body.WriteEnded(this, buffer, _error);
        }

        private sealed class Transfer(BufferWrite write) : RingTransfer
        {
            public bool TryBegin() => TryBegin(
                write.Rings, write._segment!.File!.Descriptor(isDirect: true), RingOpcode.Write, write._offset, write.Padded);

            protected override void Ended(IoError error) => write.End(error);
        }
    }
}
