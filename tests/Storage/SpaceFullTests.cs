using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Disks filled to the brim again and again: what was deleted becomes room, what was kept stays.</summary>
public sealed class SpaceFullTests
{
    // One that deletes all, one that keeps a tenth.
    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("RUSTFS_SPACE_ROUNDS"), out int asked) ? asked : 2;

    // Far more than reclaim takes, even on a busy machine.
    private const int WritableWithinSeconds = 20;

    /// <summary>
    /// Disks that hold only one to three segments of the usual size beside the reserve, and those of the size chosen for them.
    /// </summary>
    [TheoryWithMounts]
    [InlineData(600, 256)]
    [InlineData(900, 256)]
    [InlineData(900, 0)]
    public async Task ADiskFilledToTheBrimBecomesWritableAgain(int diskMib, int segmentMib)
    {
        using var mount = new TemporaryMount(diskMib);
        using var engine = new EngineHarness(change: options => options with
        {
            Directories = [Path.Combine(mount.Path, "volume")],
            SegmentBytes = (long)segmentMib << 20,
            ReserveBytes = 256 << 20,
            Durability = Durability.None,
        });
        Bucket bucket = await engine.BucketAsync();
        var kept = new Dictionary<string, int>();
        for (int round = 0; round < Rounds; round++)
        {
            List<string> stored = await FillAsync(engine, bucket, round);
            Assert.True(stored.Count > 5, $"round {round}: {stored.Count} objects fitted");
            Assert.Equal(StoreStatus.NoSpace, (await engine.TryPutAsync(bucket, "refused", Body(1, 8 << 20))).Status);
            foreach (string key in stored.Where((_, index) => index % 7 == 0)) await AssertStoredAsync(engine, bucket, key);

            // Nothing is left in even rounds; in odd ones a tenth stays, so that segments must be compacted to give anything back.
            bool keepsSome = round % 2 == 1;
            for (int index = 0; index < stored.Count; index++)
            {
                if (keepsSome && index % 10 == 0) kept.Add(stored[index], 0);
                else Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(stored[index]), null));
            }
            await WritableAsync(engine, bucket, round, 8 << 20);
            await WritableAsync(engine, bucket, round, 1000);
            foreach (string key in kept.Keys) await AssertStoredAsync(engine, bucket, key);
            if (!keepsSome) continue;
            foreach (string key in kept.Keys) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(key), null);
            kept.Clear();
        }
        engine.AssertAccounts();
    }

    private static async Task<List<string>> FillAsync(EngineHarness engine, Bucket bucket, int round)
    {
        var stored = new List<string>();
        var clock = Stopwatch.StartNew();
        // Once refused, space that is only being reclaimed may still come back: full is what stays full.
        for (int number = 0, refused = 0; refused < 3; number++)
        {
            Assert.True(clock.Elapsed.TotalSeconds < 60, "the disk never filled");
            int length = number % 3 == 0 ? 30_000 : 8 << 20;
            string key = $"round{round}-{number}-{length}";
            StoreStatus status = (await engine.TryPutAsync(bucket, key, Body(number, length))).Status;
            if (status == StoreStatus.Ok)
            {
                stored.Add(key);
                continue;
            }
            Assert.Equal(StoreStatus.NoSpace, status);
            if (length < 1 << 20) continue;
            refused++;
            await Task.Delay(300);
        }
        return stored;
    }

    private static async Task WritableAsync(EngineHarness engine, Bucket bucket, int round, int length)
    {
        var clock = Stopwatch.StartNew();
        StoreStatus status;
        while ((status = (await engine.TryPutAsync(bucket, "again", Body(round, length))).Status) == StoreStatus.NoSpace
            && clock.Elapsed.TotalSeconds < WritableWithinSeconds)
        {
            await Task.Delay(20);
        }
        Assert.True(status == StoreStatus.Ok, $"round {round}: {length} bytes are still answered {status}: {engine.Store.Statistics}");
        Assert.Equal(Body(round, length), await engine.GetAsync(bucket, "again"));
        Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("again"), null));
    }

    private static async Task AssertStoredAsync(EngineHarness engine, Bucket bucket, string key)
    {
        string[] parts = key.Split('-');
        byte[]? found = await engine.GetAsync(bucket, key);
        Assert.True(found.AsSpan().SequenceEqual(Body(int.Parse(parts[1]), int.Parse(parts[2]))), $"{key} is not what was stored");
    }

    private static byte[] Body(int seed, int length)
    {
        byte[] body = new byte[length];
        body.AsSpan().Fill((byte)seed);
        BitConverter.TryWriteBytes(body, seed);
        return body;
    }
}

/// <summary>Skipped, with the reason, where this process may not mount.</summary>
internal sealed class TheoryWithMountsAttribute : TheoryAttribute
{
    public TheoryWithMountsAttribute() => Skip = new FactWithMountsAttribute().Skip;
}
