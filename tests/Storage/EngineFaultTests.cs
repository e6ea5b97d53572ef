using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>The engine on a device in memory whose calls fail when told to; the index is a real one.</summary>
public sealed class EngineFaultTests : IDisposable
{
    // A small body that is synced although it comes alone: fewer bytes stand in the index's log.
    private const int SyncedBytes = LoggedBodies.MaxBatchBytes + 1;

    // Holds the committer until it is opened, and opened in any case: closing waits for the committer.
    private readonly ManualResetEventSlim _gate = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly MemoryBlockDevice _device = new("memory");
    private readonly VolumeOptions _options = new() { Directories = ["memory"], SegmentBytes = 1 << 20, ReserveBytes = 1 << 20 };
    private FaultyIndex _index = null!;
    private ObjectStore _store;

    public EngineFaultTests() => _store = Open();

    [Theory]
    [InlineData(DeviceCallName.Sync, SyncedBytes)]
    [InlineData(DeviceCallName.Sync, 300_000)]
    [InlineData(DeviceCallName.Write, 2000)]
    [InlineData(DeviceCallName.Write, 300_000)]
    public async Task AFailedWriteOrSyncIsNotAcknowledgedAndTheNextSegmentServes(DeviceCallName call, int length) =>
        await FailAsync((DeviceCall)call, length);

