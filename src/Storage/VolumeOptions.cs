using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>How writes reach the medium before they are acknowledged.</summary>
public enum Durability : byte { Synced, None }

/// <summary>How to open a volume set. Several directories: segments spread over all of them, the index is in the first.</summary>
public sealed record VolumeOptions
{
    /// <summary>Room for some bodies beside the header: for tests.</summary>
    public const long MinSegmentBytes = 1L << 20;

    /// <summary>Offsets within a segment are stored in 32 bits, and compaction moves a segment at a time.</summary>
    public const long MaxSegmentBytes = 1L << 30;

    public required IReadOnlyList<string> Directories { get; init; }
    public Durability Durability { get; init; } = Durability.Synced;

    /// <summary>
    /// What a volume gets where its file systems are large enough: compaction of one takes seconds, and a terabyte has 4,096.
    /// </summary>
    public const long UsualSegmentBytes = 256L << 20;

    /// <summary>
    /// A power of two, 1 MiB (tests) to 1 GiB. 0: <see cref="UsualSegmentBytes"/>, or less where the smallest file system would have room
    /// for fewer than <see cref="MinSegmentsPerDisk"/>. Kept in the volume's format once it exists.
    /// </summary>
    public long SegmentBytes { get; init; }

    /// <summary>
    /// Open segments, those prepared ahead and the one that compaction needs together stay a small part of a disk of so many.
    /// </summary>
    public const int MinSegmentsPerDisk = 32;

    /// <summary>
    /// No segment is made that would leave less than this free on its file system; writes go on while existing segments have room, until
    /// the index has used up half of the reserve.
    /// </summary>
    public long ReserveBytes { get; init; } = 256L << 20;
    public long IndexCacheBytes { get; init; } = 64L << 20;

    /// <summary>For hot records with their keys; in sets of 4 KiB, of which there is at least one.</summary>
    public long RecordCacheBytes { get; init; } = 16L << 20;

    /// <summary>For whole bodies of small objects that are read again and again; 0 for none.</summary>
    public long BodyCacheBytes { get; init; }

    /// <summary>For common prefixes that listings have found; 0 for none.</summary>
    public long PrefixRunBytes { get; init; } = 4L << 20;

    /// <summary>How many of them stand in one run at the most, and whether those of small groups are kept too: for tests.</summary>
    internal int PrefixRunNames { get; init; } = PrefixRun.MaxNames;
    internal bool KeepsAllPrefixes { get; init; }

    /// <summary>
    /// Body buffers are counted here. As it fills bodies get one buffer of 64 KiB each and no more; then further ones are refused with <see
    /// cref="StoreStatus.Busy"/>.
    /// </summary>
    public MemoryBudget Memory { get; init; } = new(128L << 20);

    /// <summary>
    /// Small bodies that arrive together while no commit is under way, and come to no more than this, are made durable by the index's log,
    /// not by a sync of their own; 0 for never.
    /// </summary>
    public int LoggedBatchBytes { get; init; } = LoggedBodies.MaxBatchBytes;

    /// <summary>
    /// Whether the continuations of small writes run on the committer's thread: cheaper where they only hand the outcome on, and ruinous
    /// where they work or wait, since every other write waits with them.
    /// </summary>
    public bool CompletesInline { get; init; }

    /// <summary>Rings that read and write large bodies; null for threads that wait for the device. They must outlive the volume.</summary>
    public RingSet? Rings { get; init; }

    /// <summary>How fast the scrubber reads live bytes and the index in the background; 0 for no scrubber.</summary>
    public long ScrubBytesPerSecond { get; init; }

    /// <summary>From the beginning of one pass to the next: damage grows over months, and each pass costs the disk one full read.</summary>
    public TimeSpan ScrubInterval { get; init; } = TimeSpan.FromDays(7);

    /// <summary>From opening to the first look whether a pass is due: starting up is for clients.</summary>
    public TimeSpan ScrubStartDelay { get; init; } = TimeSpan.FromMinutes(1);
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What runs the engine's own work.</summary>
    internal IEngineScheduler Scheduler { get; init; } = EngineThreads.Instance;

    /// <summary>Milliseconds on a clock that never goes back.</summary>
    internal long ClockMs => Time.GetTimestamp() / (Time.TimestampFrequency / 1000);
    public IVolumeEvents Events { get; init; } = NoVolumeEvents.Instance;
}
