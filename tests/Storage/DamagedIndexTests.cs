using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Damage in a file of the real index, found by RocksDB's own checksums.</summary>
public sealed class DamagedIndexTests
{
    [Fact]
    public async Task DamageThatTheIndexNoticesIsCorruptAndNamesTheFile()
    {
        const int objects = 2000;
        var events = new OwnedEvents();
        using var engine = new EngineHarness(
            segmentBytes: 8 << 20, options => options with { Durability = Durability.None, Events = events, RecordCacheBytes = 1 });
        Bucket bucket = await engine.BucketAsync();
        for (int number = 0; number < objects; number++) await engine.PutAsync(bucket, Key(number), EngineHarness.Bytes(10, number));
        // Opening writes what the log holds to tables.
        await engine.ReopenAsync();
        await engine.Store.DisposeAsync();
        FileInfo table = new DirectoryInfo(Path.Combine(engine.VolumePath, "index")).GetFiles("*.sst").MaxBy(file => file.Length)!;
        Flip(table.FullName, table.Length / 3);
        await engine.ReopenAsync();
        bucket = await engine.BucketAsync();

        int corrupt = 0;
        string? damaged = null;
        for (int number = 0; number < objects; number++)
        {
            StoreStatus status = engine.Store.TryGetObject(bucket, EngineHarness.Key(Key(number)).Span, out _);
            Assert.True(status is StoreStatus.Ok or StoreStatus.Corrupt, $"{Key(number)} answers {status}.");
            if (status != StoreStatus.Corrupt) continue;
            (corrupt, damaged) = (corrupt + 1, Key(number));
            string owner = events.Owners[^1];
            Assert.StartsWith($"bucket/{damaged} (Corruption: ", owner, StringComparison.Ordinal);
            Assert.Contains(table.Name, owner, StringComparison.Ordinal);
        }
        Assert.InRange(corrupt, 1, objects / 4);
        Assert.Equal(corrupt, engine.Store.Statistics.CorruptBlocks);
        var sink = new CountSink();
        StoreStatus listed = engine.Store.ListObjects(bucket, new ListQuery { MaxKeys = objects + 1 }, ref sink, out _, out _);
        Assert.Equal(StoreStatus.Corrupt, listed);

        // A change that meets the damage fails alone, and the index is not closed for it.
        Task<WriteResult> meets = engine.TryPutAsync(bucket, damaged!, EngineHarness.Bytes(20));
        Task<WriteResult> beside = engine.TryPutAsync(bucket, "another", EngineHarness.Bytes(20));
        Assert.Equal(StoreStatus.Corrupt, (await meets).Status);
        Assert.Equal(StoreStatus.Ok, (await beside).Status);
        Assert.DoesNotContain(events.Warnings, warning => warning.Contains("opened again", StringComparison.Ordinal));
    }

    private static string Key(int number) => $"key/{number:D5}";

    private static void Flip(string path, long at)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        file.Position = at;
        int value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 0x10));
    }

    private struct CountSink : IListSink
    {
        public int Count { get; private set; }
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Count++;
        public readonly void CommonPrefix(ReadOnlySpan<byte> prefix) => Assert.Fail("No delimiter was asked for.");
    }

    private sealed class OwnedEvents : IVolumeEvents
    {
        public List<string> Owners { get; } = [];
        public List<string> Warnings { get; } = [];
        public void Info(string message) { }

        public void Warning(string message)
        {
            lock (Warnings) Warnings.Add(message);
        }

        public void Corruption(string directory, uint segment, long offset, string owner)
        {
            Assert.Equal(0u, segment);
            lock (Owners) Owners.Add(owner);
        }
    }
}
