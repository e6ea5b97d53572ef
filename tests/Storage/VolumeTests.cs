using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class VolumeTests
{
    [Fact]
    public void ASecondOpenIsRefusedAndNamesTheDirectory()
    {
        using var engine = new EngineHarness();
        var refusal = Assert.Throws<VolumeException>(() => Volume.Open(engine.Options));
        Assert.Contains(engine.VolumePath, refusal.Message);
        Assert.Contains("in use by another process", refusal.Message);
    }

    [Fact]
    public async Task ANewerFormatIsRefused()
    {
        using var engine = new EngineHarness();
        await engine.Store.DisposeAsync();
        string path = Path.Combine(engine.VolumePath, "format.json");
        string format = File.ReadAllText(path);
        Assert.Contains("\"formatVersion\": 1", format);
        File.WriteAllText(path, format.Replace("\"formatVersion\": 1", "\"formatVersion\": 2"));
        Assert.Contains("newer server", Assert.Throws<VolumeException>(() => Volume.Open(engine.Options)).Message);
        File.WriteAllText(path, "{");
        Assert.Contains("damaged", Assert.Throws<VolumeException>(() => Volume.Open(engine.Options)).Message);
        File.WriteAllText(path, format);
        await Volume.Open(engine.Options).DisposeAsync();
    }

    [Fact]
    public async Task ASetOfDirectoriesMustBeWhole()
    {
        string[] names = ["a", "b", "c"];
        using var engine = new EngineHarness(change: options => options with
        {
            Directories = [.. names.Select(name => Path.Combine(options.Directories[0], name))],
        });
        IReadOnlyList<string> set = engine.Options.Directories;
        Bucket bucket = await engine.BucketAsync();
        for (int index = 0; index < 30; index++) await engine.PutAsync(bucket, $"key{index}", EngineHarness.Bytes(300_000, index));
        Assert.All(set, directory => Assert.NotEmpty(Directory.GetFiles(Path.Combine(directory, "segments"))));
        await engine.Store.DisposeAsync();

        AssertRefused("number 2 is missing", set[0], set[2]);
        AssertRefused("is new", set[0], set[1], Path.Combine(engine.RootPath, "new"));
        string other = Path.Combine(engine.RootPath, "other");
        await Volume.Open(engine.Options with { Directories = [other] }).DisposeAsync();
        AssertRefused("another volume set", set[0], set[1], other);
        AssertRefused("at least one", []);
        AssertRefused("twice", set[0], set[0]);

        engine.Options = engine.Options with { Directories = [set[2], set[0], set[1]] };
        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();
        for (int index = 0; index < 30; index++)
            Assert.Equal(EngineHarness.Bytes(300_000, index), await engine.GetAsync(bucket, $"key{index}"));
        engine.AssertAccounts();

        void AssertRefused(string reason, params string[] directories) => Assert.Contains(
            reason, Assert.Throws<VolumeException>(() => Volume.Open(engine.Options with { Directories = directories })).Message);
    }

    [Fact]
    public async Task BucketsAndSegmentsSurviveACrash()
    {
        using var engine = new EngineHarness();
        var bodies = new Dictionary<string, byte[]>();
        for (int crash = 0; crash < 5; crash++)
        {
            Bucket bucket = await engine.BucketAsync();
            await engine.BucketAsync($"bucket{crash}");
            for (int index = 0; index < 20; index++)
            {
                byte[] body = EngineHarness.Bytes(index % 4 == 0 ? 200_000 : 5000, crash * 100 + index);
                await engine.PutAsync(bucket, $"key{index}", body);
                bodies[$"key{index}"] = body;
            }
            Assert.Equal(StoreStatus.Ok, engine.Store.OpenWriter(300_000, out BodyWriter? cutShort));
            await cutShort!.AdvanceAsync(cutShort.Room.Length);
            await engine.ReopenAsync(crash: true);
        }
        Bucket last = await engine.BucketAsync();
        foreach ((string key, byte[] body) in bodies) Assert.Equal(body, await engine.GetAsync(last, key));
        Assert.Equal(6, engine.Store.ListBuckets("", "", 100, out _).Count);
        engine.AssertAccounts();
    }

    [Fact]
    public async Task StrayAndHalfMadeSegmentFilesAreTakenIn()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        byte[] body = EngineHarness.Bytes(100_000);
        await engine.PutAsync(bucket, "key", body);
        await engine.Store.DisposeAsync();
        string segments = Path.Combine(engine.VolumePath, "segments");
        File.WriteAllBytes(Path.Combine(segments, "00000090.seg"), new byte[1 << 20]);
        File.WriteAllBytes(Path.Combine(segments, "00000091.seg"), new byte[100]);
        await engine.ReopenAsync();
        Assert.False(File.Exists(Path.Combine(segments, "00000090.seg")));
        Assert.False(File.Exists(Path.Combine(segments, "00000091.seg")));
        bucket = await engine.BucketAsync();
        Assert.Equal(body, await engine.GetAsync(bucket, "key"));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AMissingSegmentIsReportedAndItsObjectsFail()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(100_000));
        await engine.Store.DisposeAsync();
        foreach (string file in Directory.GetFiles(Path.Combine(engine.VolumePath, "segments"))) File.Delete(file);
        await engine.ReopenAsync();
        Assert.Contains(engine.Events.Messages, message => message.Contains("is missing; 100000 bytes"));
        bucket = await engine.BucketAsync();
        Assert.Equal(StoreStatus.Ok, engine.Store.TryGetObject(bucket, "key"u8, out ObjectRecord? record));
        Assert.Equal(StoreStatus.IoFailed, engine.Store.OpenReader(record!, 0, 10, out _));
        await engine.PutAsync(bucket, "other", EngineHarness.Bytes(100_000));
        Assert.Equal(EngineHarness.Bytes(100_000), await engine.GetAsync(bucket, "other"));
    }

    [Fact]
    public async Task FlippedBytesAreReportedAndNeverServed()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        string marker = new('#', 512);
        byte[] small = [.. EngineHarness.Bytes(3000), .. Encoding.ASCII.GetBytes(marker)];
        byte[] large = [.. EngineHarness.Bytes(200_000), .. Encoding.ASCII.GetBytes(marker), .. EngineHarness.Bytes(100_000, 2)];
        await engine.PutAsync(bucket, "small", small);
        await engine.PutAsync(bucket, "large", large);
        await engine.Store.DisposeAsync();
        int flips = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(engine.VolumePath, "segments")))
        {
            byte[] bytes = File.ReadAllBytes(file);
            int at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(marker));
            if (at < 0) continue;
            bytes[at + 100] ^= 4;
            File.WriteAllBytes(file, bytes);
            flips++;
        }
        Assert.Equal(2, flips);

        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();
        engine.Store.TryGetObject(bucket, "small"u8, out ObjectRecord? record);
        Assert.Equal(StoreStatus.Corrupt, (await engine.ReadAsync(record!, 0, small.Length)).Status);
        Assert.Equal(StoreStatus.Corrupt, (await engine.ReadAsync(record!, 5, 10)).Status);
        engine.Store.TryGetObject(bucket, "large"u8, out record);
        Assert.Equal(StoreStatus.Corrupt, (await engine.ReadAsync(record!, 0, large.Length)).Status);
        // The damaged byte lies in the block from 196,608 to 262,144: ranges before and after it are good, any within it is not.
        Assert.Equal(StoreStatus.Corrupt, (await engine.ReadAsync(record!, 196_608, 1)).Status);
        (StoreStatus status, byte[] good) = await engine.ReadAsync(record!, 0, 196_608);
        Assert.Equal(StoreStatus.Ok, status);
        Assert.True(large.AsSpan(0, 196_608).SequenceEqual(good));
        Assert.Equal(StoreStatus.Ok, (await engine.ReadAsync(record!, 262_144, 1000)).Status);
        Assert.Equal(4, engine.Store.Statistics.CorruptBlocks);
        Assert.Equal(4, engine.Events.Messages.Count(message => message.StartsWith("corruption", StringComparison.Ordinal)));
    }
}
