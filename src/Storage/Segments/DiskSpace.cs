namespace RustFs.Storage;

/// <summary>
/// Who may take how much of the file systems below the segments. Writers leave the reserve free. Compaction must be able to begin on a
/// full disk, for nothing else gives back what is partly dead: writers leave it a free segment, or the room for one above half of the
/// reserve. The index may grow by a quarter of the reserve before that room is too small, and the last quarter is its own, to record moves
/// and deletes. Used under the allocator's lock.
/// </summary>
internal sealed class DiskSpace(SegmentTable table, VolumeOptions options)
{
    // How long a look at the index's file system stands.
    private const int RecheckMs = 250;

    private int _nextDirectory;
    private long _checkedMs = long.MinValue;
    private long _indexFreeBytes = long.MaxValue;

    /// <summary>The index's file system is half into the reserve.</summary>
    public bool IsIndexShort()
    {
        long nowMs = options.ClockMs;
        if (nowMs - _checkedMs >= RecheckMs || _checkedMs == long.MinValue) (_checkedMs, _indexFreeBytes) = (nowMs, FreeBytesOf(0));
        return _indexFreeBytes < options.ReserveBytes / 2;
    }

    public bool IsBelowReserve(int directory) => FreeBytesOf(directory) < options.ReserveBytes;

    /// <summary>A directory where writers may make a file while so many segments are free; -1 for none.</summary>
    public int FindForWriters(int freeCount) =>
        Find(directory => HasRoom(directory, options.ReserveBytes) && CanCompactWith(freeCount, directory));

    public int FindForCompaction() => Find(directory => HasRoom(directory, options.ReserveBytes / 4));

    public bool CanCompactionMake()
    {
        for (int directory = 0; directory < table.Devices.Count; directory++)
        {
            if (HasRoom(directory, options.ReserveBytes / 4)) return true;
        }
        return false;
    }

    /// <summary>Whether compaction could make a free segment's file again once it is deleted.</summary>
    public bool CanMakeAgain(int directory) => FreeBytesOf(directory) >= options.ReserveBytes / 4;

    /// <summary>Whether compaction can begin with so many free segments, once a file more lies in a directory (-1 for none).</summary>
    public bool CanCompactWith(int freeCount, int takenDirectory = -1)
    {
        if (freeCount > 0 || CanMakeForCompaction(takenDirectory)) return true;
        // With nothing alive there is nothing to compact: what dies is freed as it is.
        foreach (Segment segment in table.All())
        {
            bool isInUse = segment.File is not null && segment.State != SegmentState.Free;
            if (isInUse && (segment.LiveBytes > 0 || segment.PinCount > 0)) return false;
        }
        return true;
    }

    /// <summary>How many segments writers could still make.</summary>
    public long NewSegments()
    {
        long keptBytes = Math.Max(options.ReserveBytes, options.ReserveBytes / 2 + table.SegmentBytes);
        long count = 0;
        for (int directory = 0; directory < table.Devices.Count; directory++)
            count += Math.Clamp((FreeBytesOf(directory) - keptBytes) / table.SegmentBytes, 0, int.MaxValue);
        return count;
    }

    // In turn, so that all devices share the work; one without room is passed over.
    private int Find(Func<int, bool> isFit)
    {
        for (int turn = 0; turn < table.Devices.Count; turn++)
        {
            int directory = (_nextDirectory + turn) % table.Devices.Count;
            if (!isFit(directory)) continue;
            _nextDirectory = (directory + 1) % table.Devices.Count;
            return directory;
        }
        return -1;
    }

    private bool CanMakeForCompaction(int takenDirectory)
    {
        for (int directory = 0; directory < table.Devices.Count; directory++)
        {
            long takenBytes = directory == takenDirectory ? table.SegmentBytes : 0;
            if (HasRoom(directory, options.ReserveBytes / 2 + takenBytes)) return true;
        }
        return false;
    }

    private bool HasRoom(int directory, long floorBytes) => FreeBytesOf(directory) - table.SegmentBytes >= floorBytes;

    // Where it cannot be asked, there is room until a write says otherwise.
    private long FreeBytesOf(int directory) => table.Devices[directory].FreeBytes() is var free && free >= 0 ? free : long.MaxValue / 2;
}
