using System.Buffers.Binary;
using System.Security.Cryptography;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class EngineVersionTests
{
    private static readonly byte[] First = EngineHarness.Bytes(3000), Second = EngineHarness.Bytes(150_000, 2), Third = [];

    [Fact]
    public async Task OverwrittenAndDeletedVersionsStayUntilTheyAreDeletedById()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        VersionId one = await engine.PutVersionAsync(bucket, "key", First);
        VersionId two = await engine.PutVersionAsync(bucket, "key", Second);
        WriteResult marker = await engine.DeleteVersionAsync(bucket, "key");
        Assert.True(marker.IsDeleteMarker);
        Assert.Null(await engine.GetAsync(bucket, "key"));
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetLatestVersion(bucket, "key"u8, out ObjectRecord? latest));
        Assert.True(latest!.IsDeleteMarker);
        Assert.Equal(marker.Version, latest.VersionId);
        Assert.True(one.Value < two.Value && two.Value < marker.Version.Value);

        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        Assert.Equal(BucketVersioning.Enabled, bucket.Versioning);
        Assert.Equal(First, await engine.GetVersionAsync(bucket, "key", one));
        Assert.Equal(Second, await engine.GetVersionAsync(bucket, "key", two));
        Assert.Equal(
            [(marker.Version, true, true), (two, false, false), (one, false, false)],
            engine.Store.ListVersions(bucket).Select(version => (version.Id, version.IsLatest, version.IsDeleteMarker)));
        engine.AssertAccounts();

        WriteResult undone = await engine.DeleteVersionAsync(bucket, "key", marker.Version);
        Assert.True(undone.IsDeleteMarker);
        Assert.Equal(marker.Version, undone.Version);
        Assert.Equal(Second, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
        Assert.False((await engine.DeleteVersionAsync(bucket, "key", two)).IsDeleteMarker);
        Assert.Equal(First, await engine.GetAsync(bucket, "key"));
        Assert.Equal(StoreStatus.NoSuchVersion, engine.Store.TryGetVersion(bucket, "key"u8, two, out _));
        await engine.DeleteVersionAsync(bucket, "key", two);
        await engine.DeleteVersionAsync(bucket, "key", new VersionId(one.Value + 1));
        Assert.Equal(First, await engine.GetAsync(bucket, "key"));
        await engine.DeleteVersionAsync(bucket, "key", one);
        Assert.Null(await engine.GetAsync(bucket, "key"));
        Assert.Equal(StoreStatus.NoSuchKey, engine.Store.TryGetLatestVersion(bucket, "key"u8, out _));
        Assert.Empty(engine.Store.ListVersions(bucket));
        engine.AssertAccounts();
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
    }

    [Fact]
    public async Task TheNullVersionIsKeptWhileVersioningIsOnAndReplacedWhileItIsSuspended()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        Assert.Equal(default, await engine.PutVersionAsync(bucket, "key", First));
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        Assert.Equal(First, await engine.GetVersionAsync(bucket, "key", default));
        VersionId two = await engine.PutVersionAsync(bucket, "key", Second);
        Assert.Equal(First, await engine.GetVersionAsync(bucket, "key", default));
        Assert.Equal([two, default], engine.Store.ListVersions(bucket).Select(version => version.Id));
        engine.AssertAccounts();

        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Suspended);
        VersionId newNull = await engine.PutVersionAsync(bucket, "key", Third);
        Assert.True(newNull.IsNull);
        Assert.Equal(Third, await engine.GetVersionAsync(bucket, "key", default));
        Assert.Equal([newNull, two], engine.Store.ListVersions(bucket).Select(version => version.Id));
        Assert.True((await engine.PutVersionAsync(bucket, "key", First)).IsNull);
        Assert.Equal(2, engine.Store.ListVersions(bucket).Count);
        engine.AssertAccounts();

        WriteResult marker = await engine.DeleteVersionAsync(bucket, "key");
        Assert.True(marker is { IsDeleteMarker: true, Version.IsNull: true });
        Assert.Null(await engine.GetAsync(bucket, "key"));
        Assert.Equal([(marker.Version, true), (two, false)],
            engine.Store.ListVersions(bucket).Select(version => (version.Id, version.IsLatest)));
        Assert.True((await engine.DeleteVersionAsync(bucket, "key", default(VersionId))).IsDeleteMarker);
        Assert.Equal(Second, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();

        // A null version may also stand between versions with ids.
        newNull = await engine.PutVersionAsync(bucket, "key", Third);
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        VersionId four = await engine.PutVersionAsync(bucket, "key", First);
        Assert.Equal([four, newNull, two], engine.Store.ListVersions(bucket, pageKeys: 1).Select(version => version.Id));
        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();
        await engine.DeleteVersionAsync(bucket, "key", default(VersionId));
        Assert.Equal([four, two], engine.Store.ListVersions(bucket, pageKeys: 1).Select(version => version.Id));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task ABucketIsEmptyWhenItsLastVersionIsGone()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        WriteResult marker = await engine.DeleteVersionAsync(bucket, "never was");
        Assert.Equal(StoreStatus.BucketNotEmpty, await engine.Store.DeleteBucketAsync(bucket));
        await engine.DeleteVersionAsync(bucket, "never was", marker.Version);
        Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteBucketAsync(bucket));
        // A bucket made anew has nothing of the old one.
        bucket = await engine.BucketAsync();
        Assert.Equal(BucketVersioning.Never, bucket.Versioning);
        Assert.Empty(engine.Store.ListVersions(bucket));
    }

    [Fact]
    public async Task WritersOfOneKeyAtOnceEachMakeOneVersion()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        WriteResult[] results = await Task.WhenAll(Enumerable.Range(0, 300).Select(index => Task.Run(async () => index % 4 == 3
            ? await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("key"), null, null)
            : await engine.TryPutAsync(bucket, "key", EngineHarness.Bytes(100 + index)))));
        Assert.All(results, result => Assert.Equal(StoreStatus.Ok, result.Status));
        List<ListedVersion> listed = engine.Store.ListVersions(bucket, pageKeys: 7);
        Assert.Equal(results.Select(result => result.Version.Value).OrderDescending(), listed.Select(version => version.Id.Value));
        Assert.Single(listed, version => version.IsLatest);
        engine.AssertAccounts();

        // And all go at once, in the order of the listing.
        await Task.WhenAll(listed.Select(version => engine.DeleteVersionAsync(bucket, "key", version.Id)));
        Assert.Empty(engine.Store.ListVersions(bucket));
        Assert.Null(await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
    }

    [Fact]
    public async Task ConditionsAreOnTheCurrentObject()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        await engine.PutVersionAsync(bucket, "key", First);
        Assert.Equal(StoreStatus.PreconditionFailed, (await engine.TryPutAsync(bucket, "key", Second, new MustBeAbsent())).Status);
        await engine.DeleteVersionAsync(bucket, "key");
        Assert.Equal(StoreStatus.Ok, (await engine.TryPutAsync(bucket, "key", Second, new MustBeAbsent())).Status);
        Assert.Equal(3, engine.Store.ListVersions(bucket).Count);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task VersionsGrowWhenTheClockStepsBack()
    {
        var clock = new SettableClock { Now = new DateTimeOffset(2031, 5, 5, 0, 0, 0, TimeSpan.Zero) };
        using var engine = new EngineHarness(change: options => options with { Time = clock });
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        var made = new List<VersionId> { await engine.PutVersionAsync(bucket, "key", First) };
        foreach (bool crashes in new[] { false, true, true })
        {
            clock.Now -= TimeSpan.FromDays(400);
            made.Add(await engine.PutVersionAsync(bucket, "key", First));
            await engine.ReopenAsync(crashes);
            bucket = await engine.BucketAsync();
            made.Add(await engine.PutVersionAsync(bucket, "key", First));
        }
        Assert.Equal(made.Select(id => id.Value).Order(), made.Select(id => id.Value));
        Assert.Equal(made.AsEnumerable().Reverse(), engine.Store.ListVersions(bucket).Select(version => version.Id));
    }

    [Fact]
    public async Task CompactionMovesOldVersionsAndScrubReadsThem()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutVersionAsync(bucket, "key0", First);
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        var kept = new Dictionary<VersionId, byte[]>();
        for (int index = 0; index < 200; index++)
        {
            byte[] body = EngineHarness.Bytes(index % 10 == 0 ? 150_000 : 3000 + index, index);
            VersionId id = await engine.PutVersionAsync(bucket, "key0", body);
            if (index % 5 == 0) kept.Add(id, body);
        }
        foreach (ListedVersion version in engine.Store.ListVersions(bucket))
        {
            if (!kept.ContainsKey(version.Id) && !version.Id.IsNull) await engine.DeleteVersionAsync(bucket, "key0", version.Id);
        }
        kept.Add(default, First);
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Suspended);
        Bucket other = await engine.BucketAsync("other");
        await engine.MoveAllAsync(other);
        Assert.True(engine.Store.Statistics.CompactedBytes > 0);
        foreach ((VersionId id, byte[] body) in kept) Assert.Equal(body, await engine.GetVersionAsync(bucket, "key0", id));
        engine.AssertAccounts();
        Assert.Equal(kept.Values.Sum(body => (long)body.Length), engine.Store.Statistics.LiveBytes);

        await engine.Store.DisposeAsync();
        var findings = new List<string>();
        VerificationSummary summary = VolumeVerification.Verify([engine.VolumePath], 0, findings.Add);
        Assert.Empty(findings);
        Assert.Equal(summary.LiveBytes, kept.Values.Sum(body => (long)body.Length));
        await engine.ReopenAsync();
    }

    [Fact]
    public async Task AnEntryThatNamesNoNullVersionIsFoundOffline()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", First);
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        VersionId newer = await engine.PutVersionAsync(bucket, "key", Second);
        await engine.PutVersionAsync(bucket, "key", Second);
        Assert.Empty(await CheckAsync(engine));
        byte[] entry = new byte[64], sequence = new byte[sizeof(ulong)];
        // One that is a version, and not the null one.
        BinaryPrimitives.WriteUInt64BigEndian(sequence, newer.Sequence);
        using (IIndexBatch batch = engine.Store.Index.NewBatch())
        {
            batch.Put(Keyspace.Versions, entry.AsSpan(0, IndexKeys.NullVersion(bucket.Id, "key"u8, entry)), sequence);
            engine.Store.Index.Commit(batch, synced: true);
        }
        Assert.Equal(["The index's record of which version of bucket/key is null is damaged."], await CheckAsync(engine));
    }

    // As `rustfs scrub` does; `rustfs verify` says the same, and how the accounts are out.
    private static async Task<List<string>> CheckAsync(EngineHarness engine)
    {
        await engine.Store.DisposeAsync();
        var findings = new List<string>();
        var verified = new List<string>();
        VolumeVerification.Scrub([engine.VolumePath], 0, findings.Add);
        VolumeVerification.Verify([engine.VolumePath], 0, verified.Add);
        Assert.Equal(findings, verified.Take(findings.Count));
        Assert.Equal(findings.Count == 0, verified.Count == 0);
        await engine.ReopenAsync();
        return findings;
    }

    [Fact]
    public async Task FieldsOfAnOlderVersionAreReplacedInItsPlace()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        VersionId one = await engine.PutVersionAsync(bucket, "key", First);
        VersionId two = await engine.PutVersionAsync(bucket, "key", Second);
        byte[] buffer = new byte[64];
        var writer = new StoredFieldsWriter(buffer);
        Assert.True(writer.TryAdd(StoredFieldId.Tagging, default, "a=b"u8));
        var fields = new StoredFields(buffer.AsMemory(0, writer.WrittenBytes));
        engine.Store.TryGetVersion(bucket, "key"u8, one, out ObjectRecord? record);
        WriteResult result = await engine.Store.ReplaceFieldsAsync(bucket, EngineHarness.Key("key"), record!, fields, null);
        Assert.Equal((StoreStatus.Ok, one), (result.Status, result.Version));
        result = await engine.Store.ReplaceFieldsAsync(bucket, EngineHarness.Key("key"), record!, fields, null);
        Assert.Equal(StoreStatus.Changed, result.Status);
        engine.Store.TryGetVersion(bucket, "key"u8, one, out record);
        Assert.True(record!.Fields.TryGet(StoredFieldId.Tagging, out _));
        Assert.Equal(First, await engine.GetVersionAsync(bucket, "key", one));
        Assert.Equal([two, one], engine.Store.ListVersions(bucket).Select(version => version.Id));
        engine.AssertAccounts();
    }

    /// <summary>Random calls on few keys, with everything that can be seen set against lists in memory after each few of them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task EngineAndListsInMemoryAgree(int seed)
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        var random = new Random(seed);
        string[] keys = ["a", "a\0", "a\0b", "a/b", "a/c", "ab", "b/", "b/x", "c"];
        var model = new Dictionary<string, List<ListedVersion>>();
        BucketVersioning versioning = BucketVersioning.Never;
        for (int step = 0; step < 700; step++)
        {
            string key = keys[random.Next(keys.Length)];
            List<ListedVersion> versions = model.TryGetValue(key, out List<ListedVersion>? known) ? known : model[key] = [];
            switch (random.Next(40))
            {
                case 0:
                    versioning = random.Next(2) == 0 ? BucketVersioning.Enabled : BucketVersioning.Suspended;
                    await engine.Store.SetVersioningAsync(bucket, versioning);
                    break;
                case < 20:
                    byte[] body = EngineHarness.Bytes(random.Next(5) == 0 ? 70_000 : 50, step);
                    Write(versions, new ListedVersion(
                        key, await engine.PutVersionAsync(bucket, key, body), ETag.FromDigest(MD5.HashData(body)), true, false));
                    break;
                case < 28:
                    WriteResult deleted = await engine.DeleteVersionAsync(bucket, key);
                    if (versioning == BucketVersioning.Never) versions.Clear();
                    else Write(versions, new ListedVersion(key, deleted.Version, default, true, true));
                    break;
                case < 39 when versions.Count > 0:
                    ListedVersion gone = versions[random.Next(versions.Count)];
                    WriteResult result = await engine.DeleteVersionAsync(bucket, key, gone.Id.IsNull ? default : gone.Id);
                    Assert.Equal(gone.IsDeleteMarker, result.IsDeleteMarker);
                    versions.Remove(gone);
                    break;
                case 39:
                    await engine.ReopenAsync(crash: random.Next(2) == 0);
                    bucket = await engine.BucketAsync();
                    break;
            }
            if (step % 5 == 0) AssertSame(engine, bucket, model, random);
        }
        engine.AssertAccounts();

        void Write(List<ListedVersion> versions, ListedVersion version)
        {
            if (versioning != BucketVersioning.Enabled) versions.RemoveAll(older => older.Id.IsNull);
            versions.Insert(0, version);
        }
    }

    private static void AssertSame(
        EngineHarness engine, Bucket bucket, Dictionary<string, List<ListedVersion>> model, Random random)
    {
        List<ListedVersion> expected = [.. model.OrderBy(key => key.Key, StringComparer.Ordinal)
            .SelectMany(key => key.Value.Select((version, index) => version with { IsLatest = index == 0 }))];
        Assert.Equal(expected, engine.Store.ListVersions(bucket, pageKeys: random.Next(1, 8)));
        Assert.Equal(expected.Where(version => version.Key.StartsWith("a/", StringComparison.Ordinal)),
            engine.Store.ListVersions(bucket, pageKeys: random.Next(1, 4), prefix: "a/"));
        List<string> folded = [.. expected.Select(Fold).Where((name, index) =>
            !name.EndsWith('/') || index == 0 || Fold(expected[index - 1]) != name)];
        Assert.Equal(folded, engine.Store.ListVersions(bucket, pageKeys: random.Next(1, 4), delimiter: "/")
            .Select(version => version.Key));
        foreach ((string key, List<ListedVersion> versions) in model)
        {
            StoreStatus status = engine.Store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? record);
            bool exists = versions.Count > 0 && !versions[0].IsDeleteMarker;
            Assert.Equal(exists ? StoreStatus.Ok : StoreStatus.NoSuchKey, status);
            if (exists) Assert.Equal((versions[0].Id, versions[0].ETag), (record!.VersionId, record.ETag));
            bool hasNull = versions.Exists(version => version.Id.IsNull);
            Assert.Equal(hasNull ? StoreStatus.Ok : StoreStatus.NoSuchVersion,
                engine.Store.TryGetVersion(bucket, EngineHarness.Key(key).Span, default, out _));
        }

        static string Fold(ListedVersion version) => version.Key.Split('/') is [string first, _, ..] ? first + "/" : version.Key;
    }

    [Fact]
    public async Task PagesNeitherSkipNorRepeatWhileTheirVersionsAreDeleted()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        for (int key = 0; key < 5; key++) await engine.PutVersionAsync(bucket, $"key{key}", First);
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        for (int round = 0; round < 30; round++)
        {
            for (int key = 0; key < 5; key++) await engine.DeleteVersionAsync(bucket, $"key{key}");
            if (round % 7 == 3) await engine.PutVersionAsync(bucket, $"key{round % 5}", First);
            if (round == 20) await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Suspended);
        }
        List<ListedVersion> all = engine.Store.ListVersions(bucket);
        Assert.Equal(all, engine.Store.ListVersions(bucket, pageKeys: 3));

        // As clients empty a bucket: each page is deleted before the next one is asked for.
        for (int pageKeys = 1; ; pageKeys = 4)
        {
            var seen = new List<ListedVersion>();
            byte[] after = [];
            VersionId? afterVersion = null;
            bool isTruncated = true;
            while (isTruncated)
            {
                var sink = new CollectingSink([]);
                var query = new ListQuery { After = after, MaxKeys = pageKeys };
                Assert.Equal(StoreStatus.Ok,
                    engine.Store.ListVersions(bucket, query, afterVersion, ref sink, out isTruncated, out after, out afterVersion));
                seen.AddRange(sink.Versions);
                foreach (ListedVersion version in sink.Versions)
                {
                    if (pageKeys > 1 || version.Id.Value % 3 != 0) await engine.DeleteVersionAsync(bucket, version.Key, version.Id);
                }
            }
            Assert.Equal(all.Select(version => (version.Key, version.Id)), seen.Select(version => (version.Key, version.Id)));
            all = engine.Store.ListVersions(bucket);
            if (pageKeys == 4) break;
        }
        Assert.Empty(all);
        Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteBucketAsync(bucket));
        engine.AssertAccounts();
    }

    private readonly struct CollectingSink(List<ListedVersion> versions) : IVersionListSink
    {
        public List<ListedVersion> Versions => versions;

        public void Version(ReadOnlySpan<byte> key, in VersionSummary version) => versions.Add(new ListedVersion(
            System.Text.Encoding.UTF8.GetString(key), version.Id, version.Object.ETag, version.IsLatest, version.IsDeleteMarker));

        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Assert.Fail("No delimiter was given.");
    }

    private sealed class MustBeAbsent : IWritePrecondition
    {
        public StoreStatus Check(ObjectRecord? current) => current is null ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
    }

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
