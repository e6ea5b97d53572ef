using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class EngineUploadTests
{
    private static readonly int[] PartBytes = [5000, 300_000, 65536, 1_200_000, 1];

    [Theory]
    [InlineData(new[] { 0, 1, 2, 3, 4 })]
    [InlineData(new[] { 4, 3, 2, 1, 0 })]
    [InlineData(new[] { 2, 0, 4, 1, 3 })]
    public async Task PartsInAnyOrderMakeTheObject(int[] order)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(100_000, seed: 9));
        UploadRecord upload = await CreateAsync(engine, bucket);
        foreach (int index in order) await PutPartAsync(engine, upload, index + 1, EngineHarness.Bytes(PartBytes[index], index));
        engine.AssertAccounts();

        (upload, List<PartRecord> parts) = Read(engine, bucket, upload);
        Assert.Equal([1, 2, 3, 4, 5], parts.Select(part => part.PartNumber));
        Assert.Equal(StoreStatus.Ok, (await CompleteAsync(engine, upload, parts)).Status);
        byte[] expected = [.. PartBytes.SelectMany((length, index) => EngineHarness.Bytes(length, index))];
        byte[]? read = await engine.GetAsync(bucket, "key");
        Assert.True(expected.AsSpan().SequenceEqual(read));
        Assert.Equal(StoreStatus.NoSuchUpload, engine.Store.TryGetUpload(bucket, "key"u8, upload.Id, out _));
        engine.AssertAccounts();
        Assert.Equal(expected.Length, engine.Store.Statistics.LiveBytes);

        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        read = await engine.GetAsync(bucket, "key");
        Assert.True(expected.AsSpan().SequenceEqual(read));
        engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record);
        Assert.Equal(5, record!.PartCount);
        Assert.Equal(new ObjectPart(4, 1_200_000, default), record.Part(3));
        Assert.Equal(upload.Id, record.UploadId);
    }

    [Fact]
    public async Task ReplacedAndUnlistedPartsGiveTheirSpaceBack()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        UploadRecord upload = await CreateAsync(engine, bucket);
        for (int round = 0; round < 3; round++)
        {
            await PutPartAsync(engine, upload, 1, EngineHarness.Bytes(200_000, round));
            await PutPartAsync(engine, upload, 2, EngineHarness.Bytes(3000, round));
        }
        Assert.Equal(203_000, engine.Store.Statistics.LiveBytes);
        (upload, List<PartRecord> parts) = Read(engine, bucket, upload);
        Assert.Equal(StoreStatus.Ok, (await CompleteAsync(engine, upload, [parts[0]])).Status);
        Assert.Equal(200_000, engine.Store.Statistics.LiveBytes);
        Assert.Equal(EngineHarness.Bytes(200_000, 2), await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task ACompleteOnAnOlderReadingIsChanged()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        UploadRecord upload = await CreateAsync(engine, bucket);
        await PutPartAsync(engine, upload, 1, EngineHarness.Bytes(1000));
        (UploadRecord old, List<PartRecord> parts) = Read(engine, bucket, upload);
        await PutPartAsync(engine, upload, 1, EngineHarness.Bytes(2000));
        Assert.Equal(StoreStatus.Changed, (await CompleteAsync(engine, old, parts)).Status);
        Assert.Null(await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AnAbortedUploadLeavesNothing()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        UploadRecord upload = await CreateAsync(engine, bucket);
        await PutPartAsync(engine, upload, 1, EngineHarness.Bytes(500_000));
        Assert.Equal(StoreStatus.Ok, await engine.Store.AbortUploadAsync(upload.Bucket, upload.Key, upload.Id));
        Assert.Equal(StoreStatus.NoSuchUpload, await engine.Store.AbortUploadAsync(upload.Bucket, upload.Key, upload.Id));
        Assert.Equal(StoreStatus.NoSuchUpload, await TryPutPartAsync(engine, upload, 2, EngineHarness.Bytes(100_000)));
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task DeletingABucketDropsItsUploads()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        UploadRecord upload = await CreateAsync(engine, bucket);
        await PutPartAsync(engine, upload, 1, EngineHarness.Bytes(100_000));
        await engine.PutAsync(bucket, "object", EngineHarness.Bytes(10));
        Assert.Equal(StoreStatus.BucketNotEmpty, await engine.Store.DeleteBucketAsync(bucket));
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("object"), null);
        Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteBucketAsync(bucket));
        Assert.Null(engine.Store.FindBucket("bucket"u8));
        Assert.Equal(StoreStatus.NoSuchBucket, (await engine.TryPutAsync(bucket, "late", EngineHarness.Bytes(10))).Status);
        Assert.Equal(StoreStatus.NoSuchBucket, await TryPutPartAsync(engine, upload, 2, EngineHarness.Bytes(10)));
        Bucket again = await engine.BucketAsync();
        Assert.NotEqual(bucket.Id, again.Id);
        Assert.Equal(StoreStatus.NoSuchUpload, engine.Store.TryGetUpload(again, "key"u8, upload.Id, out _));
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task PartsOfMovedSegmentsCanStillBeCompleted()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        UploadRecord upload = await CreateAsync(engine, bucket);
        byte[] body = EngineHarness.Bytes(150_000);
        await PutPartAsync(engine, upload, 1, body);
        (upload, List<PartRecord> parts) = Read(engine, bucket, upload);
        await engine.MoveAllAsync(bucket);
        Assert.True(engine.Store.Statistics.CompactedBytes >= body.Length);
        Assert.Equal(StoreStatus.Ok, (await CompleteAsync(engine, upload, parts)).Status);
        Assert.Equal(body, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
    }

    private static async Task<UploadRecord> CreateAsync(EngineHarness engine, Bucket bucket)
    {
        (StoreStatus status, UploadId id) = await engine.Store.CreateUploadAsync(
            bucket, EngineHarness.Key("key"), default, ChecksumKind.None, ChecksumType.FullObject);
        Assert.Equal(StoreStatus.Ok, status);
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetUpload(bucket, "key"u8, id, out UploadRecord? upload));
        return upload!;
    }

    private static (UploadRecord, List<PartRecord>) Read(EngineHarness engine, Bucket bucket, UploadRecord upload)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetUpload(bucket, "key"u8, upload.Id, out UploadRecord? current));
        var parts = new List<PartRecord>();
        Assert.Equal(StoreStatus.Ok, engine.Store.ListParts(current!, 0, 1000, parts, out bool isTruncated));
        Assert.False(isTruncated);
        return (current!, parts);
    }

    private static async Task PutPartAsync(EngineHarness engine, UploadRecord upload, int number, byte[] body) =>
        Assert.Equal(StoreStatus.Ok, await TryPutPartAsync(engine, upload, number, body));

    private static async Task<StoreStatus> TryPutPartAsync(EngineHarness engine, UploadRecord upload, int number, byte[] body)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(body.Length, out BodyWriter? writer));
        using (writer)
        {
            Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(writer!, body));
            return (await engine.Store.PutPartAsync(upload, number, writer!, EngineHarness.Attributes(body))).Status;
        }
    }

    private static async Task<WriteResult> CompleteAsync(EngineHarness engine, UploadRecord upload, IReadOnlyList<PartRecord> parts) =>
        await engine.Store.CompleteUploadAsync(upload, parts, new ObjectAttributes { ETag = new ETag(7, parts.Count) }, null);
}
