using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

[CollectionDefinition(nameof(EngineAllocationTests), DisableParallelization = true)]
public sealed class EngineAllocationCollection;

[Collection(nameof(EngineAllocationTests))]
public sealed class EngineAllocationTests
{
    private const int FirstPuts = 512;
    private const int RoundPuts = 1600;
    private const int MaxPuts = FirstPuts + 10 * RoundPuts;
    private const int ConcurrentPuts = 16;

    [Fact]
    public async Task ACachedReadAllocatesNothing()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(4096));
        Assert.NotNull(await engine.GetAsync(bucket, "key"));
        byte[] destination = new byte[4096];
        Read(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Read(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(EngineHarness.Bytes(4096), destination);

        void Read(int count)
        {
            for (int read = 0; read < count; read++)
            {
                bool isRead = engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record) == StoreStatus.Ok
                    && engine.Store.OpenReader(record!, 0, record!.SizeBytes, out ObjectReader? reader) == StoreStatus.Ok
                    && reader!.TryReadAll(destination, out StoreStatus status) && status == StoreStatus.Ok && Close(reader);
                if (!isRead) throw new InvalidOperationException("The read had to wait.");
            }
        }

        static bool Close(ObjectReader reader)
        {
            reader.Dispose();
            return true;
        }
    }

    /// <summary>
    /// New keys, and the same few over and over, each replacing a record that is read for it; the MD5 by the caller and by the store.
    /// </summary>
    [Theory]
    [InlineData(MaxPuts, false)]
    [InlineData(MaxPuts, true)]
    [InlineData(50, true)]
    public async Task ASmallPutAllocatesNothingThatGrowsWithTheirNumber(int keyCount, bool computesMd5)
    {
        using var engine = new EngineHarness(segmentBytes: 64 << 20);
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(1000);
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, MaxPuts).Select(index => EngineHarness.Key($"key{index % keyCount}"))];
        var attributes = computesMd5 ? new ObjectAttributes { ETag = null } : EngineHarness.Attributes(body);
        // Off the test's synchronization context, which allocates for each continuation.
        await Task.Run(() => PutAsync(0, FirstPuts));
        // The count is the whole process's, and what other tests left behind allocates some kilobytes a second: puts that share their syncs
        // keep a round short, and the quietest round shows what puts themselves allocate. One object each would be 24 bytes; the tasks of
        // a round are a tenth of that.
        const long mostBytes = RoundPuts * 20;
        long leastBytes = long.MaxValue;
        for (int first = FirstPuts; first + RoundPuts <= keys.Length && leastBytes > mostBytes; first += RoundPuts)
        {
            long bytes = await Task.Run(() => engine.Store.Reclaimer.BetweenPasses(() =>
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                PutAsync(first, RoundPuts).GetAwaiter().GetResult();
                return GC.GetTotalAllocatedBytes(precise: true) - before;
            }));
            leastBytes = Math.Min(leastBytes, bytes);
        }
        Assert.InRange(leastBytes, 0, mostBytes);

        Task PutAsync(int first, int count) =>
            Task.WhenAll(Enumerable.Range(0, ConcurrentPuts).Select(index => PutEachAsync(first + index, first + count)));

        async Task PutEachAsync(int first, int end)
        {
            for (int index = first; index < end; index += ConcurrentPuts)
            {
                using BodyWriter writer = engine.Store.WriterOver(body);
                WriteResult result = await engine.Store.PutObjectAsync(bucket, keys[index], writer, attributes, null);
                if (result.Status != StoreStatus.Ok) throw new InvalidOperationException(result.Status.ToString());
            }
        }
    }
}
