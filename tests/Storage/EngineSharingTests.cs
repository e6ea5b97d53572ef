using System.Security.Cryptography;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// Records that refer to the same bytes: none of these goes while one of them is left, and none stays when all have gone.
/// </summary>
public sealed class EngineSharingTests
{
    [Theory]
    [InlineData(70_000, 0)]
    [InlineData(70_000, 1)]
    [InlineData(1_500_000, 0)]
    [InlineData(1_500_000, 1)]
    [InlineData(1_500_000, 2)]
    public async Task BytesStayWhileAnyoneOfThoseThatShareThemIsLeft(int length, int last)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(length);
        await engine.PutAsync(bucket, "key0", body);
        long written = engine.Store.Statistics.BytesWritten;
        await ShareAsync(engine, bucket, "key0", "key1");
        await ShareAsync(engine, bucket, "key1", "key2");
        Assert.Equal(written, engine.Store.Statistics.BytesWritten);
        engine.AssertAccounts();
        for (int key = 0; key < 3; key++)
        {
            if (key != last) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null);
        }
        await engine.MoveAllAsync(bucket);
        engine.AssertAccounts();
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        Assert.Equal(body, await engine.GetAsync(bucket, $"key{last}"));
        engine.AssertAccounts();
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{last}"), null);
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
        engine.AssertAccounts();
    }

    /// <summary>What is moved is moved once, and all that share it are led to the copy.</summary>
    [Fact]
    public async Task CompactionKeepsSharesTogether()
    {
        using var engine = new EngineHarness();
        engine.Store.Reclaimer.IsPunchingOff = true;
        Bucket bucket = await engine.BucketAsync();
        var kept = new Dictionary<string, byte[]>();
        for (int index = 0; index < 60; index++)
        {
            byte[] body = EngineHarness.Bytes(index % 3 == 0 ? 130_000 : 20_000, index);
            await engine.PutAsync(bucket, $"key{index}", body);
            if (index % 12 != 0) continue;
            kept[$"key{index}"] = body;
            for (int copy = 0; copy < 2; copy++)
            {
                await ShareAsync(engine, bucket, $"key{index}", $"copy{index}.{copy}");
                kept[$"copy{index}.{copy}"] = body;
            }
        }
        for (int index = 0; index < 60; index++)
        {
            if (index % 12 != 0) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{index}"), null);
        }
        await engine.MoveAllAsync(bucket);
        Assert.InRange(engine.Store.Statistics.CompactedBytes, 130_000, long.MaxValue);
        foreach ((string key, byte[] body) in kept) Assert.Equal(body, await engine.GetAsync(bucket, key));
        for (int index = 0; index < 60; index += 12)
        {
            string[] keys = [$"key{index}", $"copy{index}.0", $"copy{index}.1"];
            Extent[][] extents = [.. keys.Select(key => ExtentsOf(engine, bucket, key))];
            Assert.Equal(extents[0], extents[1]);
            Assert.Equal(extents[0], extents[2]);
        }
        engine.AssertAccounts();
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        foreach ((string key, byte[] body) in kept) Assert.Equal(body, await engine.GetAsync(bucket, key));
    }

    [Fact]
    public async Task VerificationFindsNothingAmongShares()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(200_000));
        await ShareAsync(engine, bucket, "key", "copy");
        await AppendAsync(engine, bucket, "copy", 200_000, EngineHarness.Bytes(3000));
        var rename = new ObjectRename { Source = EngineHarness.Key("copy"), Key = EngineHarness.Key("new") };
        Assert.Equal(StoreStatus.Ok, (await engine.Store.RenameObjectAsync(bucket, rename)).Status);
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        bucket = await engine.BucketAsync();
        await AppendAsync(engine, bucket, "new", 203_000, EngineHarness.Bytes(90_000));
        await engine.Store.DisposeAsync();
        var findings = new List<string>();
        VerificationSummary summary = VolumeVerification.Verify(engine.Options.Directories, 0, findings.Add);
        Assert.Empty(findings);
        // Each byte is read once, whoever shares it.
        Assert.Equal(293_000, summary.LiveBytes);
        await engine.ReopenAsync();
    }

    [Fact]
    public async Task ASourceThatHasChangedIsNotShared()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(200_000));
        engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? stale);
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(200_001));
        var attributes = new ObjectAttributes { ETag = stale!.ETag };
        ObjectPlace source = new(bucket, EngineHarness.Key("key")), target = new(bucket, EngineHarness.Key("copy"));
        Assert.Equal(StoreStatus.Changed, (await engine.Store.ShareObjectAsync(source, stale, target, attributes, null)).Status);
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("key"), null);
        Assert.Equal(StoreStatus.Changed, (await engine.Store.ShareObjectAsync(source, stale, target, attributes, null)).Status);
        Assert.Null(await engine.GetAsync(bucket, "copy"));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task ARenameMovesNoByteAndItsTokenOutlivesACrash()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(1_200_000);
        await engine.PutAsync(bucket, "old", body);
        long written = engine.Store.Statistics.BytesWritten;
        var rename = new ObjectRename
        {
            Source = EngineHarness.Key("old"),
            Key = EngineHarness.Key("new"),
            Token = new WriteToken(1, 2),
        };
        Assert.Equal(StoreStatus.Ok, (await engine.Store.RenameObjectAsync(bucket, rename)).Status);
        Assert.Equal(written, engine.Store.Statistics.BytesWritten);
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        Assert.Equal(StoreStatus.Ok, (await engine.Store.RenameObjectAsync(bucket, rename)).Status);
        Assert.Equal(body, await engine.GetAsync(bucket, "new"));
        Assert.Null(await engine.GetAsync(bucket, "old"));
        var other = new ObjectRename { Source = rename.Source, Key = rename.Key, Token = new WriteToken(1, 3) };
        Assert.Equal(StoreStatus.TokenReused, (await engine.Store.RenameObjectAsync(bucket, other)).Status);
        await engine.MoveAllAsync(bucket);
        Assert.Equal(body, await engine.GetAsync(bucket, "new"));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AppendsAreReadAsOneBodyAfterACrashAndAfterMoves()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        var all = new List<byte>();
        int[] lengths = [10, 70_000, 3, 65_536, 65_537, 400_000, 1];
        for (int index = 0; index < 40; index++)
        {
            byte[] body = EngineHarness.Bytes(lengths[index % lengths.Length], index);
            WriteResult result = await AppendAsync(engine, bucket, "log", all.Count, body);
            Assert.Equal(index == 0 ? 0 : index + 1, result.ETag.PartCount);
            all.AddRange(body);
        }
        Assert.Equal(all, await engine.GetAsync(bucket, "log"));
        engine.AssertAccounts();
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        await engine.MoveAllAsync(bucket);
        Assert.Equal(all, await engine.GetAsync(bucket, "log"));
        engine.AssertAccounts();
        Assert.Equal(all.Count, engine.Store.Statistics.LiveBytes);
        WriteResult refused = await TryAppendAsync(engine, bucket, "log", all.Count - 1, EngineHarness.Bytes(70_000));
        Assert.Equal(StoreStatus.InvalidWriteOffset, refused.Status);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AnObjectTakesTenThousandParts()
    {
        using var engine = new EngineHarness(change: options => options with { Durability = Durability.None });
        Bucket bucket = await engine.BucketAsync();
        (StoreStatus _, UploadId id) =
            await engine.Store.CreateUploadAsync(bucket, EngineHarness.Key("log"), default, ChecksumKind.None, default);
        engine.Store.TryGetUpload(bucket, "log"u8, id, out UploadRecord? upload);
        using (BodyWriter part = engine.Store.WriterOver(new byte[] { 1 }))
            await engine.Store.PutPartAsync(upload!, 9_998, part, new ObjectAttributes { ETag = new ETag(1, 0) });
        engine.Store.TryGetUpload(bucket, "log"u8, id, out upload);
        var parts = new List<PartRecord>();
        engine.Store.ListParts(upload!, 0, 10, parts, out _);
        await engine.Store.CompleteUploadAsync(upload!, parts, new ObjectAttributes { ETag = new ETag(1, 1) }, null);
        Assert.Equal(StoreStatus.Ok, (await TryAppendAsync(engine, bucket, "log", 1, [2])).Status);
        Assert.Equal(StoreStatus.Ok, (await TryAppendAsync(engine, bucket, "log", 2, [3])).Status);
        Assert.Equal(StoreStatus.TooManyParts, (await TryAppendAsync(engine, bucket, "log", 3, [4])).Status);
        Assert.Equal([1, 2, 3], await engine.GetAsync(bucket, "log"));
    }

    private static Extent[] ExtentsOf(EngineHarness engine, Bucket bucket, string key)
    {
        engine.Store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record);
        var stored = (StoredObjectRecord)record!;
        return [.. Enumerable.Range(0, stored.ExtentCount).Select(stored.Extent)];
    }

    private static async Task ShareAsync(EngineHarness engine, Bucket bucket, string from, string to)
    {
        engine.Store.TryGetObject(bucket, EngineHarness.Key(from).Span, out ObjectRecord? record);
        WriteResult result = await engine.Store.ShareObjectAsync(new ObjectPlace(bucket, EngineHarness.Key(from)), record!,
            new ObjectPlace(bucket, EngineHarness.Key(to)), new ObjectAttributes { ETag = record!.ETag }, null);
        Assert.Equal(StoreStatus.Ok, result.Status);
    }

    private static async Task<WriteResult> AppendAsync(EngineHarness engine, Bucket bucket, string key, long offset, byte[] body)
    {
        WriteResult result = await TryAppendAsync(engine, bucket, key, offset, body);
        Assert.Equal(StoreStatus.Ok, result.Status);
        return result;
    }

    private static async Task<WriteResult> TryAppendAsync(EngineHarness engine, Bucket bucket, string key, long offset, byte[] body)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(body.Length, out BodyWriter? writer));
        using (writer)
        {
            Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(writer!, body));
            var attributes = new ObjectAttributes { ETag = ETag.FromDigest(MD5.HashData(body)) };
            return await engine.Store.AppendObjectAsync(
                bucket, EngineHarness.Key(key), writer!, new ObjectAppend { OffsetBytes = offset }, attributes, null);
        }
    }
}
