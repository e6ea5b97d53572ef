namespace RustFs.Storage;

/// <summary>Who appends to an open segment: bytes with like lifetimes and like sizes stand together.</summary>
internal enum AppendPoint : byte
{
    /// <summary>Small bodies, packed by the committer.</summary>
    Packed = 0,
    /// <summary>Large bodies, written by their writers.</summary>
    Large = 1,
    /// <summary>What compaction moves: old bytes, apart from young ones.</summary>
    Compacted = 2,
}

/// <summary>
/// One segment of the volume set. Its generation changes with each reuse and goes together with the count of pins in one word: whoever
/// holds a pin knows that the bytes of that generation stay.
/// </summary>
internal sealed class Segment(uint number, IBlockDevice device, int directory, long lengthBytes)
{
    // A pass over what is alive then gives back fifteen bytes and more for each that it moves.
    private const int NearlyDeadFraction = 16;

    private long _generationAndPins;
    private long _appendOffset = SegmentHeader.Bytes;
    private long _liveBytes;
    private long _writesCompleted;
    private long _writesSynced;
    private long _loggedWrite;
    private volatile bool _hasFailed;
    private volatile HoleList? _holes;
    private long _punchedBytes;

    public uint Number => number;
    public IBlockDevice Device => device;

    /// <summary>The ordinal of the directory it lies in.</summary>
    public int Directory => directory;
    public long LengthBytes => lengthBytes;

    /// <summary>Null when there is no file: it was deleted while free, or never made, or could not be opened.</summary>
    public ISegmentFile? File { get; set; }

    /// <summary>Changed under the allocator's lock.</summary>
    public SegmentState State { get; set; } = SegmentState.Free;
    public AppendPoint AppendPoint { get; set; }

    /// <summary>Somebody prepares it, or it waits at an append point; changed under the allocator's lock.</summary>
    public bool IsTaken { get; set; }

    /// <summary>Its next generation has begun, and the index does not know yet that it is free.</summary>
    public bool IsRetired { get; set; }

    /// <summary>The header of this generation is on the medium.</summary>
    public bool IsPrepared { get; set; }

    /// <summary>Damaged bytes were found in it: compaction leaves it alone.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>When it was sealed, counted in segments sealed since the volume was opened; 0 before that.</summary>
    public long SealOrdinal { get; set; }

    /// <summary>What compaction has moved of it, and announced as gained by that; reclaim's own.</summary>
    public double SpentBytes { get; set; }

    /// <summary>Compaction is at work on it; reclaim's own.</summary>
    public bool IsBeingMoved { get; set; }

    /// <summary>How often compaction has gone over this generation.</summary>
    public int CompactionPasses { get; set; }

    /// <summary>What compaction moved of it for each record, where it last moved any; 0 before that. Reclaim's own.</summary>
    public long MovedRecordBytes { get; set; }

    /// <summary>Where in its owner lists compaction goes on after it broke off; empty for the first of them. Reclaim's own.</summary>
    public byte[] NextOwners { get; set; } = [];

    /// <summary>
    /// Runs of this generation that are dead for ever, and punched or about to be. Set on the reclaimer's thread, before the first of them
    /// is.
    /// </summary>
    public HoleList? Holes
    {
        get => _holes;
        set => _holes = value;
    }

    /// <summary>What the medium has taken back of the file: a file that lacks blocks is not used for another generation.</summary>
    public long PunchedBytes
    {
        get => Volatile.Read(ref _punchedBytes);
        private set => Volatile.Write(ref _punchedBytes, value);
    }

    /// <summary>What the file takes on the medium.</summary>
    public long AllocatedBytes => lengthBytes - PunchedBytes;

    /// <summary>What was dead and in runs too short to be punched when they were last looked for; reclaim's own.</summary>
    public long ScatteredBytes { get; set; }

    /// <summary>What dies in it is for compaction; reclaim's own.</summary>
    public bool IsUnpunchable { get; set; }

    /// <summary>
    /// Since when the reclaimer has found it sealed and pinned, at every look; null where it was not at the last.
    /// </summary>
    public long? PinnedSinceMs { get; set; }

    /// <summary>What is dead in it cannot be given back, and not only for a moment.</summary>
    public bool IsPinnedLong { get; set; }

    /// <summary>What the commit group at work changes of it; the committer's own.</summary>
    public SegmentChange? Change { get; set; }

    public uint Generation => (uint)((ulong)Volatile.Read(ref _generationAndPins) >> 32);
    public uint PinCount => (uint)Volatile.Read(ref _generationAndPins);

    /// <summary>Where the next append goes; only moves up within a generation.</summary>
    public long AppendOffset
    {
        get => Volatile.Read(ref _appendOffset);
        set => Volatile.Write(ref _appendOffset, value);
    }

    public long RemainingBytes => lengthBytes - AppendOffset;

    /// <summary>
    /// Bytes that committed records refer to, those of an extent that several share once for each: 0 when none does. Changed by the
    /// committer only.
    /// </summary>
    public long LiveBytes
    {
        get => Volatile.Read(ref _liveBytes);
        set => Volatile.Write(ref _liveBytes, value);
    }

    /// <summary>A write or sync failed in this generation: nothing uncommitted in it can be trusted.</summary>
    public bool HasFailed
    {
        get => _hasFailed;
        set => _hasFailed = value;
    }

    /// <summary>Keeps this generation's bytes where they are until <see cref="Unpin"/>; false when the generation is gone.</summary>
    public bool TryPin(uint generation)
    {
        long seen = Volatile.Read(ref _generationAndPins);
        while ((uint)((ulong)seen >> 32) == generation)
        {
            long actual = Interlocked.CompareExchange(ref _generationAndPins, seen + 1, seen);
            if (actual == seen) return true;
            seen = actual;
        }
        return false;
    }

