namespace RustFs.Storage;

/// <summary>
/// Gives back what is dead of a sealed segment without moving what lives: all live extents are found through the owner lists, and runs of
/// blocks between them become holes of the file. What no committed record refers to when nobody writes to the segment any more can never be
/// referred to again: whoever shares bytes shares those of a record that is current. Used by the reclaimer's thread.
/// </summary>
internal sealed class SegmentPunching(BodyContext bodies, Committer committer, Func<bool> isStopping)
{
    // A hole costs a call of some microseconds, which makes the file's map of blocks longer. One checksum block, the least that a body
    // outside the packed ones takes, is worth that.
    private const int MinRunBytes = Extent.BlockBytes;

    // Bodies that are shorter than this on average are scattered, and slow to look up: compaction packs them.
    private const int MinOwnerBytes = 8 * 1024;

    // One look at all records of a segment is worth this part of it at least; and without need, half of what it takes.
    private const int MinGainFraction = 32;

    // Where a look gains less than this part of what is dead, the runs are short: what dies later is left to compaction.
    private const int MinYieldFraction = 4;

    // Where freed blocks are discarded at once (ext4 without a journal, mounted with discard) a call takes milliseconds, in which reads of
    // the same file wait.
    private const int RestSliceMs = 5;

    private static readonly int AppendPoints = Enum.GetValues<AppendPoint>().Length;

    // Readers come and go: one moment without any is enough.
    private const int MaxLooks = 5;

    // A look reads every record of a segment, as moving it does. After one that found only short runs so many segments that were filled in
    // the same way are left to compaction unseen, one more each time, at most this many: with small bodies alone looking took a third of
    // the reclaimer's time and gained nothing, and one look in eight still learns of a whole prefix that was deleted.
    private const int MaxUnseen = 7;

    private readonly LiveBlocks _live = new(bodies.Segments.SegmentBytes);
    private readonly OwnerListReader _lists = new(bodies.Index);
    private readonly HashSet<ulong> _owners = [];
    private readonly HashSet<IBlockDevice> _refusing = [];
    private readonly OwnerRecordReader _record = new(bodies.Index);
    private readonly int[] _fruitlessLooks = new int[AppendPoints];
    private readonly int[] _leftUnseen = new int[AppendPoints];
    private long _referredBytes;
    private long _punchedBytes;

    /// <summary>Bytes of the medium that punching has given back.</summary>
    public long PunchedBytes => Interlocked.Read(ref _punchedBytes);

    /// <summary>The sealed segment of which the most has died since it was last looked at; null when none is worth a look.</summary>
    public Segment? Choose(SpaceUse use)
    {
        Segment? chosen = null;
        long most = 0;
        bool isWanted = use.WantsHoles || bodies.Allocator.IsShort;
        foreach (Segment segment in bodies.Segments.All())
        {
            bool isCandidate = segment.State == SegmentState.Sealed && segment is { IsDamaged: false, IsUnpunchable: false, File: not null }
                && segment.LiveBytes > 0 && segment.PinCount == 0 && !_refusing.Contains(segment.Device);
            if (!isCandidate || (use.LeavesToDie(segment) && !bodies.Allocator.IsShort)) continue;
            long deadBytes = segment.AllocatedBytes - segment.LiveBytes - segment.ScatteredBytes;
            long leastBytes = isWanted ? segment.LengthBytes / MinGainFraction : segment.AllocatedBytes / 2;
            if (deadBytes >= leastBytes && deadBytes > most) (chosen, most) = (segment, deadBytes);
        }
        return chosen is not null && IsLeftUnseen(chosen) ? null : chosen;
    }

    // On a disk that is short of room every run counts.
    private bool IsLeftUnseen(Segment segment)
    {
        int point = (int)segment.AppendPoint;
        if (_leftUnseen[point] == 0 || bodies.Allocator.IsShort) return false;
        _leftUnseen[point]--;
        segment.IsUnpunchable = true;
        return true;
    }

    /// <returns>How many bytes the medium has taken back.</returns>
    public long Punch(Segment segment)
    {
        bool isKnown = false;
        try
        {
            long gainedBytes = TryPunch(segment);
            isKnown = true;
            return gainedBytes;
        }
        finally
        {
            // An index that cannot be read here would stop every pass.
            if (!isKnown) segment.IsUnpunchable = true;
            _owners.Clear();
        }
    }

