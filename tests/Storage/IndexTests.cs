using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// The index on RocksDB: what is committed is there, in order, also after it was closed, reopened, or written from several sides.
/// </summary>
public sealed class IndexTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private RocksDbIndex _index;

    public IndexTests() => _index = RocksDbIndex.Open(_directory.Path, 8 << 20);

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void CommittedValuesAreReadFromTheirOwnKeyspace()
    {
        Put(Keyspace.Objects, "a", "object");
        Put(Keyspace.Meta, "a", "fact");

        Assert.Equal("object", Text(_index.Get(Keyspace.Objects, "a"u8)));
        Assert.Equal("fact", Text(_index.Get(Keyspace.Meta, "a"u8)));
        Assert.Null(_index.Get(Keyspace.Uploads, "a"u8));
        Assert.Equal(-1, _index.Get(Keyspace.Segments, "a"u8, new byte[8]));
    }

    [Fact]
    public void AValueLongerThanTheDestinationReportsItsLengthAndCopiesNothing()
    {
        Put(Keyspace.Objects, "a", "value");
        byte[] destination = new byte[4];

        Assert.Equal(5, _index.Get(Keyspace.Objects, "a"u8, destination));
        Assert.Equal(new byte[4], destination);
        Assert.Equal(5, _index.Get(Keyspace.Objects, "a"u8, new byte[5]));
    }

    [Fact]
    public void WhatMemoryDoesNotHoldIsNotReadFromTheDiskUnlessAsked()
    {
        Put(Keyspace.Objects, "a", "object");
        Assert.True(_index.TryGetInMemory(Keyspace.Objects, "a"u8, out byte[]? value));
        Assert.Equal("object", Text(value));
        Assert.True(_index.TryGetInMemory(Keyspace.Objects, "b"u8, out value));
        Assert.Null(value);

        _index.Dispose();
        _index = RocksDbIndex.Open(_directory.Path, 8 << 20);
        Assert.False(_index.TryGetInMemory(Keyspace.Objects, "a"u8, out value));
        Assert.Null(value);
        Assert.Equal("object", Text(_index.Get(Keyspace.Objects, "a"u8)));
        Assert.True(_index.TryGetInMemory(Keyspace.Objects, "a"u8, out value));
        Assert.Equal("object", Text(value));
    }

    /// <summary>It is read in one piece, so that a lookup would cost most of a megabyte where it does not stay.</summary>
    [Fact]
    public void TheFilterOfALargeTableStaysInASmallCache()
    {
        _index.Dispose();
        _index = RocksDbIndex.Open(_directory.Path, 32 << 20);
        using IIndexBatch batch = _index.NewBatch();
        const int count = 600_000, together = 10_000;
        for (int first = 0; first < count; first += together)
        {
            for (int key = first; key < first + together; key++)
                batch.Put(Keyspace.Objects, Encoding.UTF8.GetBytes($"{key:D8}"), "value"u8);
            _index.Commit(batch, synced: false);
        }
        _index.CompactRange(Keyspace.Objects, default, default);
        Assert.NotNull(_index.Get(Keyspace.Objects, "00300000"u8));
        Assert.True(_index.TryGetInMemory(Keyspace.Objects, "00300000"u8, out _));
    }

    [Fact]
    public void EmptyValuesExist()
    {
        Put(Keyspace.Meta, "empty", "");
        Assert.Equal(0, _index.Get(Keyspace.Meta, "empty"u8, []));
        Assert.Equal([], _index.Get(Keyspace.Meta, "empty"u8)!);
    }

    [Fact]
    public void ABatchAppliesInOrderAndIsClearedByItsCommit()
    {
        Put(Keyspace.Objects, "b", "old");
        using IIndexBatch batch = _index.NewBatch();
        batch.Put(Keyspace.Objects, "a"u8, "1"u8);
        batch.Put(Keyspace.Objects, "a"u8, "2"u8);
        batch.Delete(Keyspace.Objects, "b"u8);
        batch.Put(Keyspace.Segments, "s"u8, "3"u8);
        Assert.Equal(4, batch.Count);
        Assert.Null(_index.Get(Keyspace.Objects, "a"u8));

        _index.Commit(batch, synced: true);

        Assert.Equal(0, batch.Count);
        Assert.Equal("2", Text(_index.Get(Keyspace.Objects, "a"u8)));
        Assert.Null(_index.Get(Keyspace.Objects, "b"u8));
        Assert.Equal("3", Text(_index.Get(Keyspace.Segments, "s"u8)));
    }

    [Fact]
    public void DeleteRangeLeavesItsEndAndWhatIsOutside()
    {
        foreach (string key in new[] { "a", "b", "c", "d" })
        {
            Put(Keyspace.Uploads, key, key);
        }
        using IIndexBatch batch = _index.NewBatch();
        batch.DeleteRange(Keyspace.Uploads, "b"u8, "d"u8);
        _index.Commit(batch, synced: false);

        Assert.Equal(["a", "d"], Keys(Keyspace.Uploads, "", ""));
    }

    [Fact]
    public void ACursorSeesItsRangeInOrderAndAsOfItsOpening()
    {
        foreach (string key in new[] { "d", "b", "a", "c" })
        {
            Put(Keyspace.Objects, key, key + key);
        }
        using IIndexCursor cursor = _index.OpenCursor(Keyspace.Objects, "d"u8, fillCache: false);
        Put(Keyspace.Objects, "bb", "later");

        Assert.True(cursor.Seek("aa"u8));
        Assert.Equal("b", Text(cursor.Key));
        Assert.Equal("bb", Text(cursor.Value));
        Assert.True(cursor.Next());
        Assert.Equal("c", Text(cursor.Key));
        Assert.False(cursor.Next());
        Assert.False(cursor.Seek("d"u8));
        Assert.True(cursor.Seek("a"u8));
        Assert.Equal("a", Text(cursor.Key));
    }

    [Fact]
    public void EverythingIsThereAfterClosingAndOpening()
    {
        Put(Keyspace.Objects, "k", "v");
        Put(Keyspace.Meta, "m", "w");
        _index.Dispose();
        _index = RocksDbIndex.Open(_directory.Path, 8 << 20);

        Assert.Equal("v", Text(_index.Get(Keyspace.Objects, "k"u8)));
        Assert.Equal("w", Text(_index.Get(Keyspace.Meta, "m"u8)));
    }

    [Fact]
    public async Task ReopeningUnderReadersLosesNothingAndFailsNoRead()
    {
        Put(Keyspace.Objects, "k", "v");
        using IIndexBatch batch = _index.NewBatch();
        batch.Put(Keyspace.Objects, "before"u8, "1"u8);
        using var stop = new CancellationTokenSource();
        Task<long>[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => ReadUntil(stop.Token)))];
        for (int i = 0; i < 5; i++)
        {
            _index.Reopen();
        }
        await stop.CancelAsync();
        long[] reads = await Task.WhenAll(readers);

        Assert.All(reads, count => Assert.True(count > 0));
        _index.Commit(batch, synced: true);
        Assert.Equal("1", Text(_index.Get(Keyspace.Objects, "before"u8)));

        long ReadUntil(CancellationToken token)
        {
            long reads = 0;
            do
            {
                Assert.Equal("v", Text(_index.Get(Keyspace.Objects, "k"u8)));

                // A read while a cursor is open must pass a gate that is closing for the very cursor's sake.
                using IIndexCursor cursor = _index.OpenCursor(Keyspace.Objects, default);
                Assert.True(cursor.Seek("k"u8));
                Assert.Equal("v", Text(_index.Get(Keyspace.Objects, "k"u8)));
                Assert.Equal("v", Text(cursor.Value));
                reads++;
            }
            while (!token.IsCancellationRequested);
            return reads;
        }
    }

    [Fact]
    public void AnIndexInUseCannotBeOpenedTwiceAndSaysWhy()
    {
        var error = Assert.Throws<VolumeException>(() => RocksDbIndex.Open(_directory.Path, 8 << 20));
        Assert.Contains(_directory.Path, error.Message);
        Assert.Contains("lock", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void AClosedIndexThrowsInsteadOfTouchingFreedMemory()
    {
        _index.Dispose();
        Assert.Throws<IndexException>(() => _index.Get(Keyspace.Meta, "a"u8));
        Assert.Throws<IndexException>(() => _index.OpenCursor(Keyspace.Meta, default));
    }

    [Fact]
    public void PointReadsAndReusedBatchesDoNotAllocate()
    {
        Put(Keyspace.Objects, "k", "value");
        byte[] destination = new byte[16];
        using IIndexBatch batch = _index.NewBatch();
        Work();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Work();
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Work()
        {
            _index.Get(Keyspace.Objects, "k"u8, destination);
            _index.Get(Keyspace.Objects, "absent"u8, destination);
            batch.Put(Keyspace.Objects, "k"u8, "value"u8);
            _index.Commit(batch, synced: false);
        }
    }

    private void Put(Keyspace keyspace, string key, string value)
    {
        using IIndexBatch batch = _index.NewBatch();
        batch.Put(keyspace, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        _index.Commit(batch, synced: false);
    }

    private List<string> Keys(Keyspace keyspace, string lower, string upper)
    {
        var keys = new List<string>();
        using IIndexCursor cursor = _index.OpenCursor(keyspace, Encoding.UTF8.GetBytes(upper));
        for (bool isOn = cursor.Seek(Encoding.UTF8.GetBytes(lower)); isOn; isOn = cursor.Next())
        {
            keys.Add(Text(cursor.Key));
        }
        return keys;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static string? Text(byte[]? bytes) => bytes == null ? null : Encoding.UTF8.GetString(bytes);
}
