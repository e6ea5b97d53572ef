using System.Security.Cryptography;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// The MD5 that the engine computes for bodies of every size, side by side with others, and compares with what was promised.
/// </summary>
public sealed class BodyMd5Tests
{
    private static readonly ObjectAttributes Untagged = new() { ETag = null };

    [Fact]
    public async Task SmallBodiesOfAGroupGetTheirOwnTags()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        var random = new Random(1);
        byte[][] bodies = Bodies(200, index => index == 7 ? 0 : random.Next(1, 65_537));
        WriteResult[] results = await Task.WhenAll(bodies.Select((body, index) =>
            PutInPlaceAsync(engine, bucket, $"key{index}", body, Untagged)));
        Assert.True(engine.Store.Statistics.CommitGroups < 150);
        for (int index = 0; index < bodies.Length; index++)
            await AssertStoredAsync(engine, bucket, $"key{index}", bodies[index], results[index]);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task SixteenUploadsOfDifferentSizesAtOnce()
    {
        using var engine = new EngineHarness(segmentBytes: 8 << 20);
        Bucket bucket = await engine.BucketAsync();
        for (int round = 0; round < 3; round++)
        {
            byte[][] bodies = Bodies(16, index => 65_537 + index * index * 9973 + index + round);
            WriteResult[] results = await Task.WhenAll(bodies.Select((body, index) =>
                Task.Run(() => PutInPiecesAsync(engine, bucket, $"key{index}", body, Untagged, seed: index))));
            for (int index = 0; index < bodies.Length; index++)
                await AssertStoredAsync(engine, bucket, $"key{index}", bodies[index], results[index]);
        }
        engine.AssertAccounts();
    }

    /// <summary>Nothing is hashed before every body has a buffer full; then all are, in one round.</summary>
    [Fact]
    public async Task BodiesThatFillTogetherAreHashedTogether()
    {
        if (MultiLaneMd5.Lanes == 1 || Environment.ProcessorCount >= 64) return;
        using var engine = new EngineHarness(segmentBytes: 64 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[][] bodies = Bodies(16, index => AlignedBufferPool.WideBytes + 1000 + index);
        BodyWriter[] writers = [.. bodies.Select(body => Open(engine, body.Length))];
        for (int index = 0; index < bodies.Length; index++)
        {
            Assert.Equal(0, engine.Store.Md5.Rounds);
            for (int at = 0; at < AlignedBufferPool.WideBytes; at += AlignedBufferPool.LargeBytes)
            {
                Assert.Equal(AlignedBufferPool.LargeBytes, writers[index].Room.Length);
                bodies[index].AsMemory(at, AlignedBufferPool.LargeBytes).CopyTo(writers[index].Room);
                Assert.Equal(StoreStatus.Ok, await writers[index].AdvanceAsync(AlignedBufferPool.LargeBytes));
            }
        }
        while (engine.Store.Md5.Rounds == 0) await Task.Delay(1);
        Assert.Equal((1, 16), (engine.Store.Md5.Rounds, engine.Store.Md5.Pieces));
        for (int index = 0; index < bodies.Length; index++)
        {
            using (writers[index])
            {
                bodies[index].AsMemory(AlignedBufferPool.WideBytes).CopyTo(writers[index].Room);
                await writers[index].AdvanceAsync(writers[index].Room.Length);
                WriteResult result = await engine.Store
                    .PutObjectAsync(bucket, EngineHarness.Key($"key{index}"), writers[index], Untagged, null);
                await AssertStoredAsync(engine, bucket, $"key{index}", bodies[index], result);
            }
        }
        engine.AssertAccounts();
    }

    [Fact]
    public async Task BodiesGivenUpHalfwayHoldNothingBackAndNothingUp()
    {
        using var engine = new EngineHarness(segmentBytes: 32 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(3 << 20);
        BodyWriter[] stalled = [.. Enumerable.Range(0, 10).Select(_ => Open(engine, body.Length))];
        foreach (BodyWriter writer in stalled)
            Assert.Equal(StoreStatus.Ok, await writer.AdvanceAsync(writer.Room.Length));
        WriteResult result = await PutInPiecesAsync(engine, bucket, "key", body, Untagged, seed: 1);
        await AssertStoredAsync(engine, bucket, "key", body, result);
        foreach (BodyWriter writer in stalled) writer.Dispose();
        while (engine.Store.Buffers.RentedBytes > 0) await Task.Delay(1);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AWrongMd5FailsItsOwnWriteOnly()
    {
        using var engine = new EngineHarness(segmentBytes: 8 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[][] bodies = Bodies(120, index => index % 10 == 9 ? 200_000 + index : 100 * index);
        WriteResult[] results = await Task.WhenAll(bodies.Select((body, index) =>
        {
            UInt128 md5 = ETag.FromDigest(MD5.HashData(body)).Digest;
            var attributes = new ObjectAttributes { ETag = null, ExpectedMd5 = IsWrong(index) ? md5 ^ 1 : md5 };
            return body.Length > engine.Store.MaxInPlaceBodyBytes
                ? PutInPiecesAsync(engine, bucket, $"key{index}", body, attributes, seed: index)
                : PutInPlaceAsync(engine, bucket, $"key{index}", body, attributes);
        }));
        for (int index = 0; index < bodies.Length; index++)
        {
            if (!IsWrong(index)) await AssertStoredAsync(engine, bucket, $"key{index}", bodies[index], results[index]);
            else Assert.Equal((StoreStatus.BadDigest, null), (results[index].Status, await engine.GetAsync(bucket, $"key{index}")));
        }
        engine.AssertAccounts();

        static bool IsWrong(int index) => index % 7 == 2;
    }

    [Fact]
    public async Task ConditionsSeeTheTagsOfEarlierWritesOfTheGroup()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        var pending = new List<Task<WriteResult>>();
        ETag? last = null;
        for (int round = 0; round < 200; round++)
        {
            byte[] body = EngineHarness.Bytes(300, round);
            pending.Add(PutInPlaceAsync(engine, bucket, "key", body, Untagged, new MustHaveTag(last)));
            last = ETag.FromDigest(MD5.HashData(body));
        }
        Assert.All(await Task.WhenAll(pending), result => Assert.Equal(StoreStatus.Ok, result.Status));
        Assert.True(engine.Store.Statistics.CommitGroups < 150);
    }

    [Fact]
    public async Task ASparedMd5CannotBeAskedFor()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(100_000);
        using BodyWriter writer = Open(engine, body.Length);
        writer.SkipMd5();
        Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(writer, body));
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await engine.Store.PutObjectAsync(bucket, EngineHarness.Key("key"), writer, Untagged, null));
        var tagged = new ObjectAttributes { ETag = new ETag(5, 0) };
        WriteResult result = await engine.Store.PutObjectAsync(bucket, EngineHarness.Key("key"), writer, tagged, null);
        Assert.Equal((StoreStatus.Ok, new ETag(5, 0)), (result.Status, result.ETag));
    }

