using System.Security.Cryptography;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Bodies whose length only their end tells: opened with an upper bound, ended where they end.</summary>
public sealed class EngineOpenLengthTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(100, 100)]
    [InlineData(65_536, 65_536)]
    [InlineData(65_537, 65_538)]
    [InlineData(65_537, 700_000)]
    [InlineData(131_072, 131_073)]
    [InlineData(1_048_576, 1_048_700)]
    [InlineData(3_000_001, 3_000_100)]
    [InlineData(100_000, 9_000_000)]
    public async Task A_body_may_end_before_its_bound(int length, int bound)
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(length), other = EngineHarness.Bytes(70_000);
        await engine.PutAsync(bucket, "before", other);
        WriteResult result = await PutAsync(engine, bucket, body, bound);
        Assert.Equal(ETag.FromDigest(MD5.HashData(body)), result.ETag);
        await engine.PutAsync(bucket, "after", other);
        engine.AssertAccounts();

        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        Assert.Equal(body, await engine.GetAsync(bucket, "open"));
        Assert.Equal(other, await engine.GetAsync(bucket, "before"));
        Assert.Equal(other, await engine.GetAsync(bucket, "after"));
        await engine.MoveAllAsync(bucket);
        Assert.Equal(body, await engine.GetAsync(bucket, "open"));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task What_a_body_does_not_take_is_used_by_the_next()
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        // Less than half of a segment, from where on the next one is prepared.
        for (int i = 0; i < 8; i++)
            await PutAsync(engine, bucket, EngineHarness.Bytes(100_000, seed: i), boundBytes: 6 << 20);
        Assert.Single(Directory.GetFiles(Path.Combine(engine.VolumePath, "segments")), file => new FileInfo(file).Length > 0);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task A_body_that_is_given_up_gives_its_room_back()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        StoreStatus status = engine.Store.OpenWriter(300_000, out BodyWriter? writer);
        Assert.Equal(StoreStatus.Ok, status);
        await writer!.AdvanceAsync(writer.Room.Length);
        Assert.Equal(StoreStatus.Ok, await writer.EndAsync(5));
        writer.Dispose();
        // What was under way to the disk is given back when it is there.
        SpinWait.SpinUntil(() => engine.Store.Buffers.RentedBytes == 0 && !engine.Store.VerifyAccounts().Any(), TimeSpan.FromSeconds(10));
        Assert.Null(await engine.GetAsync(bucket, "open"));
        engine.AssertAccounts();
    }

    private static async Task<WriteResult> PutAsync(EngineHarness engine, Bucket bucket, byte[] body, int boundBytes)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(boundBytes, out BodyWriter? writer));
        using (writer)
        {
            int at = 0;
            while (writer!.Room.Length < body.Length - at)
            {
                int length = writer.Room.Length;
                body.AsSpan(at, length).CopyTo(writer.Room.Span);
                Assert.Equal(StoreStatus.Ok, await writer.AdvanceAsync(length));
                at += length;
            }

            body.AsSpan(at).CopyTo(writer.Room.Span);
            Assert.Equal(StoreStatus.Ok, await writer.EndAsync(body.Length - at));
            WriteResult result = await engine.Store.PutObjectAsync(
                bucket, EngineHarness.Key("open"), writer, new ObjectAttributes { ETag = null }, precondition: null);
            Assert.Equal(StoreStatus.Ok, result.Status);
            return result;
        }
    }
}
