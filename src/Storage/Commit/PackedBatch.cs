namespace RustFs.Storage;

/// <summary>
/// Small bodies side by side in one aligned buffer: one copy, and one write for a whole group unless a segment or the buffer ends within
/// it.
/// </summary>
internal sealed class PackedBatch(SegmentAllocator allocator) : IDisposable
{
    // At this size a write costs far more than its call; a group rarely fills it.
    private const int BufferBytes = 4 << 20;

    private readonly AlignedBuffer _buffer = new(BufferBytes);
    private Segment? _segment;
    private int _filledBytes;

    public long WrittenBytes { get; private set; }

    /// <summary>
    /// Copies a body in. <paramref name="failed"/> names the segment of a batch that had to be written out for this and could not be.
    /// </summary>
    public StoreStatus Add(ReadOnlySpan<byte> body, out Segment? segment, out long offset, out Segment? failed)
    {
        (segment, offset, failed) = (null, 0, null);
        if (_segment is not null && !Fits(body.Length))
        {
            Segment full = _segment;
            if (Flush() is var error && error != IoError.None)
            {
                failed = full;
                return error.ToStatus();
            }
        }
        if (_segment is null)
        {
            StoreStatus status = allocator.OpenAppend(AppendPoint.Packed, AlignedBuffer.RoundUp(body.Length), out _segment);
            if (status != StoreStatus.Ok)
            {
                _segment = null;
                return status;
            }
        }
        (segment, offset) = (_segment, _segment!.AppendOffset + _filledBytes);
        body.CopyTo(_buffer.Span[_filledBytes..]);
        _filledBytes += body.Length;
        return StoreStatus.Ok;
    }

    /// <summary>Writes what is packed. The append offset moves on whatever comes of it: no offset is handed out twice.</summary>
    public IoError Flush()
    {
        if (_segment is not { } segment) return IoError.None;
        int length = AlignedBuffer.RoundUp(_filledBytes);
        _buffer.Span[_filledBytes..length].Clear();
        IoError error = segment.HasFailed ? IoError.Failed : segment.File!.Write(segment.AppendOffset, _buffer.Span[..length]);
        segment.AppendOffset += length;
        (_segment, _filledBytes) = (null, 0);
        allocator.EndPacking();
        if (error == IoError.None) segment.WriteCompleted();
        else allocator.SealFailed(segment);
        WrittenBytes += length;
        return error;
    }

    /// <summary>The segment that bodies stand in that are not written out yet.</summary>
    public Segment? Pending => _segment;

    /// <summary>Forgets what is packed but not written; its group is built anew.</summary>
    public void Discard()
    {
        if (_segment is not null) allocator.EndPacking();
        (_segment, _filledBytes) = (null, 0);
    }

    public void Dispose() => _buffer.Dispose();

    private bool Fits(int bodyBytes)
    {
        int filled = _filledBytes + bodyBytes;
        return filled <= BufferBytes && AlignedBuffer.RoundUp(filled) <= _segment!.RemainingBytes;
    }
}
