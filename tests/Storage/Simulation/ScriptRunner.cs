using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Runs a script on the engine and on the model, and compares wherever something can be seen.</summary>
internal sealed class ScriptRunner : IDisposable
{
    private static readonly byte[] ProbeKey = "probe"u8.ToArray();
    private readonly SimulatedWorld _world;
    private readonly ObjectSteps _objects;
    private readonly SharingSteps _sharing;
    private readonly UploadSteps _uploads;
    private readonly ListingSteps _listings;
    private readonly VersionSteps _versions;
    private readonly SimulatedVolume _volume;

    /// <param name="isStepped">Whether the engine runs on the caller's thread, so that the seed says all.</param>
    public ScriptRunner(int seed, Durability durability = Durability.Synced, bool isStepped = false)
    {
        // Every third volume lies on two disks.
        _volume = new SimulatedVolume(seed, disks: seed % 3 == 0 ? 2 : 1, durability: durability, isStepped: isStepped);
        _world = new SimulatedWorld(_volume);
        (_objects, _listings) = (new ObjectSteps(_world), new ListingSteps(_world));
        _uploads = new UploadSteps(_world, _objects);
        _sharing = new SharingSteps(_world, _objects);
        _versions = new VersionSteps(_world, _objects);
    }

    public SimulationCounts Counts => _world.Counts;
    public ulong Trace => _volume.Faults.Trace;

    /// <exception cref="SimulationException">Engine and model disagree; the message says at which step.</exception>
    public Task RunAsync(IReadOnlyList<Step> script) => _volume.RunAsync(() => RunAllAsync(script));

    private async Task RunAllAsync(IReadOnlyList<Step> script)
    {
        Step last = new(StepKind.Check, 0);
        try
        {
            _volume.Open();
            await _volume.BucketAsync(ScriptNames.Buckets[0]);
            await _volume.BucketAsync(VersionSteps.BucketName);
            foreach (Step step in script)
            {
                last = step;
                await RunAsync(step);
                Counts.Operations++;
                Browse(step);
                if (_volume.Faults.IsPowerOff) await RestartAsync(Ending.PowerCut, step);
            }
            last = new(StepKind.Check, script.Count + 1);
            await EndFaultAsync();
            await CheckAsync();
            await CompleteAllAsync(script.Count + 2);
            await RestartAsync(Ending.Closed, last);
        }
        catch (Exception exception)
        {
            throw new SimulationException($"{exception.Message}\nat step {last}", exception);
        }
        (Counts.Faults, Counts.PunchedBytes) = (_volume.Faults.Faults, _volume.PunchedBytes);
    }

    public void Dispose() => _volume.Dispose();

