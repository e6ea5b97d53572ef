using System.Diagnostics;

namespace RustFs.Storage;

/// <summary>Where commits spend their time, summed since start. Each figure has one writer, the placer or the committer.</summary>
internal sealed class CommitTimings
{
    public long Groups;
    public long Mutations;
    public long ApplyTicks;
    public long WriteTicks;
    public long SyncTicks;
    public long IndexTicks;

    public static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
