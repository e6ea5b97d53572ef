using BenchmarkDotNet.Attributes;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Bench.Micro;

/// <summary>
/// Object records: written by the committer, read at every GET (whole) and by every listing (head only), found in the cache.
/// </summary>
[MemoryDiagnoser]
public class RecordBenchmarks
{
    private readonly byte[] _fields = new byte[64];
    private readonly byte[] _key = "data/2024/7f/file-00012345-9e3779b1.parquet"u8.ToArray();
    private readonly byte[] _buffer = new byte[512];
    private readonly RecordCache _cache = new(1024);
    private int _fieldsLength;
    private byte[] _encoded = [];

    [GlobalSetup]
    public void Setup()
    {
        var writer = new StoredFieldsWriter(_fields);
        writer.TryAdd(StoredFieldId.ContentType, default, "application/octet-stream"u8);
        _fieldsLength = writer.WrittenBytes;
        _encoded = _buffer[..Encode()];
        ObjectRecordCodec.TryDecode(_encoded, out StoredObjectRecord? record);
        _cache.TryGet(1, _key, out _, out long ticket);
        _cache.Insert(1, _key, record!, ticket);
    }

    [Benchmark]
    public int Encode()
    {
        var content = new ObjectRecordContent
        {
            SizeBytes = 4096,
            LastModifiedMs = 1_700_000_000_000,
            ETag = new ETag(new UInt128(1, 2), 0),
            Checksum = new ObjectChecksum(ChecksumKind.Crc32, ChecksumType.FullObject, [1, 2, 3, 4]),
            Fields = _fields.AsSpan(0, _fieldsLength),
            Extents = [new Extent(1, 1, 4096, 4096, 7)],
        };
        ObjectRecordCodec.Encode(content, _buffer);
        return ObjectRecordCodec.EncodedLength(content);
    }

    [Benchmark]
    public bool Decode() => ObjectRecordCodec.TryDecode(_encoded, out _);

    [Benchmark]
    public long DecodeSummary()
    {
        ObjectRecordCodec.TryDecodeSummary(_encoded, out ObjectSummary summary);
        return summary.SizeBytes;
    }

    [Benchmark]
    public bool CacheHit() => _cache.TryGet(1, _key, out _, out _);
}
