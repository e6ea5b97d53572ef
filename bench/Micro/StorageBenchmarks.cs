using BenchmarkDotNet.Attributes;
using RustFs.Storage;

namespace RustFs.Bench.Micro;

/// <summary>The engine without a network: a hot small read, a lone durable write, and large bodies both ways.</summary>
[MemoryDiagnoser]
public class StorageBenchmarks
{
    private const int SmallBytes = 4096;
    private const int LargeBytes = 64 << 20;

    private readonly byte[] _small = new byte[SmallBytes];
    private readonly byte[] _key = "photos/2024/01/beach.jpg"u8.ToArray();
    private readonly byte[] _largeKey = "large"u8.ToArray();
    private readonly ObjectAttributes _attributes = new() { ETag = null };
    private string _directory = "";
    private IObjectStore _store = null!;
    private Bucket _bucket = null!;

    [GlobalSetup]
    public async Task OpenAsync()
    {
        _directory = Directory.CreateTempSubdirectory("rustfs-bench-").FullName;
        _store = Volume.Open(new VolumeOptions { Directories = [_directory] });
        await _store.CreateBucketAsync("bench", "");
        _bucket = _store.FindBucket("bench"u8)!;
        await PutSmall();
        await PutLarge();
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public async Task<bool> GetSmall()
    {
        _store.TryGetObject(_bucket, _key, out ObjectRecord? record);
        _store.OpenReader(record!, 0, SmallBytes, out ObjectReader? reader);
        using (reader)
        {
            if (reader!.TryReadAll(_small, out StoreStatus status)) return status == StoreStatus.Ok;
            return (await reader.ReadAsync()).Status == StoreStatus.Ok;
        }
    }

    [Benchmark]
    public async Task<WriteResult> PutSmall()
    {
        using BodyWriter writer = _store.WriterOver(_small);
        return await _store.PutObjectAsync(_bucket, _key, writer, _attributes, null);
    }

    [Benchmark]
    public async Task<WriteResult> PutLarge() => await PutLargeAsync(_largeKey);

    /// <summary>Whose MD5s are computed side by side.</summary>
    [Benchmark]
    public Task PutSixteenLarge() =>
        Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(() => PutLargeAsync([.. _largeKey, (byte)number]))));

    private async Task<WriteResult> PutLargeAsync(byte[] key)
    {
        _store.OpenWriter(LargeBytes, out BodyWriter? writer);
        using (writer)
        {
            for (Memory<byte> room = writer!.Room; !room.IsEmpty; room = writer.Room) await writer.AdvanceAsync(room.Length);
            return await _store.PutObjectAsync(_bucket, key, writer, _attributes, null);
        }
    }

    [Benchmark]
    public async Task<long> GetLarge()
    {
        _store.TryGetObject(_bucket, _largeKey, out ObjectRecord? record);
        _store.OpenReader(record!, 0, LargeBytes, out ObjectReader? reader);
        using (reader)
        {
            long bytes = 0;
            while (reader!.RemainingBytes > 0) bytes += (await reader.ReadAsync()).Bytes.Length;
            return bytes;
        }
    }
}
