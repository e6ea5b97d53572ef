using System.Diagnostics;

namespace RustFs.Storage;

/// <summary>Where commit groups spend their time, summed since start. Written by the committer alone.</summary>
internal sealed class CommitTimings
{
    public long Groups;
    public long Mutations;
    public long ApplyTicks;
    public long WriteTicks;
    public long SyncTicks;
    public long IndexTicks;

    public void Add(long applyTicks, long writeTicks, long syncTicks)
    {
        ApplyTicks += applyTicks;
        WriteTicks += writeTicks;
        SyncTicks += syncTicks;
    }

    public static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
