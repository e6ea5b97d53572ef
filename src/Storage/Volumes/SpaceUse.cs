namespace RustFs.Storage;

/// <summary>
/// What segment files take on the medium against what of it is alive, and how far that is from the bound: one and a half times the live
/// bytes and two segments. What bodies under way have reserved and not yet written, or what segments that stay pinned cannot give back,
/// comes on top of it: it is neither alive nor to be gained. What they have written is not: it will replace something, and the bound must
/// hold at that moment too.
/// </summary>
/// <param name="FileBytes">What all files take.</param>
/// <param name="HeldCount">Segments with a file that are not free.</param>
/// <param name="HeldBytes">What those take.</param>
/// <param name="AppendedBytes">
/// How far open segments are filled. A file is taken whole when the segment before it is full; counted in this proportion it is taken
/// bit by bit, and is there, all points' together, when it is needed.
/// </param>
internal readonly record struct SpaceUse(
    long FileBytes, int HeldCount, long HeldBytes, long AppendedBytes, long SegmentBytes, long LiveBytes, long UnderwayBytes)
{
    /// <summary>What the bound allows for each live byte.</summary>
    public const double BoundPerLive = 1.5;

    // Each segment that is moved earlier than it must be is moved with more alive: compaction begins as late as the batches it works in
    // allow.
    private const double StartSegments = 0.75;

    // What is given back without moving need not wait so long, and leaves more to what moving steps by.
    private const double PunchedSlackSegments = 2.25;

    // From here writers pay for room, with the files counted that open segments will be followed by: one byte gained for each that they
    // write at half of this slack, three at a quarter.
    private const double PacedSlackSegments = 1.5;

    // Where no slack is left, writers are all but held: what they may write at the floor is counted apart.
    private const double MaxShare = 16;

    // Up to here nobody is held back: two segments open, one prepared and one being freed put a volume with little alive past the bound at
    // all times, and pacing it would cost more than a gigabyte of disk that comes back by itself.
    private const int UnpacedSegments = 6;

    // What moving takes beside the bytes moved, as a part of a segment: ends of batches are padded, and a body that does not fit into the
    // rest of a segment goes into the next.
    private const int MoveMargin = 4;

    public long BoundBytes => (long)(BoundPerLive * LiveBytes) + 2 * SegmentBytes + UnderwayBytes;

    /// <summary>
    /// Whether a file more may be made before anybody needs it: within the bound, and where writers are paced so that one more made in need
    /// is within it too.
    /// </summary>
    public bool AllowsAhead => FileBytes + SegmentBytes + NeedBytes <= BoundBytes;

    /// <summary>
    /// Whether a file more that writers need is within the bound, and stays so when some of what is alive is deleted at once, or compaction
    /// needs one before it gives back the next.
    /// </summary>
    public bool AllowsFile => FileBytes + SegmentBytes + Math.Max(SegmentBytes / 2, NeededToMoveBytes) <= BoundBytes;

    /// <summary>
    /// Whether writers may have one of so many free files: compaction, which gives back the next, has another, or may make one, or needs
    /// none.
    /// </summary>
    public bool AllowsFree(int freeCount) => IsUnpaced || freeCount > 1 || FileBytes + NeededToMoveBytes <= BoundBytes;

    /// <summary>Whether so much can be moved within the bound: a file more may be made for it, or the one that is open has room.</summary>
    public bool FitsToMove(long lengthBytes) =>
        FileBytes + FileToMoveBytes <= BoundBytes || lengthBytes + SegmentBytes / MoveMargin <= MoveRoomBytes;

    /// <summary>The room that is left in the segment compaction moves to; -1 while none is open.</summary>
    public long MoveRoomBytes { get; init; }

    /// <summary>A segment is being moved: space will come of it soon.</summary>
    public bool IsMoving { get; init; }

    /// <summary>What is still alive in the segment that is being moved; while none is, in the sealed one with the least.</summary>
    public long LeastToMoveBytes { get; init; }

    /// <summary>What moving that segment will have given back when it is done: so much of it has been moved, or is dead for that.</summary>
    public long SpentBytes { get; init; }

    // Nothing while compaction has had nothing to move, as where punching gives all back.
    private long NeededToMoveBytes =>
        (MoveRoomBytes < 0 && !IsMoving) || LeastToMoveBytes + SegmentBytes / MoveMargin <= MoveRoomBytes ? 0 : FileToMoveBytes;

    // A quarter more for what may be deleted before it has given another back.
    private long FileToMoveBytes => SegmentBytes + SegmentBytes / 4;

    /// <summary>How many free segments may stay for reuse, by the same measure.</summary>
    public int FreeAllowed => (int)Math.Max(0, (BoundBytes - HeldBytes - NeedBytes) / SegmentBytes);

    // With little alive the file that is ready is the one for whoever is in need: it is prepared, or full of blocks written once, and a
    // sync of small bodies in it takes half the time that it takes in a file made in need.
    private long NeedBytes => IsUnpaced ? 0 : SegmentBytes;

    /// <summary>
    /// How far the volume is from its bound, with the files counted that open segments will be followed by, and what is being moved counted
    /// as given back in step: so it changes smoothly, and compaction need not begin early for the sake of its own steps.
    /// </summary>
    public long SlackBytes => BoundBytes - HeldBytes - AppendedBytes + SpentBytes;

    /// <summary>Nobody is held back.</summary>
    public bool IsUnpaced => HeldBytes <= UnpacedSegments * SegmentBytes;

    /// <summary>Nothing has to be gained: the volume is small, and with all files within its bound.</summary>
    public bool HasLeisure => IsUnpaced && FileBytes <= BoundBytes;

    /// <summary>Whether a segment is left alone until it is free whole: its file is then used again, and its blocks are written.</summary>
    public bool LeavesToDie(Segment segment) => HasLeisure && segment is { State: SegmentState.Sealed, IsNearlyDead: true };

    /// <summary>Compaction goes beyond the segments that are worth it by themselves. Never below a quarter over the live bytes.</summary>
    public bool IsWasteful => IsWithin(StartSegments);

    /// <summary>Punching does. It moves nothing, so that nothing is lost by beginning before compaction.</summary>
    public bool WantsHoles => IsWithin(PunchedSlackSegments);

    private bool IsWithin(double segments) =>
        !HasLeisure && SlackBytes < segments * SegmentBytes + LiveBytes / 32
        && HeldBytes > LiveBytes + LiveBytes / 4 + SegmentBytes + UnderwayBytes;

    /// <summary>How many bytes compaction must gain for each that writers take: 0 while there is room, more near the bound.</summary>
    public double WriteShare
    {
        get
        {
            if (IsUnpaced) return 0;
            double slack = SlackBytes / (double)SegmentBytes;
            if (!IsWasteful || slack >= PacedSlackSegments) return 0;
            return Math.Min((PacedSlackSegments - slack) / Math.Max(slack, PacedSlackSegments / MaxShare), MaxShare);
        }
    }

    public static SpaceUse Of(SegmentTable segments, long underwayBytes)
    {
        int held = 0;
        long room = -1, left = -1, least = segments.SegmentBytes, spent = 0;
        long fileBytes = 0, heldBytes = 0, appendedBytes = 0, live = 0, pinnedBytes = 0;
        foreach (Segment segment in segments.All())
        {
            if (segment.File is null) continue;
            long allocatedBytes = segment.AllocatedBytes;
            fileBytes += allocatedBytes;
            if (segment.State == SegmentState.Free) continue;
            held++;
            heldBytes += allocatedBytes;
            live += segment.LiveBytes;
            if (segment is { State: SegmentState.Open, AppendPoint: AppendPoint.Compacted }) room = segment.RemainingBytes;
            if (segment.State == SegmentState.Sealed) least = Math.Min(least, segment.LiveBytes);
            if (segment.IsBeingMoved)
            {
                left = segment.LiveBytes;
                spent += (long)Math.Clamp(segment.SpentBytes - segment.PunchedBytes, 0, allocatedBytes);
            }
            if (segment.State == SegmentState.Open) appendedBytes += segment.LengthBytes - segment.RemainingBytes;
            // What is dead in it comes free only when its readers and writers are done: holding these back would gain nothing.
            else if (segment.IsPinnedLong && segment.PinCount > 0)
                pinnedBytes += Math.Max(0, allocatedBytes - segment.LiveBytes);
        }
        return new SpaceUse(fileBytes, held, heldBytes, appendedBytes, segments.SegmentBytes, live, Math.Max(underwayBytes, pinnedBytes))
        {
            MoveRoomBytes = room,
            LeastToMoveBytes = left >= 0 ? left : least,
            SpentBytes = spent,
            IsMoving = left >= 0,
        };
    }
}
