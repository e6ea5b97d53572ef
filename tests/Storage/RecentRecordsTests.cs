using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class RecentRecordsTests
{
    [Fact]
    public void TheLastRecordOfAKeyIsFound()
    {
        var recent = new RecentRecords(1 << 20);
        Assert.False(recent.TryGet(Key(1), out _));
        recent.Set(Key(1), [1, 2, 3]);
        Assert.Equal([1, 2, 3], Get(recent, 1));
        recent.Set(Key(1), [4]);
        Assert.Equal([4], Get(recent, 1));
        recent.Set(Key(1), []);
        Assert.Null(Get(recent, 1));
    }

    [Fact]
    public void ARecordThatDoesNotFitTakesTheOlderOneAway()
    {
        var recent = new RecentRecords(1 << 20);
        recent.Set(Key(1), [1]);
        recent.Set(Key(1), new byte[512]);
        Assert.Null(Get(recent, 1));
    }

    [Fact]
    public void NothingIsLeftOnceCleared()
    {
        var recent = new RecentRecords(1 << 20);
        recent.Set(Key(1), [1]);
        recent.Clear();
        Assert.Null(Get(recent, 1));
        recent.Set(Key(1), [2]);
        Assert.Equal([2], Get(recent, 1));
    }

    /// <summary>Held against a dictionary: what is found is what was set last, whichever keys share a slot.</summary>
    [Fact]
    public void WhatIsFoundIsNeverOlder()
    {
        const int seed = 11;
        var random = new Random(seed);
        var recent = new RecentRecords(16 << 10);
        var model = new Dictionary<int, byte[]>();
        int found = 0;
        for (int step = 0; step < 100_000; step++)
        {
            int key = random.Next(100);
            if (random.Next(3) > 0)
            {
                byte[] record = new byte[random.Next(12) == 0 ? 0 : random.Next(1, 520)];
                random.NextBytes(record);
                recent.Set(Key(key), record);
                model[key] = record;
            }
            else if (Get(recent, key) is { } record)
            {
                Assert.Equal(model[key], record);
                found++;
            }
        }
        Assert.True(found > 1000);
    }

    private static byte[]? Get(RecentRecords recent, int key) =>
        recent.TryGet(Key(key), out ReadOnlySpan<byte> record) ? record.ToArray() : null;

    private static byte[] Key(int key) => Encoding.ASCII.GetBytes($"....key{key}");
}