    private long TryPunch(Segment segment)
    {
        // A start after a power cut would write to what is given back here.
        if (segment.HasLogged && segment.SyncWrites() != IoError.None)
        {
            segment.IsUnpunchable = true;
            return 0;
        }
        var before = new SettleSegment(segment, isRecorded: false);
        committer.Wait(before);
        if (before.Status != StoreStatus.Ok || !before.IsSettled) return 0;
        if (!TryFindLive(segment))
        {
            segment.IsUnpunchable = !isStopping();
            CountLook(segment, isFruitless: true);
            return 0;
        }
        long deadBytes = Math.Max(0, segment.AllocatedBytes - before.LiveBytes);
        List<(uint Start, uint End)> runs = _live.DeadRuns(MinRunBytes);
        HoleList? known = segment.Holes;
        if (!runs.Exists(run => known is null || !known.Covers(run)))
        {
            CountScattered(segment, deadBytes, gainedBytes: 0);
            return 0;
        }
        var after = new SettleSegment(segment, isRecorded: true);
        committer.Wait(after);
        if (!after.IsCommitted || after.IndexOpenings != before.IndexOpenings) return 0;
        // Records that the lists do not lead to, or one more that came to share these bytes meanwhile.
        if (_referredBytes < after.LiveBytes)
        {
            segment.ScatteredBytes = deadBytes;
            return 0;
        }
        segment.Holes = new HoleList(runs);
        if (!IsUnpinned(segment))
        {
            segment.Holes = known;
            return 0;
        }
        long gainedBytes = PunchRuns(segment, runs, known);
        CountScattered(segment, deadBytes, gainedBytes);
        bodies.Pacer.Weigh();
        return gainedBytes;
    }

    // Who pinned before the holes were named may read what is dead. Who pins later finds them named, and asks for its record again.
    private bool IsUnpinned(Segment segment)
    {
        for (int look = 1; ; look++)
        {
            Interlocked.MemoryBarrier();
            if (segment.PinCount == 0) return true;
            if (look == MaxLooks || isStopping()) return false;
            bodies.Options.Scheduler.Rest(1);
        }
    }

    private long PunchRuns(Segment segment, List<(uint Start, uint End)> runs, HoleList? known)
    {
        long gainedBytes = 0;
        long restedMs = bodies.Options.ClockMs;
        foreach ((uint Start, uint End) run in runs)
        {
            if (known is not null && known.Covers(run)) continue;
            if (isStopping()) break;
            long allocatedBytes = segment.AllocatedBytes;
            IoError error = segment.File!.Punch(run.Start, run.End - run.Start);
            segment.CountAllocated();
            Gained(segment, allocatedBytes - segment.AllocatedBytes);
            gainedBytes += allocatedBytes - segment.AllocatedBytes;
            if (error == IoError.NotSupported) _refusing.Add(segment.Device);
            if (error != IoError.None)
            {
                segment.IsUnpunchable = true;
                break;
            }
            if (bodies.Options.ClockMs - restedMs < RestSliceMs || bodies.Allocator.IsShort || bodies.Pacer.IsPressed) continue;
            bodies.Options.Scheduler.Rest(RestSliceMs);
            restedMs = bodies.Options.ClockMs;
        }
        return gainedBytes;
    }

    private void Gained(Segment segment, long gainedBytes)
    {
        if (gainedBytes <= 0) return;
        Interlocked.Add(ref _punchedBytes, gainedBytes);
        segment.SpentBytes += gainedBytes;
        bodies.Pacer.Gain(gainedBytes);
    }

    private void CountScattered(Segment segment, long deadBytes, long gainedBytes)
    {
        segment.ScatteredBytes = Math.Max(0, deadBytes - gainedBytes);
        bool isFruitless = gainedBytes * MinYieldFraction < deadBytes;
        if (isFruitless) segment.IsUnpunchable = true;
        CountLook(segment, isFruitless);
    }

    private void CountLook(Segment segment, bool isFruitless)
    {
        int point = (int)segment.AppendPoint;
        _fruitlessLooks[point] = isFruitless ? Math.Min(_fruitlessLooks[point] + 1, MaxUnseen) : 0;
        _leftUnseen[point] = _fruitlessLooks[point];
    }

    /// <summary>
    /// Marks all blocks that records refer to. A record that several lists name is read each time: it may have come to refer to the segment
    /// again. False when a record or a list cannot be read, or there are too many.
    /// </summary>
    private bool TryFindLive(Segment segment)
    {
        _live.Clear();
        _live.TryMark(0, SegmentHeader.Bytes);
        _owners.Clear();
        _referredBytes = 0;
        _lists.Begin(segment.Number);
        long left = segment.LengthBytes / MinOwnerBytes;
        while (_lists.Next() is { } owners)
        {
            OwnerList.Enumerator owner = new OwnerList(owners).GetEnumerator();
            while (owner.MoveNext())
            {
                if (left-- == 0 || isStopping() || !TryMark(segment, owner.Current)) return false;
            }
            if (!owner.IsAtEnd) return false;
        }
        return true;
    }

    private bool TryMark(Segment segment, in OwnerList.Owner owner)
    {
        if (!_record.TryRead(owner)) return false;
        if (_record.Extents.Count == 0) return true;
        bool isCounted = !_owners.Add(KeyHash.Compute((uint)owner.Keyspace, owner.Key));
        foreach (Extent extent in _record.Extents)
        {
            if (!TryMark(segment, extent, isCounted)) return false;
        }
        return true;
    }

    private bool TryMark(Segment segment, in Extent extent, bool isCounted)
    {
        if (extent.Segment != segment.Number || extent.Generation != segment.Generation) return true;
        if (!isCounted) _referredBytes += extent.LengthBytes;
        return _live.TryMark(extent.Offset, extent.LengthBytes);
    }
}
