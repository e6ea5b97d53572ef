using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// Each access while a volume is opened fails in turn. It is refused, leaving no file open, or it opens and serves right bytes or errors;
/// opened again without the fault it has everything.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class OpenSweepTests
{
    // More than an opening of this volume makes; the rest befall what follows it.
    private const int MaxAccesses = 60;
    private static readonly int[] Lengths = [0, 10, 60_000, 200_000, 1_200_000, 900_000, 3_000];

    [Theory]
    [InlineData(FaultKind.Eio, 1)]
    [InlineData(FaultKind.Eio, MaxAccesses)]
    [InlineData(FaultKind.NoSpace, 1)]
    [InlineData(FaultKind.FailedSync, 3)]
    [InlineData(FaultKind.PowerCut, 1)]
    public async Task OpeningMayFailAnywhere(object kind, int count)
    {
        var fault = (FaultKind)kind;
        using var volume = new SimulatedVolume(SimulationSettings.FirstSeed(1), disks: 2);
        var world = new SimulatedWorld(volume);
        var objects = new ObjectSteps(world);
        volume.Open();
        await volume.BucketAsync(ScriptNames.Buckets[0]);
        for (int key = 0; key < Lengths.Length; key++)
            await objects.PutAsync(new Step(StepKind.Put, key + 1) { Key = key, LengthBytes = Lengths[key], Seed = key });
        int refused = 0;
        for (int at = 1; at <= MaxAccesses; at++)
        {
            await volume.EndAsync(at % 2 == 0 ? Ending.Killed : Ending.PowerCut);
            volume.Faults.Arm(fault, at, count);
            world.IsFaultArmed = true;
            try
            {
                volume.Open();
                if (world.Find(0) is { } opened) await ReadAllAsync(objects, world, opened);
            }
            catch (VolumeException)
            {
                refused++;
                Assert.Equal(0, volume.Disks.Sum(disk => disk.OpenFiles));
            }
            volume.Faults.Disarm();
            await volume.EndAsync(volume.Faults.IsPowerOff ? Ending.PowerCut : Ending.Killed);
            world.IsFaultArmed = false;
            volume.Open();
            await ReadAllAsync(objects, world, world.Find(0)!);
            await objects.PutAsync(new Step(StepKind.Put, 100 + at) { Key = 20, LengthBytes = 150_000, Seed = at });
            await volume.AssertAccountsAsync();
        }
        Assert.True(refused > 0 || fault == FaultKind.NoSpace, "No opening was refused.");
    }

    private static async Task ReadAllAsync(ObjectSteps objects, SimulatedWorld world, Bucket bucket)
    {
        for (int key = 0; key < Lengths.Length; key++)
        {
            var read = await objects.ReadAsync(bucket, world.Model(0)!, ScriptNames.Keys[key], range: null);
            Assert.True(read is not null || world.MayFail, $"{ObjectSteps.Show(ScriptNames.Keys[key])} cannot be read.");
        }
    }
}
