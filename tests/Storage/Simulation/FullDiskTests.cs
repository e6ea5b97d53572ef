using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// A disk filled to the brim, with power cuts on it: everything acknowledged stays readable, deletes are taken, and what they free can be
/// written again without a restart.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class FullDiskTests
{
    // The reserve, what each of three append points may hold half dead, and what compaction needs to begin: with six it stayed full.
    private const int FewestSegments = 7;
    private const int MaxObjects = 1000;
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(1, FewestSegments)]
    [InlineData(2, FewestSegments)]
    [InlineData(3, 12)]
    public async Task AFullDiskTakesDeletesAndIsWrittenAgain(int seed, int segments)
    {
        var random = new Random(seed);
        using var volume = new SimulatedVolume(seed, capacityBytes: segments * SimulatedVolume.SegmentBytes);
        volume.Open();
        var written = new Dictionary<long, int>();
        long next = 1;
        for (int round = 0; round < 3; round++)
        {
            Bucket bucket = await volume.BucketAsync("bucket");
            next = await FillAsync(volume, bucket, written, next, random);
            await volume.EndAsync(Ending.PowerCut);
            volume.Open();
            bucket = await volume.BucketAsync("bucket");
            await CheckAsync(volume, bucket, written);
            foreach (long gone in written.Keys.Where(_ => random.Next(5) != 0).ToArray())
            {
                Assert.Equal(StoreStatus.Ok, await volume.Store.DeleteObjectAsync(bucket, Key(gone), null));
                written.Remove(gone);
            }
            var clock = Stopwatch.StartNew();
            while (await PutAsync(volume, bucket, next, 400_000) is var status && status != StoreStatus.Ok)
            {
                Assert.Equal(StoreStatus.NoSpace, status);
                Assert.True(clock.Elapsed < RecoveryLimit, $"Seed {seed}: still full with {written.Count} objects.");
                await Task.Delay(20);
            }
            written[next++] = 400_000;
            await CheckAsync(volume, bucket, written);
            await volume.AssertAccountsAsync();
        }
    }

    private static async Task<long> FillAsync(
        SimulatedVolume volume, Bucket bucket, Dictionary<long, int> written, long next, Random random)
    {
        for (int refused = 0; refused < 5;)
        {
            Assert.True(written.Count < MaxObjects);
            int length = random.Next(3) == 0 ? random.Next(500_000) : random.Next(60_000);
            StoreStatus status = await PutAsync(volume, bucket, next, length);
            if (status == StoreStatus.Ok) written[next++] = length;
            else Assert.Equal(StoreStatus.NoSpace, status);
            if (status != StoreStatus.Ok) refused++;
        }
        return next;
    }

    private static async Task CheckAsync(SimulatedVolume volume, Bucket bucket, Dictionary<long, int> written)
    {
        var objects = new ObjectSteps(new SimulatedWorld(volume));
        foreach ((long number, int length) in written)
        {
            var model = new ModelBucket();
            model.Set(Key(number), new ModelObject(number, 0, [new ModelBody(number, length)], 0));
            Assert.NotNull(await objects.ReadAsync(bucket, model, Key(number), range: null));
        }
    }

    private static async Task<StoreStatus> PutAsync(SimulatedVolume volume, Bucket bucket, long number, int length)
    {
        byte[] body = PatternedContent.Bytes(number, length);
        StoreStatus status = volume.Store.OpenWriter(length, out BodyWriter? writer);
        if (status != StoreStatus.Ok) return status;
        using (writer)
        {
            status = await ObjectSteps.FillAsync(writer!, body, new Random(1), length);
            if (status != StoreStatus.Ok) return status;
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)number, 0) };
            return (await volume.Store.PutObjectAsync(bucket, Key(number), writer!, attributes, null)).Status;
        }
    }

    private static byte[] Key(long number) => BitConverter.GetBytes(number);
}