    private async Task RunAsync(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Put or StepKind.PutInPlace: await _objects.PutAsync(step); break;
            case StepKind.AbandonWriter: await _objects.AbandonWriterAsync(step); break;
            case StepKind.Get: await _objects.GetAsync(step, isRange: false); break;
            case StepKind.GetRange: await _objects.GetAsync(step, isRange: true); break;
            case StepKind.Delete: await _objects.DeleteAsync(step); break;
            case StepKind.ReplaceFields: await _objects.ReplaceFieldsAsync(step); break;
            case StepKind.Copy: await _objects.CopyAsync(step); break;
            case StepKind.Append: await _sharing.AppendAsync(step); break;
            case StepKind.Rename: await _sharing.RenameAsync(step); break;
            case StepKind.Share: await _sharing.ShareAsync(step); break;
            case StepKind.Burst: await _objects.BurstAsync(step); break;
            case StepKind.CreateUpload: await _uploads.CreateAsync(step); break;
            case StepKind.PutPart: await _uploads.PutPartAsync(step); break;
            case StepKind.SharePart: await _uploads.SharePartAsync(step); break;
            case StepKind.Complete: await _uploads.CompleteAsync(step); break;
            case StepKind.Abort: await _uploads.AbortAsync(step); break;
            case StepKind.ListParts: _uploads.ListParts(step); break;
            case StepKind.ListUploads: _listings.ListUploads(step); break;
            case StepKind.List: _listings.List(step); break;
            case StepKind.CreateBucket: await CreateBucketAsync(step); break;
            case StepKind.DeleteBucket: await DeleteBucketAsync(step); break;
            case StepKind.ListBuckets: ListBuckets(); break;
            case >= StepKind.SetVersioning: await _versions.RunAsync(step); break;
            default: await RunOnVolumeAsync(step); break;
        }
    }

    private void Browse(Step step)
    {
        if (_volume.Faults.IsPowerOff) return;
        for (int index = 0; index < ScriptNames.Buckets.Length; index++) _listings.Browse(index, step);
        _versions.Browse();
    }

    private async Task RunOnVolumeAsync(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Compact:
                await SimulatedVolume.BlockAsync(Settle);
                Counts.Compactions++;
                break;
            case StepKind.Check:
                if (!_world.MayFail) await CheckAsync();
                break;
            case StepKind.Close: await RestartAsync(Ending.Closed, step); break;
            case StepKind.Kill: await RestartAsync(Ending.Killed, step); break;
            case StepKind.CutPower: await RestartAsync(Ending.PowerCut, step); break;
            case StepKind.ArmPowerCut:
                await EndFaultAsync();
                _volume.Faults.Arm(FaultKind.PowerCut, step.At);
                break;
            case StepKind.ArmFault:
                await EndFaultAsync();
                _world.IsFaultArmed = true;
                _volume.Faults.Arm(step.Fault, step.At, step.Count);
                break;
            default: await EndFaultAsync(); break;
        }
    }

    private void Settle()
    {
        try
        {
            _world.Store.Settle();
        }
        catch (IndexException) when (_world.MayFail)
        {
            // The engine's own thread reports this and goes on.
        }
    }

    private async Task CreateBucketAsync(Step step)
    {
        int index = step.Bucket;
        if (_world.IsBucketInDoubt(index)) return;
        StoreStatus status = await _world.InTimeAsync(_world.Store.CreateBucketAsync(ScriptNames.Buckets[index], ""), "CreateBucket");
        if (status == StoreStatus.BucketAlreadyExists && _world.Model(index) is not null) return;
        if (status == StoreStatus.Ok && _world.Model(index) is null) _world.SetBucket(index, new ModelBucket());
        else if (_world.IsUnknown(status, "CreateBucket")) _world.DoubtBucket(index);
        else throw new SimulationException($"CreateBucket answered {status}.");
    }

    private async Task DeleteBucketAsync(Step step)
    {
        const int index = 1;
        if (!_world.TryGetBucket(index, out Bucket bucket, out ModelBucket model)) return;
        StoreStatus status = await _world.InTimeAsync(_world.Store.DeleteBucketAsync(bucket), "DeleteBucket");
        bool mayBeEmpty = model.Objects.Values.All(states => states.Contains(null));
        bool mayBeFull = model.Objects.Values.Any(states => states.Exists(state => state is not null));
        if (status == StoreStatus.BucketNotEmpty && mayBeFull) return;
        if (status == StoreStatus.Ok && mayBeEmpty) _world.SetBucket(index, null);
        else if (_world.IsUnknown(status, "DeleteBucket")) _world.DoubtBucket(index);
        else throw new SimulationException($"DeleteBucket {step.Id} answered {status}.");
    }

    private void ListBuckets()
    {
        if (_world.IsBucketInDoubt(0) || _world.IsBucketInDoubt(1)) return;
        string[] expected = [.. ScriptNames.Buckets.Where((_, index) => _world.Model(index) is not null), VersionSteps.BucketName];
        string[] shown = [.. _world.Store.ListBuckets("", "", 100, out _).Select(bucket => bucket.Name)];
        if (!shown.SequenceEqual(expected)) throw new SimulationException($"The buckets are {string.Join(' ', shown)}.");
    }

    // The fault is over: the engine must come back by itself, for the next who asks, and then everything is certain again.
    private async Task EndFaultAsync()
    {
        _volume.Faults.Disarm();
        if (!_world.IsFaultArmed) return;
        StoreStatus status = await ProbeAsync();
        if (status != StoreStatus.Ok) throw new SimulationException($"The first write after the last fault answers {status}.");
        _world.IsFaultArmed = false;
        await CheckAsync();
    }

    private async Task<StoreStatus> ProbeAsync()
    {
        Bucket bucket = _world.Find(0)!;
        byte[] body = new byte[100_000];
        StoreStatus status = _world.Store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok) return status;
        using (writer)
        {
            status = await ObjectSteps.FillAsync(writer!, body, new Random(1), body.Length);
            if (status != StoreStatus.Ok) return status;
            status = (await _world.InTimeAsync(_world.Store.PutObjectAsync(bucket, ProbeKey, writer!, default, null), "Put")).Status;
        }
        if (status != StoreStatus.Ok) return status;
        using BodyWriter small = _world.Store.WriterOver(body.AsMemory(0, 10));
        status = (await _world.InTimeAsync(_world.Store.PutObjectAsync(bucket, ProbeKey, small, default, null), "Put")).Status;
        if (status == StoreStatus.Ok) status = await _world.InTimeAsync(_world.Store.DeleteObjectAsync(bucket, ProbeKey, null), "Delete");
        return status;
    }

    private async Task RestartAsync(Ending ending, Step step)
    {
        if (ending != Ending.PowerCut) await EndFaultAsync();
        _world.IsFaultArmed = false;
        await _volume.EndAsync(ending);
        if (ending == Ending.PowerCut && step.Seed % 3 == 0) await CutDuringRecoveryAsync(step);
        try
        {
            _volume.Open();
        }
        catch (VolumeException exception)
        {
            throw new SimulationException($"The volume does not open after {ending}: {exception.Message}", exception);
        }
        if (ending == Ending.PowerCut) Counts.PowerCuts++;
        else if (ending == Ending.Killed) Counts.Kills++;
        else Counts.Restarts++;
        await CheckAsync();
    }

    // The power goes again while the volume is being opened or soon after.
    private async Task CutDuringRecoveryAsync(Step step)
    {
        _volume.Faults.Arm(FaultKind.PowerCut, step.Seed % 7 + 1);
        try
        {
            _volume.Open();
        }
        catch (VolumeException) when (_volume.Faults.IsPowerOff)
        {
        }
        await _volume.EndAsync(Ending.PowerCut);
        Counts.PowerCuts++;
    }

    private async Task CheckAsync()
    {
        try
        {
            await CheckAllAsync();
        }
        catch (Exception) when (_volume.Faults.IsPowerOff)
        {
            // An armed cut came in between; everything is looked at again when the volume is open again.
        }
    }

    /// <summary>
    /// Everything: each key byte for byte, listings against reads, uploads and parts, the engine's books. Ends all doubt.
    /// </summary>
    private async Task CheckAllAsync()
    {
        for (int index = 0; index < ScriptNames.Buckets.Length; index++)
        {
            ResolveBucket(index);
            if (!_world.TryGetBucket(index, out Bucket bucket, out ModelBucket model)) continue;
            foreach (byte[] key in ScriptNames.Keys)
            {
                var read = await _objects.ReadAsync(bucket, model, key, range: null);
                if (_volume.Faults.IsPowerOff) return;
                model.Set(key, read?.State);
            }
            await _uploads.ResolveAsync(index, bucket, model);
            if (_volume.Faults.IsPowerOff) return;
            _listings.ListAll(bucket, model, [], pageKeys: 7);
            _listings.ListAll(bucket, model, "/"u8.ToArray(), pageKeys: 3);
        }
        await _versions.CheckAsync();
        ListBuckets();
        await _volume.AssertAccountsAsync();
    }

    private void ResolveBucket(int index)
    {
        if (!_world.IsBucketInDoubt(index)) return;
        bool exists = _world.Find(index) is not null;
        _world.SetBucket(index, exists ? _world.Model(index) ?? new ModelBucket() : null);
    }

    // Bytes of parts are seen only in the object they become.
    private async Task CompleteAllAsync(long id)
    {
        for (int index = 0; index < ScriptNames.Buckets.Length; index++)
        {
            for (int slot = 0; slot < ScriptGenerator.Slots; slot++)
                await _uploads.CompleteAsync(new Step(StepKind.Complete, id++) { Bucket = index, Slot = slot }, all: true);
        }
    }
}
