namespace RustFs.Storage;

/// <summary>
/// Moves the live extents of a mostly dead segment elsewhere. Owners are found through the segment's owner lists; each is asked of the
/// index again, its bytes are read and verified, written to the compaction's own append point, and its record is swapped if it has not
/// changed meanwhile. Readers of the old bytes hold pins, and find the new record when they ask again.
/// </summary>
internal sealed class SegmentCompaction(BodyContext bodies, Committer committer, Func<bool> isStopping) : IDisposable
{
    // Below half, each byte moved gives back more than one.
    private const int MaxLivePercent = 50;

    // Leaves most of any device to requests; a segment of 256 MiB takes two seconds.
    private const long BytesPerSecond = 64L << 20;

    // A segment that keeps live bytes after this many passes has some that cannot be read or found; reading on would not change it.
    private const int MaxPasses = 3;

    private const int BufferBytes = 1 << 20;

    private readonly AlignedBuffer _buffer = new(BufferBytes);
    private readonly BlockVerifier _verifier = new(bodies);
    private readonly List<(Keyspace Keyspace, byte[] Key, byte[] Record, List<ExtentMove> Moves)> _pending = [];
    private readonly List<Segment> _pins = [];
    private Segment? _target;
    private int _filledBytes;
    private long _movedBytes;

    public long MovedBytes => Interlocked.Read(ref _movedBytes);

    /// <summary>The sealed segment with the least live bytes, if moving them is worth it.</summary>
    public Segment? ChooseVictim()
    {
        Segment? victim = null;
        foreach (Segment segment in bodies.Segments.All())
        {
            bool isCandidate = segment.State is SegmentState.Sealed or SegmentState.Failed && !segment.IsDamaged && segment.File is not null
                && segment.LiveBytes > 0 && segment.LiveBytes * 100 < segment.LengthBytes * MaxLivePercent
                && segment.CompactionPasses < MaxPasses;
            if (isCandidate && segment.LiveBytes < (victim?.LiveBytes ?? long.MaxValue)) victim = segment;
        }
        return victim;
    }

    public void Compact(Segment victim)
    {
        uint generation = victim.Generation;
        if (!victim.TryPin(generation)) return;
        victim.CompactionPasses++;
        try
        {
            byte[] after = [];
            while (!isStopping() && SegmentOwners.Next(bodies.Index, victim.Number, ref after) is { } owners)
            {
                long startMs = Environment.TickCount64;
                long movedBefore = MovedBytes;
                bool hasRoom = MoveOwners(victim, generation, owners);
                if (!hasRoom) return;
                long wantedMs = (MovedBytes - movedBefore) * 1000 / BytesPerSecond;
                long spentMs = Environment.TickCount64 - startMs;
                if (wantedMs > spentMs && !bodies.Allocator.WritesRefused) Thread.Sleep((int)(wantedMs - spentMs));
            }
        }
        finally
        {
            _verifier.Reset();
            victim.Unpin();
        }
    }

    public void Dispose() => _buffer.Dispose();

    /// <summary>False when there is no room to move to.</summary>
    private bool MoveOwners(Segment victim, uint generation, byte[] owners)
    {
        var seen = new HashSet<string>();
        bool hasRoom = true;
        foreach (OwnerList.Owner owner in new OwnerList(owners))
        {
            if (!seen.Add($"{owner.Keyspace}{Convert.ToHexString(owner.Key)}")) continue;
            byte[] key = owner.Key.ToArray();
            if (bodies.Index.Get(owner.Keyspace, key) is not { } record) continue;
            var moves = new List<ExtentMove>();
            if (!SegmentOwners.TryReadExtents(owner.Keyspace, key, record, out List<Extent> extents)) continue;
            foreach (Extent extent in extents)
            {
                if (extent.Segment != victim.Number || extent.Generation != generation) continue;
                hasRoom = TryCopy(extent, moves);
                if (!hasRoom) break;
            }
            if (moves.Count > 0) _pending.Add((owner.Keyspace, key, record, moves));
            if (!hasRoom) break;
        }
        WriteFilled();
        SwapPending();
        return hasRoom;
    }

