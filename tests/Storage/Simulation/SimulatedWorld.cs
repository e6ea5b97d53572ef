using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>What was done, for the figures of a long run.</summary>
internal sealed class SimulationCounts
{
    public long Operations;
    public long PowerCuts;
    public long Kills;
    public long Restarts;
    public long Faults;
    public long Compactions;
    public long ObjectsChecked;
    public long SharedParts;
    public long PunchedBytes;

    public void Add(SimulationCounts other)
    {
        Operations += other.Operations;
        PowerCuts += other.PowerCuts;
        Kills += other.Kills;
        Restarts += other.Restarts;
        Faults += other.Faults;
        Compactions += other.Compactions;
        ObjectsChecked += other.ObjectsChecked;
        SharedParts += other.SharedParts;
        PunchedBytes += other.PunchedBytes;
    }

    public override string ToString() =>
        $"operations {Operations}, power cuts {PowerCuts}, kills {Kills}, clean restarts {Restarts}, faults {Faults}, "
        + $"forced compactions {Compactions}, objects read back whole {ObjectsChecked}, shared parts "
        + $"{SharedParts}, bytes punched {PunchedBytes}";
}

/// <summary>The engine and the model side by side, and the rules by which an outcome of the one is judged by the other.</summary>
internal sealed class SimulatedWorld(SimulatedVolume volume)
{
    private readonly ModelBucket?[] _buckets = [new ModelBucket(), null];
    private readonly bool[] _isBucketInDoubt = new bool[2];

    public SimulatedVolume Volume => volume;
    public ObjectStore Store => volume.Store;
    public SimulationCounts Counts { get; } = new();

    /// <summary>A fault other than a power cut is armed: a call may fail.</summary>
    public bool IsFaultArmed { get; set; }
    public bool MayFail => IsFaultArmed || volume.Faults.IsPowerOff;

    public ModelBucket? Model(int bucket) => _buckets[bucket];
    public bool IsBucketInDoubt(int bucket) => _isBucketInDoubt[bucket];

    public void SetBucket(int bucket, ModelBucket? model) => (_buckets[bucket], _isBucketInDoubt[bucket]) = (model, false);
    public void DoubtBucket(int bucket) => _isBucketInDoubt[bucket] = true;

    /// <summary>The engine's bucket and the model's; false when there is none, or nobody knows.</summary>
    public bool TryGetBucket(int index, out Bucket bucket, out ModelBucket model)
    {
        bucket = null!;
        model = _buckets[index]!;
        if (model is null || _isBucketInDoubt[index]) return false;
        bucket = Find(index) ?? throw new SimulationException($"Bucket {ScriptNames.Buckets[index]} is gone.");
        return true;
    }

    public Bucket? Find(int index) => Store.FindBucket(System.Text.Encoding.UTF8.GetBytes(ScriptNames.Buckets[index]));

    public async Task<T> InTimeAsync<T>(ValueTask<T> call, string what)
    {
        try
        {
            return await SimulatedVolume.InTimeAsync(call);
        }
        catch (TimeoutException)
        {
            throw new SimulationException($"{what} hangs.");
        }
    }

    /// <summary>An outcome that says "not done, or nobody knows", where such is allowed.</summary>
    public bool IsUnknown(StoreStatus status, string what)
    {
        // Only damage may be called damage.
        bool isDamage = status == StoreStatus.Corrupt && volume.Faults.Kind == FaultKind.Corruption;
        if (!isDamage && status is not (StoreStatus.IoFailed or StoreStatus.NoSpace or StoreStatus.Closed)) return false;
        if (!MayFail) throw new SimulationException($"{what} answered {status} though nothing failed.");
        return true;
    }

    /// <summary>Judges a write of a key by its outcome, and notes what the key may now be.</summary>
    public void Judge(ModelBucket model, byte[] key, ModelObject? next, ModelCondition condition, StoreStatus status, string what)
    {
        IReadOnlyList<ModelObject?> states = model.StatesOf(key);
        if (status == StoreStatus.Ok)
        {
            if (!states.Any(condition.Holds)) throw new SimulationException($"{what} went through though {condition} did not hold.");
            model.Set(key, next);
        }
        else if (status == StoreStatus.PreconditionFailed)
        {
            if (states.All(condition.Holds)) throw new SimulationException($"{what} was refused though {condition} held.");
        }
        else if (IsUnknown(status, what))
        {
            if (states.Any(condition.Holds)) model.Add(key, next);
        }
        else
        {
            throw new SimulationException($"{what} answered {status}.");
        }
    }
}

/// <summary>A condition as the model judges it, and as the engine asks it.</summary>
internal sealed class ModelCondition(StepCondition kind, long tag) : IWritePrecondition
{
    public static readonly ModelCondition None = new(StepCondition.None, 0);

    public static ModelCondition Draw(Step step, IReadOnlyList<ModelObject?> states) => step.Condition switch
    {
        StepCondition.None => None,
        StepCondition.IfCurrent => new ModelCondition(step.Condition, states[^1]?.Tag ?? -1),
        _ => new ModelCondition(step.Condition, -1),
    };

    public IWritePrecondition? ForEngine => kind == StepCondition.None ? null : this;

    public bool Holds(ModelObject? state) => Holds(state is not null, state?.Tag ?? 0);

    public StoreStatus Check(ObjectRecord? current) =>
        Holds(current is not null, current is null ? 0 : (long)current.ETag.Digest) ? StoreStatus.Ok : StoreStatus.PreconditionFailed;

    public override string ToString() => $"{kind}({tag})";

    private bool Holds(bool exists, long currentTag) => kind switch
    {
        StepCondition.IfAbsent => !exists,
        StepCondition.IfPresent => exists,
        StepCondition.IfCurrent or StepCondition.IfStale => exists && currentTag == tag,
        _ => true,
    };
}
