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

    /// <summary>A thousand bodies with a megabyte of read-ahead each: what disks and sockets of one machine keep busy.</summary>
    private const long MaxInFlightBytes = 1L << 30;

    /// <summary>The same with TLS: its session, streams and pipes (44 KiB measured, see docs/durability.md).</summary>
    private const long TlsConnectionBytes = 48 * 1024;

    public MemoryPlan(long limitBytes, bool isTls = false)
    {
        LimitBytes = limitBytes;
        long inFlightShareBytes = limitBytes / 8 * 3;
        InFlight = new MemoryBudget(Math.Min(inFlightShareBytes, MaxInFlightBytes));
        IndexCacheBytes = limitBytes / 8 + (inFlightShareBytes - InFlight.LimitBytes);
        RecordCacheBytes = limitBytes / 16;
        BodyCacheBytes = limitBytes / 16;
        PrefixRunBytes = limitBytes / 256;
        Connections = (int)Math.Min(limitBytes / 6 / (isTls ? TlsConnectionBytes : ConnectionBytes), ServerLimits.Connections);
    }

    public long LimitBytes { get; }

    /// <summary>Three eighths, up to a bound: requests and bodies under way.</summary>
    public MemoryBudget InFlight { get; }

    /// <summary>An eighth, and what requests under way cannot use: blocks of the index, some 135 bytes an object.</summary>
    public long IndexCacheBytes { get; }

    /// <summary>A sixteenth: hot records with their keys, some 0.5 KiB each.</summary>
    public long RecordCacheBytes { get; }

    /// <summary>A sixteenth: bodies of small hot objects.</summary>
    public long BodyCacheBytes { get; }

    /// <summary>A 256th: common prefixes that listings have found, some 16 bytes each and their names.</summary>
    public long PrefixRunBytes { get; }

    /// <summary>A sixth, or the most that this server takes: beyond it a connection is closed at once.</summary>
    public int Connections { get; }

    /// <summary>The default: a quarter of the machine's memory (or its container's), 256 MiB to 4 GiB.</summary>
    public static long DefaultLimitBytes =>
        Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, MinLimitBytes, MaxDefaultBytes) & ~((1L << 20) - 1);
}