    private static byte[][] Bodies(int count, Func<int, int> lengthBytes) =>
        [.. Enumerable.Range(0, count).Select(index => EngineHarness.Bytes(lengthBytes(index), index))];

    private static BodyWriter Open(EngineHarness engine, int lengthBytes)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(lengthBytes, out BodyWriter? writer));
        return writer!;
    }

    private static async Task<WriteResult> PutInPlaceAsync(
        EngineHarness engine, Bucket bucket, string key, byte[] body, ObjectAttributes attributes, IWritePrecondition? precondition = null)
    {
        using BodyWriter writer = engine.Store.WriterOver(body);
        return await engine.Store.PutObjectAsync(bucket, EngineHarness.Key(key), writer, attributes, precondition);
    }

    /// <summary>In pieces of any length, as they come from a network.</summary>
    private static async Task<WriteResult> PutInPiecesAsync(
        EngineHarness engine, Bucket bucket, string key, byte[] body, ObjectAttributes attributes, int seed)
    {
        var random = new Random(seed);
        using BodyWriter writer = Open(engine, body.Length);
        for (int at = 0; at < body.Length;)
        {
            int length = Math.Min(writer.Room.Length, random.Next(1, 300_000));
            body.AsMemory(at, length).CopyTo(writer.Room);
            Assert.Equal(StoreStatus.Ok, await writer.AdvanceAsync(length));
            at += length;
        }
        return await engine.Store.PutObjectAsync(bucket, EngineHarness.Key(key), writer, attributes, null);
    }

    private static async Task AssertStoredAsync(EngineHarness engine, Bucket bucket, string key, byte[] body, WriteResult result)
    {
        Assert.Equal(StoreStatus.Ok, result.Status);
        Assert.Equal(ETag.FromDigest(MD5.HashData(body)), result.ETag);
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record));
        Assert.Equal(result.ETag, record!.ETag);
        Assert.Equal(body, await engine.GetAsync(bucket, key));
    }

    private sealed class MustHaveTag(ETag? tag) : IWritePrecondition
    {
        public StoreStatus Check(ObjectRecord? current) => current?.ETag == tag ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
    }
}
