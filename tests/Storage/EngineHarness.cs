using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using RustFs.Storage;
using RustFs.Tests.Storage.Simulation;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>An engine on real files in a temporary directory, with the calls that tests repeat.</summary>
internal sealed class EngineHarness : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public EngineHarness(long segmentBytes = 1 << 20, Func<VolumeOptions, VolumeOptions>? change = null)
    {
        Options = new VolumeOptions
        {
            Directories = [Path.Combine(_directory.Path, "volume")],
            SegmentBytes = segmentBytes,
            ReserveBytes = 1 << 20,
            Events = Events,
        };
        if (change is not null) Options = change(Options);
        Store = (ObjectStore)Volume.Open(Options);
    }

    /// <summary>The engine on a device of the test's own, with a real index in a directory.</summary>
    /// <param name="wrap">What is to stand before that index.</param>
    public static ObjectStore OpenOn(
        IBlockDevice device, VolumeOptions options, TemporaryDirectory directory, Func<IIndex, IIndex>? wrap = null)
    {
        var devices = new List<IBlockDevice> { device };
        VolumeFormat format = VolumeFormat.OpenSet(devices, options);
        return ObjectStore.Open(options, format, devices, () =>
        {
            IIndex index = RocksDbIndex.Open(Path.Combine(directory.Path, "index"), 8 << 20);
            return wrap is null ? index : wrap(index);
        });
    }

    public VolumeOptions Options { get; set; }
    public RecordedEvents Events { get; } = new();
    public ObjectStore Store { get; private set; }
    public string RootPath => _directory.Path;
    public string VolumePath => Options.Directories[0];

    public async Task<Bucket> BucketAsync(string name = "bucket")
    {
        StoreStatus status = await Store.CreateBucketAsync(name, "");
        Assert.True(status is StoreStatus.Ok or StoreStatus.BucketAlreadyExists, status.ToString());
        return Store.FindBucket(Encoding.UTF8.GetBytes(name))!;
    }

    public async Task ReopenAsync(bool crash = false)
    {
        if (crash) Store.Abandon();
        else await Store.DisposeAsync();
        Store = (ObjectStore)Volume.Open(Options);
    }

    public async Task<WriteResult> TryPutAsync(Bucket bucket, string key, byte[] body, IWritePrecondition? precondition = null)
    {
        StoreStatus status = Store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok) return new WriteResult(status, 0);
        using (writer)
        {
            status = await FillAsync(writer!, body);
            if (status != StoreStatus.Ok) return new WriteResult(status, 0);
            return await Store.PutObjectAsync(bucket, Key(key), writer!, Attributes(body), precondition);
        }
    }

    public async Task PutAsync(Bucket bucket, string key, byte[] body) =>
        Assert.Equal(StoreStatus.Ok, (await TryPutAsync(bucket, key, body)).Status);

    public static async Task<StoreStatus> FillAsync(BodyWriter writer, byte[] body)
    {
        for (int at = 0; at < body.Length;)
        {
            Memory<byte> room = writer.Room;
            Assert.InRange(room.Length, 1, body.Length - at);
            body.AsMemory(at, room.Length).CopyTo(room);
            StoreStatus status = await writer.AdvanceAsync(room.Length);
            if (status != StoreStatus.Ok) return status;
            at += room.Length;
        }
        return StoreStatus.Ok;
    }

    public async Task<byte[]?> GetAsync(Bucket bucket, string key)
    {
        while (true)
        {
            StoreStatus status = Store.TryGetObject(bucket, Key(key).Span, out ObjectRecord? record);
            if (status == StoreStatus.NoSuchKey) return null;
            Assert.Equal(StoreStatus.Ok, status);
            ReadOnlyMemory<byte> cached = Store.FindCachedBody(record!);
            if (!cached.IsEmpty) return cached.ToArray();
            (status, byte[] bytes) = await ReadAsync(record!, 0, record!.SizeBytes);
            if (status == StoreStatus.Changed) continue;
            Assert.Equal(StoreStatus.Ok, status);
            return bytes;
        }
    }

    public async Task<(StoreStatus Status, byte[] Bytes)> ReadAsync(ObjectRecord record, long offset, long lengthBytes, bool tryAll = true)
    {
        StoreStatus status = Store.OpenReader(record, offset, lengthBytes, out ObjectReader? reader);
        if (status != StoreStatus.Ok) return (status, []);
        using (reader)
        {
            var bytes = new ArrayBufferWriter<byte>();
            byte[] whole = new byte[tryAll ? lengthBytes : 0];
            if (tryAll && reader!.TryReadAll(whole, out status)) return (status, whole);
            while (reader!.RemainingBytes > 0)
            {
                ReadResult result = await reader.ReadAsync();
                if (result.Status != StoreStatus.Ok) return (result.Status, bytes.WrittenSpan.ToArray());
                Assert.False(result.Bytes.IsEmpty);
                bytes.Write(result.Bytes.Span);
            }
            Assert.True((await reader.ReadAsync()).Bytes.IsEmpty);
            return (StoreStatus.Ok, bytes.WrittenSpan.ToArray());
        }
    }

    /// <summary>Every live byte is accounted for, nothing overlaps, no pin and no buffer is left.</summary>
    public void AssertAccounts()
    {
        Store.Settle();
        // Abandoned bodies let go of their segments and buffers when writes that are under way have ended.
        SpinWait.SpinUntil(() => Store.VerifyAccounts().Count == 0 && Store.Buffers.RentedBytes == 0, TimeSpan.FromSeconds(10));
        Assert.Empty(Store.VerifyAccounts());
        Assert.Equal(0, Store.Buffers.RentedBytes);
    }

    /// <summary>Fills and empties segments until those open now are sealed, then compacts until nothing more is worth moving.</summary>
    public async Task MoveAllAsync(Bucket bucket)
    {
        // Many at once, so that they share syncs: one after another they take most of a test's time.
        const int atOnce = 16;
        byte[] packed = Bytes(60_000), alone = Bytes(70_000);
        Store.Reclaimer.IsPunchingOff = true;
        for (long bytes = 0; bytes <= Options.SegmentBytes; bytes += atOnce * packed.Length)
        {
            await Task.WhenAll(Enumerable.Range(0, 2 * atOnce)
                .Select(index => PutAsync(bucket, "filler", index % 2 == 0 ? packed : alone)));
        }
        Assert.Equal(StoreStatus.Ok, await Store.DeleteObjectAsync(bucket, Key("filler"), null));
        for (int pass = 0; pass < 30; pass++) Store.Settle();
        Store.Reclaimer.IsPunchingOff = false;
    }

    public static ReadOnlyMemory<byte> Key(string key) => Encoding.UTF8.GetBytes(key);

    public static byte[] Bytes(int length, int seed = 1) => PatternedContent.Bytes(((long)length << 32) + seed, length);

    public static ObjectAttributes Attributes(byte[] body) => new() { ETag = ETag.FromDigest(MD5.HashData(body)) };

    public void Dispose()
    {
        Store.DisposeAsync().AsTask().Wait();
        _directory.Dispose();
    }
}

internal sealed class RecordedEvents : IVolumeEvents
{
    private readonly Lock _lock = new();
    private readonly List<string> _messages = [];

    public IReadOnlyList<string> Messages
    {
        get { lock (_lock) return [.. _messages]; }
    }

    public void Info(string message) => Add($"info: {message}");
    public void Warning(string message) => Add($"warning: {message}");
    public void Corruption(string directory, uint segment, long offset, string owner) => Add($"corruption: {segment} {offset}");

    private void Add(string message)
    {
        lock (_lock) _messages.Add(message);
    }
}
