using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>The rings that transfer bodies, if there are any, and how many transfers they have under way. Thread-safe.</summary>
internal sealed class RingFiles(RingSet? rings)
{
    private int _count;
    private int _next;
    private volatile bool _isClosed;

    /// <summary>
    /// The ring for one more transfer: that of this thread if it is a ring's, or each in turn. Null without rings. Answered by <see
    /// cref="End"/>.
    /// </summary>
    public RingLoop? TryBegin()
    {
        if (rings is null)
            return null;
        Interlocked.Increment(ref _count);
        if (!_isClosed)
            return RingLoop.Current ?? rings.Loops[(Interlocked.Increment(ref _next) & int.MaxValue) % rings.Loops.Count];
        End();
        return null;
    }

    public void End() => Interlocked.Decrement(ref _count);

    /// <summary>Begins nothing more and waits for what is under way. Not on a ring's thread.</summary>
    public void Close()
    {
        if (rings is not null && RingLoop.Current is not null)
            throw new InvalidOperationException("A ring's thread cannot wait for its own transfers.");
        _isClosed = true;
        while (Volatile.Read(ref _count) > 0)
            Thread.Sleep(1);
    }
}
