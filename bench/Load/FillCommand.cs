using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Bench.Load;

/// <summary>
/// Fills a volume with many small objects through the engine, as a server would, but without a network and without syncs. Keys come in an
/// order that scatters them, as those of a store that grew over time have. Prints one line of JSON.
/// </summary>
internal static class FillCommand
{
    // Enough writes under way that commit groups are large, few enough that their tasks stay in the cache.
    private const int Writers = 512;

    // As a server has by default. A cache that cannot hold the tables' filters (some 20 MiB for ten million keys, each of a table in one
    // piece) has each write read them anew.
    private const long IndexCacheBytes = 1L << 30;

    public static async Task<int> RunAsync(string[] arguments)
    {
        FillOptions options = FillOptions.Parse(arguments);
        var clock = Stopwatch.StartNew();
        await using IObjectStore store = Volume.Open(new VolumeOptions
        {
            Directories = [options.Directory], Durability = Durability.None, IndexCacheBytes = IndexCacheBytes,
        });
        if (store.FindBucket(Encoding.UTF8.GetBytes(options.Bucket)) is null)
            await store.CreateBucketAsync(options.Bucket, "");
        Bucket bucket = store.FindBucket(Encoding.UTF8.GetBytes(options.Bucket))!;
        long stride = StrideFor(options.Objects);
        long next = -1;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            byte[] body = new byte[Math.Max(options.BodyBytes, FillOptions.TinyBodyBytes)];
            for (long step = Interlocked.Increment(ref next); step < options.Objects; step = Interlocked.Increment(ref next))
                await PutAsync(store, bucket, options, (long)((Int128)step * stride % options.Objects), body);
        })));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $$"""{"objects": {{options.Objects}}, "seconds": {{clock.Elapsed.TotalSeconds:0.0}}}"""));
        return 0;
    }

    /// <summary>The key of an object: those of one group share everything before the slash.</summary>
    public static string Key(long number, long group) =>
        string.Create(CultureInfo.InvariantCulture, $"group-{number / group:D6}/object-{number:D8}");

    private static async Task PutAsync(IObjectStore store, Bucket bucket, FillOptions options, long number, byte[] body)
    {
        int lengthBytes = number % options.BodyEvery == 0 ? options.BodyBytes : FillOptions.TinyBodyBytes;
        if (lengthBytes >= sizeof(long))
            BinaryPrimitives.WriteInt64LittleEndian(body, number);
        ReadOnlyMemory<byte> bytes = body.AsMemory(0, lengthBytes);
        byte[] key = Encoding.UTF8.GetBytes(Key(number, options.Group));
        using BodyWriter writer = store.WriterOver(bytes);
        WriteResult result = await store.PutObjectAsync(bucket, key, writer, Attributes(bytes.Span), null).ConfigureAwait(false);
        if (result.Status != StoreStatus.Ok)
            throw new IOException($"Object {number} was refused: {result.Status}");
    }

    /// <summary>What an upload by a current SDK leaves in the record: the MD5 and a CRC32.</summary>
    private static ObjectAttributes Attributes(ReadOnlySpan<byte> body)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        Md5.Hash(body, digest);
        var tag = ETag.FromDigest(digest[..16]);
        BinaryPrimitives.WriteUInt32BigEndian(digest, Crc32.Append(0, body));
        return new ObjectAttributes
        {
            ETag = tag,
            Checksum = new ObjectChecksum(ChecksumKind.Crc32, ChecksumType.FullObject, digest[..4]),
        };
    }

    /// <summary>Near the golden section of the count and without a common divisor: each number once, each far from the last.</summary>
    private static long StrideFor(long count)
    {
        long stride = Math.Max(1, (long)(count * 0.6180339887));
        while (BigInteger.GreatestCommonDivisor(stride, count) != 1)
            stride++;
        return stride;
    }
}
