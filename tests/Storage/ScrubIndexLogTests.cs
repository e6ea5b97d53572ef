using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>The index's log and what stands guard over it: damage is told from a torn tail, and never passed over in silence.</summary>
public sealed class ScrubIndexLogTests : IDisposable
{
    private const int Commits = 60;

    private readonly TemporaryDirectory _directory = new();
    private readonly OperatorLog _log = new();

    private string IndexPath => Path.Combine(_directory.Path, "index");
    private string LogPath => Directory.EnumerateFiles(IndexPath, "*.log").Single();

    public ScrubIndexLogTests()
    {
        using RocksDbIndex index = Open(guarded: true);
        for (int commit = 0; commit < Commits; commit++) Put(index, commit);
    }

    /// <summary>The premise of the guard, with the library that is installed: should RocksDB change, this says so.</summary>
    [Fact]
    public void RocksDbAloneDropsWhatFollowsADamagedRecord()
    {
        ScrubbedVolume.FlipBit(LogPath, new FileInfo(LogPath).Length / 2, 3);

        using RocksDbIndex index = Open(guarded: false);

        Assert.NotNull(index.Get(Keyspace.Objects, Key(0)));
        Assert.Null(index.Get(Keyspace.Objects, Key(Commits - 1)));
    }

    [Fact]
    public void DamageInsideTheLogIsRefusedAndChangesNoFile()
    {
        ScrubbedVolume.FlipBit(LogPath, new FileInfo(LogPath).Length / 2, 3);
        byte[] before = File.ReadAllBytes(LogPath);

        VolumeException refusal = Assert.Throws<VolumeException>(() => Open(guarded: true));

        Assert.Contains(LogPath, refusal.Message);
        Assert.Contains("damaged at offset", refusal.Message);
        Assert.Equal(before, File.ReadAllBytes(LogPath));
    }

    [Fact]
    public void EachFlippedBitIsDamageEvenInTheLastRecord()
    {
        byte[] log = File.ReadAllBytes(LogPath);
        string copy = Path.Combine(_directory.Path, "copy.log");
        var random = new Random(5);
        for (int flip = 0; flip < 400; flip++)
        {
            // A quarter of them in the last commit.
            int at = flip % 4 == 0 ? log.Length - 1 - random.Next(60) : random.Next(log.Length);
            int bit = random.Next(8);
            log[at] ^= (byte)(1 << bit);
            File.WriteAllBytes(copy, log);
            log[at] ^= (byte)(1 << bit);
            IndexLogFault fault = IndexLogFile.Read(copy, holdsBatches: true).Fault;
            Assert.True(fault == IndexLogFault.Damaged, $"byte {at} of {log.Length}, bit {bit}: {fault}");
        }
    }

    [Fact]
    public void ALogCutShortAnywhereIsATornTail()
    {
        byte[] log = File.ReadAllBytes(LogPath);
        string copy = Path.Combine(_directory.Path, "copy.log");
        var random = new Random(6);
        for (int cut = 0; cut < 200; cut++)
        {
            int length = random.Next(log.Length);
            File.WriteAllBytes(copy, log[..length]);
            Assert.NotEqual(IndexLogFault.Damaged, IndexLogFile.Read(copy, holdsBatches: true).Fault);
        }
    }

    [Fact]
    public void AWriteThatWasCutShortIsToldAndTheRestKept()
    {
        File.Delete(IndexPath + ".mark");
        using (FileStream log = File.OpenWrite(LogPath)) log.SetLength(log.Length - 5);

        using RocksDbIndex index = Open(guarded: true);

        Assert.NotNull(index.Get(Keyspace.Objects, Key(Commits - 2)));
        Assert.Null(index.Get(Keyspace.Objects, Key(Commits - 1)));
        Assert.Contains("a write that was cut short", Assert.Single(_log.Warnings));
    }

    [Fact]
    public void ALogThatEndsBeforeTheMarkIsRefused()
    {
        using (FileStream log = File.OpenWrite(LogPath)) log.SetLength(log.Length - 5);

        Assert.Contains("damaged", Assert.Throws<VolumeException>(() => Open(guarded: true)).Message);
    }

    [Fact]
    public void AMissingLogIsRefusedBecauseOfTheMark()
    {
        File.Delete(LogPath);

        Assert.Contains("acknowledged changes are missing", Assert.Throws<VolumeException>(() => Open(guarded: true)).Message);
        Assert.Throws<VolumeException>(() => Open(guarded: true));
    }

    [Fact]
    public void AMissingIndexIsRefusedBecauseOfTheMark()
    {
        Directory.Delete(IndexPath, recursive: true);

        Assert.Contains("restore the index", Assert.Throws<VolumeException>(() => Open(guarded: true)).Message);
    }

    [Fact]
    public void ADamagedMarkIsToldAndWrittenAnew()
    {
        ScrubbedVolume.FlipBit(IndexPath + ".mark", 9, 0);

        using (RocksDbIndex index = Open(guarded: true)) Assert.NotNull(index.Get(Keyspace.Objects, Key(Commits - 1)));

        Assert.Contains("index.mark is damaged", Assert.Single(_log.Warnings));
        Assert.True(new SequenceMark(IndexPath + ".mark").Read() > 0);
    }

    [Fact]
    public async Task TheMarkFollowsTheCommitsWithinSeconds()
    {
        using RocksDbIndex index = Open(guarded: true);
        Put(index, Commits);
        ulong sequence = index.LatestSequence();
        for (int wait = 0; wait < 200 && new SequenceMark(IndexPath + ".mark").Read() < sequence; wait++) await Task.Delay(50);

        Assert.Equal(sequence, new SequenceMark(IndexPath + ".mark").Read());
    }

    [Fact]
    public void WithoutSyncsDamageIsOnlyTold()
    {
        ScrubbedVolume.FlipBit(LogPath, new FileInfo(LogPath).Length / 2, 3);

        using RocksDbIndex index = Open(guarded: true, refuses: false);

        Assert.Contains(_log.Warnings, warning => warning.Contains("damaged at offset", StringComparison.Ordinal));
        Assert.NotNull(index.Get(Keyspace.Objects, Key(0)));
    }

    public void Dispose() => _directory.Dispose();

    private RocksDbIndex Open(bool guarded, bool refuses = true) => RocksDbIndex.Open(
        IndexPath, 8 << 20, guarded ? new IndexGuard(IndexPath, IndexPath + ".mark", refuses, _log) : null);

    private static void Put(RocksDbIndex index, int commit)
    {
        using IIndexBatch batch = index.NewBatch();
        // One crosses blocks of the log.
        batch.Put(Keyspace.Objects, Key(commit), EngineHarness.Bytes(commit == Commits / 4 ? 70_000 : 20 + commit * 10));
        index.Commit(batch, synced: true);
    }

    private static byte[] Key(int commit) => Encoding.UTF8.GetBytes($"0000key-{commit:000}");
}
