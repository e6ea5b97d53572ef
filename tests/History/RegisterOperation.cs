namespace RustFs.Tests.History;

internal enum RegisterCall : byte { Put, PutIfMatch, PutIfAbsent, Get, Delete }

internal enum RegisterOutcome : byte
{
    Ok,
    /// <summary>The write's condition did not hold.</summary>
    Refused,
    /// <summary>It may have taken effect or not: the answer never came.</summary>
    Unknown,
}

/// <summary>
/// One call on one key as its client saw it. Every put writes a value of its own, so that a value stands for its ETag; 0 is "no object".
/// </summary>
internal readonly record struct RegisterOperation
{
    public const int Absent = 0;

    public required RegisterCall Call { get; init; }

    /// <summary>What a put writes; what a get found.</summary>
    public int Value { get; init; }

    /// <summary>The value whose ETag an If-Match names.</summary>
    public int Expected { get; init; }
    public RegisterOutcome Outcome { get; init; }
    public int Client { get; init; }

    /// <summary>Before the call began, in ticks of a monotonic clock.</summary>
    public required long CalledAt { get; init; }

    /// <summary>After it ended; of an unknown one, the time by which it has taken effect or never will.</summary>
    public required long EndedAt { get; init; }

    /// <summary>Whether the call can have come at this state, and the state it leaves.</summary>
    public bool TryApply(int state, out int next)
    {
        next = state;
        bool isUnknown = Outcome == RegisterOutcome.Unknown;
        switch (Call)
        {
            case RegisterCall.Get:
                return isUnknown || Value == state;
            case RegisterCall.Delete:
                next = Absent;
                return true;
            case RegisterCall.Put:
                next = Value;
                return true;
            default:
                bool holds = state == (Call == RegisterCall.PutIfMatch ? Expected : Absent);
                if (Outcome == RegisterOutcome.Refused) return !holds;
                if (holds) next = Value;
                return holds;
        }
    }

    public override string ToString() =>
        $"client {Client}: {Call}({(Call == RegisterCall.PutIfMatch ? $"{Expected} -> " : "")}{Value}) {Outcome} [{CalledAt}, {EndedAt}]";
}
