using System.Globalization;
using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>What concurrent clients do between two power cuts.</summary>
/// <param name="LargeOneIn">
/// One body in so many is of up to <paramref name="MaxLargeBytes"/>, the others of up to <paramref name="MaxSmallBytes"/>.
/// </param>
internal sealed record ConcurrentLoad(int Clients, int Keys, int LargeOneIn, int MaxLargeBytes, int MaxSmallBytes, int MaxAccesses);

/// <summary>
/// A volume whose clients write, delete and read few keys until the power goes, round after round. After each cut every key must be as the
/// last acknowledged write left it, or as one that was in flight would have; what was read before, as some order of the writes explains.
/// </summary>
internal sealed class ConcurrentVolume : IDisposable
{
    private readonly int _seed;
    private readonly ConcurrentLoad _load;
    private readonly SimulatedVolume _volume;
    private readonly ObjectSteps _objects;
    private readonly Random _random;
    private readonly byte[][] _names;
    private Bucket? _bucket;
    private long _tag;
    private long _reads;

    public ConcurrentVolume(int seed, ConcurrentLoad load, bool isStepped, Durability durability = Durability.Synced)
    {
        (_seed, _load, _random) = (seed, load, new Random(seed));
        _volume = new SimulatedVolume(seed, disks: seed % 4 == 0 ? 2 : 1, durability: durability, isStepped: isStepped);
        _objects = new ObjectSteps(new SimulatedWorld(_volume));
        _names = [.. Enumerable.Range(0, load.Keys).Select(key => Encoding.UTF8.GetBytes($"key/{key}/x"))];
    }

    public ConcurrentHistory History { get; } = new();
    public SimulatedVolume Volume => _volume;
    public long Groups { get; private set; }
    public long Cuts { get; private set; }
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>One round: the clients until a cut at a drawn access, the volume opened again, everything looked at.</summary>
    public async Task RunAsync()
    {
        await _volume.RunAsync(OpenAsync);
        _volume.Faults.Arm(FaultKind.PowerCut, _random.Next(1, _load.MaxAccesses));
        await _volume.RunAsync(ClientsAsync, clientsPreempt: true);
        Groups += _volume.Store.Timings.Groups;
        await _volume.RunAsync(CutAndCheckAsync);
    }

    public void Dispose() => _volume.Dispose();

    private async Task OpenAsync()
    {
        if (!_volume.IsOpen) _volume.Open();
        // It was acknowledged once: later rounds find it.
        if (Cuts == 0) _bucket = await _volume.BucketAsync("bucket");
        else _bucket = _volume.Store.FindBucket("bucket"u8) ?? throw Failure("The bucket is lost.");
    }

    private async Task ClientsAsync()
    {
        var running = new List<Task<bool>>();
        for (int client = 0; client < _load.Clients; client++)
        {
            var own = new Random(_random.Next());
            running.Add(SimulatedVolume.BeginAsync(() => ActUntilCutAsync(own)));
        }
        // A stepped volume compacts by itself.
        if (_volume.Stepped is null) running.Add(Task.Run(CompactUntilCut));
        Task all = Task.WhenAll(running);
        await (_volume.Stepped is null ? all.WaitAsync(SimulatedVolume.HangTimeout) : all);
    }

    private async Task CutAndCheckAsync()
    {
        await CutAsync();
        if (_random.Next(4) == 0)
        {
            // And once more while the volume is opened, or soon after.
            _volume.Faults.Arm(FaultKind.PowerCut, _random.Next(1, 8));
            try
            {
                _volume.Open();
            }
            catch (VolumeException) when (_volume.Faults.IsPowerOff)
            {
            }
            await CutAsync();
        }
        await OpenAsync();
        await CheckAsync();
    }

    private async Task CutAsync()
    {
        await _volume.EndAsync(Ending.PowerCut);
        Cuts++;
    }

    private async Task<bool> ActUntilCutAsync(Random random)
    {
        while (!_volume.Faults.IsPowerOff)
        {
            int key = random.Next(_load.Keys);
            int act = random.Next(9);
            if (act == 8) await ListAsync();
            else if (act < 2) await DeleteAsync(key);
            else if (act < 4) await ReadAsync(key);
            else await PutAsync(key, random);
        }
        return true;
    }

    private async Task DeleteAsync(int key)
    {
        ConcurrentHistory.Write write = History.Begin(key, 0, isDelete: true, 0);
        Judge(write, await _volume.Store.DeleteObjectAsync(_bucket!, _names[key], null));
    }

