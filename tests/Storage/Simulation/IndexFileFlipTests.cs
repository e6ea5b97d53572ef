using System.Diagnostics;
using System.Text;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// A flipped bit in a file of the real index. Tables: the volume is refused, or each version of an object, the current and the one before,
/// reads right or answers a fault.
/// The manifest, which is a log too, and the log of a process that ended without writing tables are the exception, and docs/durability.md
/// says so: what follows the flipped record looks to RocksDB like a torn tail and is dropped.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class IndexFileFlipTests(ITestOutputHelper output)
{
    private const int Objects = 40;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFlippedBitInAnIndexFileIsNeverServed(bool isInLog)
    {
        const int flips = 40;
        int seed = SimulationSettings.FirstSeed(1);
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        using var directory = new TemporaryDirectory();
        string volume = Path.Combine(directory.Path, "volume");
        var options = new VolumeOptions { Directories = [volume], SegmentBytes = 1 << 20, ReserveBytes = 0 };
        string index = Path.Combine(volume, "index");
        List<VersionId> versions = await WriteObjectsAsync(options);
        // Opening writes what the log holds to tables, and begins a new log.
        if (!isInLog) await Volume.Open(options).DisposeAsync();
        string saved = Path.Combine(directory.Path, "saved");
        Copy(index, saved);
        string[] files = [.. Directory.GetFiles(saved).Select(file => Path.GetFileName(file))
            .Where(file => file.EndsWith(".log", StringComparison.Ordinal) == isInLog && file is not ("LOCK" or "LOG" or "IDENTITY"))
            .Where(file => !file.StartsWith("OPTIONS", StringComparison.Ordinal) && new FileInfo(Path.Combine(saved, file)).Length > 0)];
        var outcome = new Outcome();
        for (; SimulationSettings.GoesOn(clock, outcome.Flips, flips, SimulationSettings.FlipShare); outcome.Flips++)
        {
            Directory.Delete(index, recursive: true);
            Copy(saved, index);
            string file = files[random.Next(files.Length)];
            FlipBit(Path.Combine(index, file), random);
            await ReadAllAsync(options, versions, file, outcome);
        }
        string figures = $"Bit flips in the index's {(isInLog ? "log" : "tables and manifest")}, seed {seed}: flips {outcome.Flips}, "
            + $"volumes refused {outcome.Refused}, reads right {outcome.Right}, faults {outcome.Faulted}, "
            + $"versions dropped {outcome.Dropped}; {clock.Elapsed.TotalSeconds:F1} s";
        output.WriteLine(figures);
        SimulationSettings.Publish(figures);
        Assert.True(outcome.Refused + outcome.Faulted + outcome.Dropped > 0, figures);
    }

    // The versions of all keys, the older ones first.
    private static async Task<List<VersionId>> WriteObjectsAsync(VolumeOptions options)
    {
        await using IObjectStore store = Volume.Open(options);
        await store.CreateBucketAsync("bucket", "");
        await store.SetVersioningAsync(store.FindBucket("bucket"u8)!, BucketVersioning.Enabled);
        Bucket bucket = store.FindBucket("bucket"u8)!;
        var versions = new List<VersionId>();
        for (int number = 0; number < 2 * Objects; number++)
        {
            using BodyWriter writer = store.WriterOver(PatternedContent.Bytes(number, 1000 + number));
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)number, 0) };
            WriteResult result = await store.PutObjectAsync(bucket, Key(number), writer, attributes, null);
            Assert.Equal(StoreStatus.Ok, result.Status);
            versions.Add(result.Version);
        }
        return versions;
    }

    private static async Task ReadAllAsync(VolumeOptions options, List<VersionId> versions, string file, Outcome outcome)
    {
        IObjectStore store;
        try
        {
            store = Volume.Open(options);
        }
        catch (VolumeException)
        {
            outcome.Refused++;
            return;
        }
        await using (store)
        {
            Bucket? bucket = store.FindBucket("bucket"u8);
            for (int number = 0; number < versions.Count; number++)
            {
                ObjectRecord? record = null;
                StoreStatus status = bucket is null ? StoreStatus.NoSuchBucket
                    : number < Objects ? store.TryGetVersion(bucket, Key(number).Span, versions[number], out record)
                    : store.TryGetObject(bucket, Key(number).Span, out record);
                ObjectReader? reader = null;
                if (status == StoreStatus.Ok) status = store.OpenReader(record!, 0, record!.SizeBytes, out reader);
                if (status == StoreStatus.Ok) status = await ReadAsync(reader!, PatternedContent.Bytes(number, 1000 + number), file);
                if (status == StoreStatus.Ok) outcome.Right++;
                else if (status is StoreStatus.NoSuchBucket or StoreStatus.NoSuchKey or StoreStatus.NoSuchVersion)
                {
                    // Logs are read up to the first record that is not whole; tables have no such excuse.
                    Assert.False(file.EndsWith(".sst", StringComparison.Ordinal), $"{status} after a flip in {file}.");
                    outcome.Dropped++;
                }
                else if (status is StoreStatus.Corrupt or StoreStatus.IoFailed) outcome.Faulted++;
                else Assert.Fail($"{status} after a flip in {file}.");
            }
        }
    }

    private static async Task<StoreStatus> ReadAsync(ObjectReader reader, byte[] expected, string file)
    {
        using (reader)
        {
            ReadResult result = await reader.ReadAsync();
            bool isWrong = result.Status == StoreStatus.Ok && !result.Bytes.Span.SequenceEqual(expected);
            Assert.False(isWrong, $"Wrong bytes after a flip in {file}.");
            return result.Status;
        }
    }

    private static void FlipBit(string path, Random random)
    {
        byte[] bytes = File.ReadAllBytes(path);
        // Log files are made long in advance: their zeros are no live bytes.
        int live = Array.FindLastIndex(bytes, value => value != 0) + 1;
        bytes[random.Next(live)] ^= (byte)(1 << random.Next(8));
        File.WriteAllBytes(path, bytes);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static ReadOnlyMemory<byte> Key(int number) => Encoding.UTF8.GetBytes($"key/{number % Objects:D4}");

    private sealed class Outcome
    {
        public int Flips;
        public int Refused;
        public int Right;
        public int Faulted;
        public int Dropped;
    }
}
