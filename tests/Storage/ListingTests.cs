using System.Text;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Listings against a model that sorts, filters and groups the keys in the plainest way.</summary>
public sealed class ListingTests : IDisposable
{
    // Few letters, so that prefixes, delimiters and markers often meet; the two ends of the byte range, where bounds go wrong.
    private static readonly byte[] Alphabet = [0x00, (byte)'a', (byte)'b', (byte)'/', 0xFF];
    private static readonly byte[][] Delimiters =
        [[], [], "/"u8.ToArray(), "/"u8.ToArray(), "//"u8.ToArray(), "/a"u8.ToArray(), [0x00], [0xFF]];

    private readonly TemporaryDirectory _directory = new();
    private readonly RocksDbIndex _index;
    private readonly PrefixRuns _runs = new(1 << 20, maxNames: 3, keepsAll: true);

    public ListingTests() => _index = RocksDbIndex.Open(_directory.Path, 8 << 20);

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void ObjectPagesEqualTheModel()
    {
        var random = new Random(20);
        uint bucket = 1;
        for (int set = 0; set < 250; set++, bucket++)
        {
            byte[][] keys = RandomKeys(random, random.Next(0, 60));
            PutObjects(bucket, keys);
            for (int query = 0; query < 16; query++)
            {
                byte[] prefix = random.Next(2) == 0 ? [] : RandomKey(random, 0, 3);
                byte[] delimiter = Delimiters[random.Next(Delimiters.Length)];
                byte[] after = random.Next(2) == 0 ? [] : RandomKey(random, 1, 4);
                int maxKeys = random.Next(1, 9);
                List<string> expected = ModelObjects(keys, prefix, delimiter, after);
                Assert.Equal(expected, PageObjects(bucket, prefix, delimiter, after, maxKeys, expected.Count));
            }
        }
        Assert.NotEqual(0, _runs.Hits);
    }

    [Fact]
    public void UploadPagesEqualTheModel()
    {
        var random = new Random(21);
        uint bucket = 1;
        for (int set = 0; set < 150; set++, bucket++)
        {
            (byte[] Key, UploadId Id)[] uploads = [.. RandomKeys(random, random.Next(0, 25))
                .SelectMany(key => Enumerable.Range(0, random.Next(1, 4)).Select(_ => (key, new UploadId((UInt128)random.Next(1, 1000)))))
                .Distinct()];
            PutUploads(bucket, uploads);
            for (int query = 0; query < 16; query++)
            {
                byte[] prefix = random.Next(2) == 0 ? [] : RandomKey(random, 0, 2);
                byte[] delimiter = Delimiters[random.Next(Delimiters.Length)];
                byte[] after = random.Next(2) == 0 || uploads.Length == 0 ? [] : uploads[random.Next(uploads.Length)].Key;
                UploadId? afterId = after.Length == 0 || random.Next(2) == 0 ? null : new UploadId((UInt128)random.Next(0, 1000));
                List<string> expected = ModelUploads(uploads, prefix, delimiter, after, afterId);
                Assert.Equal(expected, PageUploads(bucket, prefix, delimiter, after, afterId, random.Next(1, 7), expected.Count));
            }
        }
    }

    [Fact]
    public void AKeyAndAKeyUnderItAreBothListed()
    {
        PutObjects(1, ["foo"u8.ToArray(), "foo/bar"u8.ToArray()]);
        Assert.Equal(["K:666F6F", "K:666F6F2F626172"], PageObjects(1, [], [], [], 10, 2));
        Assert.Equal(["K:666F6F", "P:666F6F2F"], PageObjects(1, [], "/"u8.ToArray(), [], 1, 2));
    }

    [Fact]
    public void AMarkerInsideACommonPrefixStillShowsIt()
    {
        PutObjects(1, ["a/1"u8.ToArray(), "a/2"u8.ToArray(), "b"u8.ToArray()]);
        Assert.Equal(["P:612F", "K:62"], PageObjects(1, [], "/"u8.ToArray(), "a/1"u8.ToArray(), 10, 2));
        Assert.Equal(["K:62"], PageObjects(1, [], "/"u8.ToArray(), "a/2"u8.ToArray(), 10, 1));
        Assert.Equal(["K:62"], PageObjects(1, [], "/"u8.ToArray(), "a/"u8.ToArray(), 10, 1));
    }

    [Fact]
    public void NoKeysAskedForIsAnEmptyPageThatIsNotTruncated()
    {
        PutObjects(1, ["a"u8.ToArray()]);
        var sink = new Sink();
        var query = new ListQuery { MaxKeys = 0 };
        Assert.Equal(StoreStatus.Ok, ObjectListing.List(_index, 1, query, ref sink, out bool isTruncated, out byte[] last));
        Assert.False(isTruncated);
        Assert.Empty(last);
        Assert.Empty(sink.Entries);
    }

