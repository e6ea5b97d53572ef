// unsafe: the runs point into a pinned array that lives as long as the benchmark.
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using RustFs.Checksums;

namespace RustFs.Bench.Micro;

/// <summary>Each CRC over a header-sized, a small-object-sized and a block-sized input.</summary>
[MemoryDiagnoser]
public class CrcBenchmarks
{
    private byte[] _bytes = [];

    [Params(64, 4096, 1 << 20)]
    public int LengthBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bytes = new byte[LengthBytes];
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark]
    public uint Crc32OfBytes() => Crc32.Append(0, _bytes);

    [Benchmark]
    public uint Crc32COfBytes() => Crc32C.Append(0, _bytes);

    [Benchmark]
    public ulong Crc64NvmeOfBytes() => Crc64Nvme.Append(0, _bytes);
}

/// <summary>What a PUT with a payload hash, an ETag and a stored CRC32C computes; and its MD5 against the platform's.</summary>
[MemoryDiagnoser]
public class ChecksumSetBenchmarks
{
    private const ChecksumKind Kinds = ChecksumKind.Md5 | ChecksumKind.Sha256 | ChecksumKind.Crc32C;

    private readonly byte[] _digest = new byte[ChecksumSet.MaxDigestBytes];
    private readonly ChecksumSet _set = new();
    private byte[] _bytes = [];

    [Params(4096, 1 << 20)]
    public int LengthBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bytes = new byte[LengthBytes];
        new Random(1).NextBytes(_bytes);
    }

    [GlobalCleanup]
    public void Cleanup() => _set.Dispose();

    [Benchmark]
    public int Md5Sha256Crc32C()
    {
        _set.Reset(Kinds);
        _set.Append(_bytes);
        return _set.Finish(ChecksumKind.Md5, _digest)
            + _set.Finish(ChecksumKind.Sha256, _digest)
            + _set.Finish(ChecksumKind.Crc32C, _digest);
    }

    [Benchmark]
    public void Md5Alone() => Md5.Hash(_bytes, _digest);

    [Benchmark]
    public int PlatformMd5Alone() => MD5.HashData(_bytes, _digest);
}

/// <summary>Sixteen messages side by side against the same sixteen one after the other.</summary>
[MemoryDiagnoser]
public unsafe class MultiLaneMd5Benchmarks
{
    private const int Messages = 16;

    private readonly Md5Run[] _messages = new Md5Run[Messages];
    private readonly byte[] _digests = new byte[Messages * Md5.DigestBytes];
    private byte[] _bytes = [];

    [Params(4096, 1 << 16)]
    public int LengthBytes { get; set; }

    [Params(1, 8, 16)]
    public int Lanes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        if (Lanes > MultiLaneMd5.Lanes)
            throw new PlatformNotSupportedException($"This machine hashes {MultiLaneMd5.Lanes} messages at once.");
        _bytes = GC.AllocateArray<byte>(Messages * LengthBytes, pinned: true);
        new Random(1).NextBytes(_bytes);
        fixed (byte* start = _bytes)
        {
            for (int i = 0; i < Messages; i++)
                _messages[i] = new Md5Run(start + i * LengthBytes, LengthBytes);
        }
    }

    [Benchmark]
    public void SixteenMessages() => MultiLaneMd5.Hash(_messages, _digests, Lanes);
}
