namespace RustFs.Storage;

/// <summary>How writes reach the medium before they are acknowledged.</summary>
public enum Durability : byte { Synced, None }

/// <summary>How to open a volume set. Several directories: segments spread over all of them, the index is in the first.</summary>
public sealed record VolumeOptions
{
    public required IReadOnlyList<string> Directories { get; init; }
    public Durability Durability { get; init; } = Durability.Synced;

    /// <summary>A power of two, 1 MiB (tests) to 1 GiB. Kept in the volume's format once it exists.</summary>
    public long SegmentBytes { get; init; } = 256L << 20;

    /// <summary>Writes are refused while less than this is free on a directory's file system.</summary>
    public long ReserveBytes { get; init; } = 256L << 20;
    public long IndexCacheBytes { get; init; } = 64L << 20;

    /// <summary>Entries in the cache of hot records.</summary>
    public int RecordCacheEntries { get; init; } = 32 * 1024;

    /// <summary>Body buffers may use at most this much together; beyond it, writers wait.</summary>
    public long BufferBytes { get; init; } = 64L << 20;
    public TimeProvider Time { get; init; } = TimeProvider.System;
    public IVolumeEvents Events { get; init; } = NoVolumeEvents.Instance;
}
