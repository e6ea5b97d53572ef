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

    /// <param name="seed">
    /// What survives cuts; of a stepped volume also the order in which everything is done. Even ones have disks that can punch, so that
    /// both ways to give back space are taken.
    /// </param>
    /// <param name="isStepped">Whether the engine runs on the caller's thread: see <see cref="SteppedScheduler"/>.</param>
    public SimulatedVolume(
        int seed, int disks = 1, long capacityBytes = 1L << 32, Durability durability = Durability.Synced, bool isStepped = false)
    {
        var random = new Random(seed);
        Stepped = isStepped ? new SteppedScheduler(seed, Faults) : null;
        Clock = new ShiftedTime((TimeProvider?)Stepped?.Time ?? TimeProvider.System);
        _disks = [.. Enumerable.Range(0, disks).Select(disk =>
            new SimulatedDisk($"/simulated/{disk}", random.Next(), Faults, capacityBytes) { CanPunch = seed % 2 == 0 })];
        _index = new SimulatedIndex(random.Next(), Faults);
        Options = new VolumeOptions
        {
            Directories = [.. _disks.Select(disk => disk.Directory)],
            SegmentBytes = SegmentBytes,
            ReserveBytes = SegmentBytes,
            Durability = durability,
            // One set where all is to follow from the seed: which of several a key falls into is a secret of the process.
            RecordCacheBytes = isStepped ? 4096 : 32 * 1024,
            // Runs of few prefixes, and now and then room for some of them only.
            PrefixRunBytes = seed % 5 == 0 ? 2048 : 1 << 20,
            PrefixRunNames = 1 + seed % 4,
            KeepsAllPrefixes = seed % 7 != 0,
            LoggedBatchBytes = seed % 3 == 0 ? 0 : LoggedBodies.MaxBatchBytes,
            Memory = new MemoryBudget(8 << 20),
            Events = Events,
            Scheduler = (IEngineScheduler?)Stepped ?? EngineThreads.Instance,
            Time = Clock,
        };
    }

    /// <summary>Null when the engine has threads.</summary>
    public SteppedScheduler? Stepped { get; }
    public ShiftedTime Clock { get; }
    public FaultPlan Faults { get; } = new();
    public RecordedFaults Events { get; } = new();
    public VolumeOptions Options { get; }
    public IReadOnlyList<SimulatedDisk> Disks => _disks;
    public long PunchedBytes => _disks.Sum(disk => disk.PunchedBytes);
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
            if (ending == Ending.Closed) await InTimeAsync(CloseAsync(store));
            else await BlockAsync(store.Abandon);
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
            await BlockAsync(store.Settle);
            faults = [.. store.VerifyAccounts()];
            if (store.Buffers.RentedBytes != 0) faults.Add($"{store.Buffers.RentedBytes} bytes of buffers were not returned.");
            if (Options.Memory.UsedBytes != 0) faults.Add($"{Options.Memory.UsedBytes} bytes of the budget were not given back.");
            if (_index.OpenCursors != 0) faults.Add($"{_index.OpenCursors} cursors are open.");
            if (faults.Count == 0 || Stepped is not null) break;
            await Task.Delay(attempt < 10 ? 1 : 10);
        }
        if (faults.Count > 0) throw new SimulationException("The books do not balance: " + string.Join(" ", faults));
        AssertContractKept();
    }

    private static bool IsOnSteppedThread => SynchronizationContext.Current is SteppedScheduler;

    /// <summary>Awaits a call. One that never ends is a failure: here by time, where all is stepped because nothing can go on.</summary>
    public static async Task<T> InTimeAsync<T>(ValueTask<T> call) =>
        IsOnSteppedThread ? await call : await call.AsTask().WaitAsync(HangTimeout);

    /// <summary>Makes a call that blocks.</summary>
    public static Task BlockAsync(Action call)
    {
        if (!IsOnSteppedThread) return Task.Run(call).WaitAsync(HangTimeout);
        call();
        return Task.CompletedTask;
    }

    /// <summary>Begins what is to run beside other calls.</summary>
    public static Task<T> BeginAsync<T>(Func<Task<T>> client) => IsOnSteppedThread ? client() : Task.Run(client);

    /// <summary>Runs a whole simulation: on this thread when it is stepped.</summary>
    /// <param name="clientsPreempt">Whether calls that run side by side may interrupt each other and the engine at any access.</param>
    public Task RunAsync(Func<Task> simulation, bool clientsPreempt = false)
    {
        if (Stepped is null) return simulation();
        Stepped.ClientsPreempt = clientsPreempt;
        Stepped.Run(simulation);
        return Task.CompletedTask;
    }

    public void AssertContractKept()
    {
        string[] violations = [.. _disks.SelectMany(disk => disk.Violations)];
        if (violations.Length > 0) throw new SimulationException("The device was misused: " + string.Join(" ", violations));
    }

    public async Task<Bucket> BucketAsync(string name)
    {
        // A full volume refuses to create one, whether it exists or not.
        if (Store.FindBucket(Encoding.UTF8.GetBytes(name)) is { } known) return known;
        StoreStatus status = await InTimeAsync(Store.CreateBucketAsync(name, ""));
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

    private static async ValueTask<bool> CloseAsync(ObjectStore store)
    {
        await store.DisposeAsync();
        return true;
    }

    private void AssertNothingKept(ObjectStore store)
    {
        if (store.Buffers.RentedBytes != 0) throw new SimulationException($"Closed with {store.Buffers.RentedBytes} bytes of buffers out.");
        long taken = Options.Memory.UsedBytes;
        if (taken != 0) throw new SimulationException($"Closed with {taken} bytes of the budget taken.");
        if (_index.OpenCursors != 0) throw new SimulationException($"Closed with {_index.OpenCursors} cursors open.");
        int files = _disks.Sum(disk => disk.OpenFiles);
        if (files != 0 && !Faults.IsPowerOff) throw new SimulationException($"Closed with {files} segment files open.");
    }
}

/// <summary>What the engine told its operator.</summary>
internal sealed class RecordedFaults : IVolumeEvents
{
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly ConcurrentQueue<string> _damage = new();

    public int Corruptions => _damage.Count;

    /// <summary>Each report of corruption: segment, offset, owner.</summary>
    public IReadOnlyCollection<string> Damage => _damage;
    public IReadOnlyCollection<string> Warnings => _warnings;

    public void Info(string message)
    {
    }

    public void Warning(string message) => _warnings.Enqueue(message);
    public void Corruption(string directory, uint segment, long offset, string owner) => _damage.Enqueue($"{segment} {offset} {owner}");
}

/// <summary>The engine and the model disagree, or the engine broke a promise.</summary>
internal sealed class SimulationException(string message, Exception? inner = null) : Exception(message, inner);
