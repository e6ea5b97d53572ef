using System.Text;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

internal enum StepKind
{
    Put, PutInPlace, AbandonWriter, Get, GetRange, Delete, ReplaceFields, Copy, Burst, Append, Rename, Share,
    CreateUpload, PutPart, SharePart, Complete, Abort, ListParts, ListUploads, List,
    CreateBucket, DeleteBucket, ListBuckets, Compact, Check,
    Close, Kill, CutPower, ArmPowerCut, ArmFault, EndFault,
    SetVersioning, PutVersion, DeleteKey, DeleteVersion, VersionBurst, DeleteVersions, GetVersion, ListVersions,
    HoldVersion, RetainVersion, AdvanceTime, AppendVersion, RenameVersion,
}

internal enum StepCondition { None, IfAbsent, IfPresent, IfCurrent, IfStale }

/// <summary>One step of a script. All choices are in it, so that it means the same when other steps are taken out.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Id">Unique in the script: names the bytes and the tag that the step writes.</param>
internal sealed record Step(StepKind Kind, long Id)
{
    public int Bucket { get; init; }
    public int Key { get; init; }
    public int OtherKey { get; init; }
    public int LengthBytes { get; init; }
    public StepCondition Condition { get; init; }
    public int Slot { get; init; }
    public int Number { get; init; }
    public int Max { get; init; }
    public int Prefix { get; init; }
    public int Delimiter { get; init; }
    public int After { get; init; }
    public int Seed { get; init; }
    public FaultKind Fault { get; init; }

    /// <summary>At which access a fault begins, and for how many it lasts.</summary>
    public int At { get; init; }
    public int Count { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder($"{Id,6} {Kind}");
        Show(nameof(Bucket), Bucket);
        Show(nameof(Key), Key);
        Show(nameof(OtherKey), OtherKey);
        Show(nameof(LengthBytes), LengthBytes);
        if (Condition != StepCondition.None) text.Append(" Condition=").Append(Condition);
        Show(nameof(Slot), Slot);
        Show(nameof(Number), Number);
        Show(nameof(Max), Max);
        Show(nameof(Prefix), Prefix);
        Show(nameof(Delimiter), Delimiter);
        Show(nameof(After), After);
        Show(nameof(Seed), Seed);
        if (Fault != FaultKind.None) text.Append(" Fault=").Append(Fault);
        Show(nameof(At), At);
        Show(nameof(Count), Count);
        return text.ToString();

        void Show(string name, int value)
        {
            if (value != 0) text.Append($" {name}={value}");
        }
    }
}

/// <summary>The names that scripts use: few, so that they meet; awkward, so that ordering and folding are tried.</summary>
internal static class ScriptNames
{
    public static readonly byte[][] Keys =
    [
        .. Texts("a", "a/", "a/b", "a/b/c", "a/b/d", "a//b", "a0", "b", "b\0", "b\0c", "c/x", "c/y", "c/z", "dir/sub/1", "dir/sub/2",
            "dir/sub2/1", "é", "日本/語", " ", "%2F"),
        [0xFF], [0xFF, 0xFF, (byte)'x'], [.. Enumerable.Repeat((byte)'k', IndexKeys.MaxObjectKeyBytes)],
        [.. Enumerable.Repeat((byte)'k', IndexKeys.MaxObjectKeyBytes - 1), (byte)'l'],
        .. Texts([.. Enumerable.Range(0, 12).Select(number => $"many/{number:D3}")]),
    ];

    public static readonly byte[][] Prefixes =
        [.. Texts("", "a", "a/", "a/b", "b\0", "c/", "dir/", "dir/sub", "many/", "zzz", "日"), [0xFF], Keys[22], [.. Keys[22], (byte)'k']];

    public static readonly byte[][] Delimiters = [.. Texts("", "/", "//", "b", "\0", "sub", "/sub"), [0xFF]];

    public static readonly byte[][] Markers =
        [[], .. Keys, .. Prefixes, .. Texts("a/!", "a/b/", "many/005!", "m"), [.. Keys[22], (byte)'k', 0xFF]];

    public static readonly string[] Buckets = ["alpha", "beta"];

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}

/// <summary>Draws scripts from a seed.</summary>
internal sealed class ScriptGenerator(int seed)
{
    public const int Slots = 3;
    private const int MaxBodyBytes = 1_300_000;

    // How often each kind of step is drawn.
    private static readonly (StepKind Kind, int Weight)[] Weights =
    [
        (StepKind.Put, 160), (StepKind.PutInPlace, 60), (StepKind.AbandonWriter, 12), (StepKind.Get, 90), (StepKind.GetRange, 90),
        (StepKind.Delete, 70), (StepKind.ReplaceFields, 40), (StepKind.Copy, 25), (StepKind.Burst, 30),
        (StepKind.Append, 60), (StepKind.Rename, 25), (StepKind.Share, 30),
        (StepKind.CreateUpload, 30), (StepKind.PutPart, 70), (StepKind.SharePart, 50), (StepKind.Complete, 24),
        (StepKind.Abort, 8), (StepKind.ListParts, 20),
        (StepKind.ListUploads, 25), (StepKind.List, 110),
        (StepKind.CreateBucket, 10), (StepKind.DeleteBucket, 10), (StepKind.ListBuckets, 5), (StepKind.Compact, 20), (StepKind.Check, 6),
        (StepKind.Close, 3), (StepKind.Kill, 5), (StepKind.CutPower, 8), (StepKind.ArmPowerCut, 14), (StepKind.ArmFault, 8),
        (StepKind.EndFault, 16),
        (StepKind.SetVersioning, 10), (StepKind.PutVersion, 70), (StepKind.DeleteKey, 30), (StepKind.DeleteVersion, 40),
        (StepKind.VersionBurst, 12), (StepKind.DeleteVersions, 6), (StepKind.GetVersion, 20), (StepKind.ListVersions, 20),
        (StepKind.HoldVersion, 25), (StepKind.RetainVersion, 20), (StepKind.AdvanceTime, 12), (StepKind.AppendVersion, 40),
        (StepKind.RenameVersion, 25),
    ];

