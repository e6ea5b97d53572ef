using System.Diagnostics;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// A fixed workload, once for each of its accesses and each kind of fault, with that access failing: alone, and with everything after it
/// until the fault ends. The runner sees to it that nothing acknowledged is lost, nothing wrong is served, nothing hangs or is kept, and
/// that the first write after the fault's end goes through.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class FaultSweepTests(ITestOutputHelper output)
{
    private const int Lasting = int.MaxValue;

    // Of which one has disks that can punch.
    private const int LeastSweeps = 2;

    // Beyond the number of accesses of any kind that the workload makes; the sweep itself ends when a fault no longer happens.
    private const int MaxAccesses = 2000;

    [Theory]
    [InlineData(FaultKind.Eio, 1)]
    [InlineData(FaultKind.Eio, Lasting)]
    [InlineData(FaultKind.NoSpace, 1)]
    [InlineData(FaultKind.NoSpace, Lasting)]
    [InlineData(FaultKind.ShortWrite, 1)]
    [InlineData(FaultKind.FailedSync, 1)]
    [InlineData(FaultKind.FailedSync, Lasting)]
    [InlineData(FaultKind.Corruption, 1)]
    [InlineData(FaultKind.Corruption, Lasting)]
    [InlineData(FaultKind.PowerCut, 1)]
    public async Task EveryAccessMayFail(object kind, int count)
    {
        var fault = (FaultKind)kind;
        var clock = Stopwatch.StartNew();
        int seed = SimulationSettings.FirstSeed(1);
        int sweeps = 0, highest = 0;
        var counts = new SimulationCounts();
        for (; sweeps < LeastSweeps || SimulationSettings.GoesOn(clock, sweeps, LeastSweeps, SimulationSettings.SweepShare); sweeps++)
            highest = Math.Max(highest, await SweepAsync(fault, count, seed + sweeps, counts));
        string figures = $"{fault} {(count == 1 ? "once" : "lasting")}, seeds {seed} to {seed + sweeps - 1}: sweeps {sweeps}, "
            + $"accesses in the longest {highest}, {counts}; {clock.Elapsed.TotalSeconds:F1} s";
        output.WriteLine(figures);
        SimulationSettings.Publish($"Fault sweep, {figures}");
        Assert.InRange(highest, 20, MaxAccesses);
        Assert.True(counts.PunchedBytes > 0, figures);
    }

    /// <summary>Fails each access in turn; answers how many there were.</summary>
    private static async Task<int> SweepAsync(FaultKind fault, int count, int seed, SimulationCounts counts)
    {
        int last = 0;
        // The engine's threads make the number of accesses vary a little: it is over when none of several in a row happened.
        for (int at = 1; at <= MaxAccesses && at - last <= 2 * SimulationSettings.AtOnce; at += SimulationSettings.AtOnce)
        {
            SimulationCounts[] done = await Task.WhenAll(
                Enumerable.Range(at, SimulationSettings.AtOnce).Select(access => FailAsync(fault, access, count, seed)));
            for (int index = 0; index < done.Length; index++)
            {
                if (done[index].Faults > 0) last = at + index;
                counts.Add(done[index]);
            }
        }
        return last;
    }

    private static async Task<SimulationCounts> FailAsync(FaultKind fault, int at, int count, int seed)
    {
        await Task.Yield();
        using var runner = new ScriptRunner(seed);
        try
        {
            await runner.RunAsync(Workload(fault, at, count));
            return runner.Counts;
        }
        catch (SimulationException exception)
        {
            throw new SimulationException(
                $"{fault} at access {at} for {count}, seed {seed}: {exception.Message}\n{exception.InnerException}", exception);
        }
    }

    private static List<Step> Workload(FaultKind fault, int at, int count)
    {
        long id = 100;
        return
        [
            new(StepKind.Put, 1) { Key = 0, LengthBytes = 3000 },
            new(StepKind.Put, 2) { Key = 1, LengthBytes = 200_000 },
            new(StepKind.CreateUpload, 3) { Key = 2 },
            new(StepKind.PutPart, 4) { Number = 1, LengthBytes = 90_000 },
            new(fault == FaultKind.PowerCut ? StepKind.ArmPowerCut : StepKind.ArmFault, 5) { Fault = fault, At = at, Count = count },
            new(StepKind.CreateBucket, 6) { Bucket = 1 },
            new(StepKind.Put, id++) { Key = 0, LengthBytes = 5000 },
            new(StepKind.PutInPlace, id++) { Key = 3, LengthBytes = 65_536 },
            new(StepKind.Put, id++) { Key = 4, LengthBytes = 700_000 },
            new(StepKind.Put, id++) { Key = 5, LengthBytes = 900_000 },
            new(StepKind.Get, id++) { Key = 1 },
            new(StepKind.GetRange, id++) { Key = 4, Seed = 4 },
            new(StepKind.Delete, id++) { Key = 4 },
            new(StepKind.Burst, id++) { Seed = 5 },
            new(StepKind.PutPart, id++) { Number = 2, LengthBytes = 1000 },
            new(StepKind.ReplaceFields, id++) { Key = 0 },
            new(StepKind.Copy, id++) { Key = 6, OtherKey = 1 },
            new(StepKind.Share, id++) { Key = 8, OtherKey = 1 },
            new(StepKind.Append, id++) { Key = 8, LengthBytes = 3000 },
            new(StepKind.Append, id++) { Key = 1, LengthBytes = 100_000 },
            new(StepKind.Rename, id++) { Key = 9, OtherKey = 8 },
            new(StepKind.Complete, id++) { Seed = 1 },
            new(StepKind.Delete, id++) { Key = 5 },
            new(StepKind.Put, id++) { Key = 7, LengthBytes = 1_100_000 },
            new(StepKind.Compact, id++),
            new(StepKind.List, id++) { Max = 5, Delimiter = 1 },
            new(StepKind.ListUploads, id++) { Max = 5 },
            new(StepKind.DeleteBucket, id++),
            new(StepKind.Put, id++) { Key = 0, LengthBytes = 10, Condition = StepCondition.IfCurrent },
            new(StepKind.EndFault, id++),
            new(StepKind.CutPower, id++) { Seed = 1 },
        ];
    }
}
