using System.Diagnostics;
using System.Globalization;
using System.Text;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage;

/// <summary>
/// Single bits of a closed volume are flipped; then it is opened and everything read. Each answer is the right bytes or an error that was
/// reported, or the volume is refused with a reason: never wrong bytes, never a key that is silently gone, never an exception.
/// RUSTFS_FLIPS=N flips N bits of each kind instead of a few, RUSTFS_SEED another choice of them.
/// </summary>
public sealed class ScrubBitFlipTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly int FlipsPerKind = FromEnvironment("RUSTFS_FLIPS", 12);
    private static readonly int Seed = FromEnvironment("RUSTFS_SEED", 20_260_101);

    private ScrubbedVolume _volume = null!;

    public async Task InitializeAsync() => _volume = await ScrubbedVolume.CreateAsync(Seed);

    public Task DisposeAsync()
    {
        _volume.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task AFlippedBitOfLiveBytesIsReportedWithItsKeyByReadScrubAndVerify()
    {
        await FlipAsync("live bytes", random =>
        {
            (string file, long offset, int length, _) = _volume.LiveRanges[random.Next(_volume.LiveRanges.Count)];
            return (file, offset + random.Next(length));
        });
    }

    [Fact]
    public async Task AFlippedBitOfASegmentHeaderLeavesAllObjectsReadable() =>
        await FlipAsync("header", random => (PickFile(random, "segments", "*.seg"), random.Next(52)));

    [Theory]
    [InlineData("index", "*.sst")]
    [InlineData("index", "*.log")]
    [InlineData("index", "MANIFEST-*")]
    [InlineData("index", "CURRENT")]
    [InlineData("", "format.json")]
    [InlineData("", "index.mark")]
    public async Task AFlippedBitOfAFileOfTheIndexIsReportedOrHarmless(string folder, string pattern) => await FlipAsync(pattern, random =>
    {
        string file = PickFile(random, folder, pattern);
        return (file, random.NextInt64(new FileInfo(Path.Combine(_volume.Path, file)).Length));
    });

    private async Task FlipAsync(string kind, Func<Random, (string File, long Offset)> choose)
    {
        var random = new Random(Seed + kind.Sum(character => character));
        var tally = new SortedDictionary<string, int>();
        var clock = Stopwatch.StartNew();
        for (int flip = 0; flip < FlipsPerKind; flip++)
        {
            (string file, long offset) = choose(random);
            int bit = random.Next(8);
            string place = $"seed {Seed}, {file} byte {offset} bit {bit}";
            string outcome = await TryOutAsync(file, offset, bit, place);
            tally[outcome] = tally.GetValueOrDefault(outcome) + 1;
        }
        string counts = string.Join(", ", tally.Select(entry => $"{entry.Value} {entry.Key}"));
        output.WriteLine($"{kind}: {FlipsPerKind} flips, seed {Seed}: {counts} ({clock.Elapsed.TotalSeconds:0.0} s)");
    }

    private async Task<string> TryOutAsync(string file, long offset, int bit, string place)
    {
        using var directory = new TemporaryDirectory();
        string path = _volume.CopyTo(directory.Path);
        ScrubbedVolume.FlipBit(Path.Combine(path, file), offset, bit);
        var findings = new List<string>();
        VerificationSummary verified = default;
        string? refusal = null;
        try
        {
            verified = VolumeVerification.Verify([path], 0, findings.Add);
        }
        catch (VolumeException exception)
        {
            refusal = exception.Message;
        }

        var log = new OperatorLog();
        ObjectStore store;
        try
        {
            store = (ObjectStore)Volume.Open(ScrubbedVolume.OptionsFor(path, log));
        }
        catch (VolumeException exception)
        {
            Assert.True(refusal is not null || verified.Findings > 0, $"{place}: verify finds nothing, but: {exception.Message}");
            return "refused";
        }
        await using (store)
        {
            int errors = await ReadAllAsync(store, place);
            string? damagedKey = _volume.LiveRanges.Find(range => file == range.File && offset >= range.Offset
                && offset < range.Offset + range.Length) is { File: not null } range ? range.Key ?? "part 3" : null;
            if (damagedKey is not null) AssertReported(store, log, findings, damagedKey, place);
            if (errors == 0) return findings.Count > 0 ? "found by verify, all read" : "all read";
            Assert.True(verified.Findings > 0, $"{place}: {errors} reads failed, but verify finds nothing");
            Assert.True(log.Corruptions.Count + log.Warnings.Count > 0 || !file.EndsWith(".seg", StringComparison.Ordinal), place);
            return "errors";
        }
    }

    /// <summary>Reads and lists; returns how many answers were errors. Anything wrong or missing fails the test.</summary>
    private async Task<int> ReadAllAsync(ObjectStore store, string place)
    {
        Bucket? bucket = store.FindBucket(Encoding.UTF8.GetBytes(ScrubbedVolume.BucketName));
        Assert.True(bucket is not null, $"{place}: the bucket is gone");
        int errors = 0;
        foreach ((string key, byte[] body) in _volume.Objects)
        {
            StoreStatus status = store.TryGetObject(bucket!, Encoding.UTF8.GetBytes(key), out ObjectRecord? record);
            byte[] bytes = [];
            if (status == StoreStatus.Ok) (status, bytes) = await ReadAsync(store, record!);
            if (status == StoreStatus.Ok) Assert.True(body.AsSpan().SequenceEqual(bytes), $"{place}: {key} has other bytes");
            else errors++;
            Assert.True(status is StoreStatus.Ok or StoreStatus.Corrupt or StoreStatus.IoFailed, $"{place}: {key} answers {status}");
        }
        var sink = new CountingSink();
        StoreStatus listed = store.ListObjects(bucket!, new ListQuery { MaxKeys = 1000 }, ref sink, out _, out _);
        if (listed == StoreStatus.Ok) Assert.True(sink.Count == _volume.Objects.Count, $"{place}: {sink.Count} keys listed");
        else errors++;
        return errors;
    }

    private static async Task<(StoreStatus Status, byte[] Bytes)> ReadAsync(ObjectStore store, ObjectRecord record)
    {
        StoreStatus status = store.OpenReader(record, 0, record.SizeBytes, out ObjectReader? reader);
        if (status != StoreStatus.Ok) return (status, []);
        using (reader)
        {
            var bytes = new List<byte>();
            while (true)
            {
                ReadResult result = await reader!.ReadAsync();
                if (result.Status != StoreStatus.Ok) return (result.Status, []);
                if (result.Bytes.IsEmpty) return (StoreStatus.Ok, [.. bytes]);
                bytes.AddRange(result.Bytes.Span);
            }
        }
    }

    private void AssertReported(ObjectStore store, OperatorLog log, List<string> findings, string key, string place)
    {
        if (key != "part 3")
        {
            Assert.Contains(log.Corruptions, corruption => corruption.Owner == $"{ScrubbedVolume.BucketName}/{key}");
            Assert.True(store.Statistics.CorruptBlocks > 0, place);
        }
        int before = log.Corruptions.Count;
        store.Scrubber.RunPass();
        Assert.Equal(1, store.Statistics.Scrub.PassFaults);
        CorruptionEvent found = Assert.Single(log.Corruptions.Skip(before));
        Assert.Contains(key, found.Owner);
        Assert.Contains(findings, finding => finding.Contains(key, StringComparison.Ordinal)
            && finding.Contains($"segment {found.Segment}, offset {found.Offset}", StringComparison.Ordinal));
    }

    private string PickFile(Random random, string folder, string pattern)
    {
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(_volume.Path, folder), pattern).Order(StringComparer.Ordinal)];
        string[] filled = [.. files.Where(file => new FileInfo(file).Length > 0)];
        return Path.GetRelativePath(_volume.Path, filled[random.Next(filled.Length)]);
    }

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value : otherwise;

    private struct CountingSink : IListSink
    {
        public int Count;

        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Count++;
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Count++;
    }
}
