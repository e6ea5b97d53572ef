namespace RustFs.Storage;

/// <summary>Who may end a retention before its time. Stored: never renumber.</summary>
public enum RetentionMode : byte
{
    /// <summary>There is no retention.</summary>
    None = 0,
    /// <summary>Whoever may bypass it.</summary>
    Governance = 1,
    /// <summary>Nobody.</summary>
    Compliance = 2,
}

/// <summary>For how long a version is kept. The default is no retention.</summary>
/// <param name="UntilMs">Milliseconds since 1970 (UTC); the version may go when it is reached.</param>
public readonly record struct Retention(RetentionMode Mode, long UntilMs)
{
    /// <summary>Whether the version must stay at a time.</summary>
    public bool Forbids(long timeMs, bool bypassesGovernance) =>
        timeMs < UntilMs && (Mode == RetentionMode.Compliance || (Mode == RetentionMode.Governance && !bypassesGovernance));

    /// <summary>Whether another may take its place at a time. One of the same mode that is no shorter always may.</summary>
    public bool Permits(Retention next, long timeMs, bool bypassesGovernance) =>
        (next.Mode == Mode && next.UntilMs >= UntilMs) || !Forbids(timeMs, bypassesGovernance);
}
