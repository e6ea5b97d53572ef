namespace RustFs.Storage;

/// <summary>
/// Decides within one listing how many keys under a common prefix are walked before the rest is passed by a seek. A seek costs as much as
/// about twelve steps, so groups of a few keys are walked; neighbouring groups tend to be alike, so walks in vain become shorter.
/// </summary>
internal struct PrefixWalk()
{
    /// <summary>A walk in vain of this length adds a third to the seek.</summary>
    public const int MaxSteps = 4;

    /// <summary>After so many groups passed by seeks alone, one is walked again: the groups may have become small.</summary>
    private const int SeeksBeforeWalk = 16;

    private int _seeks;

    /// <summary>How many steps to try for the next group; 0 to seek at once.</summary>
    public int Steps { get; private set; } = MaxSteps;

    /// <summary>The walk passed the whole group.</summary>
    public void Passed() => Steps = MaxSteps;

    /// <summary>The group was longer than the walk.</summary>
    public void Sought()
    {
        Steps /= 2;
        if (Steps > 0)
            return;
        _seeks++;
        if (_seeks == SeeksBeforeWalk)
            (_seeks, Steps) = (0, MaxSteps);
    }
}
