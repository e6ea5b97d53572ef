using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>What a bucket is configured with lives and goes with it.</summary>
public sealed class BucketConfigurationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConfigurationsOutliveTheProcess(bool crash)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        Bucket other = await engine.BucketAsync("other");
        await ConfigureAsync(engine, bucket, BucketConfigurationKind.Tagging, "tags");
        // By way of the bucket as it was before: the first is kept all the same.
        await ConfigureAsync(engine, bucket, BucketConfigurationKind.Versioning, "Enabled");
        await ConfigureAsync(engine, other, BucketConfigurationKind.Tagging, "others");
        Assert.Equal(("tags", "Enabled"), Read(engine));
        await ConfigureAsync(engine, bucket, BucketConfigurationKind.Tagging, "");
        await ConfigureAsync(engine, bucket, BucketConfigurationKind.Versioning, "Suspended");

        await engine.ReopenAsync(crash);
        Assert.Equal(("", "Suspended"), Read(engine));
        Assert.Equal("others", Text(engine.Store.FindBucket("other"u8)!, BucketConfigurationKind.Tagging));
    }

    [Fact]
    public async Task AConfiguredBucketIsTheSameBucket()
    {
        using var engine = new EngineHarness();
        Bucket before = await engine.BucketAsync();
        await engine.PutAsync(before, "key", [1]);
        await ConfigureAsync(engine, before, BucketConfigurationKind.Tagging, "tags");
        Bucket after = engine.Store.FindBucket("bucket"u8)!;
        Assert.Equal((before.Id, before.Created), (after.Id, after.Created));
        await engine.PutAsync(before, "key", [2]);
        Assert.Equal([2], await engine.GetAsync(after, "key"));
    }

    [Fact]
    public async Task ConfigurationsGoWithTheBucket()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await ConfigureAsync(engine, bucket, BucketConfigurationKind.Lifecycle, "rules");
        Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteBucketAsync(bucket));
        Assert.Equal(
            StoreStatus.NoSuchBucket, await engine.Store.ConfigureBucketAsync(bucket, BucketConfigurationKind.Tagging, "tags"u8.ToArray()));

        Bucket again = await engine.BucketAsync();
        Assert.True(again.Configurations[BucketConfigurationKind.Lifecycle].IsEmpty);
        using (IIndexCursor cursor = engine.Store.Index.OpenCursor(Keyspace.Meta, IndexKeys.ConfigurationsEnd))
            Assert.False(cursor.Seek(IndexKeys.ConfigurationsFirst));
        await engine.ReopenAsync();
        Assert.True((await engine.BucketAsync()).Configurations[BucketConfigurationKind.Lifecycle].IsEmpty);
    }

    private static async Task ConfigureAsync(EngineHarness engine, Bucket bucket, BucketConfigurationKind kind, string value) =>
        Assert.Equal(StoreStatus.Ok, await engine.Store.ConfigureBucketAsync(bucket, kind, Encoding.UTF8.GetBytes(value)));

    private static (string Tagging, string Versioning) Read(EngineHarness engine)
    {
        Bucket bucket = engine.Store.FindBucket("bucket"u8)!;
        return (Text(bucket, BucketConfigurationKind.Tagging), Text(bucket, BucketConfigurationKind.Versioning));
    }

    private static string Text(Bucket bucket, BucketConfigurationKind kind) => Encoding.UTF8.GetString(bucket.Configurations[kind].Span);
}
