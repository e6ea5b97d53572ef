using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// The cache of hot records: bounded, free of allocation on hits, and never showing a record after its invalidation returned.
/// </summary>
public sealed class RecordCacheTests
{
    // Eight small records.
    private const int OneSetBytes = 4096;

    [Fact]
    public void ARecordIsFoundByBucketAndKeyUntilItIsInvalidated()
    {
        var cache = new RecordCache(32 * 1024);
        StoredObjectRecord record = Record(1);
        Assert.False(cache.TryGet(1, "k"u8, out _, out long ticket));
        cache.Insert(1, "k"u8, record, ticket);

        Assert.True(cache.TryGet(1, "k"u8, out StoredObjectRecord? found, out _));
        Assert.Same(record, found);
        Assert.False(cache.TryGet(2, "k"u8, out _, out _));
        Assert.False(cache.TryGet(1, "kk"u8, out _, out _));

        cache.Invalidate(1, "k"u8);
        Assert.False(cache.TryGet(1, "k"u8, out _, out _));
        Assert.Equal((1, 4), (cache.Hits, cache.Misses));
    }

    [Fact]
    public void AValueReadBeforeAnInvalidationIsNotInsertedAfterIt()
    {
        var cache = new RecordCache(32 * 1024);
        cache.TryGet(1, "k"u8, out _, out long ticket);
        cache.Invalidate(1, "k"u8);
        cache.Insert(1, "k"u8, Record(1), ticket);
        Assert.False(cache.TryGet(1, "k"u8, out _, out _));
    }

    [Fact]
    public void HotRecordsSurviveAFloodOfColdOnesWithinTheBound()
    {
        var cache = new RecordCache(OneSetBytes);
        byte[][] keys = [.. Enumerable.Range(0, 1000).Select(BitConverter.GetBytes)];
        for (int i = 0; i < keys.Length; i++)
        {
            Insert(cache, keys[i], i);
            Assert.True(cache.TryGet(1, keys[0], out _, out _));
        }
        Assert.Equal(8, keys.Count(key => cache.TryGet(1, key, out _, out _)));
    }

    /// <summary>Long keys take the place of several short ones, and what is dropped, replaced or invalidated is given back.</summary>
    [Theory]
    [InlineData(8, 8_000)]
    [InlineData(900, 2_000)]
    public void TheBoundIsOneOfBytes(int keyBytes, int leastKept)
    {
        const int CapacityBytes = 1000 * OneSetBytes;
        var cache = new RecordCache(CapacityBytes);
        byte[][] keys = [.. Enumerable.Range(0, 40_000).Select(number => new byte[keyBytes])];
        for (int number = 0; number < keys.Length; number++) BitConverter.TryWriteBytes(keys[number], number);
        for (int number = 0; number < keys.Length; number++) Insert(cache, keys[number], number);
        Assert.InRange(cache.Bytes, CapacityBytes / 2, CapacityBytes);
        Assert.InRange(keys.Count(key => cache.TryGet(1, key, out _, out _)), leastKept * 9 / 10, leastKept * 2);
        long before = cache.Bytes;
        for (int number = 0; number < keys.Length; number++)
        {
            if (cache.TryGet(1, keys[number], out _, out _)) Insert(cache, keys[number], number);
        }
        Assert.Equal(before, cache.Bytes);
        foreach (byte[] key in keys) cache.Invalidate(1, key);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void LongRecordsAreNotKept()
    {
        var cache = new RecordCache(OneSetBytes);
        var content = new ObjectRecordContent { SizeBytes = 0, LastModifiedMs = 0, ETag = default, Extents = new Extent[200] };
        byte[] encoded = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, encoded);
        ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? record);
        cache.TryGet(1, "k"u8, out _, out long ticket);
        cache.Insert(1, "k"u8, record!, ticket);
        Assert.False(cache.TryGet(1, "k"u8, out _, out _));
    }

    [Fact]
    public void HitsDoNotAllocate()
    {
        var cache = new RecordCache(OneSetBytes);
        Insert(cache, "k"u8.ToArray(), 1);
        cache.TryGet(1, "k"u8, out _, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            cache.TryGet(1, "k"u8, out _, out _);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task NoReaderSeesARecordOlderThanTheLastInvalidationThatReturned()
    {
        const int Keys = 16;
        const int Writes = 50_000;
        var cache = new RecordCache(Keys * OneSetBytes);
        byte[][] keys = [.. Enumerable.Range(0, Keys).Select(BitConverter.GetBytes)];
        StoredObjectRecord[] store = [.. Enumerable.Range(0, Keys).Select(_ => Record(0))];
        long[] acknowledged = new long[Keys];
        StoredObjectRecord[] versions = [.. Enumerable.Range(0, Writes).Select(Record)];
        long staleReads = 0;
        long hits = 0;
        bool isDone = false;

        Task[] readers = [.. Enumerable.Range(0, 3).Select(seed => Task.Run(() => Read(new Random(seed))))];
        var random = new Random(9);
        for (int version = 1; version < Writes; version++)
        {
            int key = random.Next(Keys);
            Volatile.Write(ref store[key], versions[version]);
            cache.Invalidate(1, keys[key]);
            Volatile.Write(ref acknowledged[key], version);

            // However the threads are scheduled, readers get to insert and to hit between invalidations.
            long hitsBefore = Volatile.Read(ref hits);
            if (version % 128 == 0)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref hits) > hitsBefore, millisecondsTimeout: 10);
            }
        }
        Volatile.Write(ref isDone, true);
        await Task.WhenAll(readers);

        Assert.Equal(0, Volatile.Read(ref staleReads));
        Assert.True(hits > 0);

        void Read(Random random)
        {
            while (!Volatile.Read(ref isDone))
            {
                int key = random.Next(Keys);
                long atLeast = Volatile.Read(ref acknowledged[key]);
                if (cache.TryGet(1, keys[key], out StoredObjectRecord? record, out long ticket))
                {
                    Interlocked.Increment(ref hits);
                }
                else
                {
                    record = Volatile.Read(ref store[key]);
                    cache.Insert(1, keys[key], record, ticket);
                }
                if (record!.SizeBytes < atLeast)
                {
                    Interlocked.Increment(ref staleReads);
                }
            }
        }
    }

    private static void Insert(RecordCache cache, byte[] key, int version)
    {
        cache.TryGet(1, key, out _, out long ticket);
        cache.Insert(1, key, Record(version), ticket);
    }

    private static StoredObjectRecord Record(int version)
    {
        var content = new ObjectRecordContent { SizeBytes = version, LastModifiedMs = 0, ETag = default };
        byte[] encoded = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, encoded);
        Assert.True(ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? record));
        return record!;
    }
}
