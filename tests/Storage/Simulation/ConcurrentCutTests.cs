using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// Several clients write, delete and read few keys, compaction runs, and the power goes at a drawn access: so groups of many writes are cut
/// in every place. Here the engine has its threads; <see cref="SteppedCutTests"/> does the same far more often without them.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class ConcurrentCutTests(ITestOutputHelper output)
{
    private const int RoundsPerVolume = 8;

    private static readonly ConcurrentLoad Load = new(
        Clients: 8, Keys: 12, LargeOneIn: 5, MaxLargeBytes: 300_000, MaxSmallBytes: 9000, MaxAccesses: 120);

    [Fact]
    public async Task NoAcknowledgedWriteOfManyInFlightIsLost()
    {
        const int volumes = 40;
        int firstSeed = SimulationSettings.FirstSeed(1);
        var clock = Stopwatch.StartNew();
        long acknowledged = 0, unacknowledged = 0, cuts = 0, groups = 0, reads = 0;
        int seed = firstSeed;
        for (; SimulationSettings.GoesOn(clock, seed - firstSeed, volumes, SimulationSettings.ConcurrentShare); seed++)
        {
            using var volume = new ConcurrentVolume(seed, Load, isStepped: false);
            for (int round = 0; round < RoundsPerVolume; round++) await volume.RunAsync();
            cuts += volume.Cuts;
            acknowledged += volume.History.Acknowledged;
            unacknowledged += volume.History.Unacknowledged;
            groups += volume.Groups;
            reads += volume.Reads;
        }
        string figures = $"seeds {firstSeed} to {seed - 1}: power cuts {cuts}, writes acknowledged {acknowledged} in {groups} groups, "
            + $"in flight at a cut {unacknowledged}, reads {reads}; {clock.Elapsed.TotalSeconds:F1} s";
        output.WriteLine(figures);
        SimulationSettings.Publish($"Concurrent clients, {figures}");
        Assert.True(acknowledged > groups && unacknowledged > 0, figures);
    }
}
