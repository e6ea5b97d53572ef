namespace RustFs.Storage;

/// <summary>
/// Small bodies side by side in one aligned buffer: one copy, and one write for a whole batch unless a segment or the buffer ends within
/// it. The segment is pinned from the first body to the write.
/// </summary>
internal sealed class PackedBatch(SegmentAllocator allocator) : IDisposable
{
    // At this size a write costs far more than its call; a batch rarely fills it.
    private const int BufferBytes = 4 << 20;

    private readonly AlignedBuffer _buffer = new(BufferBytes);
    private Segment? _segment;
    private int _filledBytes;

    public long WrittenBytes { get; private set; }

    /// <summary>Copies a small body in, and pins the segment for its mutation.</summary>
    public StoreStatus Add(Mutation mutation)
    {
        CommittableBody body = mutation.Body!;
        ReadOnlySpan<byte> bytes = body.SmallBytes;
        if (_segment is not null && !Fits(bytes.Length)) Flush();
        if (_segment is null)
        {
            StoreStatus status = allocator.OpenAppend(AppendPoint.Packed, AlignedBuffer.RoundUp(bytes.Length), out _segment);
            if (status != StoreStatus.Ok)
            {
                _segment = null;
                return status;
            }
        }
        Segment segment = _segment!;
        long offset = segment.AppendOffset + _filledBytes;
        bytes.CopyTo(_buffer.Span[_filledBytes..]);
        _filledBytes += bytes.Length;
        segment.TryPin(segment.Generation);
        mutation.PackedInto = segment;
        mutation.PackedExtent = new Extent(segment.Number, segment.Generation, (uint)offset, (uint)bytes.Length, body.SmallCrc32C);
        return StoreStatus.Ok;
    }

    /// <summary>
    /// Writes what is packed; a segment that refuses it has failed. The append offset moves on whatever comes of it: no offset is handed
    /// out twice.
    /// </summary>
    public void Flush()
    {
        if (_segment is not { } segment) return;
        int length = AlignedBuffer.RoundUp(_filledBytes);
        _buffer.Span[_filledBytes..length].Clear();
        IoError error = segment.HasFailed ? IoError.Failed : segment.File!.Write(segment.AppendOffset, _buffer.Span[..length]);
        segment.AppendOffset += length;
        (_segment, _filledBytes) = (null, 0);
        allocator.EndPacking(segment);
        if (error == IoError.None) segment.WriteCompleted();
        else allocator.SealFailed(segment);
        WrittenBytes += length;
    }

    public void Dispose() => _buffer.Dispose();

    private bool Fits(int bodyBytes)
    {
        int filled = _filledBytes + bodyBytes;
        return filled <= BufferBytes && AlignedBuffer.RoundUp(filled) <= _segment!.RemainingBytes;
    }
}
