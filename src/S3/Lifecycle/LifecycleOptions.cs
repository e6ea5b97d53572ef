using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>How rules are carried out.</summary>
public sealed record LifecycleOptions
{
    /// <summary>
    /// From run to run; runs begin at whole multiples of it after midnight UTC, which is when things fall due. AWS takes up to two days.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromHours(6);

    /// <summary>From the start to the first run: starting up is for clients. Never longer than the interval.</summary>
    public TimeSpan StartDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Between two pages of a listing, and between two batches of deletions: a page takes a millisecond or two and a batch one or two
    /// commits, so that some twenty of them a second leave core and disk to requests.
    /// </summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Is told of runs that did something.</summary>
    public IVolumeEvents? Events { get; init; }
}
