using RustFs.Storage;
using RustFs.Tests.Clients;
using RustFs.Uring;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Large bodies through rings: written by direct writes, read back past what the page cache holds.</summary>
public sealed class RingTransferTests : IDisposable
{
    private readonly RingSet? _rings;

    public RingTransferTests() => RingSet.TryStart(2, new RingLoopOptions(), out _rings);

    public void Dispose() => _rings?.Dispose();

    [FactWithUring]
    public async Task Bodies_written_and_read_by_rings_are_the_same()
    {
        using EngineHarness engine = Engine();
        Bucket bucket = await engine.BucketAsync();
        byte[][] bodies = [.. Enumerable.Range(0, 24).Select(number => Body(number, 65_537 + (number * 211_003)))];
        await Task.WhenAll(bodies.Select((body, number) => engine.PutAsync(bucket, $"k{number}", body)));
        for (int number = 0; number < bodies.Length; number++)
            Assert.Equal(bodies[number], await engine.GetAsync(bucket, $"k{number}"));
        await LeaveRing();
        await engine.ReopenAsync();
        await Task.WhenAll(bodies.Select(async (body, number) => Assert.Equal(body, await engine.GetAsync(bucket, $"k{number}"))));
        await LeaveRing();
    }

    /// <summary>Others on the ring must not wait for the disk with one that looks a key up.</summary>
    [FactWithUring]
    public async Task A_lookup_leaves_the_ring_where_the_index_may_read_the_disk()
    {
        using EngineHarness engine = Engine();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", Body(1, 4096));
        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();
        Assert.False(await StaysAsync("key"u8.ToArray()));
        // The lookup has brought it into memory.
        Assert.True(await StaysAsync("key"u8.ToArray()));
        Assert.False(await StaysAsync([]));
        int thread = Environment.CurrentManagedThreadId;
        await engine.Store.EnterIndexAsync(bucket, []);
        Assert.Equal(thread, Environment.CurrentManagedThreadId);

        async Task<bool> StaysAsync(byte[] key)
        {
            var isOnRing = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _rings!.Loops[0].TryPost(new Start(async () =>
            {
                await engine.Store.EnterIndexAsync(bucket, key).ConfigureAwait(false);
                if (key.Length > 0) Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, key, out _));
                isOnRing.SetResult(RingLoop.Current is not null);
            }));
            return await isOnRing.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    /// <summary>What a commit answers is sent from its ring: there it leaves together with the answers to others.</summary>
    [FactWithUring]
    public async Task A_small_write_goes_on_on_its_ring_when_it_is_committed()
    {
        using EngineHarness engine = Engine();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = Body(1, 4096);
        var places = new TaskCompletionSource<List<RingLoop?>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rings!.Loops[1].TryPost(new Start(async () =>
        {
            var found = new List<RingLoop?>();
            try
            {
                for (int number = 0; number < 100; number++)
                {
                    using BodyWriter writer = engine.Store.WriterOver(body);
                    WriteResult result = await engine.Store
                        .PutObjectAsync(bucket, EngineHarness.Key($"k{number}"), writer, EngineHarness.Attributes(body), null)
                        .ConfigureAwait(false);
                    Assert.Equal(StoreStatus.Ok, result.Status);
                    found.Add(RingLoop.Current);
                }

                places.SetResult(found);
            }
            catch (Exception exception)
            {
                places.SetException(exception);
            }
        }));
        Assert.All(await places.Task.WaitAsync(TimeSpan.FromSeconds(60)), place => Assert.Same(_rings.Loops[1], place));
        // One that comes from no ring does not end up on one.
        await engine.PutAsync(bucket, "k", body);
        Assert.Null(RingLoop.Current);
    }

