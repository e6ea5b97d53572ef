using RustFs.Storage;

namespace RustFs.Server;

/// <summary>
/// How the operator's one ceiling on resident memory is shared out. What is left over is the runtime's: code, stacks, collector, the
/// index's write buffers (32 MiB) and what the allocators keep.
/// </summary>
internal sealed record MemoryPlan
{
    /// <summary>Runtime, code, index write buffers and commit buffers take about half of this before the first request.</summary>
    public const long MinLimitBytes = 256L << 20;

    /// <summary>The default takes no more than this: a bigger store of hot records is the operator's choice.</summary>
    private const long MaxDefaultBytes = 4L << 30;

    /// <summary>An idle connection: socket, wait state, timeouts, Kestrel's own objects (measured, see docs/durability.md).</summary>
    private const long ConnectionBytes = 4 * 1024;

    /// <summary>A hot record with its key: some 0.5 KiB usually, at most 3 KiB (RecordCache).</summary>
    private const long RecordBytes = 2 * 1024;

    /// <summary>A thousand bodies with a megabyte of read-ahead each: what disks and sockets of one machine keep busy.</summary>
    private const long MaxInFlightBytes = 1L << 30;

    public MemoryPlan(long limitBytes)
    {
        LimitBytes = limitBytes;
        long inFlightShareBytes = limitBytes / 8 * 3;
        InFlight = new MemoryBudget(Math.Min(inFlightShareBytes, MaxInFlightBytes));
        IndexCacheBytes = limitBytes / 8 + (inFlightShareBytes - InFlight.LimitBytes);
        RecordCacheEntries = (int)Math.Min(limitBytes / 16 / RecordBytes, 1 << 20);
        BodyCacheBytes = limitBytes / 16;
        Connections = (int)Math.Min(limitBytes / 6 / ConnectionBytes, ServerLimits.Connections);
    }

    public long LimitBytes { get; }

    /// <summary>Three eighths, up to a bound: requests and bodies under way.</summary>
    public MemoryBudget InFlight { get; }

    /// <summary>An eighth, and what requests under way cannot use: blocks of the index, some 135 bytes an object.</summary>
    public long IndexCacheBytes { get; }

    /// <summary>A sixteenth.</summary>
    public int RecordCacheEntries { get; }

    /// <summary>A sixteenth: bodies of small hot objects.</summary>
    public long BodyCacheBytes { get; }

    /// <summary>A sixth, or the most that this server takes: beyond it a connection is closed at once.</summary>
    public int Connections { get; }

    /// <summary>The default: a quarter of the machine's memory (or its container's), 256 MiB to 4 GiB.</summary>
    public static long DefaultLimitBytes =>
        Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, MinLimitBytes, MaxDefaultBytes) & ~((1L << 20) - 1);
}
