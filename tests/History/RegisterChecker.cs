using System.Numerics;

namespace RustFs.Tests.History;

/// <summary>
/// Checks that the history of one key is linearizable: that each call can be given a moment between its begin and its end, such that the
/// calls in that order do to a single register what the clients saw. Wing and Gong's search ("Testing and verifying concurrent objects",
/// 1993) in the just-in-time form of Lowe ("Testing for linearizability", 2016): calls and ends are gone through in time, and all ways that
/// the calls under way can have happened so far are kept as a set of configurations, each once. A history of any length needs no more
/// memory than its calls under way.
/// </summary>
internal sealed class RegisterChecker
{
    // One bit each; far more than clients.
    private const int MaxUnderWay = 64;

    private readonly RegisterOperation[] _slots = new RegisterOperation[MaxUnderWay];
    private HashSet<Configuration> _configurations = [new Configuration(RegisterOperation.Absent, 0)];
    private ulong _underWay;

    /// <summary>Why no order explains the history; null while one does.</summary>
    public string? Fault { get; private set; }

    public long CheckedCount { get; private set; }

    /// <summary>The most configurations held at once: how much freedom the history left.</summary>
    public int MostConfigurations { get; private set; } = 1;

    /// <summary>
    /// Goes through calls that all began after those of earlier batches had ended. Only unknown ones may reach past the batch's end.
    /// </summary>
    public void Check(IReadOnlyList<RegisterOperation> batch)
    {
        // At the same tick calls come before ends: they count as concurrent.
        var events = new List<(long Time, bool IsEnd, int Operation)>(batch.Count * 2);
        for (int index = 0; index < batch.Count; index++)
        {
            events.Add((batch[index].CalledAt, false, index));
            events.Add((batch[index].EndedAt, true, index));
        }
        events.Sort();
        var slotOf = new int[batch.Count];
        foreach ((_, bool isEnd, int operation) in events)
        {
            if (Fault is not null) return;
            if (!isEnd) slotOf[operation] = Begin(batch[operation]);
            else End(slotOf[operation]);
        }
    }

    private int Begin(in RegisterOperation operation)
    {
        int slot = BitOperations.TrailingZeroCount(~_underWay);
        if (slot == MaxUnderWay) throw new InvalidOperationException("More calls are under way than the checker has room for.");
        _slots[slot] = operation;
        _underWay |= 1UL << slot;
        return slot;
    }

    // Each configuration is led on until the ended call has happened in it; an unknown one may also never have happened.
    private void End(int slot)
    {
        ulong bit = 1UL << slot;
        bool isUnknown = _slots[slot].Outcome == RegisterOutcome.Unknown;
        var reached = new HashSet<Configuration>();
        var seen = new HashSet<Configuration>(_configurations);
        var waiting = new Stack<Configuration>(_configurations);
        while (waiting.TryPop(out Configuration configuration))
        {
            bool hasHappened = (configuration.Happened & bit) != 0;
            if (hasHappened || isUnknown) reached.Add(configuration with { Happened = configuration.Happened & ~bit });
            if (hasHappened) continue;
            for (ulong left = _underWay & ~configuration.Happened; left != 0; left &= left - 1)
            {
                int next = BitOperations.TrailingZeroCount(left);
                if (!_slots[next].TryApply(configuration.State, out int state)) continue;
                var led = new Configuration(state, configuration.Happened | (1UL << next));
                if (seen.Add(led)) waiting.Push(led);
            }
        }
        if (reached.Count == 0) Fault = Describe(slot);
        _underWay &= ~bit;
        _configurations = reached;
        MostConfigurations = Math.Max(MostConfigurations, reached.Count);
        CheckedCount++;
    }

    private string Describe(int slot)
    {
        var lines = new List<string> { $"no order explains: {_slots[slot]}", "under way:" };
        for (ulong left = _underWay; left != 0; left &= left - 1) lines.Add($"  {_slots[BitOperations.TrailingZeroCount(left)]}");
        lines.Add($"possible states before: {string.Join(", ", _configurations.Select(configuration => configuration.State).Distinct())}");
        return string.Join('\n', lines);
    }

    /// <summary>The register's value, and which of the calls under way have happened.</summary>
    private readonly record struct Configuration(int State, ulong Happened);
}