    /// <summary>
    /// The placer is woken when the ring's turn ends, and not for the first of what a slow turn brings. One that is not asleep yet may
    /// still take a part of it, hence the allowance.
    /// </summary>
    [FactWithUring]
    public async Task What_a_ring_begins_in_one_turn_is_committed_together()
    {
        const int Rounds = 8, Puts = 8;
        using EngineHarness engine = Engine();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = Body(1, 4096);
        long before = engine.Store.Statistics.CommitGroups;
        for (int round = 0; round < Rounds; round++)
        {
            var results = new TaskCompletionSource<WriteResult[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            _rings!.Loops[0].TryPost(new Start(async () => results.SetResult(
                await Task.WhenAll(Enumerable.Range(0, Puts).Select(PutAsync)).ConfigureAwait(false))));
            Assert.All(await results.Task.WaitAsync(TimeSpan.FromSeconds(60)), result => Assert.Equal(StoreStatus.Ok, result.Status));
            await LeaveRing();
        }
        Assert.InRange(engine.Store.Statistics.CommitGroups - before, Rounds, Rounds * 2);

        async Task<WriteResult> PutAsync(int number)
        {
            Thread.Sleep(2);
            using BodyWriter writer = engine.Store.WriterOver(body);
            return await engine.Store
                .PutObjectAsync(bucket, EngineHarness.Key($"k{number}"), writer, EngineHarness.Attributes(body), null)
                .ConfigureAwait(false);
        }
    }

    /// <summary>As a connection does it: from the ring's thread on, without a change of threads.</summary>
    [FactWithUring]
    public async Task What_a_rings_thread_begins_goes_on_there()
    {
        using EngineHarness engine = Engine();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = Body(1, 3_000_000);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rings!.Loops[1].TryPost(new Start(async () =>
        {
            try
            {
                await engine.PutAsync(bucket, "k", body).ConfigureAwait(false);
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        }));
        await done.Task.WaitAsync(TimeSpan.FromSeconds(60));
        int elsewhere = 0, pieces = 0;
        var read = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _rings.Loops[1].TryPost(new Start(async () =>
        {
            try
            {
                Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, "k"u8, out ObjectRecord? record));
                Assert.Equal(StoreStatus.Ok, engine.Store.OpenReader(record!, 0, body.Length, out ObjectReader? reader));
                var bytes = new MemoryStream();
                using (reader)
                {
                    while (reader!.RemainingBytes > 0)
                    {
                        ReadResult piece = await reader.ReadAsync().ConfigureAwait(false);
                        Assert.Equal(StoreStatus.Ok, piece.Status);
                        bytes.Write(piece.Bytes.Span);
                        pieces++;
                        if (RingLoop.Current != _rings.Loops[1]) elsewhere++;
                    }
                }
                read.SetResult(bytes.ToArray());
            }
            catch (Exception exception)
            {
                read.SetException(exception);
            }
        }));
        Assert.Equal(body, await read.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.True(pieces > 5);
        Assert.Equal(0, elsewhere);
    }

    [FactWithUring]
    public async Task A_flipped_byte_is_reported_and_never_served()
    {
        using EngineHarness engine = Engine();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = Body(2, 900_000);
        await engine.PutAsync(bucket, "k", body);
        foreach (string segment in Directory.GetFiles(Path.Combine(engine.VolumePath, "segments")))
            FlipWhere(segment, body.AsSpan(500_000, 32).ToArray());

        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, "k"u8, out ObjectRecord? record));
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenReader(record!, 0, body.Length, out ObjectReader? reader));
        var served = new MemoryStream();
        StoreStatus status = StoreStatus.Ok;
        using (reader)
        {
            while (status == StoreStatus.Ok && reader!.RemainingBytes > 0)
            {
                ReadResult piece = await reader.ReadAsync();
                status = piece.Status;
                served.Write(piece.Bytes.Span);
            }
        }
        Assert.Equal(StoreStatus.Corrupt, status);
        Assert.Equal(body[..(int)served.Length], served.ToArray());
        await LeaveRing();
    }

    /// <summary>Closing waits for what the rings have under way, and rings that ended leave the threads to do it.</summary>
    [FactWithUring]
    public async Task Closing_during_uploads_ends_them_and_loses_nothing_acknowledged()
    {
        using EngineHarness engine = Engine();
        Bucket bucket = await engine.BucketAsync();
        var acknowledged = new List<string>();
        Task[] uploads = [.. Enumerable.Range(0, 8).Select(async stream =>
        {
            for (int number = 0; number < 200; number++)
            {
                string key = $"{stream}-{number}";
                if ((await engine.TryPutAsync(bucket, key, Body(number, 700_000))).Status != StoreStatus.Ok)
                    return;
                lock (acknowledged)
                    acknowledged.Add(key);
            }
        })];
        await Task.Delay(300);
        ObjectStore before = engine.Store;
        await before.DisposeAsync();
        await Task.WhenAll(uploads).WaitAsync(TimeSpan.FromSeconds(60));
        await LeaveRing();
        _rings!.Dispose();

        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();
        foreach (string key in acknowledged)
            Assert.Equal(Body(int.Parse(key[(key.IndexOf('-') + 1)..]), 700_000), await engine.GetAsync(bucket, key));
        await LeaveRing();
    }

    /// <summary>A test goes on where its last transfer ended, and a ring's thread must not close what it works for.</summary>
    private static System.Runtime.CompilerServices.YieldAwaitable LeaveRing() => Task.Yield();

    private EngineHarness Engine() => new(segmentBytes: 16 << 20, change: options => options with { Rings = _rings });

    private static byte[] Body(int seed, int lengthBytes)
    {
        byte[] body = new byte[lengthBytes];
        new Random(seed).NextBytes(body);
        return body;
    }

    private static void FlipWhere(string path, byte[] pattern)
    {
        int at = File.ReadAllBytes(path).AsSpan().IndexOf(pattern);
        if (at < 0) return;
        using FileStream file = File.OpenWrite(path);
        file.Position = at;
        file.WriteByte((byte)(pattern[0] ^ 1));
    }

    private sealed class Start(Func<Task> action) : RingWork
    {
        protected internal override void Run() => _ = action();
    }
}