    private async Task PutAsync(int key, Random random)
    {
        int length = random.Next(random.Next(_load.LargeOneIn) == 0 ? _load.MaxLargeBytes : _load.MaxSmallBytes);
        long tag = Interlocked.Increment(ref _tag);
        byte[] body = PatternedContent.Bytes(tag, length);
        if (_volume.Store.OpenWriter(length, out BodyWriter? writer) != StoreStatus.Ok) return;
        using (writer)
        {
            if (await ObjectSteps.FillAsync(writer!, body, random, length) != StoreStatus.Ok) return;
            ConcurrentHistory.Write write = History.Begin(key, tag, isDelete: false, length);
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)tag, 0) };
            Judge(write, (await _volume.Store.PutObjectAsync(_bucket!, _names[key], writer!, attributes, null)).Status);
        }
    }

    private void Judge(ConcurrentHistory.Write write, StoreStatus status)
    {
        if (status == StoreStatus.Ok) History.Acknowledge(write);
        else if (!_volume.Faults.IsPowerOff) throw Failure($"{write} answered {status} before the cut.");
    }

    private async Task ReadAsync(int key)
    {
        long begun = History.Now();
        StoreStatus status = _volume.Store.TryGetObject(_bucket!, _names[key], out ObjectRecord? record);
        if (status == StoreStatus.NoSuchKey || status == StoreStatus.Ok)
        {
            long? tag = record is null ? null : (long)record.ETag.Digest;
            if (!History.IsPossible(key, begun, tag)) throw Failure($"Key {key} cannot be {tag?.ToString(CultureInfo.InvariantCulture) ?? "absent"}.");
            if (record is null || await TryReadBodyAsync(key, record)) Interlocked.Increment(ref _reads);
        }
        else if (!_volume.Faults.IsPowerOff)
        {
            throw Failure($"Key {key} answered {status} before the cut.");
        }
        // A client that finds everything in memory must let others come too.
        await Task.Yield();
    }

    private async Task ListAsync()
    {
        long begun = History.Now();
        var sink = new FolderSink([]);
        var query = new ListQuery { Prefix = "key/"u8, Delimiter = "/"u8, MaxKeys = 1000 };
        StoreStatus status = _volume.Store.ListObjects(_bucket!, query, ref sink, out _, out _);
        for (int key = 0; status == StoreStatus.Ok && key < _load.Keys; key++)
        {
            bool isShown = sink.Folders.Contains($"key/{key}/");
            if (!History.IsPossible(key, begun, isShown))
                throw Failure($"The folder of key {key} cannot be {(isShown ? "there" : "absent")}.");
        }
        if (status != StoreStatus.Ok && !_volume.Faults.IsPowerOff) throw Failure($"The folders answered {status} before the cut.");
        Interlocked.Increment(ref _reads);
        await Task.Yield();
    }

    // False when the power went, or the bytes have been moved since.
    private async Task<bool> TryReadBodyAsync(int key, ObjectRecord record)
    {
        (StoreStatus status, byte[] bytes) = await _objects.ReadBytesAsync(record, 0, record.SizeBytes, tryAll: record.SizeBytes % 2 == 0);
        if (status == StoreStatus.Changed) return false;
        if (status != StoreStatus.Ok && !_volume.Faults.IsPowerOff) throw Failure($"Reading key {key} answered {status}.");
        if (status == StoreStatus.Ok && !PatternedContent.Is((long)record.ETag.Digest, bytes))
            throw Failure($"Key {key} gave other bytes than those of {record.ETag.Digest}.");
        return status == StoreStatus.Ok;
    }

    private bool CompactUntilCut()
    {
        while (!_volume.Faults.IsPowerOff)
        {
            try
            {
                _volume.Store.Settle();
            }
            catch (IndexException) when (_volume.Faults.IsPowerOff)
            {
            }
            Thread.Sleep(1);
        }
        return true;
    }

    private async Task CheckAsync()
    {
        var shown = new SortedSet<string>(StringComparer.Ordinal);
        for (int key = 0; key < _load.Keys; key++)
        {
            ConcurrentHistory.Write found = await CheckAsync(key);
            History.Settle(key, found);
            if (!found.IsDelete) shown.Add(Encoding.UTF8.GetString(_names[key]));
        }
        var sink = new KeySink();
        Assert.Equal(StoreStatus.Ok, _volume.Store.ListObjects(_bucket!, new ListQuery { MaxKeys = 1000 }, ref sink, out _, out _));
        if (!shown.SetEquals(sink.Keys)) throw Failure($"Listed are {string.Join(' ', sink.Keys)}; there are {string.Join(' ', shown)}.");
        await _volume.AssertAccountsAsync();
    }

    private async Task<ConcurrentHistory.Write> CheckAsync(int key)
    {
        IReadOnlyList<ConcurrentHistory.Write> may = History.MayBe(key);
        // Compaction may move an object between finding and reading it, and does so rarely.
        for (int attempt = 0; attempt < 100; attempt++)
        {
            StoreStatus status = _volume.Store.TryGetObject(_bucket!, _names[key], out ObjectRecord? record);
            if (status is not (StoreStatus.Ok or StoreStatus.NoSuchKey)) throw Failure($"Key {key} answers {status}.");
            ConcurrentHistory.Write? found = may.FirstOrDefault(write => record is null
                ? write.IsDelete
                : !write.IsDelete && write.Tag == (long)record.ETag.Digest && write.LengthBytes == record.SizeBytes);
            if (found is null)
                throw Failure($"Key {key} is {record?.ETag.Digest.ToString() ?? "absent"}; it may be {string.Join(" or ", may)}.");
            if (record is null || await TryReadBodyAsync(key, record)) return found;
        }
        throw Failure($"Key {key} changes for ever.");
    }

    private SimulationException Failure(string what) => new($"Seed {_seed}, cut {Cuts}: {what}");

    private readonly struct KeySink() : IListSink
    {
        public List<string> Keys { get; } = [];
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Keys.Add(Encoding.UTF8.GetString(key));
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Assert.Fail("No delimiter was asked for.");
    }

    private readonly struct FolderSink(HashSet<string> folders) : IListSink
    {
        public HashSet<string> Folders => folders;
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Assert.Fail("All keys are in folders.");
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => folders.Add(Encoding.UTF8.GetString(prefix));
    }
}