    [Fact]
    public void ALargeGroupIsPassedByASeek()
    {
        PutObjects(1, [.. Enumerable.Range(0, 500).Select(i => Encoding.UTF8.GetBytes($"a/{i:d4}")), "b"u8.ToArray()]);
        var counting = new WatchedIndex(_index);
        var sink = new Sink();
        ObjectListing.List(counting, 1, new ListQuery { Delimiter = "/"u8, MaxKeys = 10 }, ref sink, out _, out _);
        Assert.Equal(["P:612F", "K:62"], sink.Entries);
        Assert.InRange(counting.Moves, 1, 3 + PrefixWalk.MaxSteps);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(40, 2)]
    public void GroupsOfOneSizeCostAboutTheSameSteps(int groupKeys, int maxStepsPerGroup)
    {
        const int Groups = 200;
        PutGroups(0, Groups, groupKeys);
        Assert.InRange(StepsToListGroups(Groups), Groups, Groups * maxStepsPerGroup + 2 * PrefixWalk.MaxSteps);
    }

    [Fact]
    public void SmallGroupsBehindLargeOnesAreWalkedAgain()
    {
        const int Large = 50, Small = 400;
        PutGroups(0, Large, 40);
        PutGroups(Large, Small, 2);

        // At most so many small groups are passed by a seek and a step to find out; after that each costs its two keys.
        const int SeeksUntilWalk = 17;
        Assert.InRange(StepsToListGroups(Large + Small), 1, Large * 2 + SeeksUntilWalk + Small * 2 + 2 * PrefixWalk.MaxSteps);
        var walk = new PrefixWalk();
        for (int i = 0; i < 3; i++)
        {
            walk.Sought();
        }
        Assert.Equal(0, walk.Steps);
        for (int i = 0; i < SeeksUntilWalk; i++)
        {
            walk.Sought();
        }
        Assert.NotEqual(0, walk.Steps);
        walk.Passed();
        Assert.Equal(PrefixWalk.MaxSteps, walk.Steps);
    }

    [Fact]
    public void AnUnreadableRecordIsReportedNotSkipped()
    {
        PutObjects(1, ["a"u8.ToArray()]);
        using IIndexBatch batch = _index.NewBatch();
        byte[] key = new byte[IndexKeys.MaxKeyBytes];
        batch.Put(Keyspace.Objects, key.AsSpan(0, IndexKeys.Object(1, "b"u8, key)), "junk"u8);
        _index.Commit(batch, synced: false);
        var sink = new Sink();
        Assert.Equal(StoreStatus.Corrupt, ObjectListing.List(_index, 1, new ListQuery { MaxKeys = 10 }, ref sink, out _, out byte[] last));
        Assert.Equal("b"u8.ToArray(), last);
        var byFolder = new ListQuery { Delimiter = "/"u8, MaxKeys = 10 };
        Assert.Equal(StoreStatus.Corrupt, FolderListing.List(_index, _runs, 1, byFolder, ref sink, out _, out last));
        Assert.Equal("b"u8.ToArray(), last);
    }

    [Fact]
    public void ABucketIsEmptyByItsOwnObjects()
    {
        PutObjects(7, ["a"u8.ToArray()]);
        Assert.False(ObjectListing.IsEmpty(_index, 7));
        Assert.True(ObjectListing.IsEmpty(_index, 6));
        Assert.True(ObjectListing.IsEmpty(_index, 8));
        Assert.True(ObjectListing.IsEmpty(_index, uint.MaxValue));
    }

    private void PutGroups(int first, int count, int keys) =>
        PutObjects(1, [.. Enumerable.Range(first, count)
            .SelectMany(group => Enumerable.Range(0, keys).Select(key => Encoding.UTF8.GetBytes($"{group:d4}/{key:d2}")))]);

    private int StepsToListGroups(int expected)
    {
        var counting = new WatchedIndex(_index);
        var sink = new Sink();
        ObjectListing.List(counting, 1, new ListQuery { Delimiter = "/"u8, MaxKeys = 1000 }, ref sink, out _, out _);
        Assert.Equal(expected, sink.Entries.Count);
        return counting.Moves;
    }

    private static List<string> ModelObjects(byte[][] keys, byte[] prefix, byte[] delimiter, byte[] after) =>
        [.. keys.OrderBy(Convert.ToHexString, StringComparer.Ordinal)
            .Where(key => key.AsSpan().StartsWith(prefix) && key.AsSpan().SequenceCompareTo(after) > 0)
            .Select(key => Group(key, prefix, delimiter, after) ?? "K:" + Convert.ToHexString(key))
            .Where(entry => entry.Length > 0).Distinct()];

    private static List<string> ModelUploads(
        (byte[] Key, UploadId Id)[] uploads, byte[] prefix, byte[] delimiter, byte[] after, UploadId? afterId) =>
        [.. uploads.OrderBy(upload => Convert.ToHexString(upload.Key), StringComparer.Ordinal).ThenBy(upload => upload.Id.Value)
            .Where(upload => upload.Key.AsSpan().StartsWith(prefix))
            .Where(upload => upload.Key.AsSpan().SequenceCompareTo(after) > 0
                || (afterId != null && upload.Key.AsSpan().SequenceEqual(after) && upload.Id.Value > afterId.Value.Value))
            .Select(upload => Group(upload.Key, prefix, delimiter, after) ?? $"U:{Convert.ToHexString(upload.Key)}:{upload.Id}")
            .Where(entry => entry.Length > 0).Distinct()];

