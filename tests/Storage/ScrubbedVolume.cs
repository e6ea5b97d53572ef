using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>A report of corrupt bytes as the operator gets it.</summary>
internal sealed record CorruptionEvent(string Directory, uint Segment, long Offset, string Owner);

/// <summary>Keeps what an engine tells its operator.</summary>
internal sealed class OperatorLog : IVolumeEvents
{
    private readonly Lock _lock = new();
    private readonly List<string> _warnings = [];
    private readonly List<string> _infos = [];
    private readonly List<CorruptionEvent> _corruptions = [];

    public IReadOnlyList<string> Warnings
    {
        get { lock (_lock) return [.. _warnings]; }
    }

    public IReadOnlyList<string> Infos
    {
        get { lock (_lock) return [.. _infos]; }
    }

    public IReadOnlyList<CorruptionEvent> Corruptions
    {
        get { lock (_lock) return [.. _corruptions]; }
    }

    public void Info(string message)
    {
        lock (_lock) _infos.Add(message);
    }

    public void Warning(string message)
    {
        lock (_lock) _warnings.Add(message);
    }

    public void Corruption(string directory, uint segment, long offset, string owner)
    {
        lock (_lock) _corruptions.Add(new CorruptionEvent(directory, segment, offset, owner));
    }
}

/// <summary>
/// A closed volume with objects of all sizes and a part, whose index has tables and a log: what bits are flipped in. Copies are cheap.
/// </summary>
internal sealed class ScrubbedVolume : IDisposable
{
    public const string BucketName = "vault";

    private readonly TemporaryDirectory _directory = new();

    public string Path => System.IO.Path.Combine(_directory.Path, "volume");

    public Dictionary<string, byte[]> Objects { get; } = [];

    /// <summary>Where live bytes stand: file, offset, length, and the key (null for the part's).</summary>
    public List<(string File, long Offset, int Length, string? Key)> LiveRanges { get; } = [];

    public static VolumeOptions OptionsFor(string path, IVolumeEvents events) => new()
    {
        Directories = [path], SegmentBytes = 1 << 20, ReserveBytes = 1 << 20, Events = events, RecordCacheBytes = 32 * 1024,
    };

    public static async Task<ScrubbedVolume> CreateAsync(int seed)
    {
        var volume = new ScrubbedVolume();
        var random = new Random(seed);
        using var harness = new EngineHarness(1 << 20, options => options with { Directories = [volume.Path] });
        Bucket bucket = await harness.BucketAsync(BucketName);
        for (int round = 0; round < 2; round++)
        {
            for (int at = 0; at < 40; at++)
            {
                int length = at % 10 == 9 ? random.Next(70_000, 300_000) : random.Next(1, 3000);
                string key = $"round {round}/object-{at}";
                byte[] body = new byte[length];
                random.NextBytes(body);
                await harness.PutAsync(bucket, key, body);
                volume.Objects[key] = body;
            }
            // Opening writes what the log holds into tables: the second round's changes stay in the log.
            if (round == 0) await harness.ReopenAsync();
            bucket = await harness.BucketAsync(BucketName);
        }
        await volume.PutPartAsync(harness, bucket);
        volume.FindLiveRanges(harness, bucket);
        return volume;
    }

    /// <summary>A copy to damage, in a directory of its own.</summary>
    public string CopyTo(string directory)
    {
        string copy = System.IO.Path.Combine(directory, "volume");
        foreach (string file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            string target = System.IO.Path.Combine(copy, System.IO.Path.GetRelativePath(Path, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    public static void FlipBit(string file, long offset, int bit)
    {
        using FileStream stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        int value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ (1 << bit)));
    }

    public void Dispose() => _directory.Dispose();

    private async Task PutPartAsync(EngineHarness harness, Bucket bucket)
    {
        (StoreStatus status, UploadId id) = await harness.Store.CreateUploadAsync(
            bucket, EngineHarness.Key("in parts"), default, default, default);
        Assert.Equal(StoreStatus.Ok, status);
        Assert.Equal(StoreStatus.Ok, harness.Store.TryGetUpload(bucket, "in parts"u8, id, out UploadRecord? upload));
        byte[] body = EngineHarness.Bytes(5000, 77);
        Assert.Equal(StoreStatus.Ok, harness.Store.OpenWriter(body.Length, out BodyWriter? writer));
        using (writer)
        {
            await EngineHarness.FillAsync(writer!, body);
            WriteResult put = await harness.Store.PutPartAsync(upload!, 3, writer!, EngineHarness.Attributes(body));
            Assert.Equal(StoreStatus.Ok, put.Status);
        }
        var parts = new List<PartRecord>();
        harness.Store.ListParts(upload!, 0, 10, parts, out _);
        AddRange(harness, ((StoredPartRecord)parts[0]).Extent(0), null);
    }

    private void FindLiveRanges(EngineHarness harness, Bucket bucket)
    {
        foreach (string key in Objects.Keys)
        {
            Assert.Equal(StoreStatus.Ok, harness.Store.TryGetObject(bucket, Encoding.UTF8.GetBytes(key), out ObjectRecord? record));
            var stored = (StoredObjectRecord)record!;
            for (int at = 0; at < stored.ExtentCount; at++) AddRange(harness, stored.Extent(at), key);
        }
    }

    private void AddRange(EngineHarness harness, Extent extent, string? key) => LiveRanges.Add((
        System.IO.Path.Combine("segments", $"{extent.Segment:D8}.seg"), extent.Offset, (int)extent.LengthBytes, key));
}
