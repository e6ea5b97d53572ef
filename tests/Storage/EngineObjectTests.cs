using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class EngineObjectTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    public async Task WhatIsPutComesBackIsReplacedAndGoes(int length)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] first = EngineHarness.Bytes(length), second = EngineHarness.Bytes(length, seed: 2);

        await engine.PutAsync(bucket, "key", first);
        Assert.Equal(first, await engine.GetAsync(bucket, "key"));
        Assert.Equal(first, await engine.GetAsync(bucket, "key"));
        await engine.PutAsync(bucket, "key", second);
        Assert.Equal(second, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();

        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();
        Assert.Equal(second, await engine.GetAsync(bucket, "key"));
        Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("key"), null));
        Assert.Null(await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
    }

    [Fact]
    public async Task LargeBodiesSpanExtentsAndSegments()
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(70 << 20);
        await engine.PutAsync(bucket, "key", body);
        byte[]? read = await engine.GetAsync(bucket, "key");
        Assert.True(body.AsSpan().SequenceEqual(read));
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        read = await engine.GetAsync(bucket, "key");
        Assert.True(body.AsSpan().SequenceEqual(read));
        engine.AssertAccounts();
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(65536)]
    [InlineData(3_000_001)]
    public async Task RangesAreExact(int length)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(length);
        await engine.PutAsync(bucket, "key", body);
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record));
        var random = new Random(length);
        for (int round = 0; round < 200; round++)
        {
            int offset = random.Next(length);
            int count = random.Next(round % 2 == 0 ? Math.Min(300, length - offset) : length - offset) + 1;
            count = Math.Min(count, length - offset);
            (StoreStatus status, byte[] bytes) = await engine.ReadAsync(record!, offset, count, tryAll: round % 3 != 0);
            Assert.Equal(StoreStatus.Ok, status);
            Assert.True(body.AsSpan(offset, bytes.Length).SequenceEqual(bytes));
            Assert.Equal(count, bytes.Length);
        }
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AnEmptyRangeOfAnObjectIsEmpty()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(100));
        engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record);
        (StoreStatus status, byte[] bytes) = await engine.ReadAsync(record!, 100, 0, tryAll: false);
        Assert.Equal(StoreStatus.Ok, status);
        Assert.Empty(bytes);
    }

    [Fact]
    public async Task ACallersOwnBufferCanBeTheBody()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(4096);
        using (BodyWriter writer = engine.Store.WriterOver(body))
        {
            Assert.True(writer.Room.IsEmpty);
            WriteResult result = await engine.Store.PutObjectAsync(
                bucket, EngineHarness.Key("key"), writer, EngineHarness.Attributes(body), null);
            Assert.Equal(StoreStatus.Ok, result.Status);
            Assert.True(result.LastModifiedMs > 0);
        }
        Assert.Equal(body, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(700_000)]
    public async Task AnIncompleteOrSpentBodyIsNotCommitted(int length)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(length);
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(length, out BodyWriter? writer));
        using (writer)
        {
            Assert.Equal(StoreStatus.IoFailed, (await PutAsync("incomplete")).Status);
            Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(writer!, body));
            Assert.Equal(StoreStatus.Ok, (await PutAsync("key")).Status);
            Assert.Equal(StoreStatus.IoFailed, (await PutAsync("spent")).Status);
        }
        Assert.Null(await engine.GetAsync(bucket, "incomplete"));
        Assert.Null(await engine.GetAsync(bucket, "spent"));
        Assert.Equal(body, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();

        async Task<WriteResult> PutAsync(string key) =>
            await engine.Store.PutObjectAsync(bucket, EngineHarness.Key(key), writer!, EngineHarness.Attributes(body), null);
    }

    /// <summary>What is left for the last buffer is less than a block of MD5, and bodies that bring nothing are open meanwhile.</summary>
    [Theory]
    [InlineData(17)]
    [InlineData(63)]
    [InlineData(64)]
    public async Task ABodyWithAShortEndDoesNotWaitForOthers(int endBytes)
    {
        using var engine = new EngineHarness(segmentBytes: 8 << 20);
        Bucket bucket = await engine.BucketAsync();
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(1 << 20, out BodyWriter? idle));
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(1 << 20, out BodyWriter? other));
        using (idle)
        using (other)
        {
            byte[] body = EngineHarness.Bytes((256 << 10) + endBytes);
            Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(body.Length, out BodyWriter? writer));
            using (writer)
            {
                Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(writer!, body));
                WriteResult result = await engine.Store.PutObjectAsync(bucket, EngineHarness.Key("key"), writer!, default, null)
                    .AsTask().WaitAsync(TimeSpan.FromSeconds(30));
                Assert.Equal(EngineHarness.Attributes(body).ETag, result.ETag);
            }
            Assert.Equal(body, await engine.GetAsync(bucket, "key"));
        }
    }

    [Fact]
    public async Task AbandonedWritersGiveTheirSpaceBack()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        for (int round = 0; round < 30; round++)
        {
            Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(3 << 20, out BodyWriter? writer));
            for (int advance = 0; advance < round % 8; advance++)
                Assert.Equal(StoreStatus.Ok, await writer!.AdvanceAsync(writer.Room.Length));
            writer!.Dispose();
        }
        engine.AssertAccounts();
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
        // 30 bodies of 3 MiB passed through; what remains is what is kept ahead.
        Assert.InRange(engine.Store.Statistics.SegmentCount, 1, 12);
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(100_000));
    }

    [Fact]
    public async Task ABodyGivenUpLeavesNoHoleBehind()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        for (int round = 0; round < 50; round++)
        {
            Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(600_000, out BodyWriter? writer));
            await writer!.AdvanceAsync(writer.Room.Length);
            writer.Dispose();
            while (engine.Store.Buffers.RentedBytes > 0) await Task.Delay(1);
        }
        byte[] body = EngineHarness.Bytes(600_000);
        await engine.PutAsync(bucket, "key", body);
        Assert.Equal(body, await engine.GetAsync(bucket, "key"));
        // All fifty began where the first one did.
        engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record);
        Assert.Equal(4096u, ((StoredObjectRecord)record!).Extent(0).Offset);
        Assert.DoesNotContain(engine.Store.Segments.All(), segment => segment.State == SegmentState.Sealed);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task FieldsAreReplacedOnlyInTheCurrentRecord()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(200_000);
        await engine.PutAsync(bucket, "key", body);
        engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? first);
        byte[] buffer = new byte[64];
        var writer = new StoredFieldsWriter(buffer);
        Assert.True(writer.TryAdd(StoredFieldId.ContentType, default, "text/plain"u8));
        var fields = new StoredFields(buffer.AsMemory(0, writer.WrittenBytes));

        Assert.Equal(StoreStatus.Ok, await ReplaceAsync());
        Assert.Equal(StoreStatus.Changed, await ReplaceAsync());
        engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? second);
        Assert.True(second!.Fields.TryGet(StoredFieldId.ContentType, out ReadOnlySpan<byte> type));
        Assert.True(type.SequenceEqual("text/plain"u8));
        Assert.Equal(body, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();

        async Task<StoreStatus> ReplaceAsync() =>
            (await engine.Store.ReplaceFieldsAsync(bucket, EngineHarness.Key("key"), first!, fields, null)).Status;
    }
}
