using RustFs.Storage;
using RustFs.Tests.Storage.Simulation;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// A lone small write waits for one sync: the index's log has its bytes until the segment is synced for something else. What it promises
/// under faults is the simulations' to show; here are the rules.
/// </summary>
public sealed class LoggedBodyTests : IDisposable
{
    // More than is logged at once: a write of this size is synced, with all that its segment holds.
    private const int SyncedBytes = LoggedBodies.MaxBatchBytes + 1;

    private readonly TemporaryDirectory _directory = new();
    private readonly MemoryBlockDevice _device = new("memory");
    private readonly RecordedFaults _events = new();
    private readonly VolumeOptions _options;
    private ObjectStore _store;
    private int _syncs;
    private bool _syncsFail;

    public LoggedBodyTests()
    {
        _options = new VolumeOptions { Directories = ["memory"], SegmentBytes = 4 << 20, ReserveBytes = 1 << 20, Events = _events };
        _device.Fault = (call, _) =>
        {
            if (call != DeviceCall.Sync) return IoError.None;
            Interlocked.Increment(ref _syncs);
            return _syncsFail ? IoError.Failed : IoError.None;
        };
        _store = Open();
    }

    public void Dispose()
    {
        _store.Abandon();
        _device.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task LoneWritesSyncNoSegmentAndTheNextLargerOneSyncsForAll()
    {
        Bucket bucket = await BucketAsync();
        await PutAsync(bucket, "first", 1000);
        int before = _syncs;
        for (int put = 0; put < 9; put++) await PutAsync(bucket, $"key{put}", 4096);
        Assert.Equal(before, _syncs);
        Assert.Equal(10, HeldBodies());

        await PutAsync(bucket, "larger", SyncedBytes);
        Assert.Equal(before + 1, _syncs);
        Assert.Equal(0, HeldBodies());
    }

    [Fact]
    public async Task TheLogHoldsNoMoreThanItsBound()
    {
        Bucket bucket = await BucketAsync();
        const int bodyBytes = 8192;
        await PutAsync(bucket, "first", 1000);
        int before = _syncs;
        int most = 0;
        for (int put = 0; put < 2 * LoggedBodies.MaxBytes / bodyBytes; put++)
        {
            await PutAsync(bucket, "key", bodyBytes);
            most = Math.Max(most, HeldBodies());
        }
        Assert.InRange(most, 1, LoggedBodies.MaxBytes / bodyBytes + 1);
        // More than the bound asks for where the reclaimer's own commits were under way.
        Assert.InRange(_syncs - before, 1, 10);
    }

    [Fact]
    public async Task ClosingLeavesNothingInTheLog()
    {
        Bucket bucket = await BucketAsync();
        await PutAsync(bucket, "key", 1000);
        Assert.Equal(1, HeldBodies());
        await _store.DisposeAsync();
        _device.CutPower();
        _store = Open();
        Assert.Equal(0, HeldBodies());
        await AssertReadsAsync("key", 1000);
    }

    [Fact]
    public async Task WhatAPowerCutTakesFromTheSegmentIsWrittenThereAgain()
    {
        Bucket bucket = await BucketAsync();
        int[] lengths = [1, 1000, 4096, 10_000, LoggedBodies.MaxBatchBytes];
        foreach (int length in lengths) await PutAsync(bucket, $"key{length}", length);
        CutPower();
        for (int opening = 0; opening < 2; opening++)
        {
            foreach (int length in lengths) await AssertReadsAsync($"key{length}", length);
            // Cut again before anything has dropped them, and then after.
            if (opening == 0) CutPower();
        }
        await PutAsync(_store.FindBucket("bucket"u8)!, "after", SyncedBytes);
        Assert.Equal(0, HeldBodies());
        CutPower();
        foreach (int length in lengths) await AssertReadsAsync($"key{length}", length);
        Assert.Empty(_events.Warnings);
    }

    [Fact]
    public async Task ASegmentThatCannotBeSyncedLaterLosesNothing()
    {
        Bucket bucket = await BucketAsync();
        await PutAsync(bucket, "key", 5000);
        var record = Record("key");
        _syncsFail = true;
        Assert.Equal(StoreStatus.IoFailed, (await TryPutAsync(bucket, "larger", SyncedBytes)).Status);
        _syncsFail = false;
        // The failed sync has lost the page.
        _device.FlipByte(record.Extent(0).Segment, record.Extent(0).Offset + 17);
        await AssertReadsAsync("key", 5000);

        // Compaction takes it out of the failed segment, and with the segment goes what the log held.
        for (int pass = 0; pass < 5; pass++) _store.Settle();
        Assert.NotEqual(record.Extent(0).Segment, Record("key").Extent(0).Segment);
        await AssertReadsAsync("key", 5000);
        await PutAsync(bucket, "after", SyncedBytes);
        Assert.Equal(0, HeldBodies());
        Assert.Equal(0, _events.Corruptions);
    }

    /// <summary>The system reports a lost write once: a later sync that succeeds says nothing of it.</summary>
    [Fact]
    public async Task AfterAFailedSyncOfWhoeverTheLogKeepsWhatItHolds()
    {
        Bucket bucket = await BucketAsync();
        await PutAsync(bucket, "key", 5000);
        Segment segment = _store.Segments.Find(Record("key").Extent(0).Segment)!;
        _syncsFail = true;
        Assert.Equal(IoError.Failed, segment.SyncWrites());
        _syncsFail = false;
        for (int put = 0; put < 3; put++) await TryPutAsync(bucket, "larger", SyncedBytes);
        Assert.Equal(1, HeldBodies());
        await AssertReadsAsync("key", 5000);
    }

    [Fact]
    public async Task WithoutDurabilityNothingIsLogged()
    {
        await _store.DisposeAsync();
        _store = Open(_options with { Durability = Durability.None });
        await PutAsync(await BucketAsync(), "key", 1000);
        Assert.Equal(0, HeldBodies());
    }

    [Fact]
    public async Task ADamagedCopyIsReportedAndHarmsNobody()
    {
        Bucket bucket = await BucketAsync();
        await PutAsync(bucket, "key", 1000);
        Extent extent = Record("key").Extent(0);
        byte[] key = new byte[16];
        int keyBytes = IndexKeys.LoggedBody(extent.Segment, extent.Offset, key);
        byte[] value = _store.Index.Get(Keyspace.Segments, key.AsSpan(0, keyBytes))!;
        value[^1] ^= 1;
        using (IIndexBatch batch = _store.Index.NewBatch())
        {
            batch.Put(Keyspace.Segments, key.AsSpan(0, keyBytes), value);
            _store.Index.Commit(batch, synced: true);
        }
        _store.Abandon();
        _store = Open();
        await AssertReadsAsync("key", 1000);
        _store.Scrubber.RunPass();
        string place = $"the bytes at {extent.Offset} of segment {extent.Segment}";
        Assert.Contains(_events.Damage, damage => damage.Contains(place, StringComparison.Ordinal));
    }

    private ObjectStore Open(VolumeOptions? options = null) => EngineHarness.OpenOn(_device, options ?? _options, _directory);

    private void CutPower()
    {
        _store.Abandon();
        _device.CutPower();
        _store = Open();
    }

    private async Task<Bucket> BucketAsync()
    {
        Assert.Equal(StoreStatus.Ok, await _store.CreateBucketAsync("bucket", ""));
        return _store.FindBucket("bucket"u8)!;
    }

    private async Task PutAsync(Bucket bucket, string key, int lengthBytes) =>
        Assert.Equal(StoreStatus.Ok, (await TryPutAsync(bucket, key, lengthBytes)).Status);

    private async Task<WriteResult> TryPutAsync(Bucket bucket, string key, int lengthBytes)
    {
        byte[] body = EngineHarness.Bytes(lengthBytes);
        using BodyWriter writer = _store.WriterOver(body);
        return await _store.PutObjectAsync(bucket, EngineHarness.Key(key), writer, EngineHarness.Attributes(body), null);
    }

    private StoredObjectRecord Record(string key)
    {
        Bucket bucket = _store.FindBucket("bucket"u8)!;
        Assert.Equal(StoreStatus.Ok, _store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record));
        return (StoredObjectRecord)record!;
    }

    private async Task AssertReadsAsync(string key, int lengthBytes)
    {
        Assert.Equal(StoreStatus.Ok, _store.OpenReader(Record(key), 0, lengthBytes, out ObjectReader? reader));
        using (reader)
        {
            ReadResult read = await reader!.ReadAsync();
            Assert.Equal(StoreStatus.Ok, read.Status);
            Assert.Equal(EngineHarness.Bytes(lengthBytes), read.Bytes.ToArray());
        }
    }

    private int HeldBodies()
    {
        int count = 0;
        using IIndexCursor cursor = _store.Index.OpenCursor(Keyspace.Segments, IndexKeys.LoggedBodiesEnd);
        for (bool has = cursor.Seek(IndexKeys.LoggedBodiesFirst); has; has = cursor.Next()) count++;
        return count;
    }
}
