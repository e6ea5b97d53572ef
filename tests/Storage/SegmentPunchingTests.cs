using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>What is dead between live bodies comes back as holes, on real files.</summary>
public sealed class SegmentPunchingTests
{
    private const int BodyBytes = 150_000;

    // What a file system may take for its map of a file with holes.
    private const int MapBytes = 64 * 1024;

    [Fact]
    public async Task SpaceOfDeadBodiesComesBackAndNothingMoves()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        Dictionary<string, byte[]> kept = await PutAndDeleteAsync(engine, bucket, count: 60, keptOneIn: 3);
        PunchAll(engine);
        StoreStatistics after = engine.Store.Statistics;
        Assert.Equal(0, after.CompactedBytes);
        Assert.InRange(after.PunchedBytes, BodyBytes * 20, long.MaxValue);
        // What stands open and ready takes whole segments.
        Assert.InRange(after.SegmentBytes, after.LiveBytes, after.LiveBytes + (3 << 20));
        AssertBooks(engine);
        await AssertReadableAsync(engine, kept);
        engine.Store.Scrubber.RunPass();
        Assert.DoesNotContain(engine.Events.Messages, message => message.StartsWith("corruption", StringComparison.Ordinal));

        await engine.ReopenAsync(crash: true);
        AssertBooks(engine);
        Assert.InRange(engine.Store.Statistics.SegmentBytes, after.SegmentBytes - MapBytes, after.SegmentBytes + MapBytes);
        await AssertReadableAsync(engine, kept);

