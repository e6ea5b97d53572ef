namespace RustFs.Storage;

/// <summary>
/// What segments hold against what of it is alive. Decides when compaction must go beyond the segments that are worth it by themselves, so
/// that the volume stays below one and a half times its live bytes and two segments.
/// </summary>
internal readonly record struct SpaceUse(int HeldCount, long SegmentBytes, long LiveBytes)
{
    public long HeldBytes => HeldCount * SegmentBytes;

    /// <summary>
    /// A quarter over the live bytes and a segment: the rest of the bound is for segments prepared ahead, free ones, and what is written
    /// while compaction works.
    /// </summary>
    public bool IsWasteful => HeldBytes > LiveBytes + LiveBytes / 4 + SegmentBytes;

    /// <summary>Close to the bound: compaction no longer leaves most of the device to requests.</summary>
    public bool IsPressing => HeldBytes > LiveBytes + LiveBytes * 7 / 20 + SegmentBytes + SegmentBytes / 2;

    /// <summary>Segments with a file that are not free.</summary>
    public static SpaceUse Of(SegmentTable segments)
    {
        int held = 0;
        long live = 0;
        foreach (Segment segment in segments.All())
        {
            if (segment.File is null || segment.State == SegmentState.Free) continue;
            held++;
            live += segment.LiveBytes;
        }
        return new SpaceUse(held, segments.SegmentBytes, live);
    }
}
