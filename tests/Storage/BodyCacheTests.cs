using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Bodies of small objects that are read again and again: kept whole, bounded, and never older than the last write.</summary>
public sealed class BodyCacheTests
{
    private const int BodyBytes = 4096;

    [Fact]
    public async Task ABodyIsKeptFromTheSecondReadOn()
    {
        using EngineHarness engine = Open(1 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(BodyBytes);
        await engine.PutAsync(bucket, "key", body);
        Assert.True(Cached(engine, bucket, "key").IsEmpty);
        await engine.GetAsync(bucket, "key");
        Assert.True(Cached(engine, bucket, "key").IsEmpty);
        await engine.GetAsync(bucket, "key");
        Assert.Equal(body, Cached(engine, bucket, "key").ToArray());
        Assert.Equal(1, engine.Store.Statistics.BodyCacheHits);
    }

    [Fact]
    public async Task AWriteTakesTheOldBodyAway()
    {
        using EngineHarness engine = Open(1 << 20);
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(BodyBytes));
        await engine.GetAsync(bucket, "key");
        await engine.GetAsync(bucket, "key");
        byte[] body = EngineHarness.Bytes(BodyBytes, seed: 2);
        await engine.PutAsync(bucket, "key", body);
        Assert.True(Cached(engine, bucket, "key").IsEmpty);
        Assert.Equal(body, await engine.GetAsync(bucket, "key"));
    }

    [Theory]
    [InlineData(BodyCache.MaxBodyBytes, true)]
    [InlineData(BodyCache.MaxBodyBytes + 1, false)]
    public async Task OnlySmallBodiesAreKept(int lengthBytes, bool isKept)
    {
        using EngineHarness engine = Open(1 << 20);
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(lengthBytes));
        await engine.GetAsync(bucket, "key");
        await engine.GetAsync(bucket, "key");
        Assert.Equal(isKept, !Cached(engine, bucket, "key").IsEmpty);
    }

    [Fact]
    public async Task TheBoundIsKeptAndWhatIsReadStays()
    {
        const int CapacityBytes = 64 * 1024;
        const int Keys = 100;
        using EngineHarness engine = Open(CapacityBytes);
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "hot", EngineHarness.Bytes(BodyBytes));
        await engine.GetAsync(bucket, "hot");
        await engine.GetAsync(bucket, "hot");
        for (int key = 0; key < Keys; key++)
        {
            await engine.PutAsync(bucket, $"key-{key}", EngineHarness.Bytes(BodyBytes));
            await engine.GetAsync(bucket, $"key-{key}");
            await engine.GetAsync(bucket, $"key-{key}");
            Assert.False(Cached(engine, bucket, "hot").IsEmpty);
            Assert.InRange(engine.Store.Statistics.BodyCacheBytes, 1, CapacityBytes);
        }

        Assert.True(Cached(engine, bucket, "key-0").IsEmpty);
    }

    /// <summary>Where more is read than fits, entering costs and gains nothing; what is read often must get in all the same.</summary>
    [Fact]
    public async Task OnceItIsFullOneOfManyThatAskIsLetIn()
    {
        const int CapacityBytes = 256 * 1024;
        const int Keys = 400, Rounds = 3;
        using EngineHarness engine = Open(CapacityBytes);
        Bucket bucket = await engine.BucketAsync();
        for (int key = 0; key < Keys; key++) await engine.PutAsync(bucket, $"key-{key}", EngineHarness.Bytes(BodyBytes, seed: key));
        int entered = 0;
        for (int round = 0; round < Rounds; round++)
        {
            for (int key = 0; key < Keys; key++)
            {
                bool wasCached = !Cached(engine, bucket, $"key-{key}").IsEmpty;
                await engine.GetAsync(bucket, $"key-{key}");
                if (!wasCached && !Cached(engine, bucket, $"key-{key}").IsEmpty) entered++;
            }
        }
        // Those that fitted at first, and an eighth of the reads after that.
        Assert.InRange(entered, CapacityBytes / BodyBytes / 2, CapacityBytes / BodyBytes + Keys * Rounds / 8);

        string wanted = Enumerable.Range(0, Keys).Select(key => $"key-{key}").First(key => Cached(engine, bucket, key).IsEmpty);
        for (int read = 0; read < 8; read++) await engine.GetAsync(bucket, wanted);
        Assert.False(Cached(engine, bucket, wanted).IsEmpty);
    }

    private static EngineHarness Open(long capacityBytes) => new(change: options => options with { BodyCacheBytes = capacityBytes });

    private static ReadOnlyMemory<byte> Cached(EngineHarness engine, Bucket bucket, string key)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record));
        return engine.Store.FindCachedBody(record!);
    }
}
