using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// What the engine must know of objects that are encrypted above it: their size is not that of the bytes it stores, and those are never
/// taken for the object's.
/// </summary>
public sealed class EngineEncryptionTests
{
    private const int Size = 1000;

    [Theory]
    [InlineData(1040)]
    [InlineData(65_536)]
    [InlineData(1_500_000)]
    public async Task SizeAndStoredBytesAreTwoThings(int stored)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(stored);
        await PutAsync(engine, bucket, "key", body);
        for (int round = 0; round < 3; round++)
        {
            StoredObjectRecord record = Record(engine, bucket, "key");
            Assert.Equal((true, (long)Size, (long)stored), (record.IsEncrypted, record.SizeBytes, record.StoredBytes));
            (StoreStatus status, byte[] read) = await engine.ReadAsync(record, 0, stored);
            Assert.Equal(StoreStatus.Ok, status);
            Assert.Equal(body, read);
            (status, read) = await engine.ReadAsync(record, stored - 17, 17);
            Assert.Equal(body[^17..], read);
            Assert.Throws<ArgumentOutOfRangeException>(() => engine.Store.OpenReader(record, 0, stored + 1, out _));
            engine.AssertAccounts();
            if (round == 0) await engine.MoveAllAsync(bucket);
            else await engine.ReopenAsync(crash: true);
            bucket = await engine.BucketAsync();
        }
        await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("key"), null);
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
    }

    /// <summary>A range of the stored bytes may be as long as the object: it is not the object's body.</summary>
    [Fact]
    public async Task NoStoredBytesAreKeptAsABody()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await PutAsync(engine, bucket, "key", EngineHarness.Bytes(1040));
        StoredObjectRecord record = Record(engine, bucket, "key");
        for (int round = 0; round < 4; round++)
        {
            foreach (bool tryAll in (bool[])[true, false])
            {
                await engine.ReadAsync(record, 0, 1040, tryAll);
                await engine.ReadAsync(record, 0, Size, tryAll);
            }
            Assert.True(engine.Store.FindCachedBody(record).IsEmpty);
        }
    }

    [Fact]
    public async Task PartsOfAnEncryptedUploadAreEncrypted()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        ReadOnlyMemory<byte> key = EngineHarness.Key("key");
        (_, UploadId id) = await engine.Store.CreateUploadAsync(bucket, key, Fields(1), default, default);
        UploadRecord Upload()
        {
            Assert.Equal(StoreStatus.Ok, engine.Store.TryGetUpload(bucket, key.Span, id, out UploadRecord? upload));
            return upload!;
        }

        async Task PutPartAsync(int number, int stored, long? size)
        {
            Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(stored, out BodyWriter? writer));
            using (writer)
            {
                await EngineHarness.FillAsync(writer!, EngineHarness.Bytes(stored, number));
                var attributes = new ObjectAttributes { ETag = new ETag((uint)number, 0), SizeBytes = size };
                Assert.Equal(StoreStatus.Ok, (await engine.Store.PutPartAsync(Upload(), number, writer!, attributes)).Status);
            }
        }

        async Task<StoreStatus> CompleteAsync(StoredFields fields)
        {
            var parts = new List<PartRecord>();
            engine.Store.ListParts(Upload(), 0, 10, parts, out _);
            var attributes = new ObjectAttributes { ETag = new ETag(9, 2), Fields = fields };
            return (await engine.Store.CompleteUploadAsync(Upload(), parts, attributes, null)).Status;
        }

        await PutPartAsync(1, 100_000, 90_000);
        await PutPartAsync(2, 70_000, null);
        // Neither what is in the clear in an encrypted object, nor the other way round.
        Assert.Equal(StoreStatus.Corrupt, await CompleteAsync(Upload().Fields));
        await PutPartAsync(2, 70_000, 60_000);
        Assert.Equal(StoreStatus.Corrupt, await CompleteAsync(default));
        await engine.MoveAllAsync(bucket);
        Assert.Equal(StoreStatus.Ok, await CompleteAsync(Upload().Fields));
        StoredObjectRecord record = Record(engine, bucket, "key");
        Assert.Equal((150_000L, 170_000L, 90_000L, 60_000L),
            (record.SizeBytes, record.StoredBytes, record.Part(0).SizeBytes, record.Part(1).SizeBytes));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task NoReplacedFieldsTakeAnEncryptionOrGiveOne()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await PutAsync(engine, bucket, "key", EngineHarness.Bytes(1040));
        await engine.PutAsync(bucket, "plain", EngineHarness.Bytes(1040));
        ValueTask<WriteResult> Replace(string key, StoredFields fields) => engine.Store.ReplaceFieldsAsync(
            bucket, EngineHarness.Key(key), Record(engine, bucket, key), fields, precondition: null, keepsTime: true);

        Assert.Equal(StoreStatus.Changed, (await Replace("key", default)).Status);
        Assert.Equal(StoreStatus.Changed, (await Replace("plain", Fields(1))).Status);
        long modifiedMs = Record(engine, bucket, "key").LastModifiedMs;
        Assert.Equal(StoreStatus.Ok, (await Replace("key", Fields(2))).Status);
        Assert.Equal(modifiedMs, Record(engine, bucket, "key").LastModifiedMs);
        Assert.Equal(Fields(2).Encoded.ToArray(), Record(engine, bucket, "key").Fields.Encoded.ToArray());
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AnUploadsFieldsAreReplacedUnlessItChanged()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        (_, UploadId id) = await engine.Store.CreateUploadAsync(bucket, EngineHarness.Key("key"), Fields(1), default, default);
        engine.Store.TryGetUpload(bucket, "key"u8, id, out UploadRecord? upload);
        Assert.Equal(StoreStatus.Changed, await engine.Store.ReplaceUploadFieldsAsync(upload!, default));
        Assert.Equal(StoreStatus.Ok, await engine.Store.ReplaceUploadFieldsAsync(upload!, Fields(2)));
        Assert.Equal(StoreStatus.Changed, await engine.Store.ReplaceUploadFieldsAsync(upload!, Fields(3)));
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        engine.Store.TryGetUpload(bucket, "key"u8, id, out UploadRecord? replaced);
        Assert.Equal(Fields(2).Encoded.ToArray(), replaced!.Fields.Encoded.ToArray());
        Assert.Equal((upload!.InitiatedMs, upload.Revision + 1), (replaced.InitiatedMs, replaced.Revision));
    }

    /// <summary>Whoever read an object's key appends to that object, not to one that was put in its place.</summary>
    [Theory]
    [InlineData(1, 1, StoreStatus.Ok)]
    [InlineData(1, 2, StoreStatus.Changed)]
    [InlineData(1, 0, StoreStatus.Changed)]
    [InlineData(0, 1, StoreStatus.Changed)]
    public async Task AppendsFitTheObjectsEncryption(int objects, int appends, StoreStatus expected)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        if (objects > 0) await PutAsync(engine, bucket, "key", EngineHarness.Bytes(1040), objects);
        else await engine.PutAsync(bucket, "key", EngineHarness.Bytes(Size));
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(500, out BodyWriter? writer));
        using (writer)
        {
            await EngineHarness.FillAsync(writer!, EngineHarness.Bytes(500));
            StoredFields fields = appends == 0 ? default : Fields(appends);
            fields.TryGet(StoredFieldId.Encryption, out ReadOnlySpan<byte> encryption);
            var append = new ObjectAppend { OffsetBytes = Size, Encryption = encryption.ToArray() };
            var attributes = new ObjectAttributes { ETag = new ETag(3, 0), SizeBytes = appends == 0 ? null : 450 };
            WriteResult result = await engine.Store.AppendObjectAsync(bucket, EngineHarness.Key("key"), writer!, append, attributes, null);
            Assert.Equal(expected, result.Status);
        }
        StoredObjectRecord record = Record(engine, bucket, "key");
        Assert.Equal(expected == StoreStatus.Ok ? Size + 450 : Size, record.SizeBytes);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task WhatDoesNotDecryptIsReportedWithItsPlace()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await PutAsync(engine, bucket, "key", EngineHarness.Bytes(1_500_000));
        StoredObjectRecord record = Record(engine, bucket, "key");
        int last = record.ExtentCount - 1;
        long before = Enumerable.Range(0, last).Sum(extent => record.Extent(extent).LengthBytes);
        engine.Store.ReportCorrupt(record, before + 70);
        Extent extent = record.Extent(last);
        Assert.Contains($"corruption: {extent.Segment} {extent.Offset + 70}", engine.Events.Messages);
        Assert.Equal(1, engine.Store.Statistics.CorruptBlocks);
    }

    private static async Task PutAsync(EngineHarness engine, Bucket bucket, string key, byte[] stored, int number = 1)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(stored.Length, out BodyWriter? writer));
        using (writer)
        {
            await EngineHarness.FillAsync(writer!, stored);
            var attributes = new ObjectAttributes { ETag = new ETag(1, 0), SizeBytes = Size, Fields = Fields(number) };
            WriteResult result = await engine.Store.PutObjectAsync(bucket, EngineHarness.Key(key), writer!, attributes, null);
            Assert.Equal(StoreStatus.Ok, result.Status);
        }
    }

    private static StoredObjectRecord Record(EngineHarness engine, Bucket bucket, string key)
    {
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record));
        return (StoredObjectRecord)record!;
    }

    /// <summary>A field of the right form, told from others by its number.</summary>
    internal static StoredFields Fields(int number)
    {
        byte[] value = new byte[ObjectEncryption.MaxBytes];
        int length = ObjectEncryption.WriteHead(EncryptionScheme.S3, hasBucketKey: false, default, default, value);
        value[length - 1] = (byte)number;
        byte[] fields = new byte[length + 4];
        var writer = new StoredFieldsWriter(fields);
        Assert.True(writer.TryAdd(StoredFieldId.Encryption, default, value.AsSpan(0, length)));
        return new StoredFields(fields);
    }
}