        // What is never used again as it is: a file with holes.
        foreach (string key in kept.Keys) await engine.Store.DeleteObjectAsync(await engine.BucketAsync(), EngineHarness.Key(key), null);
        PunchAll(engine);
        Segment[] left = [.. engine.Store.Segments.All().Where(segment => segment.File is not null)];
        Assert.All(left, segment => Assert.Equal(0, segment.PunchedBytes));
        await engine.PutAsync(await engine.BucketAsync(), "again", EngineHarness.Bytes(BodyBytes));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task WhatDiesLaterIsPunchedToo()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        Dictionary<string, byte[]> kept = await PutAndDeleteAsync(engine, bucket, count: 60, keptOneIn: 2);
        PunchAll(engine);
        long first = engine.Store.Statistics.PunchedBytes;
        foreach (string key in kept.Keys.Where((_, index) => index % 2 == 0).ToArray())
        {
            await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(key), null);
            kept.Remove(key);
        }
        PunchAll(engine);
        Assert.InRange(engine.Store.Statistics.PunchedBytes, first + BodyBytes, long.MaxValue);
        await AssertReadableAsync(engine, kept);
        engine.AssertAccounts();
    }

    /// <summary>
    /// Each look reads all records of a segment. Where small bodies died here and there it finds nothing, again and again: then most of
    /// these segments are left to compaction unseen.
    /// </summary>
    [Fact]
    public async Task SegmentsLikeThoseLookedAtInVainAreMostlyLeftUnseen()
    {
        const int count = 700;
        using var engine = new EngineHarness(change: options => options with { Durability = Durability.None });
        engine.Store.Reclaimer.IsCompactionOff = true;
        Bucket bucket = await engine.BucketAsync();
        var random = new Random(7);
        for (int key = 0; key < count; key++)
            await engine.PutAsync(bucket, $"key{key}", EngineHarness.Bytes(random.Next(8000, 12_000), key));
        // Single ones between others that live: no run of 64 KiB.
        for (int key = 0; key < count; key += 2) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null);
        SegmentPunching punching = engine.Store.Reclaimer.Punching;
        int looks = 0, sealedCount = engine.Store.Segments.All().Count(segment => segment.State == SegmentState.Sealed);
        for (int pass = 0; pass < 2 * sealedCount; pass++)
        {
            if (punching.Choose(SpaceUse.Of(engine.Store.Segments, 0)) is not { } chosen) continue;
            looks++;
            Assert.Equal(0, punching.Punch(chosen));
        }
        Assert.True(sealedCount >= 5, $"{sealedCount} segments");
        Assert.InRange(looks, 2, sealedCount / 2);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task ARecordThatWasLookedUpBeforeIsLookedUpAgain()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        Dictionary<string, byte[]> kept = await PutAndDeleteAsync(engine, bucket, count: 12, keptOneIn: 2);
        string key = kept.Keys.First();
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, EngineHarness.Key(key).Span, out ObjectRecord? stale));
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenReader(stale!, 0, BodyBytes, out ObjectReader? reader));
        byte[] fresh = EngineHarness.Bytes(BodyBytes, 99);
        await engine.PutAsync(bucket, key, fresh);
        Segment segment = SegmentOf(engine, stale!);
        PunchAll(engine);
        // Whoever reads keeps what he reads.
        Assert.Equal(0, segment.PunchedBytes);
        Assert.Equal(kept[key], await ReadAllAsync(reader!));
        reader!.Dispose();
        PunchAll(engine);
        Assert.InRange(segment.PunchedBytes, BodyBytes, long.MaxValue);
        Assert.Equal(((StoredObjectRecord)stale!).Extent(0).Generation, segment.Generation);
        Assert.Equal(StoreStatus.Changed, engine.Store.OpenReader(stale, 0, BodyBytes, out _));
        Assert.Equal(0u, segment.PinCount);
        kept[key] = fresh;
        await AssertReadableAsync(engine, kept);
    }

    /// <summary>No record refers to a body that is still written, and it is not dead.</summary>
    [Fact]
    public async Task ABodyOnItsWayIsNotPunched()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(300_000, 7);
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(body.Length, out BodyWriter? writer));
        Dictionary<string, byte[]> kept = await PutAndDeleteAsync(engine, bucket, count: 12, keptOneIn: 4);
        for (int round = 0; round < 3; round++)
        {
            PunchAll(engine);
            await PutAndDeleteAsync(engine, bucket, count: 6, keptOneIn: 3);
        }
        using (writer)
        {
            Assert.Equal(StoreStatus.Ok, await EngineHarness.FillAsync(writer!, body));
            PunchAll(engine);
            WriteResult put = await engine.Store.PutObjectAsync(
                bucket, EngineHarness.Key("late"), writer!, EngineHarness.Attributes(body), null);
            Assert.Equal(StoreStatus.Ok, put.Status);
        }
        PunchAll(engine);
        Assert.True(engine.Store.Statistics.PunchedBytes > 0);
        Assert.Equal(body, await engine.GetAsync(bucket, "late"));
        engine.AssertAccounts();
    }

    /// <summary>
    /// A segment that was full, and of which the index knew that only when it was punched, is not appended to after a crash.
    /// </summary>
    [Fact]
    public async Task APunchedSegmentIsNotOpenAfterACrash()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        // Seven leave less than a checksum block of the segment: the next body ends it, and nothing of that is committed.
        for (int key = 0; key < 7; key++) await engine.PutAsync(bucket, $"key{key}", EngineHarness.Bytes(36 * 4096, key));
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, "key3"u8, out ObjectRecord? record));
        Segment segment = SegmentOf(engine, record!);
        for (int key = 0; key < 7; key++)
        {
            if (key != 3) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null);
        }
        Assert.Equal(SegmentState.Open, segment.State);
        Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(300_000, out BodyWriter? writer));
        Assert.Equal(SegmentState.Sealed, segment.State);
        PunchAll(engine);
        Assert.True(segment.PunchedBytes > 0);
        writer!.Dispose();
        await engine.ReopenAsync(crash: true);
        Assert.Equal(SegmentState.Sealed, engine.Store.Segments.Find(segment.Number)!.State);
        Assert.Equal(EngineHarness.Bytes(36 * 4096, 3), await engine.GetAsync(await engine.BucketAsync(), "key3"));
        engine.AssertAccounts();
    }

    /// <summary>Writers replace bodies, readers read them, and the space between is punched, as fast as all can.</summary>
    [Fact]
    public async Task ReadersNeverSeeHoles()
    {
        using var engine = new EngineHarness(change: options => options with { Durability = Durability.None });
        Bucket bucket = await engine.BucketAsync();
        const int keys = 40;
        int[] versions = new int[keys];
        for (int key = 0; key < keys; key++) await engine.PutAsync(bucket, $"key{key}", Body(key, 0));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        int reads = 0, staleReads = 0;
        Task[] readers = [.. Enumerable.Range(0, 3).Select(reader => Task.Run(async () =>
        {
            var random = new Random(reader);
            while (!stop.IsCancellationRequested)
            {
                int key = random.Next(keys);
                int least = Volatile.Read(ref versions[key]);
                ReadOnlyMemory<byte> name = EngineHarness.Key($"key{key}");
                Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, name.Span, out ObjectRecord? record));
                // Some are late: their bodies are replaced and punched meanwhile.
                if (random.Next(4) == 0) await Task.Delay(random.Next(300));
                (StoreStatus status, byte[] body) = await engine.ReadAsync(record!, 0, record!.SizeBytes);
                if (status == StoreStatus.Changed)
                {
                    Interlocked.Increment(ref staleReads);
                    continue;
                }
                Assert.Equal(StoreStatus.Ok, status);
                int version = BitConverter.ToInt32(body);
                Assert.InRange(version, least, Volatile.Read(ref versions[key]) + 1);
                Assert.Equal(Body(key, version), body);
                Interlocked.Increment(ref reads);
            }
        }))];
        Task writer = Task.Run(async () =>
        {
            var random = new Random(99);
            while (!stop.IsCancellationRequested)
            {
                int key = random.Next(10) == 0 ? random.Next(keys) : random.Next(keys / 3);
                await engine.PutAsync(bucket, $"key{key}", Body(key, versions[key] + 1));
                Volatile.Write(ref versions[key], versions[key] + 1);
            }
        });
        Task puncher = Task.Run(() =>
        {
            // For seconds, and until some have come too late.
            var clock = Stopwatch.StartNew();
            while (!stop.IsCancellationRequested)
            {
                engine.Store.Reclaimer.RunOnce();
                if (clock.Elapsed.TotalSeconds > 3 && Volatile.Read(ref staleReads) > 5 && Volatile.Read(ref reads) > 100) stop.Cancel();
            }
        });
        await Task.WhenAll([.. readers, writer, puncher]);
        Assert.True(reads > 100 && staleReads > 5, $"{reads} reads, {staleReads} more came too late");
        Assert.True(engine.Store.Statistics.PunchedBytes > 0);
        Assert.DoesNotContain(engine.Events.Messages, message => message.StartsWith("corruption", StringComparison.Ordinal));
        for (int key = 0; key < keys; key++) Assert.Equal(Body(key, versions[key]), await engine.GetAsync(bucket, $"key{key}"));
        engine.AssertAccounts();

        static byte[] Body(int key, int version)
        {
            byte[] body = EngineHarness.Bytes(70_000 + key * 4000, key);
            body.AsSpan(64 * 1024).Fill((byte)version);
            BitConverter.TryWriteBytes(body, version);
            return body;
        }
    }

    /// <summary>Files are not for ever as many as segments were ever filled: what is left in many of them is brought together.</summary>
    [Fact]
    public async Task SparseSegmentsAreMerged()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        Dictionary<string, byte[]> kept = await PutAndDeleteAsync(engine, bucket, count: 240, keptOneIn: 12, bodyBytes: 100_000);
        PunchAll(engine);
        Assert.True(engine.Store.Statistics is { PunchedBytes: > 0, CompactedBytes: > 0 });
        int sparse = engine.Store.Segments.All().Count(segment =>
            segment.State == SegmentState.Sealed && segment.LiveBytes > 0 && segment.LiveBytes < segment.LengthBytes / 8);
        Assert.InRange(sparse, 0, 7);
        await AssertReadableAsync(engine, kept);
        engine.AssertAccounts();
    }

    /// <summary>
    /// A segment of which the index knows nothing any more, and which is punched right behind its header, is not free space.
    /// </summary>
    [Fact]
    public async Task APunchedSegmentWithoutARecordIsNotTakenForNew()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        for (int key = 0; key < 8; key++) await engine.PutAsync(bucket, $"key{key}", EngineHarness.Bytes(BodyBytes, key));
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, "key5"u8, out ObjectRecord? record));
        Segment segment = SegmentOf(engine, record!);
        for (int key = 0; key < 5; key++) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null);
        PunchAll(engine);
        Assert.InRange(segment.PunchedBytes, BodyBytes * 4, long.MaxValue);
        byte[] key5 = new byte[16];
        using (IIndexBatch batch = engine.Store.Index.NewBatch())
        {
            batch.Delete(Keyspace.Segments, key5.AsSpan(0, IndexKeys.Segment(segment.Number, key5)));
            engine.Store.Index.Commit(batch, synced: true);
        }
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        for (int more = 0; more < 20; more++) await engine.PutAsync(bucket, $"more{more}", EngineHarness.Bytes(BodyBytes, more));
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, "key5"u8, out record));
        (StoreStatus status, byte[] body) = await engine.ReadAsync(record!, 0, record!.SizeBytes);
        Assert.Equal(StoreStatus.Ok, status);
        Assert.Equal(EngineHarness.Bytes(BodyBytes, 5), body);
    }

    private static async Task<Dictionary<string, byte[]>> PutAndDeleteAsync(
        EngineHarness engine, Bucket bucket, int count, int keptOneIn, int bodyBytes = BodyBytes)
    {
        var kept = new Dictionary<string, byte[]>();
        for (int key = 0; key < count; key++)
        {
            byte[] body = EngineHarness.Bytes(bodyBytes + key, key);
            await engine.PutAsync(bucket, $"key{key}", body);
            if (key % keptOneIn == 0) kept.Add($"key{key}", body);
        }
        for (int key = 0; key < count; key++)
        {
            if (key % keptOneIn != 0) await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null);
        }
        return kept;
    }

    private static void PunchAll(EngineHarness engine)
    {
        for (int pass = 0; pass < 200 && engine.Store.Reclaimer.RunOnce(); pass++)
        {
            // Until nothing more is to be gained.
        }
    }

    // What the books say is what the file system says.
    private static void AssertBooks(EngineHarness engine)
    {
        engine.AssertAccounts();
        foreach (Segment segment in engine.Store.Segments.All())
        {
            if (segment.File is null) continue;
            Assert.Equal(Math.Min(segment.File.AllocatedBytes(), segment.LengthBytes), segment.AllocatedBytes);
        }
    }

    private static async Task AssertReadableAsync(EngineHarness engine, Dictionary<string, byte[]> kept)
    {
        Bucket bucket = await engine.BucketAsync();
        foreach ((string key, byte[] body) in kept) Assert.Equal(body, await engine.GetAsync(bucket, key));
    }

    private static Segment SegmentOf(EngineHarness engine, ObjectRecord record) =>
        engine.Store.Segments.Find(((StoredObjectRecord)record).Extent(0).Segment)!;

    private static async Task<byte[]> ReadAllAsync(ObjectReader reader)
    {
        var bytes = new List<byte>();
        while (reader.RemainingBytes > 0)
        {
            ReadResult read = await reader.ReadAsync();
            Assert.Equal(StoreStatus.Ok, read.Status);
            bytes.AddRange(read.Bytes.Span);
        }
        return [.. bytes];
    }
}
