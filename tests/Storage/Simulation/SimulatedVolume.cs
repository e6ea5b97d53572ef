using System.Collections.Concurrent;
using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>How a volume's engine ends.</summary>
internal enum Ending { Closed, Killed, PowerCut }

/// <summary>The real engine on simulated disks and a simulated index, which outlive it.</summary>
internal sealed class SimulatedVolume : IDisposable
{
    public const long SegmentBytes = VolumeOptions.MinSegmentBytes;

    // Far beyond what any call takes, and beyond the engine's own ten seconds for making a segment.
    public static readonly TimeSpan HangTimeout = TimeSpan.FromSeconds(30);

    private readonly SimulatedDisk[] _disks;
    private readonly SimulatedIndex _index;
    private ObjectStore? _store;

    public SimulatedVolume(int seed, int disks = 1, long capacityBytes = 1L << 32, Durability durability = Durability.Synced)
    {
        var random = new Random(seed);
        _disks = [.. Enumerable.Range(0, disks).Select(disk =>
            new SimulatedDisk($"/simulated/{disk}", random.Next(), Faults, capacityBytes))];
        _index = new SimulatedIndex(random.Next(), Faults);
        Options = new VolumeOptions
        {
            Directories = [.. _disks.Select(disk => disk.Directory)],
            SegmentBytes = SegmentBytes,
            ReserveBytes = SegmentBytes,
            Durability = durability,
            RecordCacheEntries = 64,
            Memory = new MemoryBudget(8 << 20),
            Events = Events,
        };
    }

    public FaultPlan Faults { get; } = new();
    public RecordedFaults Events { get; } = new();
    public VolumeOptions Options { get; }
    public IReadOnlyList<SimulatedDisk> Disks => _disks;
    public SimulatedIndex Index => _index;
    public ObjectStore Store => _store ?? throw new InvalidOperationException("The volume is not open.");
    public bool IsOpen => _store is not null;

    /// <exception cref="VolumeException">The engine refuses the volume.</exception>
    public void Open()
    {
        List<IBlockDevice> devices = [.. _disks.Select(disk => disk.Mount())];
        try
        {
            VolumeFormat format = VolumeFormat.OpenSet(devices, Options);
            _store = ObjectStore.Open(Options, format, devices, _index.Open);
        }
        catch
        {
            foreach (IBlockDevice device in devices) device.Dispose();
            throw;
        }
    }

    public async Task EndAsync(Ending ending)
    {
        if (ending == Ending.PowerCut)
        {
            Faults.CutPower();
            foreach (SimulatedDisk disk in _disks) disk.CutPower();
            _index.CutPower();
        }
        if (_store is { } store)
        {
            _store = null;
            Task ended = ending == Ending.Closed ? store.DisposeAsync().AsTask() : Task.Run(store.Abandon);
            await ended.WaitAsync(HangTimeout);
            AssertNothingKept(store);
        }
        if (ending == Ending.PowerCut) Faults.PowerOn();
    }

    /// <summary>
    /// Waits for the engine's background work, then sets its books against its records, and looks for what was never given back.
    /// </summary>
    public async Task AssertAccountsAsync()
    {
        ObjectStore store = Store;
        List<string> faults = [];
        // The engine's own thread may be in the middle of moving something: then the books are looked at again.
        for (int attempt = 0; attempt < 100; attempt++)
        {
            await Task.Run(store.Settle).WaitAsync(HangTimeout);
            faults = [.. store.VerifyAccounts()];
            if (store.Buffers.RentedBytes != 0) faults.Add($"{store.Buffers.RentedBytes} bytes of buffers were not returned.");
            if (_index.OpenCursors != 0) faults.Add($"{_index.OpenCursors} cursors are open.");
            if (faults.Count == 0) break;
            await Task.Delay(attempt < 10 ? 1 : 10);
        }
        if (faults.Count > 0) throw new SimulationException("The books do not balance: " + string.Join(" ", faults));
        AssertContractKept();
    }

    public void AssertContractKept()
    {
        string[] violations = [.. _disks.SelectMany(disk => disk.Violations)];
        if (violations.Length > 0) throw new SimulationException("The device was misused: " + string.Join(" ", violations));
    }

    public async Task<Bucket> BucketAsync(string name)
    {
        StoreStatus status = await Store.CreateBucketAsync(name, "");
        Assert.True(status is StoreStatus.Ok or StoreStatus.BucketAlreadyExists, status.ToString());
        return Store.FindBucket(Encoding.UTF8.GetBytes(name))!;
    }

    public void Dispose()
    {
        if (_store is null) return;
        Faults.CutPower();
        _store.Abandon();
        _store = null;
    }

    private void AssertNothingKept(ObjectStore store)
    {
        if (store.Buffers.RentedBytes != 0) throw new SimulationException($"Closed with {store.Buffers.RentedBytes} bytes of buffers out.");
        if (_index.OpenCursors != 0) throw new SimulationException($"Closed with {_index.OpenCursors} cursors open.");
        int files = _disks.Sum(disk => disk.OpenFiles);
        if (files != 0 && !Faults.IsPowerOff) throw new SimulationException($"Closed with {files} segment files open.");
    }
}

/// <summary>What the engine told its operator.</summary>
internal sealed class RecordedFaults : IVolumeEvents
{
    private readonly ConcurrentQueue<string> _warnings = new();
    private int _corruptions;

    public int Corruptions => Volatile.Read(ref _corruptions);
    public IReadOnlyCollection<string> Warnings => _warnings;

    public void Info(string message)
    {
    }

    public void Warning(string message) => _warnings.Enqueue(message);
    public void Corruption(string directory, uint segment, long offset, string owner) => Interlocked.Increment(ref _corruptions);
}

/// <summary>The engine and the model disagree, or the engine broke a promise.</summary>
internal sealed class SimulationException(string message, Exception? inner = null) : Exception(message, inner);
