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

    // While the volume holds too much: even when each byte given back costs four.
    private const int MaxLivePercentWasteful = 80;

    // Of segments that are alive to less than this part so many are left as they are, however little they take: together they fill no more
    // than one, and moving them all gains little but files. With more of them files would come to outnumber what they hold.
    private const int SparseFraction = 8;

    // Leaves most of any device to requests; a segment of 256 MiB takes two seconds.
    private const long BytesPerSecond = 64L << 20;

    // What a record costs to look up and to swap, in bytes that are moved in that time: tiny bodies are slow to move, and must not take a
    // core from requests.
    private const long RecordBytes = 8 * 1024;

    // Records of less than this on average gain so little for the core that they take that hurrying does not bring writers on, and
    // segments that cost next to nothing go first.
    private const long SlowRecordBytes = 1024;

    // Writes that are pressed for room are noticed within this time.
    private const int RestSliceMs = 5;

    // A segment that keeps live bytes after this many passes has some that cannot be read or found; reading on would not change it.
    private const int MaxPasses = 3;

    // Readers come and go within a millisecond or so.
    private const int MaxLooks = 5;

    private const int BufferBytes = 1 << 20;

    // Swapped together: enough that small bodies fill the buffer and share a sync, few enough that requests behind them hardly wait.
    private const int MaxPendingSwaps = 512;

    // Of the extents moved so far, so many are remembered for other records that share them: all of a segment of large ones. A copy too
    // many is all that comes of one forgotten.
    private const int MaxRemembered = 64 * 1024;

    private readonly AlignedBuffer _buffer = new(BufferBytes);
    private readonly BlockVerifier _verifier = new(bodies);
    private readonly List<PendingSwap> _pending = [];

    // By hash: two keys with the same would only leave one of them to the next pass.
    private readonly HashSet<ulong> _pendingKeys = [];
    private readonly OwnerListReader _owners = new(bodies.Index);

    private readonly OwnerRecordReader _record = new(bodies.Index);
    private readonly Dictionary<Extent, ExtentMove> _moved = [];

    // Targets, each once: what was moved there must stay until the last record that shares it has been led to it.
    private readonly HashSet<Segment> _pins = [];
    private Segment? _target;
    private int _filledBytes;
    private long _movedBytes;
    private long _batchStart;
    private long _batchStartMs;
    private Segment? _victim;
    private double _gainPerMoved;

    public long MovedBytes => Interlocked.Read(ref _movedBytes);

    /// <summary>
    /// The sealed segment that gives back the most for what it costs to read and write, weighed by how long ago it was sealed (Rosenblum
    /// and Ousterhout, LFS): what is alive in an old one will stay alive, and in a young one half of it may soon be dead by itself. Of
    /// segments that somebody reads nothing would be freed. Where the bound allows no file more, one whose live bytes fit into the segment
    /// that is open, though another gives back more.
    /// </summary>
    /// <returns>To be given to <see cref="Compact"/>; it counts as being moved already.</returns>
    public Segment? ChooseVictim(SpaceUse use)
    {
        for (int look = 1; ; look++)
        {
            (Segment? victim, Segment? least) = FindVictims(use);
            // The one that fits may be read just now.
            if (look == MaxLooks) victim = least;
            if (victim is null) return null;
            // Writers who are given a file from here on leave room for this one; those before may have been given the last.
            victim.IsBeingMoved = true;
            use = bodies.Pacer.Use;
            if (use.FitsToMove(victim.LiveBytes) || look == MaxLooks || bodies.Allocator.IsShort || isStopping()) return victim;
            victim.IsBeingMoved = false;
            bodies.Options.Scheduler.Rest(1);
        }
    }

    private (Segment? Victim, Segment? Least) FindVictims(SpaceUse use)
    {
        Segment? victim = null;
        Segment? fitting = null;
        Segment? least = null;
        Segment? sparse = null;
        // Holes give room for files only, of which the disk must hold two whole ones. A small one may never come to that: there what lives
        // in several segments must go into one that writers share.
        bool isShort = bodies.Allocator.IsShort;
        int sparseCount = 0;
        double mostBenefit = 0, mostFitting = 0, mostAge = 0;
        int maxPercent = use.IsWasteful ? MaxLivePercentWasteful : MaxLivePercent;
        foreach (Segment segment in bodies.Segments.All())
        {
            bool isCandidate = segment.State is SegmentState.Sealed or SegmentState.Failed && segment.LiveBytes > 0 && IsMovable(segment);
            if (!isCandidate || (use.LeavesToDie(segment) && !isShort)) continue;
            double costBytes = IsSlow(segment) ? segment.LiveBytes / (double)segment.MovedRecordBytes * RecordBytes : segment.LiveBytes;
            double age = bodies.Segments.SealCount - segment.SealOrdinal + 1;
            if (segment.LiveBytes < segment.LengthBytes / SparseFraction)
            {
                sparseCount++;
                if (age > mostAge) (sparse, mostAge) = (segment, age);
            }
            long takenBytes = isShort ? segment.LengthBytes : segment.AllocatedBytes;
            if (segment.LiveBytes * 100 >= takenBytes * maxPercent) continue;
            double benefit = age * (takenBytes - segment.LiveBytes) / (takenBytes + costBytes);
            if (benefit > mostBenefit) (victim, mostBenefit) = (segment, benefit);
            if (benefit > mostFitting && use.FitsToMove(segment.LiveBytes)) (fitting, mostFitting) = (segment, benefit);
            if (least is null || segment.LiveBytes < least.LiveBytes) least = segment;
        }
        Segment? merged = sparseCount >= SparseFraction ? sparse : null;
        return (fitting ?? victim ?? merged, least ?? merged);
    }

    public void Compact(Segment victim)
    {
        uint generation = victim.Generation;
        if (!victim.TryPin(generation))
        {
            victim.IsBeingMoved = false;
            return;
        }
        victim.CompactionPasses++;
        (_victim, _gainPerMoved) = (victim, Math.Max(0, victim.AllocatedBytes - victim.LiveBytes) / (double)victim.LiveBytes);
        try
        {
            _owners.Begin(victim.Number, victim.NextOwners);
            victim.NextOwners = [];
            BeginBatch();
            bool hasRoom = true, isBrokenOff = false;
            while (hasRoom && !isBrokenOff && !isStopping() && _owners.Next() is { } owners)
            {
                hasRoom = MoveOwners(victim, generation, owners);
                isBrokenOff = hasRoom && IsSlow(victim) && IsNearlyDeadWaiting();
            }
            EndBatch();
            if (isBrokenOff) victim.NextOwners = _owners.After;
            // A pass that found no room, or did not come to its end, has shown nothing about the segment.
            if (!hasRoom || isBrokenOff) victim.CompactionPasses--;
        }
        finally
        {
            Discard();
            _verifier.Reset();
            _victim = null;
            victim.IsBeingMoved = false;
            victim.Unpin();
        }
    }

    public void Dispose() => _buffer.Dispose();

    private void BeginBatch() => (_batchStart, _batchStartMs) = (MovedBytes, bodies.Options.ClockMs);

    private void EndBatch()
    {
        WriteFilled();
        int swapCount = _pending.Count;
        if (swapCount > 0) _victim!.MovedRecordBytes = Math.Max(1, (MovedBytes - _batchStart) / swapCount);
        SwapPending();
        AnnounceGain(MovedBytes - _batchStart);
        long wantedMs = Math.Max(MovedBytes - _batchStart, swapCount * RecordBytes) * 1000 / BytesPerSecond;
        while (_batchStartMs + wantedMs - bodies.Options.ClockMs is > 0 and long restMs && !IsHurried && !isStopping())
            bodies.Options.Scheduler.Rest(Math.Min(restMs, RestSliceMs));
        BeginBatch();
    }

    private bool IsHurried => bodies.Allocator.IsShort || (bodies.Pacer.IsPressed && !IsSlow(_victim!));

    private static bool IsSlow(Segment segment) => segment.MovedRecordBytes is > 0 and < SlowRecordBytes;

    private static bool IsMovable(Segment segment) =>
        segment is { IsDamaged: false, File: not null, CompactionPasses: < MaxPasses, PinCount: 0 };

    // What is wholly dead waits too: it is freed between two passes.
    private bool IsNearlyDeadWaiting()
    {
        foreach (Segment segment in bodies.Segments.All())
        {
            if (segment is { State: SegmentState.Sealed, IsNearlyDead: true } && IsMovable(segment)) return !bodies.Pacer.Use.HasLeisure;
        }
        return false;
    }

    // Writers go on batch by batch, not segment by segment: the victim's dead bytes count as gained in step with its live ones.
    private void AnnounceGain(long movedBytes)
    {
        Segment victim = _victim!;
        double leftBytes = Math.Max(0, victim.LengthBytes - victim.SpentBytes - movedBytes);
        double gainedBytes = Math.Min(movedBytes * _gainPerMoved, leftBytes);
        victim.SpentBytes += movedBytes + gainedBytes;
        bodies.Pacer.Gain(gainedBytes);
        bodies.Pacer.Weigh();
    }

    /// <summary>
    /// Copies what lives, and swaps records when a batch is full: bodies of many lists stand side by side, however alone each was written.
    /// </summary>
    /// <returns>False when there is no room to move to.</returns>
    private bool MoveOwners(Segment victim, uint generation, byte[] owners)
    {
        bool hasRoom = true;
        foreach (OwnerList.Owner owner in new OwnerList(owners))
        {
            if (!_record.TryRead(owner) || !RefersTo(victim, generation)) continue;
            if (_pendingKeys.Contains(HashOf(owner))) continue;
            var moves = new List<ExtentMove>();
            foreach (Extent extent in _record.Extents)
            {
                if (!StandsIn(extent, victim, generation)) continue;
                hasRoom = TryCopy(extent, moves);
                if (!hasRoom) break;
            }
            if (moves.Count > 0)
            {
                _pending.Add(new PendingSwap(owner.Keyspace, owner.Key.ToArray(), _record.Encoded.ToArray(), moves));
                _pendingKeys.Add(HashOf(owner));
            }
            if (!hasRoom || isStopping()) break;
            if (MovedBytes - _batchStart >= BufferBytes || _pending.Count >= MaxPendingSwaps) EndBatch();
        }
        return hasRoom;
    }

    // Half of the owners and more have moved on: this allocates nothing.
    private bool RefersTo(Segment victim, uint generation)
    {
        foreach (Extent extent in _record.Extents)
        {
            if (StandsIn(extent, victim, generation)) return true;
        }
        return false;
    }

    private static bool StandsIn(in Extent extent, Segment victim, uint generation) =>
        extent.Segment == victim.Number && extent.Generation == generation;

    private static ulong HashOf(in OwnerList.Owner owner) => KeyHash.Compute((uint)owner.Keyspace, owner.Key);

    /// <summary>False only for lack of room; an extent that cannot be read stays where it is, reported by the verifier.</summary>
    private bool TryCopy(in Extent extent, List<ExtentMove> moves)
    {
        if (_moved.TryGetValue(extent, out ExtentMove known))
        {
            moves.Add(known);
            return true;
        }
        int before = moves.Count;
        bool hasRoom = extent.HasInlineChecksum ? TryCopySmall(extent, moves) : TryCopyLarge(extent, moves);
        if (moves.Count > before && _moved.Count < MaxRemembered) _moved[extent] = moves[^1];
        return hasRoom;
    }

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
            if (_verifier.ReadDirect(extent, at, length, _buffer.Span) != StoreStatus.Ok) return true;
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
        if (_pins.Add(_target!)) _target!.TryPin(_target.Generation);
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
        if (bodies.Options.Durability == Durability.Synced) SyncTargets();
        // In the order of their keys the index finds each close to the one before, and inserts it there.
        _pending.Sort(static (left, right) => left.CompareTo(right));
        var swaps = new List<Mutation>(_pending.Count);
        foreach (PendingSwap swap in _pending)
        {
            if (swap.Moves.Exists(move => bodies.Segments.Find(move.To.Segment)!.HasFailed)) continue;
            swaps.Add(new RelocateExtents(swap.Keyspace, swap.Key, swap.Record, swap.Moves) { CompletesInline = true });
        }
        _pending.Clear();
        _pendingKeys.Clear();
        if (swaps.Count > 0) committer.Wait(swaps);
    }

    // Here and not by the placer: it may wait for a file that the bound allows only when this segment is free, and writers would wait for
    // syncs that are not theirs.
    private void SyncTargets()
    {
        foreach (Segment target in _pins)
        {
            if (!target.HasFailed && target.SyncWrites() != IoError.None) bodies.Allocator.SealFailed(target);
        }
    }

    // Also what an index failure cut short: copies nobody refers to.
    private void Discard()
    {
        (_target, _filledBytes) = (null, 0);
        _pending.Clear();
        _pendingKeys.Clear();
        _moved.Clear();
        foreach (Segment segment in _pins) segment.Unpin();
        _pins.Clear();
    }

    private static Extent At(Segment target, long offset, in Extent extent) =>
        extent with { Segment = target.Number, Generation = target.Generation, Offset = (uint)offset };

    private readonly record struct PendingSwap(Keyspace Keyspace, byte[] Key, byte[] Record, List<ExtentMove> Moves)
        : IComparable<PendingSwap>
    {
        public int CompareTo(PendingSwap other) =>
            Keyspace != other.Keyspace ? Keyspace.CompareTo(other.Keyspace) : Key.AsSpan().SequenceCompareTo(other.Key);
    }
}
