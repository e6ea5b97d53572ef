namespace RustFs.Storage;

/// <summary>Counters since start and gauges of now.</summary>
public readonly record struct StoreStatistics(
    long CommitGroups, long CommittedMutations, long BytesWritten, long BytesRead,
    long SegmentCount, long FreeSegmentCount, long SegmentBytes, long LiveBytes, long CompactedBytes,
    long RecordCacheHits, long RecordCacheMisses, long CorruptBlocks, long FreeBytes, bool WritesRefused)
{
    /// <summary>Reads answered from a body kept in memory.</summary>
    public long BodyCacheHits { get; init; }

    /// <summary>Bytes of dead bodies given back to the file systems as holes of segment files.</summary>
    public long PunchedBytes { get; init; }

    /// <summary>What those bodies take.</summary>
    public long BodyCacheBytes { get; init; }

    /// <summary>Common prefixes listed from memory; the seeks that others took; and what those in memory take.</summary>
    public long PrefixRunHits { get; init; }
    public long PrefixRunSeeks { get; init; }
    public long PrefixRunBytes { get; init; }
    public ScrubStatistics Scrub { get; init; }

    /// <summary>What large bodies on their way have reserved in segments; not among the live bytes.</summary>
    public long UnderwayBytes { get; init; }

    /// <summary>Bytes that compaction must gain before a byte more is written; 0 while writers are not held back.</summary>
    public double WriteShare { get; init; }
}
