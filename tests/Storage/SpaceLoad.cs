using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// Overwrites and deletes of a fixed set of keys by several writers, each with keys of its own, and a reader that no write or move may
/// disturb. Nine of ten writes go to a third of the keys. Bodies stand to segments as they do with segments of 16 MiB, so that the short
/// form is a model of the long one: one deleted body moves the bound by a small part of a segment.
/// </summary>
internal sealed class SpaceLoad
{
    private readonly EngineHarness _engine;
    private readonly Bucket _bucket;
    private readonly int[] _lengths;
    private readonly int[] _versions;
    private readonly int _seed;
    private int _runs;
    private long _writtenBytes;

    public SpaceLoad(EngineHarness engine, Bucket bucket, string sizes, long liveBytes, int seed)
    {
        (_engine, _bucket, _seed) = (engine, bucket, seed);
        var random = new Random(seed);
        var lengths = new List<int>();
        for (long total = 0; total < liveBytes; total += lengths[^1])
            lengths.Add(NextLength(random, sizes, (int)engine.Options.SegmentBytes));
        _lengths = [.. lengths];
        _versions = new int[_lengths.Length];
    }

    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    /// <summary>
    /// By how much all segment files together, free and prepared ones too, were ever over the bound; far below nought when never. What
    /// large bodies on their way have reserved is allowed on top.
    /// </summary>
    public long MostOverBytes { get; private set; } = long.MinValue;

    /// <summary>The same without that allowance.</summary>
    public long MostOverStrictlyBytes { get; private set; } = long.MinValue;
    public int Samples { get; private set; }
    public int SamplesOver { get; private set; }
    public double SlowestWriteMs { get; private set; }
    public string WorstMoment { get; private set; } = "";

    /// <summary>Odd versions exist; even ones are deleted.</summary>
    public long ExpectedLiveBytes => _lengths.Where((_, key) => _versions[key] % 2 == 1).Sum(length => (long)length);

    public async Task WriteAsync(int writers, long bytes)
    {
        long end = WrittenBytes + bytes;
        int run = _runs++;
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(HashCode.Combine(_seed, run, writer));
            if (run == 0)
            {
                for (int key = writer; key < _lengths.Length; key += writers) await WriteKeyAsync(key, 1);
            }
            while (WrittenBytes < end)
            {
                int own = _lengths.Length / writers;
                int key = random.Next(random.Next(10) == 0 ? own : Math.Max(1, own / 3)) * writers + writer;
                if (random.Next(20) == 0) await DeleteKeyAsync(key);
                else await WriteKeyAsync(key, _versions[key] + 1 + _versions[key] % 2);
                if (writer == 0) Sample();
            }
        })));
    }

    public async Task<int> ReadAsync(CancellationToken stop)
    {
        var random = new Random(_seed);
        int reads = 0;
        for (; !stop.IsCancellationRequested; reads++)
        {
            int key = random.Next(_lengths.Length);
            int least = Volatile.Read(ref _versions[key]);
            byte[]? found = await _engine.GetAsync(_bucket, $"key{key}");
            int most = Volatile.Read(ref _versions[key]) + 2;
            AssertOneOf(key, found, least, most);
        }
        return reads;
    }

    public async Task VerifyAsync()
    {
        for (int key = 0; key < _lengths.Length; key++)
            AssertOneOf(key, await _engine.GetAsync(_bucket, $"key{key}"), _versions[key], _versions[key]);
    }

    private void AssertOneOf(int key, byte[]? found, int least, int most)
    {
        if (found is null)
        {
            Assert.True(most > least || least % 2 == 0, $"key {key}: version {least} is gone");
            return;
        }
        int version = found.Length >= 4 ? BitConverter.ToInt32(found) : -1;
        Assert.InRange(version, least, most);
        Assert.True(found.AsSpan().SequenceEqual(Body(key, version)), $"key {key}: version {version} is torn");
    }

    private async Task WriteKeyAsync(int key, int version)
    {
        long start = Stopwatch.GetTimestamp();
        await _engine.PutAsync(_bucket, $"key{key}", Body(key, version));
        SlowestWriteMs = Math.Max(SlowestWriteMs, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        Volatile.Write(ref _versions[key], version);
        Interlocked.Add(ref _writtenBytes, _lengths[key]);
    }

    private async Task DeleteKeyAsync(int key)
    {
        Assert.Equal(StoreStatus.Ok, await _engine.Store.DeleteObjectAsync(_bucket, EngineHarness.Key($"key{key}"), null));
        if (_versions[key] % 2 == 1) Volatile.Write(ref _versions[key], _versions[key] + 1);
    }

    private void Sample()
    {
        StoreStatistics now = _engine.Store.Statistics;
        long overBytes = now.SegmentBytes - SpaceTests.Bound(now.LiveBytes);
        // Segments are counted one after the other, and what is moved meanwhile from one to the next may be missed. Not twice.
        if (overBytes > 0)
        {
            now = _engine.Store.Statistics;
            overBytes = now.SegmentBytes - SpaceTests.Bound(now.LiveBytes);
        }
        MostOverStrictlyBytes = Math.Max(MostOverStrictlyBytes, overBytes);
        overBytes -= now.UnderwayBytes;
        Samples++;
        if (overBytes > 0) SamplesOver++;
        if (overBytes <= MostOverBytes) return;
        MostOverBytes = overBytes;
        WorstMoment = $"after {WrittenBytes >> 20} MiB: {now.SegmentCount} segments, {now.FreeSegmentCount} free or prepared, "
            + $"{now.LiveBytes >> 10} KiB live, {now.UnderwayBytes >> 10} KiB under way, share {now.WriteShare:F1}";
    }

    private byte[] Body(int key, int version)
    {
        byte[] body = new byte[_lengths[key]];
        body.AsSpan().Fill((byte)(key * 31 + version));
        BitConverter.TryWriteBytes(body, version);
        return body;
    }

    private static int NextLength(Random random, string sizes, int segmentBytes)
    {
        string kind = sizes != "mixed" ? sizes : random.Next(100) switch { < 80 => "small", < 97 => "medium", _ => "large" };
        return kind switch
        {
            "small" => random.Next(500, 20_000),
            // Past what is packed, whatever the segment.
            "medium" => random.Next(65_000, 70_000 + segmentBytes / 32),
            _ => random.Next(70_000 + segmentBytes / 16, 70_000 + segmentBytes / 16 * 3),
        };
    }
}
