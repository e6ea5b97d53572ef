using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// A full disk under the index: said so, reads go on, and after a reopen writes do too. Needs the right to mount a tmpfs; passes without.
/// </summary>
public sealed class IndexFullDiskTests
{
    [Fact]
    public void AFullDiskIsReportedAndLeftBehindByReopening()
    {
        using var directory = new TemporaryDirectory();
        if (!Run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", directory.Path))
        {
            return;
        }
        try
        {
            FillAndRecover(directory.Path);
        }
        finally
        {
            Run("umount", directory.Path);
        }
    }

    private static void FillAndRecover(string directory)
    {
        string ballast = Path.Combine(directory, "ballast");
        File.WriteAllBytes(ballast, new byte[24 << 20]);
        using RocksDbIndex index = RocksDbIndex.Open(Path.Combine(directory, "index"), 4 << 20);
        using IIndexBatch batch = index.NewBatch();
        byte[] value = new byte[32 << 10];
        new Random(1).NextBytes(value);
        int acknowledged = 0;
        IndexException? failure = null;
        for (; failure == null && acknowledged < 10_000; acknowledged += failure == null ? 1 : 0)
        {
            failure = Put(index, batch, acknowledged, value);
        }

        Assert.True(failure is { IsNoSpace: true }, failure?.Message ?? "The disk did not fill.");
        Assert.Equal(value, index.Get(Keyspace.Objects, BitConverter.GetBytes(0)));

        // Still full: it is not closed, so reads go on.
        Assert.True(Assert.Throws<IndexException>(index.Reopen).IsNoSpace);
        Assert.Equal(value, index.Get(Keyspace.Objects, BitConverter.GetBytes(0)));

        File.Delete(ballast);
        ReopenInTime(index);
        Assert.Null(Put(index, batch, 10_000, value));
        for (int key = 0; key < acknowledged; key++)
        {
            Assert.Equal(value.Length, index.Get(Keyspace.Objects, BitConverter.GetBytes(key), []));
        }
    }

    // As the committer does. RocksDB may have begun by itself to write a table of what its logs hold: meanwhile both take room.
    private static void ReopenInTime(RocksDbIndex index)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                index.Reopen();
                return;
            }
            catch (IndexException refusal) when (refusal.IsNoSpace && clock.Elapsed.TotalSeconds < 10)
            {
                Thread.Sleep(250);
            }
        }
    }

    private static IndexException? Put(RocksDbIndex index, IIndexBatch batch, int key, byte[] value)
    {
        try
        {
            batch.Put(Keyspace.Objects, BitConverter.GetBytes(key), value);
            index.Commit(batch, synced: true);
            return null;
        }
        catch (IndexException e)
        {
            return e;
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