    /// <summary>False only for lack of room; an extent that cannot be read stays where it is, reported by the verifier.</summary>
    private bool TryCopy(in Extent extent, List<ExtentMove> moves) =>
        extent.HasInlineChecksum ? TryCopySmall(extent, moves) : TryCopyLarge(extent, moves);

    private bool TryCopySmall(in Extent extent, List<ExtentMove> moves)
    {
        int length = (int)extent.LengthBytes;
        int filled = AlignedBuffer.RoundUp(_filledBytes + length);
        if (_target is not null && (filled > BufferBytes || filled > _target.RemainingBytes)) WriteFilled();
        if (_target is null && !TryOpenTarget(length)) return false;
        Span<byte> room = _buffer.Span.Slice(_filledBytes, length);
        if (_verifier.Read(extent, 0, room) != StoreStatus.Ok) return true;
        Segment target = _target!;
        moves.Add(new ExtentMove(extent, At(target, target.AppendOffset + _filledBytes, extent), []));
        _filledBytes += length;
        Interlocked.Add(ref _movedBytes, length);
        return true;
    }

    private bool TryCopyLarge(in Extent extent, List<ExtentMove> moves)
    {
        WriteFilled();
        if (!TryOpenTarget(extent.LengthBytes)) return false;
        Segment target = _target!;
        _target = null;
        long start = target.AppendOffset;
        target.AppendOffset = start + AlignedBuffer.RoundUp((long)extent.LengthBytes);
        for (long at = 0; at < extent.LengthBytes;)
        {
            int length = (int)Math.Min(BufferBytes, extent.LengthBytes - at);
            if (_verifier.Read(extent, at, _buffer.Span[..length]) != StoreStatus.Ok) return true;
            if (!TryWrite(target, start + at, length)) return true;
            at += length;
            Interlocked.Add(ref _movedBytes, length);
        }
        moves.Add(new ExtentMove(extent, At(target, start, extent), _verifier.LoadedChecksums(extent)));
        return true;
    }

    private bool TryOpenTarget(long lengthBytes)
    {
        if (bodies.Allocator.OpenAppend(AppendPoint.Compacted, AlignedBuffer.RoundUp(lengthBytes), out _target) != StoreStatus.Ok)
        {
            _target = null;
            return false;
        }
        _target!.TryPin(_target.Generation);
        _pins.Add(_target);
        return true;
    }

    private void WriteFilled()
    {
        if (_target is { } target && _filledBytes > 0)
        {
            long start = target.AppendOffset;
            target.AppendOffset = start + AlignedBuffer.RoundUp(_filledBytes);
            TryWrite(target, start, _filledBytes);
        }
        (_target, _filledBytes) = (null, 0);
    }

    // A failed write fails the segment, and with it every swap to it.
    private bool TryWrite(Segment target, long offset, int lengthBytes)
    {
        int padded = AlignedBuffer.RoundUp(lengthBytes);
        _buffer.Span[lengthBytes..padded].Clear();
        IoError error = target.File!.Write(offset, _buffer.Span[..padded]);
        if (error == IoError.None) target.WriteCompleted();
        else bodies.Allocator.SealFailed(target);
        return error == IoError.None;
    }

    private void SwapPending()
    {
        var swaps = new List<Mutation>();
        foreach ((Keyspace keyspace, byte[] key, byte[] record, List<ExtentMove> moves) in _pending)
            swaps.Add(new RelocateExtents(keyspace, key, record, moves));
        _pending.Clear();
        if (swaps.Count > 0) committer.Wait(swaps);
        foreach (Segment segment in _pins) segment.Unpin();
        _pins.Clear();
    }

    private static Extent At(Segment target, long offset, in Extent extent) =>
        extent with { Segment = target.Number, Generation = target.Generation, Offset = (uint)offset };
}
