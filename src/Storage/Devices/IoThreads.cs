namespace RustFs.Storage;

/// <summary>
/// Work for the I/O threads. Linked by the queue itself, so that queueing allocates nothing; an instance is in the queue at most once.
/// </summary>
internal abstract class IoJob
{
    internal IoJob? NextQueued;

    /// <summary>Runs on an I/O thread; must not throw.</summary>
    public abstract void Run();
}

/// <summary>A few threads that may block in reads, writes and checksums, so that the thread pool never does.</summary>
internal sealed class IoThreads : IEngineWork, IDisposable
{
    private readonly Lock _gate = new();
    private readonly FutexSemaphore _queued = new();
    private readonly IEngineActivity[] _threads;
    private IoJob? _first;
    private IoJob? _last;
    private volatile bool _isStopping;

    public IoThreads(int count, IEngineScheduler scheduler)
    {
        _threads = new IEngineActivity[count];
        for (int index = 0; index < count; index++) _threads[index] = scheduler.Start(EngineTask.Io, this);
    }

    public void Queue(IoJob job)
    {
        lock (_gate)
        {
            if (_last is null) _first = job;
            else _last.NextQueued = job;
            _last = job;
        }
        _queued.Release();
    }

    /// <summary>Finishes what is queued, then ends the threads.</summary>
    public void Dispose()
    {
        _isStopping = true;
        _queued.Release(_threads.Length);
        foreach (IEngineActivity thread in _threads) thread.Join();
    }

    void IEngineWork.Run()
    {
        while (true)
        {
            _queued.Wait();
            if (Take() is { } job) job.Run();
            else if (_isStopping) return;
        }
    }

    bool IEngineWork.Step()
    {
        if (!_queued.TryTake()) return false;
        Take()?.Run();
        return true;
    }

    private IoJob? Take()
    {
        lock (_gate)
        {
            IoJob? job = _first;
            if (job is null) return null;
            _first = job.NextQueued;
            if (_first is null) _last = null;
            job.NextQueued = null;
            return job;
        }
    }
}
