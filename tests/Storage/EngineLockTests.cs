using RustFs.Storage;
using RustFs.Tests.Http1;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>What is locked stays, by the clock of the store at the moment of the commit.</summary>
public sealed class EngineLockTests : IDisposable
{
    private const long DayMs = 24L * 60 * 60 * 1000;
    private static readonly byte[] Body = EngineHarness.Bytes(3000);

    private readonly SettableTime _time = new() { Now = new DateTimeOffset(2026, 2, 28, 12, 0, 0, TimeSpan.Zero) };
    private readonly EngineHarness _engine;

    public EngineLockTests() => _engine = new EngineHarness(change: options => options with { Time = _time });

    public void Dispose() => _engine.Dispose();

    private long NowMs => _time.Now.ToUnixTimeMilliseconds();

    [Theory]
    [InlineData(RetentionMode.Governance)]
    [InlineData(RetentionMode.Compliance)]
    public async Task ARetainedVersionStaysUntilItsTime(RetentionMode mode)
    {
        Bucket bucket = await LockableAsync();
        long untilMs = NowMs + DayMs;
        VersionId version = await PutAsync(bucket, "key", new Retention(mode, untilMs));
        Assert.Equal(new Retention(mode, untilMs), LockOf(bucket, "key", version).Retention);
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "key", version));

        // What does not remove it goes on: a delete marker, and another version.
        Assert.True((await _engine.DeleteVersionAsync(bucket, "key")).IsDeleteMarker);
        VersionId second = await _engine.PutVersionAsync(bucket, "key", Body);
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "key", version));
        Assert.Equal(StoreStatus.Ok, await DeleteAsync(bucket, "key", second));

        await _engine.ReopenAsync(crash: true);
        bucket = _engine.Store.FindBucket("bucket"u8)!;
        Assert.True(bucket.HasObjectLock);
        _time.Now = DateTimeOffset.FromUnixTimeMilliseconds(untilMs - 1);
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "key", version));
        Assert.Equal(Body, await _engine.GetVersionAsync(bucket, "key", version));
        _time.Now = DateTimeOffset.FromUnixTimeMilliseconds(untilMs);
        Assert.Equal(StoreStatus.Ok, await DeleteAsync(bucket, "key", version));
        Assert.Null(await _engine.GetVersionAsync(bucket, "key", version));
        _engine.AssertAccounts();
    }

    [Fact]
    public async Task OnlyGovernanceIsBypassed()
    {
        Bucket bucket = await LockableAsync();
        VersionId governed = await PutAsync(bucket, "governed", new Retention(RetentionMode.Governance, NowMs + DayMs));
        VersionId complied = await PutAsync(bucket, "complied", new Retention(RetentionMode.Compliance, NowMs + DayMs));
        VersionId held = await PutAsync(bucket, "held", new Retention(RetentionMode.Governance, NowMs + DayMs), isHeld: true);
        Assert.Equal(StoreStatus.Ok, await DeleteAsync(bucket, "governed", governed, bypassesGovernance: true));
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "complied", complied, bypassesGovernance: true));
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "held", held, bypassesGovernance: true));
        Assert.Equal(StoreStatus.Ok, await ChangeAsync(bucket, "held", held, LockChange.Hold(false)));
        Assert.Equal(new ObjectLock(new Retention(RetentionMode.Governance, NowMs + DayMs), false), LockOf(bucket, "held", held));
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "held", held));
        Assert.Equal(StoreStatus.Ok, await DeleteAsync(bucket, "held", held, bypassesGovernance: true));
    }

    [Theory]
    // From, days; to, days; whether governance is bypassed; whether it is permitted.
    [InlineData(RetentionMode.None, 0, RetentionMode.Governance, 1, false, true)]
    [InlineData(RetentionMode.None, 0, RetentionMode.Compliance, 1, false, true)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.Governance, 6, false, true)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.Governance, 5, false, true)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.Governance, 4, false, false)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.Governance, 4, true, true)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.None, 0, false, false)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.None, 0, true, true)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.Compliance, 6, false, false)]
    [InlineData(RetentionMode.Governance, 5, RetentionMode.Compliance, 4, true, true)]
    [InlineData(RetentionMode.Compliance, 5, RetentionMode.Compliance, 6, false, true)]
    [InlineData(RetentionMode.Compliance, 5, RetentionMode.Compliance, 4, true, false)]
    [InlineData(RetentionMode.Compliance, 5, RetentionMode.Governance, 6, true, false)]
    [InlineData(RetentionMode.Compliance, 5, RetentionMode.None, 0, true, false)]
    // One whose time has passed holds nobody.
    [InlineData(RetentionMode.Compliance, -1, RetentionMode.Governance, 1, false, true)]
    [InlineData(RetentionMode.Compliance, -1, RetentionMode.None, 0, false, true)]
    public async Task ARetentionBecomesLongerAlwaysAndLessOnlyByBypass(
        RetentionMode from, int fromDays, RetentionMode to, int toDays, bool bypassesGovernance, bool isPermitted)
    {
        Bucket bucket = await LockableAsync();
        Retention before = Of(from, fromDays), after = Of(to, toDays);
        VersionId version = await PutAsync(bucket, "key", before);
        LockChange change = LockChange.Retain(after, bypassesGovernance);
        Assert.Equal(isPermitted ? StoreStatus.Ok : StoreStatus.Locked, await ChangeAsync(bucket, "key", version, change));
        Assert.Equal(isPermitted ? after : before, LockOf(bucket, "key", version).Retention);

        Retention Of(RetentionMode mode, int days) => mode == RetentionMode.None ? default : new Retention(mode, NowMs + days * DayMs);
    }

    [Theory]
    [InlineData(3, 0, "2026-03-03T12:00:00Z")]
    [InlineData(0, 2, "2028-02-28T12:00:00Z")]
    [InlineData(DefaultRetention.MaxDays, 0, "2126-02-04T12:00:00Z")]
    [InlineData(0, DefaultRetention.MaxYears, "2126-02-28T12:00:00Z")]
    public async Task TheDefaultRetentionIsThatOfTheTimeOfTheCommit(int days, int years, string until)
    {
        Bucket bucket = await LockableAsync();
        VersionId before = await _engine.PutVersionAsync(bucket, "before", Body);
        await SetDefaultAsync(bucket, new DefaultRetention(RetentionMode.Compliance, days, years));
        // By way of the bucket as it was before: how it is configured when the write is committed counts.
        VersionId version = await _engine.PutVersionAsync(bucket, "key", Body);
        long untilMs = DateTimeOffset.Parse(until, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        Assert.Equal(new ObjectLock(new Retention(RetentionMode.Compliance, untilMs), null), LockOf(bucket, "key", version));
        Assert.Equal(default, LockOf(bucket, "before", before));
        VersionId completed = await CompleteAsync(bucket, "multipart");
        Assert.Equal(new Retention(RetentionMode.Compliance, untilMs), LockOf(bucket, "multipart", completed).Retention);

        // One of its own goes before it, a hold goes with it.
        var own = new Retention(RetentionMode.Governance, NowMs + 1);
        Assert.Equal(own, LockOf(bucket, "own", await PutAsync(bucket, "own", own)).Retention);
        VersionId held = await PutAsync(bucket, "held", default, isHeld: true);
        Assert.Equal(new ObjectLock(new Retention(RetentionMode.Compliance, untilMs), true), LockOf(bucket, "held", held));
        _engine.AssertAccounts();
    }

    [Fact]
    public async Task TheLastDayOfTheCalendarBoundsADefaultRetention()
    {
        _time.Now = new DateTimeOffset(9950, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Bucket bucket = await LockableAsync();
        await SetDefaultAsync(bucket, new DefaultRetention(RetentionMode.Governance, 0, 100));
        VersionId version = await _engine.PutVersionAsync(bucket, "key", Body);
        Assert.Equal(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), LockOf(bucket, "key", version).Retention.UntilMs);
    }

    [Fact]
    public async Task FieldsThatDropALockAreRefused()
    {
        Bucket bucket = await LockableAsync();
        VersionId version = await PutAsync(bucket, "key", new Retention(RetentionMode.Governance, NowMs + DayMs), isHeld: true);
        ObjectRecord record = RecordOf(bucket, "key", version);
        byte[] tags = new byte[64];
        var writer = new StoredFieldsWriter(tags);
        Assert.True(writer.TryAdd(StoredFieldId.Tagging, default, "a=1"u8));
        byte[] tagsAlone = tags[..writer.WrittenBytes];
        WriteResult dropped = await _engine.Store.ReplaceFieldsAsync(bucket, Key("key"), record, new StoredFields(tagsAlone), null, true);
        Assert.Equal(StoreStatus.Locked, dropped.Status);
        byte[] all = [.. record.Fields.Encoded.ToArray(), .. tagsAlone];
        Assert.Equal(StoreStatus.Ok,
            (await _engine.Store.ReplaceFieldsAsync(bucket, Key("key"), record, new StoredFields(all), null, true)).Status);
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "key", version));

        // Neither does a new place for its bytes.
        await _engine.MoveAllAsync(bucket);
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "key", version, bypassesGovernance: true));
        Assert.Equal(Body, await _engine.GetVersionAsync(bucket, "key", version));
    }

    [Fact]
    public async Task ALockChangesNothingElseOfAVersion()
    {
        Bucket bucket = await LockableAsync();
        VersionId first = await CompleteAsync(bucket, "key");
        ObjectRecord before = RecordOf(bucket, "key", first);
        VersionId second = await _engine.PutVersionAsync(bucket, "key", Body);
        _time.Now += TimeSpan.FromHours(1);
        foreach (VersionId version in new[] { first, second })
            Assert.Equal(StoreStatus.Ok, await ChangeAsync(bucket, "key", version, LockChange.Hold(true)));
        ObjectRecord after = RecordOf(bucket, "key", first);
        Assert.Equal((before.LastModifiedMs, before.ETag, before.PartCount, before.UploadId, before.SizeBytes),
            (after.LastModifiedMs, after.ETag, after.PartCount, after.UploadId, after.SizeBytes));
        Assert.Equal([second, first], _engine.Store.ListVersions(bucket).Select(version => version.Id));
        Assert.Equal(Body, await _engine.GetAsync(bucket, "key"));
        Assert.Equal(StoreStatus.BucketNotEmpty, await _engine.Store.DeleteBucketAsync(bucket));
        _engine.AssertAccounts();

        WriteResult marker = await _engine.DeleteVersionAsync(bucket, "key");
        Assert.Equal(StoreStatus.NoSuchVersion, await ChangeAsync(bucket, "key", marker.Version, LockChange.Hold(true)));
        Assert.Equal(StoreStatus.NoSuchVersion, await ChangeAsync(bucket, "none", first, LockChange.Hold(true)));
        // Delete markers are not protected.
        Assert.Equal(StoreStatus.Ok, await DeleteAsync(bucket, "key", marker.Version));
    }

    [Fact]
    public async Task ObjectLockNeedsVersioningForEver()
    {
        Bucket bucket = await _engine.BucketAsync();
        byte[] noDefault = default(DefaultRetention).Encode();
        Assert.Equal(StoreStatus.InvalidBucketState, await ConfigureAsync(bucket, BucketConfigurationKind.ObjectLock, noDefault));
        await _engine.Store.SetVersioningAsync(bucket, BucketVersioning.Suspended);
        Assert.Equal(StoreStatus.InvalidBucketState, await ConfigureAsync(bucket, BucketConfigurationKind.ObjectLock, noDefault));
        await _engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        // Asked for at once, one of the two is refused.
        ValueTask<StoreStatus> locking = _engine.Store.ConfigureBucketAsync(bucket, BucketConfigurationKind.ObjectLock, noDefault);
        ValueTask<StoreStatus> suspending = _engine.Store.ConfigureBucketAsync(
            bucket, BucketConfigurationKind.Versioning, new[] { (byte)BucketVersioning.Suspended });
        Assert.Equal((StoreStatus.Ok, StoreStatus.InvalidBucketState), (await locking, await suspending));
        Assert.Equal(StoreStatus.InvalidBucketState, await ConfigureAsync(bucket, BucketConfigurationKind.ObjectLock, []));
        Assert.Equal(StoreStatus.InvalidBucketState, await ConfigureAsync(bucket, BucketConfigurationKind.Versioning, []));
        await _engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        Assert.True(_engine.Store.FindBucket("bucket"u8)!.HasObjectLock);
    }

    [Fact]
    public async Task ALockedNullVersionIsNotReplacedWhereVersioningIsSuspended()
    {
        // Object lock keeps versioning enabled; this is the guard behind that.
        Bucket bucket = await _engine.BucketAsync();
        await _engine.Store.SetVersioningAsync(bucket, BucketVersioning.Suspended);
        VersionId version = await PutAsync(bucket, "key", new Retention(RetentionMode.Governance, NowMs + DayMs));
        Assert.True(version.IsNull);
        Assert.Equal(StoreStatus.Locked, (await _engine.TryPutAsync(bucket, "key", [1])).Status);
        Assert.Equal(StoreStatus.Locked, await _engine.Store.DeleteObjectAsync(bucket, Key("key"), null));
        Assert.Equal(StoreStatus.Locked, (await TryCompleteAsync(bucket, "key")).Status);
        await _engine.PutAsync(bucket, "other", Body);
        Assert.Equal(StoreStatus.Locked, await RenameAsync(bucket, "key", "new"));
        Assert.Equal(StoreStatus.Locked, await RenameAsync(bucket, "other", "key"));
        Assert.Equal(StoreStatus.Locked, await AppendAsync(bucket, "key"));
        Assert.Equal(StoreStatus.Locked, await ShareAsync(bucket, "other", "key"));
        Assert.Equal(Body, await _engine.GetAsync(bucket, "key"));
        _time.Now += TimeSpan.FromDays(1);
        Assert.Equal(StoreStatus.Ok, (await _engine.TryPutAsync(bucket, "key", [1])).Status);
        _engine.AssertAccounts();
    }

    [Fact]
    public async Task OfALockAndADeleteAtOnceOneWins()
    {
        Bucket bucket = await LockableAsync();
        for (int round = 0; round < 100; round++)
        {
            string key = $"key{round}";
            VersionId version = await _engine.PutVersionAsync(bucket, key, [1]);
            Task<StoreStatus> locking = Task.Run(() => ChangeAsync(bucket, key, version, LockChange.Hold(true)));
            Task<StoreStatus> deleting = Task.Run(() => DeleteAsync(bucket, key, version, bypassesGovernance: true));
            bool isLocked = await locking == StoreStatus.Ok;
            Assert.Equal(isLocked ? StoreStatus.Locked : StoreStatus.Ok, await deleting);
            StoreStatus found = _engine.Store.TryGetVersion(bucket, Key(key).Span, version, out _);
            Assert.Equal(isLocked ? StoreStatus.Ok : StoreStatus.NoSuchVersion, found);
        }
        _engine.AssertAccounts();
    }

    [Fact]
    public async Task WhatCannotBeReadMayBeLockedAndStays()
    {
        Bucket bucket = await LockableAsync();
        VersionId old = await _engine.PutVersionAsync(bucket, "old", Body);
        await _engine.PutAsync(bucket, "old", Body);
        await _engine.PutAsync(bucket, "current", Body);
        Damage(Keyspace.Versions, IndexKeys.Version(bucket.Id, Key("old").Span, old.Sequence, _indexKey));
        Damage(Keyspace.Objects, IndexKeys.Object(bucket.Id, Key("current").Span, _indexKey));
        await _engine.ReopenAsync();
        Assert.Equal(StoreStatus.Corrupt, await DeleteAsync(bucket, "old", old));
        Assert.Equal(StoreStatus.Corrupt, (await _engine.TryPutAsync(bucket, "current", Body)).Status);
        Assert.Equal(StoreStatus.Corrupt, await _engine.Store.DeleteObjectAsync(bucket, Key("current"), null));
        Assert.Equal(StoreStatus.Corrupt, (await TryCompleteAsync(bucket, "current")).Status);
    }

    /// <summary>Each version is judged by its own lock, whatever has become of the newest.</summary>
    [Fact]
    public async Task ADamagedCurrentObjectKeepsNoOlderVersionFromBeingDeleted()
    {
        Bucket bucket = await LockableAsync();
        VersionId free = await _engine.PutVersionAsync(bucket, "key", Body), held = await _engine.PutVersionAsync(bucket, "key", Body);
        Assert.Equal(StoreStatus.Ok, await ChangeAsync(bucket, "key", held, LockChange.Hold(true)));
        VersionId newest = await _engine.PutVersionAsync(bucket, "key", Body);
        Damage(Keyspace.Objects, IndexKeys.Object(bucket.Id, Key("key").Span, _indexKey));
        await _engine.ReopenAsync();
        bucket = _engine.Store.FindBucket("bucket"u8)!;
        Assert.Equal(StoreStatus.Ok, await DeleteAsync(bucket, "key", free));
        // Whether the damaged one is what is asked for nobody knows.
        Assert.Equal(StoreStatus.Corrupt, _engine.Store.TryGetVersion(bucket, Key("key").Span, free, out _));
        Assert.Equal(StoreStatus.Locked, await DeleteAsync(bucket, "key", held));
        Assert.Equal(StoreStatus.Corrupt, await DeleteAsync(bucket, "key", newest));
        Assert.Equal(StoreStatus.Corrupt, await DeleteAsync(bucket, "key", free));
        Assert.Equal(StoreStatus.Ok, _engine.Store.TryGetVersion(bucket, Key("key").Span, held, out _));
        Assert.Equal(StoreStatus.Corrupt, (await _engine.Store.DeleteObjectAsync(bucket, Key("key"), null, null)).Status);
    }

    private readonly byte[] _indexKey = new byte[IndexKeys.MaxKeyBytes];

    private void Damage(Keyspace keyspace, int keyBytes)
    {
        byte[] record = _engine.Store.Index.Get(keyspace, _indexKey.AsSpan(0, keyBytes))!;
        record[^1] ^= 1;
        using IIndexBatch batch = _engine.Store.Index.NewBatch();
        batch.Put(keyspace, _indexKey.AsSpan(0, keyBytes), record);
        _engine.Store.Index.Commit(batch, synced: true);
    }

    private async Task<Bucket> LockableAsync()
    {
        Assert.Equal(StoreStatus.Ok, await _engine.Store.CreateBucketAsync("bucket", "", hasObjectLock: true));
        Bucket bucket = _engine.Store.FindBucket("bucket"u8)!;
        Assert.Equal((true, BucketVersioning.Enabled, default), (bucket.HasObjectLock, bucket.Versioning, bucket.DefaultRetention));
        return bucket;
    }

    private async Task<StoreStatus> ConfigureAsync(Bucket bucket, BucketConfigurationKind kind, byte[] value) =>
        await _engine.Store.ConfigureBucketAsync(bucket, kind, value);

    private async Task SetDefaultAsync(Bucket bucket, DefaultRetention retention) =>
        Assert.Equal(StoreStatus.Ok, await ConfigureAsync(bucket, BucketConfigurationKind.ObjectLock, retention.Encode()));

    private async Task<VersionId> PutAsync(Bucket bucket, string key, Retention retention, bool? isHeld = null)
    {
        byte[] fields = new byte[64];
        var writer = new StoredFieldsWriter(fields);
        if (retention != default) ObjectLock.TryAdd(ref writer, retention);
        if (isHeld is { } held) ObjectLock.TryAdd(ref writer, held);
        int length = writer.WrittenBytes;
        Assert.Equal(StoreStatus.Ok, _engine.Store.OpenWriter(Body.Length, out BodyWriter? body));
        using (body)
        {
            Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(body!, Body));
            var attributes = new ObjectAttributes { ETag = null, Fields = new StoredFields(fields.AsMemory(0, length)) };
            WriteResult result = await _engine.Store.PutObjectAsync(bucket, Key(key), body!, attributes, null);
            Assert.Equal(StoreStatus.Ok, result.Status);
            return result.Version;
        }
    }

    private async Task<VersionId> CompleteAsync(Bucket bucket, string key)
    {
        WriteResult result = await TryCompleteAsync(bucket, key);
        Assert.Equal(StoreStatus.Ok, result.Status);
        return result.Version;
    }

    private async Task<WriteResult> TryCompleteAsync(Bucket bucket, string key)
    {
        (StoreStatus status, UploadId id) = await _engine.Store.CreateUploadAsync(bucket, Key(key), default, default, default);
        Assert.Equal(StoreStatus.Ok, status);
        Assert.Equal(StoreStatus.Ok, _engine.Store.TryGetUpload(bucket, Key(key).Span, id, out UploadRecord? upload));
        Assert.Equal(StoreStatus.Ok, _engine.Store.OpenWriter(Body.Length, out BodyWriter? body));
        using (body)
        {
            Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(body!, Body));
            Assert.Equal(StoreStatus.Ok, (await _engine.Store.PutPartAsync(upload!, 1, body!, EngineHarness.Attributes(Body))).Status);
        }
        Assert.Equal(StoreStatus.Ok, _engine.Store.TryGetUpload(bucket, Key(key).Span, id, out upload));
        var parts = new List<PartRecord>();
        Assert.Equal(StoreStatus.Ok, _engine.Store.ListParts(upload!, 0, 10, parts, out _));
        return await _engine.Store.CompleteUploadAsync(upload!, parts, EngineHarness.Attributes(Body), null);
    }

    private async Task<StoreStatus> ChangeAsync(Bucket bucket, string key, VersionId version, LockChange change) =>
        (await _engine.Store.LockObjectAsync(bucket, Key(key), version, change)).Status;

    private async Task<StoreStatus> DeleteAsync(Bucket bucket, string key, VersionId version, bool bypassesGovernance = false) =>
        (await _engine.Store.DeleteObjectAsync(bucket, Key(key), version, null, bypassesGovernance)).Status;

    private async Task<StoreStatus> RenameAsync(Bucket bucket, string source, string key) =>
        (await _engine.Store.RenameObjectAsync(bucket, new ObjectRename { Source = Key(source), Key = Key(key) })).Status;

    private async Task<StoreStatus> AppendAsync(Bucket bucket, string key)
    {
        using BodyWriter body = _engine.Store.WriterOver(new byte[] { 1 });
        var append = new ObjectAppend { OffsetBytes = Body.Length };
        var attributes = new ObjectAttributes { ETag = null };
        return (await _engine.Store.AppendObjectAsync(bucket, Key(key), body, append, attributes, null)).Status;
    }

    private async Task<StoreStatus> ShareAsync(Bucket bucket, string source, string key)
    {
        ObjectRecord record = RecordOf(bucket, source, default);
        var attributes = new ObjectAttributes { ETag = record.ETag };
        return (await _engine.Store.ShareObjectAsync(
            new ObjectPlace(bucket, Key(source)), record, new ObjectPlace(bucket, Key(key)), attributes, null)).Status;
    }

    private ObjectRecord RecordOf(Bucket bucket, string key, VersionId version)
    {
        Assert.Equal(StoreStatus.Ok, _engine.Store.TryGetVersion(bucket, Key(key).Span, version, out ObjectRecord? record));
        return record!;
    }

    private ObjectLock LockOf(Bucket bucket, string key, VersionId version) => ObjectLock.Of(RecordOf(bucket, key, version).Fields);

    private static ReadOnlyMemory<byte> Key(string key) => EngineHarness.Key(key);
}
