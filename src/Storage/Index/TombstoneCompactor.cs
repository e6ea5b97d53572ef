namespace RustFs.Storage;

/// <summary>
/// Compacts key ranges in which cursors had to step over many deleted keys, one range at a time, on a thread of its own: after mass deletes
/// every listing of such a range would pay for each of them again.
/// </summary>
internal sealed class TombstoneCompactor(RocksDbIndex index) : IDisposable
{
    // A skipped deletion costs about 0.2 µs, so this many cost a page under 1 ms.
    internal const int TombstonesPerCompaction = 4096;

    // After a compaction the thread rests this many times as long as it took: listings under deletes never have it run all the time.
    private const int RestPerWork = 3;

    private readonly Lock _lock = new();
    private readonly AutoResetEvent _requested = new(false);
    private readonly ManualResetEvent _stop = new(false);
    private Thread? _thread;
    private Request? _pending;
    private bool _isStopped;
    private long _tombstonesSkipped;
    private long _compactions;

    public long TombstonesSkipped => Volatile.Read(ref _tombstonesSkipped);

    public long Compactions => Volatile.Read(ref _compactions);

    /// <summary>
    /// What a cursor met in [first, end). Queues the range unless one waits already: the next cursor there will report it again.
    /// </summary>
    public void Report(Keyspace keyspace, long skipped, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end)
    {
        if (skipped <= 0)
        {
            return;
        }
        Interlocked.Add(ref _tombstonesSkipped, skipped);
        if (skipped < TombstonesPerCompaction)
        {
            return;
        }
        lock (_lock)
        {
            if (_pending != null || _isStopped)
            {
                return;
            }
            _pending = new Request(keyspace, first.ToArray(), end.ToArray());
            if (_thread == null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "index compaction" };
                _thread.Start();
            }
            _requested.Set();
        }
    }

    /// <summary>Starts no further compaction; a running one goes on until the database cancels it.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _stop.Set();
        }
    }

    public void Dispose()
    {
        Stop();
        _thread?.Join();
        _requested.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        const int StopSignalled = 0;
        WaitHandle[] signals = [_stop, _requested];
        while (WaitHandle.WaitAny(signals) != StopSignalled)
        {
            long start = Environment.TickCount64;
            Request request = _pending!;
            try
            {
                index.CompactRange(request.Keyspace, request.First, request.End);
                Interlocked.Increment(ref _compactions);
            }
            catch (IndexException)
            {
                // The database is closed after a failed reopen: a later cursor reports the range again.
            }
            bool isStopping = _stop.WaitOne(TimeSpan.FromMilliseconds((Environment.TickCount64 - start) * RestPerWork));
            lock (_lock)
            {
                _pending = null;
            }
            if (isStopping)
            {
                return;
            }
        }
    }

    private sealed record Request(Keyspace Keyspace, byte[] First, byte[] End);
}