    private static readonly int TotalWeight = Weights.Sum(entry => entry.Weight);
    private readonly Random _random = new(seed);

    public List<Step> Draw(int count) => [.. Enumerable.Range(1, count).Select(id => DrawStep(id))];

    // Only what a kind uses is drawn for it, so that a script reads well.
    private Step DrawStep(long id)
    {
        StepKind kind = DrawKind();
        var step = new Step(kind, id) { Seed = _random.Next() };
        return kind switch
        {
            StepKind.Close or StepKind.Kill or StepKind.CutPower => step,
            StepKind.Compact or StepKind.Check or StepKind.ListBuckets or StepKind.EndFault => step with { Seed = 0 },
            StepKind.ArmPowerCut => step with { At = _random.Next(1, 25) },
            StepKind.ArmFault => step with
            {
                Fault = (FaultKind)_random.Next((int)FaultKind.Eio, (int)FaultKind.PowerCut),
                At = _random.Next(1, 25),
                Count = _random.Next(3) == 0 ? _random.Next(2, 40) : 1,
            },
            StepKind.AbandonWriter => step with { LengthBytes = DrawLength() },
            >= StepKind.SetVersioning => DrawOnVersions(step with { Key = DrawKey(), Number = _random.Next(30) }),
            _ => DrawInBucket(step with { Bucket = _random.Next(4) == 0 ? 1 : 0 }),
        };
    }

    private Step DrawInBucket(Step step) => step.Kind switch
    {
        StepKind.Put or StepKind.PutInPlace => step with
        {
            Key = DrawKey(),
            LengthBytes = step.Kind == StepKind.PutInPlace ? _random.Next(SmallBytes + 1) : DrawLength(),
            Condition = DrawCondition(),
        },
        StepKind.Get or StepKind.GetRange => step with { Key = DrawKey() },
        StepKind.Delete or StepKind.ReplaceFields => step with { Key = DrawKey(), Condition = DrawCondition() },
        StepKind.Copy => step with { Key = DrawKey(), OtherKey = DrawKey() },
        StepKind.Append => step with
        {
            Key = DrawKey(),
            LengthBytes = 1 + DrawLength(),
            Condition = DrawCondition(),
            Number = _random.Next(8) == 0 ? 1 : 0,
        },
        StepKind.Rename or StepKind.Share => step with { Key = DrawKey(), OtherKey = DrawKey(), Condition = DrawCondition() },
        StepKind.CreateUpload => step with { Key = DrawKey(), Slot = _random.Next(Slots) },
        StepKind.PutPart => step with { Slot = _random.Next(Slots), Number = DrawPartNumber(), LengthBytes = DrawLength() },
        StepKind.SharePart => step with { Slot = _random.Next(Slots), Number = DrawPartNumber(), OtherKey = DrawKey() },
        StepKind.Complete => step with { Slot = _random.Next(Slots), Condition = DrawCondition() },
        StepKind.Abort => step with { Slot = _random.Next(Slots) },
        StepKind.ListParts => step with { Slot = _random.Next(Slots), Number = DrawPartNumber(), Max = DrawMax() },
        StepKind.List or StepKind.ListUploads => step with
        {
            Max = DrawMax(),
            Prefix = _random.Next(2) == 0 ? 0 : _random.Next(ScriptNames.Prefixes.Length),
            Delimiter = _random.Next(3) == 0 ? 0 : _random.Next(ScriptNames.Delimiters.Length),
            After = _random.Next(2) == 0 ? 0 : _random.Next(ScriptNames.Markers.Length),
        },
        _ => step,
    };

    private Step DrawOnVersions(Step step) => step.Kind switch
    {
        StepKind.PutVersion => step with { LengthBytes = DrawLength(), Condition = DrawCondition() },
        StepKind.AppendVersion => step with { LengthBytes = 1 + DrawLength(), Condition = DrawCondition() },
        StepKind.DeleteKey => step with { Condition = DrawCondition() },
        StepKind.ListVersions => step with
        {
            Max = DrawMax(),
            Prefix = _random.Next(2) == 0 ? 0 : _random.Next(ScriptNames.Prefixes.Length),
            Delimiter = _random.Next(2) == 0 ? 0 : _random.Next(ScriptNames.Delimiters.Length),
        },
        _ => step,
    };

    private int DrawKey() => _random.Next(ScriptNames.Keys.Length);

    private StepCondition DrawCondition() => _random.Next(3) == 0 ? (StepCondition)_random.Next(5) : StepCondition.None;

    private int DrawPartNumber() => _random.Next(8) == 0 ? _random.Next(1, 10_001) : _random.Next(1, 6);

    private int DrawMax() => _random.Next(8) == 0 ? 1000 : _random.Next(9);

    private const int SmallBytes = 64 * 1024;

    private int DrawLength() => _random.Next(20) switch
    {
        0 => 0,
        < 8 => _random.Next(5000),
        < 13 => _random.Next(SmallBytes + 1),
        13 => SmallBytes,
        14 => SmallBytes + 1,
        < 19 => _random.Next(SmallBytes, 400_000),
        _ => _random.Next(MaxBodyBytes),
    };

    private StepKind DrawKind()
    {
        int drawn = _random.Next(TotalWeight);
        foreach ((StepKind kind, int weight) in Weights)
        {
            if ((drawn -= weight) < 0) return kind;
        }
        throw new InvalidOperationException();
    }
}
