namespace RustFs.Storage;

/// <summary>What the engine does by itself.</summary>
internal enum EngineTask : byte
{
    Commit,
    /// <summary>Places for bodies, ahead of their commit.</summary>
    Place,
    /// <summary>Reads, writes and checksums of bodies.</summary>
    Io,
    /// <summary>Making the segments that are appended to next.</summary>
    Prepare,
    Reclaim,
    Scrub,
}

/// <summary>
/// Gives the engine's own work its execution. On a server each task has threads that wait for work; a simulation does the work piece by
/// piece on its one thread, in an order that follows from its seed, so that what once failed fails again.
/// </summary>
internal interface IEngineScheduler
{
    IEngineActivity Start(EngineTask task, IEngineWork work);

    /// <summary>Lets others have the device for a while.</summary>
    void Rest(long timeMs);
}

/// <summary>A task's work. Only one of the two ways is taken.</summary>
internal interface IEngineWork
{
    /// <summary>Waits for work and does it, until it is told to stop.</summary>
    void Run();

    /// <summary>Does one piece of the work that is due, and does not wait for more; false when there was none.</summary>
    bool Step();
}

/// <summary>A task under way.</summary>
internal interface IEngineActivity
{
    /// <summary>
    /// For whoever needs the task's outcome before going on: does a piece of its work on the caller's thread. False when the task has a
    /// thread of its own, which is to be waited for.
    /// </summary>
    bool TryStep();

    /// <summary>Returns when the task has ended; it was told to stop before.</summary>
    void Join();
}
