using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class SegmentCompactionTests
{
    [Fact]
    public async Task LiveBytesMoveTogetherAndStayReadable()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        var kept = new Dictionary<string, byte[]>();
        for (int index = 0; index < 200; index++)
        {
            int length = index % 10 == 0 ? 150_000 : 3000 + index;
            byte[] body = EngineHarness.Bytes(length, index);
            await engine.PutAsync(bucket, $"key{index}", body);
            if (index % 5 == 0) kept.Add($"key{index}", body);
        }
        for (int index = 0; index < 200; index++)
        {
            if (!kept.ContainsKey($"key{index}"))
                await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{index}"), null);
        }
        long before = engine.Store.Statistics.SegmentCount;
        await engine.MoveAllAsync(bucket);
        Assert.True(engine.Store.Statistics.CompactedBytes > 0);
        foreach ((string key, byte[] body) in kept) Assert.Equal(body, await engine.GetAsync(bucket, key));
        engine.AssertAccounts();
        Assert.Equal(kept.Values.Sum(body => (long)body.Length), engine.Store.Statistics.LiveBytes);
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        foreach ((string key, byte[] body) in kept) Assert.Equal(body, await engine.GetAsync(bucket, key));
        engine.AssertAccounts();
        Assert.True(before > 0);
    }

    [Fact]
    public async Task ReadsNeverFailWhileBytesMove()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        const int keys = 24;
        int[] versions = new int[keys];
        for (int key = 0; key < keys; key++) await engine.PutAsync(bucket, $"key{key}", Body(key, 0));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        int reads = 0;
        Task[] readers = [.. Enumerable.Range(0, 3).Select(reader => Task.Run(async () =>
        {
            var random = new Random(reader);
            while (!stop.IsCancellationRequested)
            {
                int key = random.Next(keys);
                int least = Volatile.Read(ref versions[key]);
                byte[]? body = await engine.GetAsync(bucket, $"key{key}");
                int most = Volatile.Read(ref versions[key]) + 1;
                Assert.Contains(Enumerable.Range(least, most - least + 1), version => Body(key, version).AsSpan().SequenceEqual(body));
                reads++;
            }
        }))];
        Task writer = Task.Run(async () =>
        {
            var random = new Random(99);
            while (!stop.IsCancellationRequested)
            {
                int key = random.Next(keys / 4);
                await engine.PutAsync(bucket, $"key{key}", Body(key, versions[key] + 1));
                Volatile.Write(ref versions[key], versions[key] + 1);
            }
        });
        Task mover = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) engine.Store.Reclaimer.RunOnce();
        });
        await Task.WhenAll([.. readers, writer, mover]);
        Assert.True(reads > 100);
        for (int key = 0; key < keys; key++) Assert.Equal(Body(key, versions[key]), await engine.GetAsync(bucket, $"key{key}"));
        engine.AssertAccounts();

        static byte[] Body(int key, int version) => EngineHarness.Bytes(key % 3 == 0 ? 120_000 + key : 2000 + key, (key << 20) + version);
    }

    [Fact]
    public async Task OverwritingForLongKeepsSpaceBounded()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        const int keys = 40;
        long live = 0;
        for (int key = 0; key < keys; key++) live += Length(key);
        for (int round = 0; round < 20; round++)
        {
            for (int key = 0; key < keys; key++) await engine.PutAsync(bucket, $"key{key}", EngineHarness.Bytes(Length(key), round));
        }
        for (int pass = 0; pass < 20; pass++) engine.Store.Settle();
        Assert.Equal(live, engine.Store.Statistics.LiveBytes);
        long used = engine.Store.Statistics.SegmentBytes - engine.Store.Statistics.FreeSegmentCount * (1 << 20);
        Assert.InRange(used, live, live * 2 + (3 << 20));
        for (int key = 0; key < keys; key++) Assert.Equal(EngineHarness.Bytes(Length(key), 19), await engine.GetAsync(bucket, $"key{key}"));
        engine.AssertAccounts();

        static int Length(int key) => key % 4 == 0 ? 200_000 : 20_000;
    }
}
