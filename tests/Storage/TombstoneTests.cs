using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Mass deletes do not slow listings down for long: the range is compacted once a cursor has met them.</summary>
public sealed class TombstoneTests : IDisposable
{
    private const int Deleted = 500_000;
    private const uint Bucket = 1;

    private readonly TemporaryDirectory _directory = new();
    private readonly RocksDbIndex _index;

    public TombstoneTests() => _index = RocksDbIndex.Open(_directory.Path, 16 << 20);

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task AListingAfterMassDeletesIsSoonFreeOfTombstones()
    {
        Apply(Deleted, isDelete: false);
        PutKey("survivor"u8);
        Apply(Deleted, isDelete: true);

        Assert.Equal(1, ListPage(out long firstSkipped));
        Assert.True(firstSkipped >= TombstoneCompactor.TombstonesPerCompaction, $"{firstSkipped} tombstones");

        var waited = Stopwatch.StartNew();
        while (_index.RangeCompactions == 0 && waited.Elapsed < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(10);
        }
        Assert.Equal(1, ListPage(out long skipped));
        Assert.Equal(0, skipped);
    }

    [Fact]
    public void ClosingDoesNotWaitForARunningCompaction()
    {
        Apply(100_000, isDelete: false);
        Apply(100_000, isDelete: true);
        ListPage(out _);
        var waited = Stopwatch.StartNew();
        _index.Dispose();
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Throws<IndexException>(() => _index.Get(Keyspace.Meta, "a"u8));
    }

    private int ListPage(out long skipped)
    {
        long before = _index.TombstonesSkipped;
        var sink = new CountingSink();
        Assert.Equal(StoreStatus.Ok, ObjectListing.List(_index, Bucket, new ListQuery { MaxKeys = 1000 }, ref sink, out _, out _));
        skipped = _index.TombstonesSkipped - before;
        return sink.Count;
    }

    private void Apply(int count, bool isDelete)
    {
        byte[] indexKey = new byte[64];
        byte[] value = Record();
        using IIndexBatch batch = _index.NewBatch();
        for (int i = 0; i < count; i++)
        {
            int length = IndexKeys.Object(Bucket, System.Text.Encoding.ASCII.GetBytes($"logs/2024/{i:d10}"), indexKey);
            if (isDelete)
            {
                batch.Delete(Keyspace.Objects, indexKey.AsSpan(0, length));
            }
            else
            {
                batch.Put(Keyspace.Objects, indexKey.AsSpan(0, length), value);
            }
            if (batch.Count == 1000)
            {
                _index.Commit(batch, synced: false);
            }
        }
        _index.Commit(batch, synced: false);
    }

    private void PutKey(ReadOnlySpan<byte> key)
    {
        byte[] indexKey = new byte[64];
        using IIndexBatch batch = _index.NewBatch();
        batch.Put(Keyspace.Objects, indexKey.AsSpan(0, IndexKeys.Object(Bucket, key, indexKey)), Record());
        _index.Commit(batch, synced: false);
    }

    private static byte[] Record()
    {
        var content = new ObjectRecordContent { SizeBytes = 1, LastModifiedMs = 2, ETag = default, Extents = [default] };
        byte[] record = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, record);
        return record;
    }

    private sealed class CountingSink : IListSink
    {
        public int Count { get; private set; }
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Count++;
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Count++;
    }
}
