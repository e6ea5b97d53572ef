using System.Text;
using RustFs.Checksums;
using RustFs.S3.Lifecycle;
using RustFs.S3.Tagging;
using RustFs.Storage;
using RustFs.Tests.Http1;
using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>The worker over the engine on real files, by a clock that the test sets.</summary>
public sealed class LifecycleWorkerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = EngineHarness.Bytes(3000);

    private readonly SettableTime _time = new() { Now = Start };
    private readonly EngineHarness _engine;
    private readonly RecordedEvents _events = new();
    private LifecycleWorker _worker;

    public LifecycleWorkerTests()
    {
        _engine = new EngineHarness(change: options => options with { Time = _time });
        _worker = Worker(_engine.Store);
    }

    public void Dispose() => _engine.Dispose();

    private IObjectStore Store => _engine.Store;

    [Fact]
    public async Task Objects_expire_at_midnight_under_their_prefix()
    {
        Bucket bucket = await BucketAsync(Rule("a/") with { ExpirationDays = 1 }, Rule("b/") with { ExpirationDays = 9 });
        foreach (string key in new[] { "a", "a/1", "a/2", "b/1", "c" })
            await _engine.PutAsync(bucket, key, Body);
        await RunAtAsync(new DateTimeOffset(2026, 3, 2, 23, 59, 59, TimeSpan.Zero));
        Assert.Equal("a a/1 a/2 b/1 c", Keys(bucket));
        Assert.Empty(_events.Messages);
        await RunAtAsync(new DateTimeOffset(2026, 3, 3, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal("a b/1 c", Keys(bucket));
        Assert.Equal(2, _worker.Statistics.Objects);
        Assert.Contains("2 objects and 0 older versions expired", Assert.Single(_events.Messages));
        _engine.AssertAccounts();
    }

    /// <summary>Case 37 of docs/s3-cases.md: who has no rules pays for none.</summary>
    [Fact]
    public async Task Nothing_is_listed_that_no_rule_is_about()
    {
        Bucket bucket = await _engine.BucketAsync();
        var counting = new RacingStore(Store) { BeforeDelete = () => Task.CompletedTask };
        await Worker(counting).RunOnceAsync(default);
        await ConfigureAsync(bucket, Rule() with { ExpirationDays = 1, IsEnabled = false });
        await Worker(counting).RunOnceAsync(default);
        Assert.Equal(0, counting.Pages);
        await ConfigureAsync(bucket, Rule("a") with { AbortDays = 1 }, Rule("ab") with { AbortDays = 1 });
        await Worker(counting).RunOnceAsync(default);
        Assert.Equal(1, counting.Pages);
        await ConfigureAsync(bucket, Rule("a") with { ExpirationDays = 1 }, Rule("b") with { NoncurrentDays = 1 });
        await Worker(counting).RunOnceAsync(default);
        Assert.Equal(1 + 2, counting.Pages);
    }

    [Fact]
    public async Task Every_page_is_walked_and_every_batch_deleted()
    {
        Bucket bucket = await BucketAsync(Rule("x") with { ExpirationDays = 1 });
        await Task.WhenAll(Enumerable.Range(0, 2300).Select(
            i => _engine.PutAsync(bucket, $"{(i % 3 == 0 ? "y" : "x")}{i:0000}", Body[..10])));
        await RunAfterAsync(days: 3);
        Assert.Equal(1533, _worker.Statistics.Objects);
        Assert.All(Keys(bucket).Split(' '), key => Assert.StartsWith("y", key));
        Assert.Equal(767, Keys(bucket).Split(' ').Length);
    }

    [Fact]
    public async Task Only_objects_of_the_size_and_with_the_tags_expire()
    {
        var filter = new LifecycleFilter { Form = FilterForm.And, LargerThanBytes = 100, Tags = [new Tag("tmp", "yes")] };
        Bucket bucket = await BucketAsync(Rule() with { Filter = filter, ExpirationDays = 1 });
        await PutTaggedAsync(bucket, "tagged", Body, "tmp=yes&a=b");
        await PutTaggedAsync(bucket, "small", Body[..100], "tmp=yes");
        await PutTaggedAsync(bucket, "other", Body, "tmp=no");
        await _engine.PutAsync(bucket, "untagged", Body);
        await RunAfterAsync(days: 3);
        Assert.Equal("other small untagged", Keys(bucket));
        Assert.Equal(1, _worker.Statistics.Objects);
    }

    [Fact]
    public async Task In_a_bucket_with_versioning_an_object_gets_a_delete_marker_and_versions_go_later()
    {
        Bucket bucket = await VersionedAsync(BucketVersioning.Enabled, Rule() with { ExpirationDays = 1, NoncurrentDays = 2 });
        await _engine.PutVersionAsync(bucket, "key", Body);
        VersionId second = await _engine.PutVersionAsync(bucket, "key", Body);
        await RunAtAsync(Start.AddDays(2).Date);
        // The first is older since noon of the first day; the second becomes so now.
        List<ListedVersion> versions = Store.ListVersions(bucket);
        Assert.Equal([true, false, false], versions.Select(version => version.IsDeleteMarker));
        await RunAtAsync(Start.AddDays(3).Date);
        versions = Store.ListVersions(bucket);
        Assert.Equal([second], versions.Where(version => !version.IsDeleteMarker).Select(version => version.Id));
        await RunAtAsync(Start.AddDays(4).Date);
        // The marker, alone and old enough, goes too: not before the run after, which finds it alone.
        Assert.True(Assert.Single(Store.ListVersions(bucket)).IsDeleteMarker);
        await RunAfterAsync(days: 2);
        Assert.Empty(Store.ListVersions(bucket));
        LifecycleStatistics done = _worker.Statistics;
        Assert.Equal((1, 2, 1), (done.Objects, done.Versions, done.DeleteMarkers));
        _engine.AssertAccounts();
    }

    [Fact]
    public async Task While_versioning_is_suspended_the_null_version_is_replaced_by_a_null_marker()
    {
        Bucket bucket = await VersionedAsync(BucketVersioning.Enabled, Rule() with { ExpirationDays = 1 });
        VersionId kept = await _engine.PutVersionAsync(bucket, "key", Body);
        await _engine.PutVersionAsync(bucket, "other", Body);
        await Store.SetVersioningAsync(bucket, BucketVersioning.Suspended);
        await _engine.PutVersionAsync(bucket, "key", Body);
        await RunAfterAsync(days: 3);
        List<ListedVersion> versions = Store.ListVersions(Store.FindBucket("bucket"u8)!);
        Assert.Equal(["key null marker", "key", "other null marker", "other"], versions.Select(version =>
            version.Key + (version.Id.IsNull ? " null" : "") + (version.IsDeleteMarker ? " marker" : "")));
        Assert.Equal(kept, versions[1].Id);
    }

    [Fact]
    public async Task So_many_newer_versions_stay()
    {
        Bucket bucket = await VersionedAsync(
            BucketVersioning.Enabled, Rule() with { NoncurrentDays = 1, NewerNoncurrentVersions = 2 });
        var ids = new List<VersionId>();
        for (int i = 0; i < 7; i++)
            ids.Add(await _engine.PutVersionAsync(bucket, "key", Body));
        VersionId single = await _engine.PutVersionAsync(bucket, "single", Body);
        await RunAfterAsync(days: 4);
        Assert.Equal([ids[6], ids[5], ids[4], single], Store.ListVersions(bucket).Select(version => version.Id));
        Assert.Equal(4, _worker.Statistics.Versions);
        await RunAfterAsync(days: 4);
        Assert.Equal(4, _worker.Statistics.Versions);
    }

    [Fact]
    public async Task More_versions_of_a_key_than_a_page_holds_are_judged_as_one_key()
    {
        Bucket bucket = await VersionedAsync(
            BucketVersioning.Enabled, Rule() with { NoncurrentDays = 1, NewerNoncurrentVersions = 1100 });
        await _engine.PutVersionAsync(bucket, "a", Body[..10]);
        await Task.WhenAll(Enumerable.Range(0, 1200).Select(_ => _engine.PutVersionAsync(bucket, "key", Body[..10])));
        await RunAfterAsync(days: 4);
        Assert.Equal(99, _worker.Statistics.Versions);
        Assert.Equal(1 + 1 + 1100, Store.ListVersions(bucket).Count);
    }

    [Fact]
    public async Task A_lone_delete_marker_is_removed_and_one_over_versions_stays()
    {
        Bucket bucket = await VersionedAsync(BucketVersioning.Enabled, Rule("a") with { ExpiredObjectDeleteMarker = true });
        await _engine.PutVersionAsync(bucket, "ab", Body);
        foreach (string key in new[] { "aa", "ab", "ac", "b" })
            await _engine.DeleteVersionAsync(bucket, key);
        await _worker.RunOnceAsync(default);
        Assert.Equal(["ab", "ab", "b"], Store.ListVersions(bucket).Select(version => version.Key));
        Assert.Equal(2, _worker.Statistics.DeleteMarkers);
    }

    [Fact]
    public async Task What_is_locked_stays_until_its_lock_has_ended()
    {
        Assert.Equal(StoreStatus.Ok, await Store.CreateBucketAsync("bucket", "", hasObjectLock: true));
        Bucket bucket = Store.FindBucket("bucket"u8)!;
        await ConfigureAsync(bucket, Rule() with { ExpirationDays = 1, NoncurrentDays = 1 });
        VersionId version = await _engine.PutVersionAsync(bucket, "key", Body);
        long untilMs = Start.AddDays(30).ToUnixTimeMilliseconds();
        Assert.Equal(StoreStatus.Ok, (await Store.LockObjectAsync(bucket, EngineHarness.Key("key"), version,
            LockChange.Retain(new Retention(RetentionMode.Governance, untilMs), bypassesGovernance: false))).Status);
        await RunAfterAsync(days: 3);
        await RunAfterAsync(days: 3);
        Assert.Equal([true, false], Store.ListVersions(bucket).Select(listed => listed.IsDeleteMarker));
        Assert.Equal(1, _worker.Statistics.Locked);
        await RunAfterAsync(days: 30);
        Assert.DoesNotContain(Store.ListVersions(bucket), listed => listed.Id == version);
    }

    [Fact]
    public async Task Uploads_are_aborted_under_their_prefix()
    {
        Bucket bucket = await BucketAsync(Rule("a/") with { AbortDays = 2 });
        UploadId old = await UploadAsync(bucket, "a/old");
        UploadId other = await UploadAsync(bucket, "b");
        _time.Now += TimeSpan.FromDays(2);
        UploadId young = await UploadAsync(bucket, "a/young");
        await RunAfterAsync(days: 1);
        Assert.Equal(StoreStatus.NoSuchUpload, Store.TryGetUpload(bucket, "a/old"u8, old, out _));
        Assert.Equal(StoreStatus.Ok, Store.TryGetUpload(bucket, "a/young"u8, young, out _));
        Assert.Equal(StoreStatus.Ok, Store.TryGetUpload(bucket, "b"u8, other, out _));
        Assert.Equal(1, _worker.Statistics.Uploads);
        _engine.AssertAccounts();
    }

    [Fact]
    public async Task An_object_that_is_overwritten_after_it_was_judged_stays()
    {
        Bucket bucket = await BucketAsync(Rule() with { ExpirationDays = 1 });
        await _engine.PutAsync(bucket, "key", Body);
        _time.Now += TimeSpan.FromDays(3);
        byte[] newer = EngineHarness.Bytes(10);
        var racing = new RacingStore(Store) { BeforeDelete = () => _engine.PutAsync(bucket, "key", newer) };
        await Worker(racing).RunOnceAsync(default);
        Assert.Equal(1, racing.Deletes);
        Assert.Equal(newer, await _engine.GetAsync(bucket, "key"));

        // Also by the same bytes at the same time of the clock, but as another version.
        await Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        VersionId first = await _engine.PutVersionAsync(bucket, "key", Body);
        _time.Now += TimeSpan.FromDays(3);
        VersionId second = default;
        racing = new RacingStore(Store)
        {
            BeforeDelete = async () => second = second == default ? await _engine.PutVersionAsync(bucket, "key", Body) : second,
        };
        await Worker(racing).RunOnceAsync(default);
        Assert.Equal(1, racing.Deletes);
        Assert.Equal([second, first], Store.ListVersions(bucket).Take(2).Select(version => version.Id));
    }

    [Fact]
    public async Task A_version_that_becomes_the_current_object_again_stays()
    {
        Bucket bucket = await VersionedAsync(BucketVersioning.Enabled, Rule() with { NoncurrentDays = 1 });
        VersionId version = await _engine.PutVersionAsync(bucket, "key", Body);
        WriteResult marker = await _engine.DeleteVersionAsync(bucket, "key");
        _time.Now += TimeSpan.FromDays(3);
        var racing = new RacingStore(Store) { BeforeDelete = () => _engine.DeleteVersionAsync(bucket, "key", marker.Version) };
        await Worker(racing).RunOnceAsync(default);
        Assert.Equal(1, racing.Deletes);
        Assert.Equal(Body, await _engine.GetAsync(bucket, "key"));
        Assert.Equal(version, Assert.Single(Store.ListVersions(bucket)).Id);
    }

    [Fact]
    public async Task A_null_version_that_was_replaced_stays()
    {
        Bucket bucket = await BucketAsync(Rule() with { NoncurrentDays = 1 });
        await _engine.PutAsync(bucket, "key", Body);
        await Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        await _engine.PutVersionAsync(bucket, "key", Body);
        _time.Now += TimeSpan.FromDays(3);
        byte[] newer = EngineHarness.Bytes(10);
        var racing = new RacingStore(Store)
        {
            BeforeDelete = async () =>
            {
                await Store.SetVersioningAsync(bucket, BucketVersioning.Suspended);
                await _engine.PutVersionAsync(bucket, "key", newer);
                await Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
                await _engine.PutVersionAsync(bucket, "key", Body);
            },
        };
        await Worker(racing).RunOnceAsync(default);
        Assert.Equal(1, racing.Deletes);
        Assert.Equal(newer, await _engine.GetVersionAsync(bucket, "key", default));
    }

    [Fact]
    public async Task An_object_that_lost_its_tag_stays()
    {
        Bucket bucket = await BucketAsync(Rule() with
        {
            Filter = new LifecycleFilter { Tags = [new Tag("tmp", "yes")] },
            ExpirationDays = 1,
        });
        await PutTaggedAsync(bucket, "key", Body, "tmp=yes");
        _time.Now += TimeSpan.FromDays(3);
        var racing = new RacingStore(Store)
        {
            BeforeDelete = async () =>
            {
                Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record);
                await Store.ReplaceFieldsAsync(bucket, EngineHarness.Key("key"), record!, default, null, keepsTime: true);
            },
        };
        await Worker(racing).RunOnceAsync(default);
        Assert.Equal(1, racing.Deletes);
        Assert.Equal(Body, await _engine.GetAsync(bucket, "key"));
    }

    [Fact]
    public async Task Rules_that_are_taken_back_or_disabled_delete_nothing()
    {
        Bucket bucket = await BucketAsync(Rule() with { ExpirationDays = 1, IsEnabled = false });
        for (int i = 0; i < 200; i++)
            await _engine.PutAsync(bucket, $"key{i:000}", Body[..10]);
        await RunAfterAsync(days: 3);
        Assert.Equal(0, _worker.Statistics.Objects);

        bucket = await ConfigureAsync(bucket, Rule() with { ExpirationDays = 1 });
        Task? taking = null;
        var racing = new RacingStore(Store)
        {
            BeforeDelete = () => taking ??= Store.ConfigureBucketAsync(bucket, BucketConfigurationKind.Lifecycle, default).AsTask(),
        };
        await Worker(racing).RunOnceAsync(default);
        // The batch that was under way is the last.
        Assert.InRange(200 - Keys(bucket).Split(' ').Length, 1, 64);
    }

    [Fact]
    public async Task A_run_that_is_cut_off_is_made_good_by_the_next()
    {
        Bucket bucket = await BucketAsync(Rule() with { ExpirationDays = 1 });
        for (int i = 0; i < 300; i++)
            await _engine.PutAsync(bucket, $"key{i:000}", Body[..10]);
        _time.Now += TimeSpan.FromDays(3);
        using var stop = new CancellationTokenSource();
        var racing = new RacingStore(Store)
        {
            BeforeDelete = () =>
            {
                stop.Cancel();
                return Task.CompletedTask;
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Worker(racing).RunOnceAsync(stop.Token));
        Assert.InRange(Keys(bucket).Split(' ').Length, 1, 299);
        await _engine.ReopenAsync(crash: true);
        _worker = Worker(Store);
        await _worker.RunOnceAsync(default);
        Assert.Equal("", Keys(Store.FindBucket("bucket"u8)!));
    }

    [Fact]
    public async Task Runs_come_soon_after_the_start_and_then_at_their_hours()
    {
        var time = new Storage.Simulation.SimulatedTime();
        time.Advance((long)TimeSpan.FromHours(2.5).TotalMilliseconds);
        var worker = new LifecycleWorker(new MemoryObjectStore(), time, new LifecycleOptions { Interval = TimeSpan.FromHours(6) });
        using var stop = new CancellationTokenSource();
        Task running = worker.RunAsync(stop.Token);
        async Task AdvanceAsync(TimeSpan by, long runs)
        {
            time.Advance((long)by.TotalMilliseconds);
            for (int i = 0; i < 500 && worker.Statistics.Runs < runs; i++)
                await Task.Delay(10);
            // Whoever ran has set the next timer when it ran again.
            await Task.Delay(50);
            Assert.Equal(runs, worker.Statistics.Runs);
        }

        await AdvanceAsync(TimeSpan.FromSeconds(59), 0);
        await AdvanceAsync(TimeSpan.FromSeconds(1), 1);
        await AdvanceAsync(TimeSpan.FromHours(3), 1);
        await AdvanceAsync(TimeSpan.FromMinutes(29), 2);
        await AdvanceAsync(TimeSpan.FromHours(6), 3);
        await stop.CancelAsync();
        await running;
    }

    private async Task RunAtAsync(DateTimeOffset time)
    {
        _time.Now = new DateTimeOffset(time.DateTime, TimeSpan.Zero);
        await _worker.RunOnceAsync(default);
    }

    private Task RunAfterAsync(int days) => RunAtAsync(_time.Now + TimeSpan.FromDays(days));

    private LifecycleWorker Worker(IObjectStore store) =>
        new(store, _time, new LifecycleOptions { Pause = TimeSpan.Zero, Events = _events });

    private static LifecycleRule Rule(string prefix = "") => new()
    {
        Id = "rule " + prefix,
        IsEnabled = true,
        Filter = new LifecycleFilter { Prefix = Encoding.UTF8.GetBytes(prefix) },
    };

    private async Task<Bucket> BucketAsync(params LifecycleRule[] rules) => await ConfigureAsync(await _engine.BucketAsync(), rules);

    private async Task<Bucket> VersionedAsync(BucketVersioning versioning, params LifecycleRule[] rules)
    {
        Bucket bucket = await BucketAsync(rules);
        await Store.SetVersioningAsync(bucket, versioning);
        return Store.FindBucket("bucket"u8)!;
    }

    private async Task<Bucket> ConfigureAsync(Bucket bucket, params LifecycleRule[] rules)
    {
        Assert.Null(LifecycleConfiguration.TryEncode("", rules, out byte[] value));
        Assert.Equal(StoreStatus.Ok, await Store.ConfigureBucketAsync(bucket, BucketConfigurationKind.Lifecycle, value));
        return Store.FindBucket(Encoding.UTF8.GetBytes(bucket.Name))!;
    }

    private async Task PutTaggedAsync(Bucket bucket, string key, byte[] body, string tags)
    {
        byte[] fields = new byte[100];
        var writer = new StoredFieldsWriter(fields);
        Assert.True(writer.TryAdd(StoredFieldId.Tagging, default, Encoding.UTF8.GetBytes(tags)));
        var attributes = new ObjectAttributes { ETag = null, Fields = new StoredFields(fields.AsMemory(0, writer.WrittenBytes)) };
        using BodyWriter small = Store.WriterOver(body);
        WriteResult result = await Store.PutObjectAsync(bucket, EngineHarness.Key(key), small, attributes, null);
        Assert.Equal(StoreStatus.Ok, result.Status);
    }

    private async Task<UploadId> UploadAsync(Bucket bucket, string key)
    {
        (StoreStatus status, UploadId id) = await Store.CreateUploadAsync(
            bucket, EngineHarness.Key(key), default, ChecksumKind.None, ChecksumType.FullObject);
        Assert.Equal(StoreStatus.Ok, status);
        return id;
    }

    private string Keys(Bucket bucket)
    {
        var contents = new KeySink([]);
        Assert.Equal(StoreStatus.Ok, Store.ListObjects(bucket, new ListQuery { MaxKeys = 10_000 }, ref contents, out _, out _));
        return string.Join(' ', contents.Keys);
    }

    private readonly record struct KeySink(List<string> Keys) : IListSink
    {
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Keys.Add(Encoding.UTF8.GetString(key));

        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Keys.Add(Encoding.UTF8.GetString(prefix));
    }
}
