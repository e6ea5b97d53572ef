using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// Listings by folder of the whole engine, known beforehand, after every kind of write that makes an object appear or vanish.
/// </summary>
public sealed class EngineFolderTests : IDisposable
{
    private readonly EngineHarness _engine = new(
        change: options => options with { Durability = Durability.None, KeepsAllPrefixes = true, PrefixRunNames = 4 });

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task PutsAndDeletes()
    {
        Bucket bucket = await FillAsync("bucket");
        await _engine.PutAsync(bucket, "n/1", []);
        AssertFolders(bucket, "a/ b/ c/ n/");
        Assert.Equal(StoreStatus.Ok, await _engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("b/1"), null));
        AssertFolders(bucket, "a/ c/ n/");
        await _engine.PutAsync(bucket, "b", []);
        AssertFolders(bucket, "a/ b c/ n/");
    }

    [Fact]
    public async Task DeleteMarkersAndWhatIsBehindThem()
    {
        Bucket bucket = await FillAsync("bucket");
        await _engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        VersionId version = await _engine.PutVersionAsync(bucket, "b/1", []);
        AssertFolders(bucket, "a/ b/ c/");
        WriteResult marker = await _engine.DeleteVersionAsync(bucket, "b/1");
        AssertFolders(bucket, "a/ c/");
        await _engine.DeleteVersionAsync(bucket, "b/1", marker.Version);
        AssertFolders(bucket, "a/ b/ c/");
        await _engine.DeleteVersionAsync(bucket, "b/1", version);
        AssertFolders(bucket, "a/ b/ c/");
        await _engine.DeleteVersionAsync(bucket, "b/1", default(VersionId));
        AssertFolders(bucket, "a/ c/");
    }

    [Fact]
    public async Task RenamesAndShares()
    {
        Bucket bucket = await FillAsync("bucket");
        var rename = new ObjectRename { Source = EngineHarness.Key("b/1"), Key = EngineHarness.Key("n/1") };
        Assert.Equal(StoreStatus.Ok, (await _engine.Store.RenameObjectAsync(bucket, rename)).Status);
        AssertFolders(bucket, "a/ c/ n/");
        Assert.Equal(StoreStatus.Ok, _engine.Store.TryGetObject(bucket, "n/1"u8, out ObjectRecord? record));
        var source = new ObjectPlace(bucket, EngineHarness.Key("n/1"));
        var target = new ObjectPlace(bucket, EngineHarness.Key("m/1"));
        var attributes = new ObjectAttributes { ETag = record!.ETag };
        Assert.Equal(StoreStatus.Ok, (await _engine.Store.ShareObjectAsync(source, record, target, attributes, null)).Status);
        AssertFolders(bucket, "a/ c/ m/ n/");
        await _engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        rename = new ObjectRename { Source = EngineHarness.Key("m/1"), Key = EngineHarness.Key("c/2") };
        Assert.Equal(StoreStatus.Ok, (await _engine.Store.RenameObjectAsync(bucket, rename)).Status);
        AssertFolders(bucket, "a/ c/ n/");
    }

    [Fact]
    public async Task UploadsAndAppends()
    {
        Bucket bucket = await FillAsync("bucket");
        var append = new ObjectAppend { OffsetBytes = 0 };
        using (BodyWriter body = _engine.Store.WriterOver("body"u8.ToArray()))
        {
            WriteResult result = await _engine.Store.AppendObjectAsync(
                bucket, EngineHarness.Key("n/1"), body, append, EngineHarness.Attributes("body"u8.ToArray()), null);
            Assert.Equal(StoreStatus.Ok, result.Status);
        }
        AssertFolders(bucket, "a/ b/ c/ n/");
        (_, UploadId id) = await _engine.Store.CreateUploadAsync(bucket, EngineHarness.Key("u/1"), default, default, default);
        Assert.Equal(StoreStatus.Ok, _engine.Store.TryGetUpload(bucket, "u/1"u8, id, out UploadRecord? upload));
        using (BodyWriter body = _engine.Store.WriterOver("part"u8.ToArray()))
        {
            WriteResult put = await _engine.Store.PutPartAsync(upload!, 1, body, EngineHarness.Attributes("part"u8.ToArray()));
            Assert.Equal(StoreStatus.Ok, put.Status);
        }
        AssertFolders(bucket, "a/ b/ c/ n/");
        Assert.Equal(StoreStatus.Ok, _engine.Store.TryGetUpload(bucket, "u/1"u8, id, out upload));
        var parts = new List<PartRecord>();
        Assert.Equal(StoreStatus.Ok, _engine.Store.ListParts(upload!, 0, 10, parts, out _));
        var attributes = new ObjectAttributes { ETag = new ETag(7, 1) };
        Assert.Equal(StoreStatus.Ok, (await _engine.Store.CompleteUploadAsync(upload!, parts, attributes, null)).Status);
        AssertFolders(bucket, "a/ b/ c/ n/ u/");
    }

    [Fact]
    public async Task ABucketOfTheSameName()
    {
        Bucket bucket = await FillAsync("bucket");
        foreach (string key in (string[])["a/1", "b/1", "c/1"])
            Assert.Equal(StoreStatus.Ok, await _engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(key), null));
        AssertFolders(bucket, "");
        Assert.Equal(StoreStatus.Ok, await _engine.Store.DeleteBucketAsync(bucket));
        Bucket again = await _engine.BucketAsync("bucket");
        Assert.NotEqual(bucket.Id, again.Id);
        AssertFolders(again, "");
        await _engine.PutAsync(again, "n/1", []);
        AssertFolders(again, "n/");
    }

    [Fact]
    public async Task FiguresTellWhatWasKnown()
    {
        Bucket bucket = await FillAsync("bucket");
        StoreStatistics before = _engine.Store.Statistics;
        AssertFolders(bucket, "a/ b/ c/");
        StoreStatistics after = _engine.Store.Statistics;
        Assert.Equal(2 * 3, after.PrefixRunHits - before.PrefixRunHits);
        Assert.Equal(0, after.PrefixRunSeeks - before.PrefixRunSeeks);
        Assert.NotEqual(0, after.PrefixRunBytes);
    }

    [Fact]
    public async Task APageOfKnownFoldersAllocatesOnlyItsMarker()
    {
        Bucket bucket = await FillAsync("bucket");
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(200, Count(100));
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.InRange(least, 0, 100 * 32 + 500);

        int Count(int pages)
        {
            int all = 0;
            for (int page = 0; page < pages; page++)
            {
                var sink = new CountingSink();
                var query = new ListQuery { Delimiter = "/"u8, MaxKeys = 2 };
                _engine.Store.ListObjects(bucket, query, ref sink, out _, out _);
                all += sink.Count;
            }
            return all;
        }
    }

    /// <summary>
    /// An index that failed may come back without what it had shown. Nothing that was listed before must then be listed from memory.
    /// </summary>
    [Fact]
    public async Task WhatTheIndexHasAfterAFault()
    {
        using var directory = new TemporaryDirectory();
        FaultyIndex faulty = null!;
        var options = new VolumeOptions
        {
            Directories = ["memory"], SegmentBytes = 1 << 20, ReserveBytes = 1 << 20, KeepsAllPrefixes = true,
        };
        await using ObjectStore store =
            EngineHarness.OpenOn(new MemoryBlockDevice("memory"), options, directory, index => faulty = new FaultyIndex(index));
        await store.CreateBucketAsync("bucket", "");
        Bucket bucket = store.FindBucket("bucket"u8)!;
        foreach (string key in (string[])["a/1", "b/1", "c/1"]) Assert.Equal(StoreStatus.Ok, await PutAsync(key));
        Assert.Equal(["a/", "b/", "c/"], Walk(store, bucket, pageKeys: 10));

        (faulty.FailsCommits, faulty.FailsReopening) = (true, true);
        Assert.Equal(StoreStatus.IoFailed, await PutAsync("a/2"));
        Assert.Equal(["a/", "b/", "c/"], Walk(store, bucket, pageKeys: 10));
        faulty.FailsCommits = false;
        faulty.Reopening = () =>
        {
            byte[] indexKey = new byte[IndexKeys.BucketIdBytes + 3];
            IndexKeys.Object(bucket.Id, "b/1"u8, indexKey);
            using IIndexBatch batch = faulty.NewBatch();
            batch.Delete(Keyspace.Objects, indexKey);
            faulty.Commit(batch, synced: false);
        };
        faulty.FailsReopening = false;
        Assert.Equal(StoreStatus.Ok, await PutAsync("d/1"));
        Assert.Equal(["a/", "c/", "d/"], Walk(store, bucket, pageKeys: 10));

        // Whoever may see a change in the index must not see what was before it in memory: it is gone from there by then.
        long seeks = store.Statistics.PrefixRunSeeks;
        Assert.Equal(["a/", "c/", "d/"], Walk(store, bucket, pageKeys: 10));
        Assert.Equal(seeks, store.Statistics.PrefixRunSeeks);
        long seeksWithin = 0;
        faulty.Committing = () =>
        {
            Walk(store, bucket, pageKeys: 10);
            seeksWithin = Math.Max(seeksWithin, store.Statistics.PrefixRunSeeks - seeks);
        };
        Assert.Equal(StoreStatus.Ok, await PutAsync("cc/1"));
        faulty.Committing = null;
        Assert.Equal(1, seeksWithin);
        Assert.Equal(["a/", "c/", "cc/", "d/"], Walk(store, bucket, pageKeys: 10));

        async Task<StoreStatus> PutAsync(string key)
        {
            using BodyWriter body = store.WriterOver("body"u8.ToArray());
            var attributes = EngineHarness.Attributes("body"u8.ToArray());
            return (await store.PutObjectAsync(bucket, EngineHarness.Key(key), body, attributes, null)).Status;
        }
    }

    /// <summary>Writers with folders of their own, each of which sees all and only those that it was told of; listers among them.</summary>
    [Fact]
    public async Task WhatIsAcknowledgedIsListed()
    {
        const int Writers = 3, Folders = 40, Writes = 400;
        Bucket bucket = await _engine.BucketAsync();
        bool isOver = false;
        Task[] listers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver)) Walk(bucket, pageKeys: 7);
        }))];
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))));
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(listers);
        Assert.NotEqual(0, _engine.Store.Statistics.PrefixRunHits);

        async Task WriteAsync(int writer)
        {
            var random = new Random(writer);
            var own = new SortedSet<string>(StringComparer.Ordinal);
            for (int write = 0; write < Writes; write++)
            {
                string folder = $"{random.Next(Folders):d2}-{writer}/";
                if (own.Remove(folder))
                {
                    Assert.Equal(StoreStatus.Ok, await _engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(folder + "1"), null));
                }
                else
                {
                    own.Add(folder);
                    await _engine.PutAsync(bucket, folder + "1", []);
                }
                Assert.Equal(own, Walk(bucket, pageKeys: 20).Where(shown => shown.EndsWith($"-{writer}/", StringComparison.Ordinal)));
            }
        }
    }

    private async Task<Bucket> FillAsync(string name)
    {
        Bucket bucket = await _engine.BucketAsync(name);
        foreach (string key in (string[])["a/1", "b/1", "c/1"]) await _engine.PutAsync(bucket, key, EngineHarness.Bytes(100_000));
        AssertFolders(bucket, "a/ b/ c/");
        return bucket;
    }

    // What follows is to be about what is known.
    private void AssertFolders(Bucket bucket, string expected)
    {
        Assert.Equal(expected, string.Join(' ', Walk(bucket, pageKeys: 1000)));
        long seeks = _engine.Store.Statistics.PrefixRunSeeks;
        Assert.Equal(expected, string.Join(' ', Walk(bucket, pageKeys: 1000)));
        if (expected.Split(' ').All(entry => entry.EndsWith('/'))) Assert.Equal(seeks, _engine.Store.Statistics.PrefixRunSeeks);
    }

    private List<string> Walk(Bucket bucket, int pageKeys) => Walk(_engine.Store, bucket, pageKeys);

    private static List<string> Walk(ObjectStore store, Bucket bucket, int pageKeys)
    {
        var sink = new NameSink([]);
        byte[] after = [];
        for (bool isTruncated = true; isTruncated;)
        {
            var query = new ListQuery { Delimiter = "/"u8, After = after, MaxKeys = pageKeys };
            Assert.Equal(StoreStatus.Ok, store.ListObjects(bucket, query, ref sink, out isTruncated, out after));
        }
        return sink.Names;
    }

    private readonly struct NameSink(List<string> names) : IListSink
    {
        public List<string> Names => names;
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => names.Add(Encoding.UTF8.GetString(key));
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => names.Add(Encoding.UTF8.GetString(prefix));
    }

    private struct CountingSink : IListSink
    {
        public int Count { get; private set; }
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Count++;
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Count++;
    }
}
