namespace RustFs.Uring;

/// <summary>
/// Something to be done on a ring's thread. It links itself into the queues, so that queueing allocates nothing; it is in at most one queue
/// at a time.
/// </summary>
public abstract class RingWork
{
    internal RingWork? NextQueued;

    /// <summary>On the ring's thread. Must neither throw nor block.</summary>
    protected internal abstract void Run();
}

/// <summary>Work in the order it came. For one thread.</summary>
internal struct RingWorkQueue
{
    private RingWork? _first;
    private RingWork? _last;

    public readonly bool IsEmpty => _first is null;

    public void Add(RingWork work)
    {
        work.NextQueued = null;
        if (_last is null)
            _first = work;
        else
            _last.NextQueued = work;
        _last = work;
    }

    public RingWork? Take()
    {
        RingWork? work = _first;
        if (work is null)
            return null;
        _first = work.NextQueued;
        work.NextQueued = null;
        if (_first is null)
            _last = null;
        return work;
    }
}
