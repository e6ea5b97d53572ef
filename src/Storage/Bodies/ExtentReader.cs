using System.Threading.Tasks.Sources;
using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>
/// Reads a range of an object. What the page cache holds is read on the caller's thread; what it does not hold is read on the I/O threads,
/// one chunk ahead of the caller. Every checksum block that the range touches is read whole and verified before any of it is handed out.
/// Instances are pooled: a cached read allocates nothing.
/// </summary>
internal sealed class ExtentReader(BodyContext context) : ObjectReader, IValueTaskSource<ReadResult>
{
    private BodyContext Context => context;
    private readonly Lock _gate = new();
    private readonly BlockVerifier _verifier = new(context);
    private ManualResetValueTaskSourceCore<ReadResult> _turn = new() { RunContinuationsAsynchronously = true };
    private ChunkRead? _ahead;
    private StoredObjectRecord? _record;
    private long _end;

    // How far the caller has come, and how far chunks have been planned.
    private long _position;
    private long _planned;
    private int _extent;
    private long _extentStart;

    private AlignedBuffer? _current;
    private bool _isReading;
    private bool _isReady;
    private bool _isWaiting;
    private bool _isDisposed = true;
    private StoreStatus _status;
    private int _firstPinned;
    private int _pinnedEnd;

    /// <summary>
    /// Pins what the range needs. Changed when one of its segments has begun another generation, or its bytes have died and are punched.
    /// </summary>
    public static StoreStatus TryOpen(
        BodyContext context, StoredObjectRecord record, long offset, long lengthBytes, out ObjectReader? reader)
    {
        ExtentReader opened = context.Readers.Rent();
        StoreStatus status = opened.Open(record, offset, lengthBytes);
        reader = status == StoreStatus.Ok ? opened : null;
        if (status != StoreStatus.Ok) context.Readers.Return(opened);
        return status;
    }

    public override long RemainingBytes => _end - _position;

    public override bool TryReadAll(Span<byte> destination, out StoreStatus status)
    {
        status = StoreStatus.Ok;
        long remaining = RemainingBytes;
        if (remaining == 0) return true;
        if (context.IsClosed)
        {
            status = StoreStatus.Closed;
            return true;
        }
        if (remaining > Extent.BlockBytes || _planned != _position) return false;
        Extent extent = _record!.Extent(_extent);
        long start = _position - _extentStart;
        if (!extent.HasInlineChecksum || start + remaining > extent.LengthBytes) return false;
        if (remaining == extent.LengthBytes)
        {
            if (!_verifier.TryReadCached(extent, 0, destination[..(int)remaining])) return false;
            if (remaining == _record.SizeBytes && !_record.IsEncrypted) context.Hot.Offer(_record, destination[..(int)remaining]);
        }
        else
        {
            AlignedBuffer buffer = context.Buffers.Rent((int)extent.LengthBytes);
            Span<byte> whole = buffer.Span[..(int)extent.LengthBytes];
            bool isRead = _verifier.TryReadCached(extent, 0, whole);
            if (isRead) whole.Slice((int)start, (int)remaining).CopyTo(destination);
            context.Buffers.Return(buffer);
            if (!isRead) return false;
        }
        Interlocked.Add(ref context.BytesRead, remaining);
        _planned = _position = _end;
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync()
    {
        lock (_gate)
        {
            if (_isDisposed || context.IsClosed) return new(new ReadResult(StoreStatus.Closed, default));
            KeepOrGiveBackCurrent();
            if (_status != StoreStatus.Ok || _position == _end) return new(new ReadResult(_status, default));
            if (_isReady) return new(Deliver());
            if (!_isReading)
            {
                if (!TryPlan()) return new(new ReadResult(StoreStatus.Busy, default));
                if (_verifier.TryReadCached(_ahead!.Extent, _ahead.FirstByte, _ahead.Bytes.Span))
                {
                    _ahead.Status = StoreStatus.Ok;
                    return new(TakeChunk());
                }
                BeginAhead();
            }
            _isWaiting = true;
            return new ValueTask<ReadResult>(this, _turn.Version);
        }
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (_isReading) return;
        }
        Release();
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        ReadResult result = _turn.GetResult(token);
        _turn.Reset();
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _turn.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _turn.OnCompleted(continuation, state, token, flags);

    private StoreStatus Open(StoredObjectRecord record, long offset, long lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, record.StoredBytes - offset);
        (_record, _position, _planned, _end) = (record, offset, offset, offset + lengthBytes);
        (_extent, _extentStart) = (0, 0);
        (_isReading, _isReady, _isWaiting, _status) = (false, false, false, StoreStatus.Ok);
        int extentCount = record.ExtentCount;
        if (lengthBytes > 0)
        {
            while (_extent < extentCount && _extentStart + record.Extent(_extent).LengthBytes <= offset)
                _extentStart += record.Extent(_extent++).LengthBytes;
        }
        (_firstPinned, _pinnedEnd) = (_extent, _extent);
        for (long covered = _extentStart; covered < _end && lengthBytes > 0; _pinnedEnd++)
        {
            StoreStatus status = _pinnedEnd == extentCount ? StoreStatus.Corrupt : Pin(record.Extent(_pinnedEnd));
            if (status != StoreStatus.Ok)
            {
                Unpin();
                return status;
            }
            covered += record.Extent(_pinnedEnd).LengthBytes;
        }
        _isDisposed = false;
        return StoreStatus.Ok;
    }

