using System.Text;
using BenchmarkDotNet.Attributes;
using RustFs.Checksums;
using RustFs.S3.Listing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.Bench.Micro;

/// <summary>A page of 1,000 entries from the index to its XML on the real engine, without a socket: keys, and common prefixes.</summary>
[MemoryDiagnoser]
public class ListingBenchmarks
{
    private const int Groups = 2000;
    private const int KeysPerGroup = 20;
    private const int PageKeys = 1000;

    private readonly string _directory = Directory.CreateTempSubdirectory("rustfs-bench-").FullName;
    private readonly ObjectSummary _summary =
        new(4096, 1_700_000_000_123, new ETag(UInt128.MaxValue / 3, 0), ChecksumKind.Crc32, ChecksumType.FullObject);
    private readonly byte[] _key = "group-000123/object-00012345"u8.ToArray();
    private readonly byte[] _after = "group-000500/"u8.ToArray();
    private IObjectStore _store = null!;
    private Bucket _bucket = null!;

    [GlobalSetup]
    public async Task FillAsync()
    {
        _store = Volume.Open(new VolumeOptions { Directories = [_directory], Durability = Durability.None, ReserveBytes = 0 });
        await _store.CreateBucketAsync("bench", "");
        _bucket = _store.FindBucket("bench"u8)!;
        var attributes = new ObjectAttributes
        {
            ETag = _summary.ETag,
            Checksum = new ObjectChecksum(ChecksumKind.Crc32, ChecksumType.FullObject, [1, 2, 3, 4]),
        };
        byte[] body = new byte[16];
        await Parallel.ForAsync(0, Groups * KeysPerGroup, async (number, _) =>
        {
            byte[] key = Encoding.UTF8.GetBytes($"group-{number / KeysPerGroup:D6}/object-{number:D8}");
            using BodyWriter writer = _store.WriterOver(body);
            await _store.PutObjectAsync(_bucket, key, writer, attributes, null);
        });
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = PageKeys)]
    public int Keys() => List(default);

    [Benchmark(OperationsPerInvoke = PageKeys)]
    public int Prefixes() => List("/"u8);

    /// <summary>The XML of a page alone.</summary>
    [Benchmark(OperationsPerInvoke = PageKeys)]
    public int Xml()
    {
        using var body = new XmlBody();
        using var prefixes = new CommonPrefixes(false);
        var page = new ObjectPage(body, prefixes, PageKeys, false, false);
        for (int i = 0; i < PageKeys; i++)
            page.Object(_key, _summary);
        return body.Written.Length;
    }

    private int List(ReadOnlySpan<byte> delimiter)
    {
        using var body = new XmlBody();
        using var prefixes = new CommonPrefixes(false);
        var page = new ObjectPage(body, prefixes, PageKeys, false, false);
        var query = new ListQuery { After = _after, Delimiter = delimiter, MaxKeys = PageKeys };
        _store.ListObjects(_bucket, query, ref page, out _, out _);
        return page.Count == PageKeys ? page.Count : throw new InvalidOperationException($"{page.Count} entries in a page.");
    }
}
