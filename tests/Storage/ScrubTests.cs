using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>The scrubber and the offline verification on volumes that are whole, busy, or wrong in other ways than a flipped bit.</summary>
public sealed class ScrubTests
{
    [Fact]
    public async Task APassRunsWhenDueAndNotAgainAfterARestart()
    {
        var log = new OperatorLog();
        using var harness = new EngineHarness(change: options => options with
        {
            ScrubBytesPerSecond = 1 << 30, ScrubStartDelay = TimeSpan.FromMilliseconds(50), Events = log,
        });
        for (int wait = 0; wait < 400 && harness.Store.Statistics.Scrub.Passes == 0; wait++) await Task.Delay(25);
        Assert.Equal(1, harness.Store.Statistics.Scrub.Passes);
        Assert.Contains("no damage", Assert.Single(log.Infos, info => info.StartsWith("Scrub", StringComparison.Ordinal)));

        await harness.ReopenAsync();
        await Task.Delay(500);
        Assert.Equal(0, harness.Store.Statistics.Scrub.Passes);
    }

    [Fact]
    public async Task APassReadsEveryLiveByteAndKeepsItsRate()
    {
        using var harness = new EngineHarness(change: options => options with
        {
            ScrubBytesPerSecond = 8 << 20, ScrubStartDelay = TimeSpan.FromDays(1),
        });
        Bucket bucket = await harness.BucketAsync();
        for (int at = 0; at < 20; at++) await harness.PutAsync(bucket, $"small-{at}", EngineHarness.Bytes(5000, at));
        await harness.PutAsync(bucket, "large", EngineHarness.Bytes(3 << 20));
        var clock = Stopwatch.StartNew();

        harness.Store.Scrubber.RunPass();

        ScrubStatistics scrub = harness.Store.Statistics.Scrub;
        Assert.True(scrub.PassBytes >= harness.Store.Statistics.LiveBytes, $"{scrub.PassBytes} bytes read");
        Assert.True(clock.Elapsed.TotalSeconds > scrub.PassBytes / (8.0 * (1 << 20)) * 0.8, $"{scrub.PassBytes} bytes in {clock.Elapsed}");
        Assert.Equal(0, scrub.PassFaults);
    }

