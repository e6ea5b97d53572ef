using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Scripts that once failed, as short as they were shrunk to.</summary>
[Collection(nameof(SimulationCollection))]
public sealed class FoundFaultTests
{
    /// <summary>A write whose group failed before it was looked at answered what its pooled instance had answered to another.</summary>
    [Fact]
    public async Task AFailedGroupDoesNotAnswerWithAnEarlierRefusal()
    {
        using var runner = new ScriptRunner(seed: 26);
        await runner.RunAsync(
        [
            new(StepKind.Put, 1) { Key = 5, LengthBytes = 1375, Condition = StepCondition.IfStale },
            new(StepKind.ArmPowerCut, 2) { At = 1 },
            new(StepKind.Put, 3) { Key = 27, LengthBytes = 140_936 },
        ]);
    }

    /// <summary>
    /// A read between a failed commit and the index's reopening put the old record into the cache, where it stayed although the log turned
    /// out to hold the new one.
    /// </summary>
    [Fact]
    public async Task WhatWasReadWhileACommitWasInDoubtIsForgotten()
    {
        // Which way the doubt ends is the seed's.
        for (int seed = 1; seed <= 10; seed++)
        {
            using var runner = new ScriptRunner(seed);
            await runner.RunAsync(
            [
                new(StepKind.Put, 1) { Key = 29, LengthBytes = 3000 },
                new(StepKind.Compact, 2),
                new(StepKind.ArmFault, 3) { Fault = FaultKind.NoSpace, At = 2, Count = 40 },
                new(StepKind.Put, 4) { Key = 29, LengthBytes = 5000 },
                new(StepKind.Get, 5) { Key = 29 },
                new(StepKind.EndFault, 6),
            ]);
        }
    }

    /// <summary>Without its index a volume passed for a new one, and its segments for free space.</summary>
    [Fact]
    public async Task SegmentsWithoutTheirIndexAreRefused()
    {
        using var volume = new SimulatedVolume(seed: 1);
        var objects = new ObjectSteps(new SimulatedWorld(volume));
        volume.Open();
        await volume.BucketAsync(ScriptNames.Buckets[0]);
        await objects.PutAsync(new Step(StepKind.Put, 1) { Key = 1, LengthBytes = 5000 });
        await volume.AssertAccountsAsync();
        await volume.EndAsync(Ending.Closed);
        foreach (Keyspace keyspace in Enum.GetValues<Keyspace>()) volume.Index.Lose(keyspace);
        Assert.Contains("restore the index", Assert.Throws<VolumeException>(volume.Open).Message, StringComparison.Ordinal);
    }

    /// <summary>Segments whose records the index has lost passed for free space, whatever objects still referred to them.</summary>
    [Fact]
    public async Task SegmentsThatObjectsReferToAreNeverTakenForFree()
    {
        using var volume = new SimulatedVolume(seed: 1);
        var world = new SimulatedWorld(volume);
        var objects = new ObjectSteps(world);
        volume.Open();
        await volume.BucketAsync(ScriptNames.Buckets[0]);
        for (int key = 0; key < 10; key++) await objects.PutAsync(new Step(StepKind.Put, key + 1) { Key = key, LengthBytes = 50_000 });
        await volume.EndAsync(Ending.Closed);
        volume.Index.Lose(Keyspace.Segments);
        volume.Open();
        for (int key = 10; key < 40; key++)
            await objects.PutAsync(new Step(StepKind.Put, key + 1) { Key = key % 26 + 10, LengthBytes = 60_000 });
        for (int key = 0; key < 10; key++)
            Assert.NotNull(await objects.ReadAsync(world.Find(0)!, world.Model(0)!, ScriptNames.Keys[key], range: null));
    }
}
