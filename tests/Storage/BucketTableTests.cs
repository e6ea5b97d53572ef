using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Buckets in memory and in the index.</summary>
public sealed class BucketTableTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RocksDbIndex _index;

    public BucketTableTests() => _index = RocksDbIndex.Open(_directory.Path, 8 << 20);

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void BucketsAreListedInOrderByPages()
    {
        BucketTable table = BucketTable.Load(_index);
        foreach (string name in new[] { "b", "a-2", "a", "a.1", "c" })
        {
            Create(table, name);
        }
        Assert.Equal(["a", "a-2"], Names(table.List("", "", 2, out bool isTruncated)));
        Assert.True(isTruncated);
        Assert.Equal(["a.1", "b", "c"], Names(table.List("", "a-2", 3, out isTruncated)));
        Assert.False(isTruncated);
        Assert.Equal(["a-2", "a.1"], Names(table.List("a", "a", 9, out isTruncated)));
        Assert.Empty(table.List("", "", 0, out isTruncated));
        Assert.False(isTruncated);
    }

    [Fact]
    public void CreatedAndDeletedBucketsAreSoAfterLoading()
    {
        BucketTable table = BucketTable.Load(_index);
        Bucket kept = Create(table, "kept");
        Bucket gone = Create(table, "gone");
        using (IIndexBatch batch = _index.NewBatch())
        {
            BucketTable.WriteDeletion(batch, gone);
            _index.Commit(batch, synced: false);
        }
        table.Remove(gone);
        Assert.Null(table.Find("gone"u8));

        BucketTable loaded = BucketTable.Load(_index);
        Assert.Equal((kept.Id, kept.Created), (loaded.Find("kept"u8)!.Id, loaded.Find("kept"u8)!.Created));
        Assert.Same(loaded.Find("kept"u8), loaded.FindById(kept.Id));
        Assert.Null(loaded.Find("gone"u8));
        Assert.Null(loaded.FindById(gone.Id));

        // Not even the last bucket's id is given out again.
        Assert.Equal(gone.Id + 1, loaded.NextId);
    }

    [Fact]
    public void FindingABucketDoesNotAllocate()
    {
        BucketTable table = BucketTable.Load(_index);
        Create(table, "bucket");
        table.Find("bucket"u8);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            table.Find("bucket"u8);
            table.Find("absent"u8);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void ADamagedBucketRecordIsNamed()
    {
        using IIndexBatch batch = _index.NewBatch();
        batch.Put(Keyspace.Meta, "bphotos"u8, "junk"u8);
        _index.Commit(batch, synced: false);
        Assert.Contains("photos", Assert.Throws<VolumeException>(() => BucketTable.Load(_index)).Message);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(BucketConfigurations.MaxKind + 1, 1)]
    [InlineData((int)BucketConfigurationKind.Tagging, 2)]
    public void AConfigurationThatIsNotKnownIsRefused(int kind, byte version)
    {
        BucketTable table = BucketTable.Load(_index);
        Bucket bucket = Create(table, "photos");
        byte[] key = new byte[IndexKeys.MaxMetaKeyBytes];
        int keyBytes = IndexKeys.BucketConfiguration(bucket.Id, (BucketConfigurationKind)kind, key);
        byte[] record = BucketConfigurationCodec.Encode("value"u8);
        record[0] = version;
        RecordSeal.Write(record);
        using IIndexBatch batch = _index.NewBatch();
        batch.Put(Keyspace.Meta, key.AsSpan(0, keyBytes), record);
        _index.Commit(batch, synced: false);
        Assert.Throws<VolumeException>(() => BucketTable.Load(_index));
    }

    private Bucket Create(BucketTable table, string name)
    {
        var bucket = new Bucket { Id = table.NextId, Name = name, Created = DateTimeOffset.FromUnixTimeMilliseconds(5), Region = "" };
        using IIndexBatch batch = _index.NewBatch();
        BucketTable.WriteCreation(batch, bucket);
        _index.Commit(batch, synced: false);
        table.Add(bucket);
        Assert.Same(bucket, table.Find(Encoding.UTF8.GetBytes(name)));
        return bucket;
    }

    private static IEnumerable<string> Names(IReadOnlyList<Bucket> buckets) => buckets.Select(bucket => bucket.Name);
}
