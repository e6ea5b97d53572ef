using System.Diagnostics;

namespace RustFs.Tests.History;

/// <summary>Records what clients did to a few keys, and checks it key by key whenever no call is under way.</summary>
internal sealed class RegisterHistory(int clientCount, int keyCount)
{
    private readonly List<(int Key, RegisterOperation Operation)>[] _recorded =
        [.. Enumerable.Range(0, clientCount).Select(_ => new List<(int, RegisterOperation)>())];
    private readonly RegisterChecker[] _checkers = [.. Enumerable.Range(0, keyCount).Select(_ => new RegisterChecker())];
    private int _lastValue;

    public int KeyCount => keyCount;
    public long CheckedCount => _checkers.Sum(checker => checker.CheckedCount);
    public int MostConfigurations => _checkers.Max(checker => checker.MostConfigurations);

    /// <summary>How many calls of a kind ended so.</summary>
    public Dictionary<(RegisterCall Call, RegisterOutcome Outcome), long> Counts { get; } = [];

    public static long Now => Stopwatch.GetTimestamp();

    public int NextValue() => Interlocked.Increment(ref _lastValue);

    /// <summary>Called by the client's own thread.</summary>
    public void Record(int key, in RegisterOperation operation) => _recorded[operation.Client].Add((key, operation));

    /// <summary>While no call is under way. Returns what cannot be explained, or null.</summary>
    public string? Check()
    {
        List<RegisterOperation>[] batches = [.. Enumerable.Range(0, keyCount).Select(_ => new List<RegisterOperation>())];
        foreach (List<(int Key, RegisterOperation Operation)> recorded in _recorded)
        {
            foreach ((int key, RegisterOperation operation) in recorded)
            {
                batches[key].Add(operation);
                Counts[(operation.Call, operation.Outcome)] = Counts.GetValueOrDefault((operation.Call, operation.Outcome)) + 1;
            }
            recorded.Clear();
        }
        for (int key = 0; key < keyCount; key++)
        {
            _checkers[key].Check(batches[key]);
            if (_checkers[key].Fault is { } fault) return $"key {key}, after {_checkers[key].CheckedCount} calls: {fault}";
        }
        return null;
    }

    public string Summary() => $"{CheckedCount} calls checked ({string.Join(", ",
        Counts.OrderBy(count => count.Key).Select(count => $"{count.Key.Call} {count.Key.Outcome} {count.Value}"))}), "
        + $"at most {MostConfigurations} configurations";
}
