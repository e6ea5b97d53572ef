using RustFs.Storage;
using RustFs.Tests.Storage.Simulation;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class WritePacerTests
{
    private const long SegmentBytes = 1 << 20;
    private const int StepMs = 20;
    private const int WriteBytes = 4096;

    /// <summary>
    /// A store of tiny bodies near its bound: compaction gains next to nothing, but something. Its writers came to a stand.
    /// </summary>
    [Fact]
    public void HoweverLittleIsGainedWritersGoOnAtTheFloor()
    {
        const int seconds = 20;
        var time = new SimulatedTime();
        using var device = new MemoryBlockDevice("memory");
        using var pacer = new WritePacer(NearItsBound(device), time);
        pacer.Weigh(canGain: true);
        Assert.True(pacer.Share > 1);

        long written = 0;
        Task turn = Task.CompletedTask;
        for (int step = 0; step < seconds * 1000 / StepMs; step++)
        {
            while (turn.IsCompleted)
            {
                Assert.True(written < SegmentBytes * seconds, "nobody is held back");
                turn = pacer.PaceAsync(WriteBytes).AsTask();
                written += WriteBytes;
            }
            time.Advance(StepMs);
            pacer.Gain(1);
        }

        // An eighth of a segment a second, and at most an eighth before anybody waits.
        long floor = SegmentBytes / 8 * seconds;
        Assert.InRange(written, floor - SegmentBytes / 8, floor + SegmentBytes / 4);
    }

    /// <summary>Nothing is saved up while nobody waits: the floor is a rate.</summary>
    [Fact]
    public void APauseAllowsNoMoreThanABurst()
    {
        var time = new SimulatedTime();
        using var device = new MemoryBlockDevice("memory");
        using var pacer = new WritePacer(NearItsBound(device), time);
        pacer.Weigh(canGain: true);
        Assert.InRange(WriteUntilHeldBack(pacer), 0, SegmentBytes / 8);
        for (int step = 0; step < 500; step++)
        {
            time.Advance(StepMs);
            pacer.Gain(1);
        }
        Assert.InRange(WriteUntilHeldBack(pacer), 0, SegmentBytes / 8);
    }

    private static long WriteUntilHeldBack(WritePacer pacer)
    {
        long written = 0;
        while (pacer.PaceAsync(WriteBytes).AsTask().IsCompleted) written += WriteBytes;
        return written;
    }

    // Ten segments that are hardly more than half alive.
    private static SegmentTable NearItsBound(MemoryBlockDevice device)
    {
        var segments = new SegmentTable([device], SegmentBytes);
        for (int count = 0; count < 10; count++)
        {
            Segment segment = segments.AddIn(0);
            Assert.Equal(IoError.None, device.CreateSegment(segment.Number, SegmentBytes, zeroFilled: false, out ISegmentFile? file));
            (segment.File, segment.State, segment.LiveBytes) = (file, SegmentState.Sealed, SegmentBytes / 2 + SegmentBytes / 32);
        }
        return segments;
    }
}
