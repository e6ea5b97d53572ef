using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Parts that refer to a range of an object's bytes: whole extents, or runs of their checksum blocks.</summary>
public sealed class EnginePartSharingTests
{
    private const int Block = Extent.BlockBytes;

    [Theory]
    // The whole, the beginning, the middle, the end of an extent that ends within a block.
    [InlineData(0, 10 * Block + 100)]
    [InlineData(0, 3 * Block)]
    [InlineData(2 * Block, 5 * Block)]
    [InlineData(7 * Block, 3 * Block + 100)]
    // What is left is so short that its checksum is in the record.
    [InlineData(9 * Block, Block + 100)]
    public async Task ARangeOfWholeBlocksIsShared(int offset, int length)
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(10 * Block + 100);
        await engine.PutAsync(bucket, "source", body);
        long written = engine.Store.Statistics.BytesWritten;
        await ShareAsync(engine, bucket, "copy", "source", offset, length);
        Assert.Equal(written, engine.Store.Statistics.BytesWritten);
        Assert.Equal(body.Length + length, engine.Store.Statistics.LiveBytes);
        await AssertIsAsync(engine, bucket, "copy", body[offset..(offset + length)]);
        engine.AssertAccounts();

        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("source"), null);
        await engine.MoveAllAsync(bucket);
        await AssertIsAsync(engine, bucket, "copy", body[offset..(offset + length)]);
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        await AssertIsAsync(engine, bucket, "copy", body[offset..(offset + length)]);
        engine.AssertAccounts();
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("copy"), null);
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
    }

    [Fact]
    public async Task AnotherRangeIsNotShared()
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "source", EngineHarness.Bytes(10 * Block + 100));
        engine.Store.TryGetObject(bucket, "source"u8, out ObjectRecord? source);
        Assert.True(engine.Store.CanShare(source!, Block, 2 * Block));
        foreach ((long offset, long length) in new[] { (1L, 4L * Block), (Block, 2 * Block + 1), (0, 10 * Block + 99), (0, Block), (0, 0) })
            Assert.False(engine.Store.CanShare(source!, offset, length), $"{offset} {length}");
        // Many small pieces, as appends leave them, are better copied into one.
        await engine.PutAsync(bucket, "appended", EngineHarness.Bytes(10));
        for (int i = 1; i < 20; i++) await AppendAsync(engine, bucket, "appended", EngineHarness.Bytes(40_000, i));
        engine.Store.TryGetObject(bucket, "appended"u8, out ObjectRecord? appended);
        Assert.False(engine.Store.CanShare(appended!, 0, appended!.SizeBytes));
    }

    [Fact]
    public async Task RangesOfOneExtentLiveAndDieByThemselves()
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(40 * Block + 7);
        await engine.PutAsync(bucket, "source", body);
        // Two that begin where the source does, two that begin at one place within it, one that ends with it, one made of a copy's copy.
        (string Key, int From, int Length)[] ranges =
        [
            ("a", 0, 4 * Block), ("b", 0, 9 * Block), ("d", 5 * Block, 30 * Block), ("c", 5 * Block, 2 * Block),
            ("e", 38 * Block, 2 * Block + 7),
        ];
        foreach ((string key, int from, int length) in ranges) await ShareAsync(engine, bucket, key, "source", from, length);
        await ShareAsync(engine, bucket, "f", "d", 10 * Block, 8 * Block);
        engine.AssertAccounts();
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("source"), null);
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("c"), null);
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("b"), null);
        engine.AssertAccounts();
        await engine.MoveAllAsync(bucket);
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        await AssertIsAsync(engine, bucket, "a", body[..(4 * Block)]);
        await AssertIsAsync(engine, bucket, "d", body[(5 * Block)..(35 * Block)]);
        await AssertIsAsync(engine, bucket, "e", body[(38 * Block)..]);
        await AssertIsAsync(engine, bucket, "f", body[(15 * Block)..(23 * Block)]);
        await engine.Store.DisposeAsync();
        var findings = new List<string>();
        VolumeVerification.Verify(engine.Options.Directories, 0, findings.Add);
        Assert.Empty(findings);
        await engine.ReopenAsync();
    }

    [Fact]
    public async Task ASourceThatHasChangedIsNotShared()
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "source", EngineHarness.Bytes(10 * Block));
        engine.Store.TryGetObject(bucket, "source"u8, out ObjectRecord? stale);
        await engine.PutAsync(bucket, "source", EngineHarness.Bytes(10 * Block, 2));
        UploadRecord upload = await CreateAsync(engine, bucket, "copy");
        var source = new ObjectPlace(bucket, EngineHarness.Key("source"));
        WriteResult result = await engine.Store.SharePartAsync(
            upload, 1, source, stale!, 0, 4 * Block, new ObjectAttributes { ETag = stale!.ETag });
        Assert.Equal(StoreStatus.Changed, result.Status);
        var parts = new List<PartRecord>();
        engine.Store.ListParts(upload, 0, 10, parts, out _);
        Assert.Empty(parts);
        engine.AssertAccounts();
    }

    /// <summary>What verification must notice: extents that overlap otherwise than by whole blocks, or disagree on a block.</summary>
    [Fact]
    public async Task OverlapsThatAreNoSharingAreFound()
    {
        using var engine = new EngineHarness(segmentBytes: 16 << 20);
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "source", EngineHarness.Bytes(10 * Block));
        await ShareAsync(engine, bucket, "copy", "source", 2 * Block, 2 * Block);
        engine.AssertAccounts();
        engine.Store.TryGetObject(bucket, "copy"u8, out ObjectRecord? copy);
        Extent extent = ((StoredObjectRecord)copy!).Extent(0);
        await RewriteAsync(extent with { Offset = extent.Offset + 4096 });
        Assert.Contains(engine.Store.VerifyAccounts(), fault => fault.Contains("overlap", StringComparison.Ordinal));
        await RewriteAsync(extent with { Offset = extent.Offset + Block });
        Assert.Contains(engine.Store.VerifyAccounts(), fault => fault.Contains("no block checksums", StringComparison.Ordinal));
        await RewriteAsync(extent with { LengthBytes = Block, Crc32C = 12345 }, Block);
        Assert.Contains(engine.Store.VerifyAccounts(), fault => fault.Contains("different checksums", StringComparison.Ordinal));
        await RewriteAsync(extent);
        engine.AssertAccounts();

        async Task RewriteAsync(Extent changed, long? size = null)
        {
            ObjectRecordContent content = ObjectRecordContent.Of((StoredObjectRecord)copy!) with
            {
                Extents = new[] { changed },
                SizeBytes = size ?? copy!.SizeBytes,
                Parts = new[] { new ObjectPart(1, size ?? copy!.SizeBytes, default) },
            };
            byte[] record = new byte[ObjectRecordCodec.EncodedLength(content)];
            ObjectRecordCodec.Encode(content, record);
            byte[] key = new byte[IndexKeys.MaxKeyBytes];
            key = key[..IndexKeys.Object(bucket.Id, "copy"u8, key)];
            using IIndexBatch batch = engine.Store.Index.NewBatch();
            batch.Put(Keyspace.Objects, key, record);
            engine.Store.Index.Commit(batch, synced: false);
            await Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task RandomRangesOfRangesKeepTheirBytes(int seed)
    {
        var random = new Random(seed);
        using var engine = new EngineHarness(segmentBytes: 2 << 20);
        Bucket bucket = await engine.BucketAsync();
        var model = new Dictionary<string, byte[]>();
        int shared = 0;
        for (int step = 0; step < 250; step++)
        {
            string key = $"key{random.Next(12)}";
            byte[]? source = model.Count == 0 ? null : model.Values.ElementAt(random.Next(model.Count));
            int act = random.Next(10);
            if (act < 2 || source is null)
            {
                model[key] = EngineHarness.Bytes(random.Next(1, 20) * Block + random.Next(3) * 50, step);
                await engine.PutAsync(bucket, key, model[key]);
            }
            else if (act < 4)
            {
                model.Remove(key);
                await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(key), null);
            }
            else if (act == 4 && step % 5 == 0)
            {
                await engine.MoveAllAsync(bucket);
            }
            else
            {
                string from = model.First(entry => ReferenceEquals(entry.Value, source)).Key;
                engine.Store.TryGetObject(bucket, EngineHarness.Key(from).Span, out ObjectRecord? record);
                int offset = random.Next(source.Length / Block + 1) * Block;
                int length = random.Next(2) == 0 ? source.Length - offset : Math.Min(random.Next(1, 12) * Block, source.Length - offset);
                if (!engine.Store.CanShare(record!, offset, length)) continue;
                await ShareAsync(engine, bucket, key, from, offset, length);
                model[key] = source[offset..(offset + length)];
                shared++;
            }
            if (step % 60 != 59) continue;
            engine.AssertAccounts();
            await engine.ReopenAsync(crash: step % 120 == 59);
            bucket = await engine.BucketAsync();
            foreach ((string name, byte[] bytes) in model) await AssertIsAsync(engine, bucket, name, bytes);
        }
        Assert.InRange(shared, 20, 250);
        engine.AssertAccounts();
        await engine.Store.DisposeAsync();
        var findings = new List<string>();
        VolumeVerification.Verify(engine.Options.Directories, 0, findings.Add);
        Assert.Empty(findings);
        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();
        foreach (string name in model.Keys) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(name), null);
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
    }

    private static async Task ShareAsync(EngineHarness engine, Bucket bucket, string key, string source, long offset, long length)
    {
        UploadRecord upload = await CreateAsync(engine, bucket, key);
        var attributes = new ObjectAttributes { ETag = new ETag((UInt128)(offset + length), 0) };
        while (true)
        {
            Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, EngineHarness.Key(source).Span, out ObjectRecord? record));
            WriteResult result = await engine.Store.SharePartAsync(
                upload, 1, new ObjectPlace(bucket, EngineHarness.Key(source)), record!, offset, length, attributes);
            if (result.Status == StoreStatus.Changed) continue;
            Assert.Equal(StoreStatus.Ok, result.Status);
            break;
        }
        while (true)
        {
            engine.Store.TryGetUpload(bucket, EngineHarness.Key(key).Span, upload.Id, out UploadRecord? current);
            var parts = new List<PartRecord>();
            engine.Store.ListParts(current!, 0, 10, parts, out _);
            Assert.Equal(length, Assert.Single(parts).SizeBytes);
            WriteResult result = await engine.Store.CompleteUploadAsync(
                current!, parts, new ObjectAttributes { ETag = new ETag((UInt128)(offset + length), 1) }, null);
            if (result.Status == StoreStatus.Changed) continue;
            Assert.Equal(StoreStatus.Ok, result.Status);
            return;
        }
    }

    private static async Task<UploadRecord> CreateAsync(EngineHarness engine, Bucket bucket, string key)
    {
        (StoreStatus status, UploadId id) = await engine.Store.CreateUploadAsync(
            bucket, EngineHarness.Key(key), default, ChecksumKind.None, ChecksumType.FullObject);
        Assert.Equal(StoreStatus.Ok, status);
        engine.Store.TryGetUpload(bucket, EngineHarness.Key(key).Span, id, out UploadRecord? upload);
        return upload!;
    }

    private static async Task AppendAsync(EngineHarness engine, Bucket bucket, string key, byte[] body)
    {
        engine.Store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record);
        using BodyWriter writer = engine.Store.WriterOver(body);
        WriteResult result = await engine.Store.AppendObjectAsync(bucket, EngineHarness.Key(key), writer,
            new ObjectAppend { OffsetBytes = record!.SizeBytes }, EngineHarness.Attributes(body), null);
        Assert.Equal(StoreStatus.Ok, result.Status);
    }

    private static async Task AssertIsAsync(EngineHarness engine, Bucket bucket, string key, byte[] expected)
    {
        byte[]? read = await engine.GetAsync(bucket, key);
        Assert.True(expected.AsSpan().SequenceEqual(read), $"{key} has other bytes.");
    }
}