    /// <summary>Null for a key by itself, empty for one whose common prefix was shown before.</summary>
    private static string? Group(byte[] key, byte[] prefix, byte[] delimiter, byte[] after)
    {
        int at = delimiter.Length == 0 ? -1 : key.AsSpan(prefix.Length).IndexOf(delimiter);
        if (at < 0)
        {
            return null;
        }
        byte[] common = key[..(prefix.Length + at + delimiter.Length)];
        return common.AsSpan().SequenceEqual(after) ? "" : "P:" + Convert.ToHexString(common);
    }

    private List<string> PageObjects(uint bucket, byte[] prefix, byte[] delimiter, byte[] after, int maxKeys, int expectedCount)
    {
        var sink = new Sink();
        bool isTruncated;
        do
        {
            int before = sink.Entries.Count;
            var query = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = after, MaxKeys = maxKeys };
            // Both ways to list by folder: with the runs of the folder in memory and without.
            StoreStatus status = maxKeys % 4 != 0 && FolderListing.Takes(query)
                ? FolderListing.List(_index, _runs, bucket, query, ref sink, out isTruncated, out after)
                : ObjectListing.List(_index, bucket, query, ref sink, out isTruncated, out after);
            Assert.Equal(StoreStatus.Ok, status);
            Assert.Equal(isTruncated, sink.Entries.Count < expectedCount);
            Assert.Equal(Math.Min(maxKeys, expectedCount - before), sink.Entries.Count - before);
            Assert.Equal(isTruncated, after.Length > 0);
        }
        while (isTruncated);
        return sink.Entries;
    }

    private List<string> PageUploads(
        uint bucket, byte[] prefix, byte[] delimiter, byte[] after, UploadId? afterId, int maxKeys, int expectedCount)
    {
        var sink = new Sink();
        bool isTruncated;
        do
        {
            int before = sink.Entries.Count;
            var query = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = after, MaxKeys = maxKeys };
            StoreStatus status = UploadListing.List(
                _index, bucket, query, afterId, ref sink, out isTruncated, out after, out UploadId lastId);
            Assert.Equal(StoreStatus.Ok, status);
            afterId = lastId;
            Assert.Equal(isTruncated, sink.Entries.Count < expectedCount);
            Assert.Equal(Math.Min(maxKeys, expectedCount - before), sink.Entries.Count - before);
        }
        while (isTruncated);
        return sink.Entries;
    }

    private void PutObjects(uint bucket, byte[][] keys)
    {
        byte[] indexKey = new byte[IndexKeys.MaxKeyBytes];
        byte[] value = new byte[256];
        using IIndexBatch batch = _index.NewBatch();
        foreach (byte[] key in keys)
        {
            var content = new ObjectRecordContent { SizeBytes = key.Length, LastModifiedMs = 1, ETag = default };
            ObjectRecordCodec.Encode(content, value);
            int length = IndexKeys.Object(bucket, key, indexKey);
            batch.Put(Keyspace.Objects, indexKey.AsSpan(0, length), value.AsSpan(0, ObjectRecordCodec.EncodedLength(content)));
        }
        _index.Commit(batch, synced: false);
    }

    private void PutUploads(uint bucket, (byte[] Key, UploadId Id)[] uploads)
    {
        byte[] indexKey = new byte[IndexKeys.MaxKeyBytes];
        byte[] value = new byte[UploadRecordCodec.EncodedLength(default)];
        UploadRecordCodec.Encode(5, 1, ChecksumKind.Crc32, ChecksumType.Composite, default, value);
        using IIndexBatch batch = _index.NewBatch();
        foreach ((byte[] key, UploadId id) in uploads)
        {
            batch.Put(Keyspace.Uploads, indexKey.AsSpan(0, IndexKeys.Upload(bucket, key, id, indexKey)), value);
        }
        _index.Commit(batch, synced: false);
    }

    private static byte[][] RandomKeys(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => RandomKey(random, 1, 7)).DistinctBy(Convert.ToHexString)];

    private static byte[] RandomKey(Random random, int minLength, int maxLength) =>
        random.GetItems(Alphabet, random.Next(minLength, maxLength));

    private sealed class Sink : IListSink, IUploadListSink
    {
        public List<string> Entries { get; } = [];

        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary)
        {
            Assert.Equal(key.Length, summary.SizeBytes);
            Entries.Add("K:" + Convert.ToHexString(key));
        }

        public void Upload(
            ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind, ChecksumType checksumType,
            StorageClass storageClass)
        {
            Assert.Equal((5L, ChecksumKind.Crc32, ChecksumType.Composite), (initiatedMs, checksumKind, checksumType));
            Entries.Add($"U:{Convert.ToHexString(key)}:{id}");
        }

        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Entries.Add("P:" + Convert.ToHexString(prefix));
    }
}
