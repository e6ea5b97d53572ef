using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class OwnerListReaderTests
{
    private const uint Number = 3;

    /// <summary>More than is read ahead at once: each list once and in order, and from behind any of them the rest.</summary>
    [Fact]
    public void AllListsAreReadAndAnyPlaceIsGoneOnFrom()
    {
        const int count = 40, listBytes = 5000;
        using var directory = new TemporaryDirectory();
        using IIndex index = RocksDbIndex.Open(Path.Combine(directory.Path, "index"), 8 << 20);
        using (IIndexBatch batch = index.NewBatch())
        {
            for (int number = 0; number < count; number++)
            {
                Put(batch, Number, number, listBytes);
                Put(batch, Number + 1, number, 10);
            }
            index.Commit(batch, synced: false);
        }
        var reader = new OwnerListReader(index);
        var places = new List<byte[]>();
        reader.Begin(Number);
        for (int number = 0; number < count; number++)
        {
            Assert.StartsWith($"list{number}:", Encoding.ASCII.GetString(reader.Next()!), StringComparison.Ordinal);
            places.Add(reader.After);
        }
        Assert.Null(reader.Next());
        for (int number = 0; number < count; number += 7)
        {
            reader.Begin(Number, places[number]);
            for (int later = number + 1; later < count; later++)
                Assert.StartsWith($"list{later}:", Encoding.ASCII.GetString(reader.Next()!), StringComparison.Ordinal);
            Assert.Null(reader.Next());
        }
        reader.Begin(Number + 2);
        Assert.Null(reader.Next());
    }

    private static void Put(IIndexBatch batch, uint segment, int number, int lengthBytes)
    {
        Span<byte> key = stackalloc byte[16];
        byte[] list = Encoding.ASCII.GetBytes($"list{number}:".PadRight(lengthBytes, '.'));
        batch.Put(Keyspace.Segments, key[..IndexKeys.Owners(segment, (ulong)number, key)], list);
    }
}
