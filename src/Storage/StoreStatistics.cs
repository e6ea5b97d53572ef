namespace RustFs.Storage;

/// <summary>Counters since start and gauges of now.</summary>
public readonly record struct StoreStatistics(
    long CommitGroups, long CommittedMutations, long BytesWritten, long BytesRead,
    long SegmentCount, long FreeSegmentCount, long SegmentBytes, long LiveBytes, long CompactedBytes,
    long RecordCacheHits, long RecordCacheMisses, long CorruptBlocks, long FreeBytes, bool WritesRefused)
{
    /// <summary>Reads answered from a body kept in memory.</summary>
    public long BodyCacheHits { get; init; }

    /// <summary>What those bodies take.</summary>
    public long BodyCacheBytes { get; init; }
    public ScrubStatistics Scrub { get; init; }
}