    [Fact]
    public async Task PassesDuringWritesDeletesAndCompactionFindNothing()
    {
        using var harness = new EngineHarness(change: options => options with { ReserveBytes = 1 << 20 });
        Bucket bucket = await harness.BucketAsync();
        using var stop = new CancellationTokenSource();
        Task scrubbing = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                harness.Store.Scrubber.RunPass();
                Assert.Equal(0, harness.Store.Statistics.Scrub.PassFaults);
            }
        });
        for (int round = 0; round < 300; round++)
        {
            await harness.PutAsync(bucket, $"key-{round % 7}", EngineHarness.Bytes(round % 3 == 0 ? 90_000 : 9_000, round));
            if (round % 5 == 0) await harness.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key-{round % 7}"), null);
        }
        await stop.CancelAsync();
        await scrubbing;
        Assert.True(harness.Store.Statistics.Scrub.Passes > 0);
    }

    [Fact]
    public async Task AVolumeInUseIsNotVerified()
    {
        using var harness = new EngineHarness();
        await harness.BucketAsync();

        Assert.Contains("in use by another process", Assert.Throws<VolumeException>(() => Verify(harness, [])).Message);
    }

    [Fact]
    public async Task AWholeVolumeIsCleanAndLeftAsItWas()
    {
        using ScrubbedVolume volume = await ScrubbedVolume.CreateAsync(3);
        Dictionary<string, string> before = Contents(volume.Path);
        var findings = new List<string>();

        VerificationSummary summary = VolumeVerification.Verify([volume.Path], 0, findings.Add);

        Assert.Empty(findings);
        Assert.Equal((0, volume.Objects.Count), (summary.Findings, summary.Objects));
        Assert.Equal(volume.LiveRanges.Sum(range => range.Length), summary.LiveBytes);
        Assert.Equal(before, Contents(volume.Path));
    }

    [Fact]
    public async Task MissingBlockChecksumsAreFoundAndTheObjectNamed()
    {
        using var harness = new EngineHarness();
        Bucket bucket = await harness.BucketAsync();
        await harness.PutAsync(bucket, "large\n", EngineHarness.Bytes(200_000));
        harness.Store.TryGetObject(bucket, "large\n"u8, out ObjectRecord? record);
        Extent extent = ((StoredObjectRecord)record!).Extent(0);
        Change(harness, batch =>
        {
            byte[] key = new byte[16];
            batch.Delete(Keyspace.Segments, key.AsSpan(0, IndexKeys.BlockChecksums(extent.Segment, extent.Offset, key)));
        });
        await harness.Store.DisposeAsync();
        var findings = new List<string>();

        Verify(harness, findings);

        Assert.Contains(findings, finding => finding.Contains(@"bucket/large\u000a", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LiveBytesThatNoOwnerListNamesAreFound()
    {
        using var harness = new EngineHarness();
        Bucket bucket = await harness.BucketAsync();
        await harness.PutAsync(bucket, "key", EngineHarness.Bytes(1000));
        Change(harness, batch => batch.DeleteRange(Keyspace.Segments, "o"u8, "p"u8));
        await harness.Store.DisposeAsync();
        var findings = new List<string>();

        Verify(harness, findings);

        Assert.Contains("1000 live bytes; its owner lists lead to 0", Assert.Single(findings));
    }

    /// <summary>Without its record a segment must not be taken for free space, with all objects in it: it is rebuilt from theirs.</summary>
    [Fact]
    public async Task ADamagedSegmentRecordIsFoundAndRebuilt()
    {
        using var harness = new EngineHarness();
        Bucket bucket = await harness.BucketAsync();
        await harness.PutAsync(bucket, "key", EngineHarness.Bytes(1000));
        harness.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record);
        byte[] key = new byte[16];
        int keyBytes = IndexKeys.Segment(((StoredObjectRecord)record!).Extent(0).Segment, key);
        byte[] value = harness.Store.Index.Get(Keyspace.Segments, key.AsSpan(0, keyBytes))!;
        value[^1] ^= 1;
        Change(harness, batch => batch.Put(Keyspace.Segments, key.AsSpan(0, keyBytes), value));
        harness.Store.Abandon();
        var findings = new List<string>();

        Verify(harness, findings);
        Assert.NotEmpty(findings);

        await harness.ReopenAsync(crash: true);
        Assert.Equal(EngineHarness.Bytes(1000), await harness.GetAsync(harness.Store.FindBucket("bucket"u8)!, "key"));
        harness.AssertAccounts();
    }

    /// <summary>It used to be made anew, and every segment then taken for free space.</summary>
    [Fact]
    public async Task SegmentsWithoutAnIndexAreRefused()
    {
        using var harness = new EngineHarness();
        Bucket bucket = await harness.BucketAsync();
        await harness.PutAsync(bucket, "key", EngineHarness.Bytes(1000));
        await harness.Store.DisposeAsync();
        Directory.Delete(Path.Combine(harness.VolumePath, "index"), recursive: true);
        File.Delete(Path.Combine(harness.VolumePath, "index.mark"));

        Assert.Contains("holds no index", Assert.Throws<VolumeException>(() => Volume.Open(harness.Options)).Message);
    }

    private static void Change(EngineHarness harness, Action<IIndexBatch> change)
    {
        using IIndexBatch batch = harness.Store.Index.NewBatch();
        change(batch);
        harness.Store.Index.Commit(batch, synced: true);
    }

    private static void Verify(EngineHarness harness, List<string> findings) =>
        VolumeVerification.Verify([harness.VolumePath], 0, findings.Add);

    // But for the lock, which is taken, and RocksDB's own text log.
    private static Dictionary<string, string> Contents(string path) => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
        .Where(file => !Path.GetFileName(file).StartsWith("LOG", StringComparison.Ordinal))
        .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
}
