namespace RustFs.Uring;

/// <summary>
/// An operation that the kernel carries out. One instance serves one submission at a time and is used again. From <see
/// cref="RingLoop.Prepare"/> to its last completion the ring's slot table roots it, and with it the memory that it holds pinned.
/// </summary>
public abstract class RingOperation
{
    internal const int NoSlot = -1;

    internal int Slot = NoSlot;

    // Whether the ring counts on its completion; settled when it is prepared.
    internal bool IsCertain;

    // While it waits for its turn after others' completions.
    internal RingOperation? NextDeferred;
    internal int DeferredResult;
    internal CompletionFlags DeferredFlags;

    /// <summary>True from the submission to its last completion. Read on the ring's thread.</summary>
    public bool IsInFlight => Slot != NoSlot;

    /// <summary>
    /// True for one that the kernel completes while it is submitted, since it may not wait, and that nobody waits for: the ring can then
    /// wait for one event more. Asked when it is prepared.
    /// </summary>
    protected internal virtual bool CompletesAtOnce => false;

    /// <summary>
    /// On the ring's thread, once for each completion. Must neither throw nor block. Without <see cref="CompletionFlags.More"/> it was the
    /// last and the operation may be prepared again.
    /// </summary>
    protected internal abstract void Complete(int result, CompletionFlags flags);

    /// <summary>
    /// Whether what follows this completion takes long, as hashing a piece of a large body does: it is then done after the short ones, and
    /// one at a time between two looks at the ring.
    /// </summary>
    protected internal virtual bool IsLong(int result) => false;
}