    private StoreStatus Pin(in Extent extent)
    {
        Segment? segment = context.Segments.Find(extent.Segment);
        if (segment is null || extent.Offset + (long)extent.LengthBytes > segment.LengthBytes) return StoreStatus.Corrupt;
        if (!segment.TryPin(extent)) return StoreStatus.Changed;
        if (segment.File is not null) return StoreStatus.Ok;
        segment.Unpin();
        return StoreStatus.IoFailed;
    }

    private void Unpin()
    {
        for (; _firstPinned < _pinnedEnd; _firstPinned++) context.Segments.Find(_record!.Extent(_firstPinned).Segment)!.Unpin();
        _record = null;
    }

    // Chooses the next run of whole blocks within one extent, and a buffer for it; false when there is no memory for one.
    private bool TryPlan()
    {
        ChunkRead chunk = _ahead ??= new ChunkRead(this);
        Extent extent = _record!.Extent(_extent);
        if (_planned == _extentStart + extent.LengthBytes)
        {
            _extentStart += extent.LengthBytes;
            extent = _record.Extent(++_extent);
        }
        long start = _planned - _extentStart;
        long end = Math.Min(_end - _extentStart, extent.LengthBytes);
        long first = start & ~(Extent.BlockBytes - 1L);
        long last = Math.Min((end + Extent.BlockBytes - 1) & ~(Extent.BlockBytes - 1L), extent.LengthBytes);
        int wanted = (int)Math.Min(last - first, AlignedBufferPool.LargeBytes);
        AlignedBuffer? buffer = chunk.Buffer ?? RentFor(wanted, isLast: _extentStart + end == _end);
        if (buffer is null) return false;
        chunk.Buffer = buffer;
        int length = Math.Min(wanted, buffer.LengthBytes);
        chunk.Set(extent, first, length, (int)(start - first), (int)(Math.Min(end - first, length) - (start - first)));
        _planned += chunk.SliceBytes;
        return true;
    }

    // The reader keeps its only buffer until the end: unless this chunk is the last, it must hold any block that follows.
    private AlignedBuffer? RentFor(int wantedBytes, bool isLast)
    {
        if (wantedBytes > Extent.BlockBytes && context.Buffers.TryRentLarge() is { } large) return large;
        if (_current is not null) return null;
        if (!isLast || wantedBytes > Extent.BlockBytes) return context.Buffers.TryRent(Extent.BlockBytes);
        return context.Buffers.TryRent(wantedBytes, MemoryUse.Document);
    }

    // The chunk that was read ahead becomes the caller's, and the one after it is begun.
    private ReadResult Deliver()
    {
        _isReady = false;
        ReadResult result = TakeChunk();
        if (_status == StoreStatus.Ok && _planned < _end && TryPlan())
            BeginAhead();
        return result;
    }

    private void BeginAhead()
    {
        _isReading = true;
        if (!_ahead!.TryBeginOnRing()) context.Io.Queue(_ahead);
    }

