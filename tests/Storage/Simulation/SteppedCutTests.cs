using System.Diagnostics;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// Power cuts by the thousand: the engine runs on the test's own thread, and which of its tasks and its clients does the next piece of work
/// is drawn from the seed, at every access to the medium. So a seed that fails fails again, at the same access.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class SteppedCutTests(ITestOutputHelper output)
{
    private const int RoundsPerVolume = 40;

    // Short rounds on few keys: what matters is where the cut falls, not how much was written before.
    private static readonly ConcurrentLoad Load = new(
        Clients: 4, Keys: 6, LargeOneIn: 16, MaxLargeBytes: 150_000, MaxSmallBytes: 5000, MaxAccesses: 24);

    [Fact]
    public async Task NoAcknowledgedWriteIsLostWhereverTheCutFalls()
    {
        const int volumes = 200;
        int firstSeed = SimulationSettings.FirstSeed(1);
        var clock = Stopwatch.StartNew();
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long acknowledged = 0, unacknowledged = 0, cuts = 0, groups = 0, reads = 0, punchedBytes = 0;
        int seed = firstSeed;
        for (; SimulationSettings.GoesOn(clock, seed - firstSeed, volumes, SimulationSettings.SteppedShare); seed++)
        {
            using ConcurrentVolume volume = await RunAsync(seed);
            cuts += volume.Cuts;
            acknowledged += volume.History.Acknowledged;
            unacknowledged += volume.History.Unacknowledged;
            groups += volume.Groups;
            reads += volume.Reads;
            punchedBytes += volume.Volume.PunchedBytes;
        }
        double cpuSeconds = (Environment.CpuUsage.TotalTime - cpuBefore).TotalSeconds;
        string figures = $"seeds {firstSeed} to {seed - 1}: power cuts {cuts}, writes acknowledged {acknowledged} in {groups} groups, "
            + $"in flight at a cut {unacknowledged}, reads {reads}, bytes punched {punchedBytes}; {clock.Elapsed.TotalSeconds:F1} s, "
            + $"{cuts / cpuSeconds:F0} cuts in a second of processor time";
        output.WriteLine(figures);
        SimulationSettings.Publish($"Stepped clients, {figures}");
        Assert.True(acknowledged > groups && unacknowledged > 0 && punchedBytes > 0, figures);
    }

    [Fact]
    public async Task ASeedDoesTheSameAgain()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            using ConcurrentVolume first = await RunAsync(seed);
            using ConcurrentVolume second = await RunAsync(seed);
            Assert.Equal(first.Volume.Faults.Trace, second.Volume.Faults.Trace);
            Assert.Equal(first.History.Acknowledged, second.History.Acknowledged);
        }
    }

    /// <summary>The simulation must be able to fail, and to fail again as it did.</summary>
    [Fact]
    public async Task AnEngineThatDoesNotSyncIsFoundOutTheSameWayEachTime()
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            string[] failures = [await FailAsync(seed), await FailAsync(seed)];
            Assert.Equal(failures[0], failures[1]);
        }
    }

    private static async Task<string> FailAsync(int seed)
    {
        using var volume = new ConcurrentVolume(seed, Load, isStepped: true, Durability.None);
        SimulationException failure = await Assert.ThrowsAsync<SimulationException>(async () =>
        {
            for (int round = 0; round < RoundsPerVolume; round++) await volume.RunAsync();
        });
        return failure.Message;
    }

    private static async Task<ConcurrentVolume> RunAsync(int seed)
    {
        var volume = new ConcurrentVolume(seed, Load, isStepped: true);
        for (int round = 0; round < RoundsPerVolume; round++) await volume.RunAsync();
        return volume;
    }
}