    /// <summary>
    /// The same for who wants to read an extent of a record that was looked up before: false also when its bytes have died since and are
    /// punched. Whoever punches says where before looking for pins, and whoever reads pins before looking where.
    /// </summary>
    public bool TryPin(in Extent extent)
    {
        if (!TryPin(extent.Generation)) return false;
        if (_holes is not { } holes || !holes.Overlaps(extent.Offset, extent.LengthBytes)) return true;
        Unpin();
        return false;
    }

    public void Unpin() => Interlocked.Decrement(ref _generationAndPins);

    /// <summary>Starts the next generation; false while somebody holds a pin.</summary>
    public bool TryStartNextGeneration()
    {
        uint generation = Generation;
        long unpinned = (long)((ulong)generation << 32);
        long next = (long)((ulong)(generation + 1) << 32);
        if (Interlocked.CompareExchange(ref _generationAndPins, next, unpinned) != unpinned) return false;
        _appendOffset = SegmentHeader.Bytes;
        IsPrepared = false;
        IsDamaged = false;
        CompactionPasses = 0;
        MovedRecordBytes = 0;
        NextOwners = [];
        SealOrdinal = 0;
        ScatteredBytes = 0;
        IsUnpunchable = false;
        _holes = null;
        return true;
    }

    /// <summary>Sets what the index recorded; before anybody can pin.</summary>
    public void Restore(in SegmentRecord record)
    {
        State = record.State;
        _generationAndPins = (long)((ulong)record.Generation << 32);
        _appendOffset = record.WatermarkBytes;
        _liveBytes = record.LiveBytes;
        _hasFailed = record.State == SegmentState.Failed;
    }

    /// <summary>Whether ending appends early gives back more than it costs.</summary>
    /// <param name="isShort">There is no room elsewhere: also with room left at the end, if nothing has to be moved first.</param>
    public bool IsMostlyDead(bool isShort)
    {
        long appendedBytes = AppendOffset - SegmentHeader.Bytes;
        if (State != SegmentState.Open || appendedBytes == 0 || PinCount > 0) return false;
        return RemainingBytes < lengthBytes / 2 ? LiveBytes < appendedBytes / 2 : LiveBytes == 0 && isShort;
    }

    /// <summary>
    /// So little of it is alive that this is likely to die before it would be worth moving, and costs next to nothing to move.
    /// </summary>
    public bool IsNearlyDead => LiveBytes < lengthBytes / NearlyDeadFraction;

    /// <summary>Makes the file where there is none, and writes this generation's header.</summary>
    public IoError Prepare(Guid volumeSet, bool zeroFilled, Durability durability)
    {
        if (IsPrepared) return IoError.None;
        if (File is null)
        {
            IoError created = device.CreateSegment(number, lengthBytes, zeroFilled, out ISegmentFile? file);
            if (created != IoError.None) return created;
            File = file;
        }
        using var block = new AlignedBuffer(SegmentHeader.Bytes);
        SegmentHeader.Write(block.Span, volumeSet, number, Generation, lengthBytes);
        IoError error = File!.Write(0, block.Span);
        if (error == IoError.None && durability == Durability.Synced) error = File.Sync();
        IsPrepared = error == IoError.None;
        return error;
    }

    /// <summary>Gives the file's space back; the number and its generation stay for reuse.</summary>
    public void DeleteFile()
    {
        File?.Dispose();
        File = null;
        IsPrepared = false;
        PunchedBytes = 0;
        device.DeleteSegment(number);
    }

    /// <summary>Asks the file what it takes; one that cannot say takes its length.</summary>
    public void CountAllocated()
    {
        long allocatedBytes = File?.AllocatedBytes() ?? -1;
        PunchedBytes = allocatedBytes < 0 ? 0 : Math.Max(0, lengthBytes - allocatedBytes);
    }

    public SegmentRecord ToRecord(long liveBytes) => new(State, (ushort)directory, Generation, AppendOffset, liveBytes);

    public void WriteCompleted() => Interlocked.Increment(ref _writesCompleted);

    /// <summary>How many writes have completed, of all generations; and how many of these a sync has covered.</summary>
    public long WritesCompleted => Volatile.Read(ref _writesCompleted);
    public long WritesSynced => Volatile.Read(ref _writesSynced);

    /// <summary>What was committed on the strength of the index's log, and no sync of the file has covered yet.</summary>
    public bool HasLogged => Volatile.Read(ref _loggedWrite) > WritesSynced;

    /// <summary>Bodies of the latest write stand in the index's log. The placer's own.</summary>
    public void NoteLogged() => Volatile.Write(ref _loggedWrite, WritesCompleted);

    /// <summary>
    /// Makes all completed writes durable; nothing to do when an earlier sync covered them. Once it has failed the segment has: the system
    /// reports a lost write once, and a later sync that succeeds says nothing of it.
    /// </summary>
    public IoError SyncWrites()
    {
        long completed = WritesCompleted;
        long synced = WritesSynced;
        if (completed <= synced) return IoError.None;
        if (HasFailed) return IoError.Failed;
        IoError error = File!.Sync();
        if (error != IoError.None) HasFailed = true;
        // Another thread may have come further meanwhile.
        while (!HasFailed && completed > synced)
        {
            long seen = Interlocked.CompareExchange(ref _writesSynced, completed, synced);
            if (seen == synced) break;
            synced = seen;
        }
        return error == IoError.None && HasFailed ? IoError.Failed : error;
    }
}