    private ReadResult TakeChunk()
    {
        ChunkRead chunk = _ahead!;
        (_current, chunk.Buffer) = (chunk.Buffer, null);
        if (chunk.Status != StoreStatus.Ok)
        {
            _status = chunk.Status;
            return new ReadResult(_status, default);
        }
        _position += chunk.SliceBytes;
        Interlocked.Add(ref context.BytesRead, chunk.SliceBytes);
        Memory<byte> slice = _current!.Memory.Slice(chunk.SliceStart, chunk.SliceBytes);
        if (slice.Length == _record!.SizeBytes && !_record.IsEncrypted) context.Hot.Offer(_record, slice.Span);
        return new ReadResult(StoreStatus.Ok, slice);
    }

    // What the caller has used serves the next chunk when that has no buffer of its own.
    private void KeepOrGiveBackCurrent()
    {
        if (_current is not null && _ahead is { Buffer: null } && _position < _end) (_ahead.Buffer, _current) = (_current, null);
        else GiveBackCurrent();
    }

    private void GiveBackCurrent()
    {
        if (_current is { } buffer) context.Buffers.Return(buffer);
        _current = null;
    }

    private void ChunkEnded()
    {
        bool hasTurn = false;
        bool release = false;
        ReadResult result = default;
        lock (_gate)
        {
            _isReading = false;
            _isReady = true;
            if (_isWaiting)
            {
                (_isWaiting, hasTurn) = (false, true);
                result = _isDisposed ? new ReadResult(StoreStatus.Closed, default) : Deliver();
            }
            release = _isDisposed;
        }
        if (hasTurn)
        {
            // A ring's thread is where the connection goes on; an I/O thread is for the device.
            _turn.RunContinuationsAsynchronously = RingLoop.Current is null;
            _turn.SetResult(result);
        }
        if (release) Release();
    }

    private void Release()
    {
        GiveBackCurrent();
        if (_ahead?.Buffer is { } buffer)
        {
            context.Buffers.Return(buffer);
            _ahead.Buffer = null;
        }
        Unpin();
        _verifier.Reset();
        context.Readers.Return(this);
    }

    /// <summary>A run of whole blocks to be read, and the slice of them the caller gets.</summary>
    private sealed class ChunkRead(ExtentReader reader) : IoJob
    {
        private int _lengthBytes;
        private Transfer? _transfer;

        public AlignedBuffer? Buffer { get; set; }
        public Extent Extent { get; private set; }
        public long FirstByte { get; private set; }
        public int SliceStart { get; private set; }
        public int SliceBytes { get; private set; }
        public StoreStatus Status { get; set; }
        public Memory<byte> Bytes => Buffer!.Memory[.._lengthBytes];

        public void Set(Extent extent, long firstByte, int lengthBytes, int sliceStart, int sliceBytes)
        {
            (Extent, FirstByte, _lengthBytes) = (extent, firstByte, lengthBytes);
            (SliceStart, SliceBytes) = (sliceStart, sliceBytes);
        }

        public override void Run()
        {
            Status = reader._verifier.Read(Extent, FirstByte, Bytes.Span);
            reader.ChunkEnded();
        }

        public bool TryBeginOnRing() => (_transfer ??= new Transfer(this)).TryBegin();

        private BodyContext Context => reader.Context;

        // What a ring could not read, or what does not verify, is for a thread that may wait and read again.
        private void EndOnRing(IoError error)
        {
            if (error != IoError.None || !reader._verifier.Verifies(Extent, FirstByte, Bytes.Span))
            {
                Context.Io.Queue(this);
                return;
            }
            Status = StoreStatus.Ok;
            reader.ChunkEnded();
        }

        private sealed class Transfer(ChunkRead chunk) : RingTransfer
        {
            public bool TryBegin() =>
                TryBegin(chunk.Context.Rings, chunk.Context.Segments.Find(chunk.Extent.Segment)?.File?.Descriptor(isDirect: false),
                    RingOpcode.Read, chunk.Extent.Offset + chunk.FirstByte, chunk.Bytes.Span);

            protected override void Ended(IoError error) => chunk.EndOnRing(error);
        }
    }
}