    private async Task FailAsync(DeviceCall call, int length)
    {
        Bucket bucket = await BucketAsync();
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "before", Body(length, 1)));
        uint[] open = [.. _store.Segments.All().Where(segment => segment.State == SegmentState.Open).Select(segment => segment.Number)];
        int failures = 0;
        _device.Fault = (asked, segment) =>
        {
            if (asked != call || !open.Contains(segment)) return IoError.None;
            failures++;
            return IoError.Failed;
        };
        Assert.Equal(StoreStatus.IoFailed, await PutAsync(bucket, "before", Body(length, 2)));
        Assert.True(failures > 0);
        Assert.Equal(Body(length, 1), await GetAsync(bucket, "before"));
        // The segment is given up: another one serves, with the fault still there.
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "later", Body(length, 4)));
        _device.Fault = null;
        Assert.Equal(Body(length, 4), await GetAsync(bucket, "later"));
        AssertAccounts();

        _device.CutPower();
        Reopen();
        bucket = await BucketAsync();
        Assert.Equal(Body(length, 1), await GetAsync(bucket, "before"));
        Assert.Equal(Body(length, 4), await GetAsync(bucket, "later"));
        AssertAccounts();
    }

    [Fact]
    public async Task OnlyWhatStoodInTheFailedSegmentFails()
    {
        Bucket bucket = await BucketAsync();
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "small", Body(10, 1)));
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "large", Body(200_000, 1)));
        uint packed = SegmentOf(bucket, "small");
        _device.Fault = (call, segment) => call == DeviceCall.Sync && segment == packed ? IoError.Failed : IoError.None;
        Task<StoreStatus> small = PutAsync(bucket, "small", Body(SyncedBytes, 2));
        Task<StoreStatus> large = PutAsync(bucket, "large", Body(200_000, 2));
        Assert.Equal(StoreStatus.IoFailed, await small);
        Assert.Equal(StoreStatus.Ok, await large);
        Assert.Equal(Body(10, 1), await GetAsync(bucket, "small"));
        Assert.Equal(Body(200_000, 2), await GetAsync(bucket, "large"));
        AssertAccounts();
    }

    [Fact]
    public async Task BodiesAreMadeDurableWhileTheGroupBeforeIsCommitted()
    {
        Bucket bucket = await BucketAsync();
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "small", Body(10, 1)));
        uint packed = SegmentOf(bucket, "small");
        (Task<WriteResult> first, BodyWriter held) = await HoldCommitterAsync(bucket);
        using BodyWriter body = held;
        var synced = new TaskCompletionSource();
        _device.Fault = (call, segment) =>
        {
            if (call == DeviceCall.Sync && segment == packed) synced.TrySetResult();
            return IoError.None;
        };
        Task<StoreStatus> second = PutAsync(bucket, "small", Body(SyncedBytes, 3));
        await synced.Task.WaitAsync(TimeSpan.FromSeconds(20));
        _device.Fault = null;
        Assert.False(second.IsCompleted);
        Assert.Equal(Body(10, 1), await GetAsync(bucket, "small"));
        _gate.Set();
        Assert.Equal(StoreStatus.Ok, (await first).Status);
        Assert.Equal(StoreStatus.Ok, await second);
        Assert.Equal(Body(SyncedBytes, 3), await GetAsync(bucket, "small"));
        AssertAccounts();
    }

    /// <summary>
    /// The part that it would have replaced stays, and its bytes stay counted, also when others of its group are committed.
    /// </summary>
    [Fact]
    public async Task APartThatFailsReplacesNothing()
    {
        Bucket bucket = await BucketAsync();
        (_, UploadId id) = await _store.CreateUploadAsync(
            bucket, EngineHarness.Key("upload"), default, ChecksumKind.None, ChecksumType.FullObject);
        _store.TryGetUpload(bucket, "upload"u8, id, out UploadRecord? upload);
        Assert.Equal(StoreStatus.Ok, await PutPartAsync(upload!, Body(300_000, 1)));
        (Task<WriteResult> first, BodyWriter held) = await HoldCommitterAsync(bucket);
        using BodyWriter body = held;
        // The committer waits with that one; what comes meanwhile is one group.
        _device.Fault = (call, _) => call == DeviceCall.Write ? IoError.Failed : IoError.None;
        Task<StoreStatus> part = Task.Run(() => PutPartAsync(upload!, Body(300_000, 2)));
        await Task.Delay(300);
        _device.Fault = null;
        Task<StoreStatus> small = PutAsync(bucket, "small", Body(10, 2));
        _gate.Set();
        Assert.Equal(StoreStatus.Ok, (await first).Status);
        Assert.NotEqual(StoreStatus.Ok, await part);
        Assert.Equal(StoreStatus.Ok, await small);
        AssertAccounts();
        var parts = new List<PartRecord>();
        _store.ListParts(upload!, 0, 10, parts, out _);
        Assert.Equal(EngineHarness.Attributes(Body(300_000, 1)).ETag, Assert.Single(parts).ETag);
    }

    [Fact]
    public async Task PowerCutsLoseNothingAcknowledged()
    {
        var expected = new Dictionary<string, byte[]?>();
        var random = new Random(5);
        for (int cut = 0; cut < 10; cut++)
        {
            Bucket bucket = await BucketAsync();
            for (int index = 0; index < 40; index++)
            {
                string key = $"key{random.Next(30)}";
                byte[] body = Body(random.Next(5) == 0 ? random.Next(250_000) : random.Next(6000), random.Next());
                if (random.Next(4) == 0)
                {
                    Assert.Equal(StoreStatus.Ok, await _store.DeleteObjectAsync(bucket, EngineHarness.Key(key), null));
                    expected[key] = null;
                }
                else
                {
                    Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, key, body));
                    expected[key] = body;
                }
            }
            _store.Abandon();
            _device.CutPower();
            _store = Open();
            bucket = await BucketAsync();
            foreach ((string key, byte[]? body) in expected) Assert.Equal(body, await GetAsync(bucket, key));
            AssertAccounts();
        }
    }

    [Fact]
    public async Task AFullDeviceRefusesWritesServesReadsAndRecovers()
    {
        // Room for eight segments above the reserve.
        _device.CapacityBytes = 9 << 20;
        Bucket bucket = await BucketAsync();
        int stored = 0;
        StoreStatus status;
        while ((status = await PutAsync(bucket, $"key{stored}", Body(90_000, stored))) == StoreStatus.Ok && stored < 200) stored++;
        Assert.Equal(StoreStatus.NoSpace, status);
        Assert.InRange(stored, 40, 90);
        Assert.True(_store.Statistics.WritesRefused || _store.OpenWriter(300_000, out _) == StoreStatus.NoSpace);
        for (int key = 0; key < stored; key++) Assert.Equal(Body(90_000, key), await GetAsync(bucket, $"key{key}"));

        for (int key = 0; key < stored; key += 2)
            Assert.Equal(StoreStatus.Ok, await _store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null));
        for (int key = 1; key < stored / 2; key += 2)
            Assert.Equal(StoreStatus.Ok, await _store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null));
        DateTime deadline = DateTime.UtcNow.AddSeconds(10);
        while ((status = await PutAsync(bucket, "again", Body(90_000, 999))) == StoreStatus.NoSpace && DateTime.UtcNow < deadline)
            await Task.Delay(50);
        Assert.Equal(StoreStatus.Ok, status);
        for (int key = stored / 2 + (stored / 2 % 2 == 0 ? 1 : 0); key < stored; key += 2)
            Assert.Equal(Body(90_000, key), await GetAsync(bucket, $"key{key}"));
        AssertAccounts();
    }

    /// <summary>Where the file system has no holes, or fails to make one, what lives is moved.</summary>
    [Theory]
    [InlineData(IoErrorName.NotSupported)]
    [InlineData(IoErrorName.Failed)]
    public async Task WhatCannotBePunchedIsCompacted(IoErrorName error)
    {
        int punches = 0;
        _device.Fault = (call, _) =>
        {
            if (call != DeviceCall.Punch) return IoError.None;
            punches++;
            return (IoError)error;
        };
        Bucket bucket = await BucketAsync();
        for (int key = 0; key < 60; key++) Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, $"key{key}", Body(100_000, key)));
        for (int key = 0; key < 60; key++)
        {
            if (key % 4 != 0) Assert.Equal(StoreStatus.Ok, await _store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null));
        }
        for (int pass = 0; pass < 50 && _store.Reclaimer.RunOnce(); pass++)
        {
            // Until nothing more is to be gained.
        }
        Assert.Equal(0, _store.Statistics.PunchedBytes);
        Assert.InRange(_store.Statistics.CompactedBytes, 500_000, long.MaxValue);
        if (error == IoErrorName.NotSupported) Assert.Equal(1, punches);
        for (int key = 0; key < 60; key += 4) Assert.Equal(Body(100_000, key), await GetAsync(bucket, $"key{key}"));
        AssertAccounts();
    }

    /// <summary>
    /// The last commit before the holes are made is when a reader with a record of before may still come: what he pinned stays.
    /// </summary>
    [Fact]
    public async Task AReaderWhoComesBeforeTheHolesKeepsThemAway()
    {
        _store.Reclaimer.IsCompactionOff = true;
        Bucket bucket = await BucketAsync();
        for (int key = 0; key < 12; key++) Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, $"key{key}", Body(150_000, key)));
        Assert.Equal(StoreStatus.Ok, _store.TryGetObject(bucket, "key1"u8, out ObjectRecord? stale));
        for (int key = 1; key < 6; key++)
            Assert.Equal(StoreStatus.Ok, await _store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null));
        ObjectReader? reader = null;
        _index.Committing = () =>
        {
            if (reader is null) Assert.Equal(StoreStatus.Ok, _store.OpenReader(stale!, 0, 150_000, out reader));
        };
        _store.Reclaimer.IsCompactionOff = false;
        _store.Reclaimer.RunOnce();
        Assert.NotNull(reader);
        Assert.Equal(0, _store.Statistics.PunchedBytes);
        var bytes = new List<byte>();
        while (reader.RemainingBytes > 0) bytes.AddRange((await reader.ReadAsync()).Bytes.Span);
        Assert.Equal(Body(150_000, 1), bytes);
        reader.Dispose();
        _store.Reclaimer.RunOnce();
        Assert.InRange(_store.Statistics.PunchedBytes, 600_000, long.MaxValue);
        Assert.Equal(StoreStatus.Changed, _store.OpenReader(stale!, 0, 150_000, out _));
        AssertAccounts();
    }

    /// <summary>
    /// An index that is opened anew while records are read for a punch: what they said may have been of a commit that is lost now, so that
    /// nothing is punched. The next look does.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnIndexOpenedAnewWhileItIsReadForHolesKeepsThemAway(bool isApplied)
    {
        _store.Reclaimer.IsCompactionOff = true;
        Bucket bucket = await BucketAsync();
        for (int key = 0; key < 12; key++) Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, $"key{key}", Body(150_000, key)));
        for (int key = 1; key < 6; key++)
            Assert.Equal(StoreStatus.Ok, await _store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null));
        int readings = 0;
        _index.AppliesFailedCommits = isApplied;
        _index.Reading = () =>
        {
            if (Interlocked.Increment(ref readings) > 1) return;
            // This look only: no other one after it, until this test says so.
            (_store.Reclaimer.IsCompactionOff, _index.FailsCommits) = (true, true);
            Assert.Equal(StoreStatus.IoFailed, PutAsync(bucket, "lost", Body(10, 1)).Result);
            _index.FailsCommits = false;
        };
        _store.Reclaimer.IsCompactionOff = false;
        _store.Reclaimer.RunOnce();
        Assert.True(_store.Reclaimer.BetweenPasses(() => readings) > 1);
        Assert.Equal(0, _store.Statistics.PunchedBytes);
        _store.Reclaimer.IsCompactionOff = false;
        _store.Reclaimer.RunOnce();
        Assert.InRange(_store.Reclaimer.PunchedBytes, 600_000, long.MaxValue);
        foreach (int key in (int[])[0, 6, 7, 8, 9, 10, 11]) Assert.Equal(Body(150_000, key), await GetAsync(bucket, $"key{key}"));
        AssertAccounts();
    }

    /// <summary>The outcomes of a punch that a public test may name.</summary>
    public enum IoErrorName : byte
    {
        NotSupported = IoError.NotSupported,
        Failed = IoError.Failed,
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFailedIndexCommitIsNotAcknowledgedAndTheIndexComesBack(bool isApplied)
    {
        Bucket bucket = await BucketAsync();
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "small", Body(5000, 1)));
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "large", Body(150_000, 1)));
        (_index.FailsCommits, _index.AppliesFailedCommits, _index.FailsReopening) = (true, isApplied, true);
        Assert.Equal(StoreStatus.IoFailed, await PutAsync(bucket, "small", Body(5000, 2)));
        // Until it is open again, everything that changes is refused, and what is read is the old or the new, whole.
        Assert.Equal(StoreStatus.IoFailed, await PutAsync(bucket, "large", Body(150_000, 2)));
        Assert.Equal(StoreStatus.IoFailed, await _store.CreateBucketAsync("other", ""));
        Assert.Equal(Body(5000, isApplied ? 2 : 1), await GetAsync(bucket, "small"));
        _index.FailsReopening = false;
        Assert.Equal(StoreStatus.IoFailed, await _store.CreateBucketAsync("other", ""));
        Assert.Equal(isApplied, _store.FindBucket("other"u8) is not null);

        _index.FailsCommits = false;
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "large", Body(150_000, 3)));
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "small", Body(5000, 3)));
        Assert.Equal(Body(150_000, 3), await GetAsync(bucket, "large"));
        Assert.Equal(Body(5000, 3), await GetAsync(bucket, "small"));
        Bucket? other = _store.FindBucket("other"u8);
        Assert.Equal(isApplied ? StoreStatus.BucketAlreadyExists : StoreStatus.Ok, await _store.CreateBucketAsync("other", ""));
        Assert.NotEqual(bucket.Id, (other ?? _store.FindBucket("other"u8))!.Id);
        AssertAccounts();
        Reopen();
        bucket = await BucketAsync();
        Assert.Equal(Body(5000, 3), await GetAsync(bucket, "small"));
        AssertAccounts();
    }

    [Fact]
    public async Task AnIndexWithoutSpaceSaysSo()
    {
        Bucket bucket = await BucketAsync();
        (_index.FailsCommits, _index.IsNoSpace) = (true, true);
        Assert.Equal(StoreStatus.NoSpace, await PutAsync(bucket, "key", Body(10, 1)));
        _index.FailsCommits = false;
        Assert.Equal(StoreStatus.Ok, await PutAsync(bucket, "key", Body(10, 1)));
        AssertAccounts();
    }

    /// <summary>The calls by their values, since a public test cannot name an internal type in its signature.</summary>
    public enum DeviceCallName : byte { Create, Open, Delete, Write, Read, Sync, WriteFormat }

    public void Dispose()
    {
        _gate.Set();
        _store.DisposeAsync().AsTask().Wait();
        _gate.Dispose();
        _directory.Dispose();
    }

    private ObjectStore Open()
    {
        return EngineHarness.OpenOn(_device, _options, _directory, index => _index = new FaultyIndex(index));
    }

    private void Reopen()
    {
        _store.Abandon();
        _device.CutPower();
        _store = Open();
    }

    private async Task<Bucket> BucketAsync()
    {
        await _store.CreateBucketAsync("bucket", "");
        return _store.FindBucket("bucket"u8)!;
    }

    private static byte[] Body(int length, int seed) => EngineHarness.Bytes(length, seed);

    private uint SegmentOf(Bucket bucket, string key)
    {
        Assert.Equal(StoreStatus.Ok, _store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record));
        return ((StoredObjectRecord)record!).Extent(0).Segment;
    }

    private async Task<StoreStatus> PutAsync(Bucket bucket, string key, byte[] body)
    {
        StoreStatus status = _store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok) return status;
        using (writer)
        {
            status = await EngineHarness.FillAsync(writer!, body);
            if (status != StoreStatus.Ok) return status;
            return (await _store.PutObjectAsync(bucket, EngineHarness.Key(key), writer!, EngineHarness.Attributes(body), null)).Status;
        }
    }

    private async Task<StoreStatus> PutPartAsync(UploadRecord upload, byte[] body)
    {
        StoreStatus status = _store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok) return status;
        using (writer)
        {
            status = await EngineHarness.FillAsync(writer!, body);
            if (status != StoreStatus.Ok) return status;
            return (await _store.PutPartAsync(upload, 1, writer!, EngineHarness.Attributes(body))).Status;
        }
    }

    /// <summary>Returns once the committer stands within the write of "held", until the gate is opened.</summary>
    private async Task<(Task<WriteResult> Put, BodyWriter Body)> HoldCommitterAsync(Bucket bucket)
    {
        var reached = new TaskCompletionSource();
        BodyWriter held = _store.WriterOver(Body(10, 1));
        Task<WriteResult> put = _store.PutObjectAsync(
            bucket, EngineHarness.Key("held"), held, EngineHarness.Attributes(Body(10, 1)), new HeldPrecondition(_gate, reached)).AsTask();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return (put, held);
    }

    private sealed class HeldPrecondition(ManualResetEventSlim gate, TaskCompletionSource reached) : IWritePrecondition
    {
        public StoreStatus Check(ObjectRecord? current)
        {
            reached.TrySetResult();
            gate.Wait();
            return StoreStatus.Ok;
        }
    }

    private async Task<byte[]?> GetAsync(Bucket bucket, string key)
    {
        while (true)
        {
            if (_store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record) != StoreStatus.Ok) return null;
            StoreStatus status = _store.OpenReader(record!, 0, record!.SizeBytes, out ObjectReader? reader);
            if (status == StoreStatus.Changed) continue;
            Assert.Equal(StoreStatus.Ok, status);
            using (reader)
            {
                byte[] bytes = new byte[record.SizeBytes];
                for (int at = 0; at < bytes.Length;)
                {
                    ReadResult result = await reader!.ReadAsync();
                    Assert.Equal(StoreStatus.Ok, result.Status);
                    result.Bytes.CopyTo(bytes.AsMemory(at));
                    at += result.Bytes.Length;
                }
                return bytes;
            }
        }
    }

    private void AssertAccounts()
    {
        _store.Settle();
        Assert.Empty(_store.VerifyAccounts());
        Assert.Equal(0, _store.Buffers.RentedBytes);
    }
}
