using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>
/// Mutations that wait for one thread, in the order in which they came. Linked by themselves, so that queueing allocates nothing. What is
/// taken is under way until the next look. Thread-safe; one thread takes.
/// </summary>
internal sealed class MutationQueue
{
    private readonly Lock _gate = new();
    private readonly FutexSemaphore _taker = new();
    private readonly FutexSemaphore _adder = new();
    private Mutation? _first;
    private Mutation? _last;
    private TurnEnd?[] _turnEnds = [];
    private bool _isTakerWaiting;
    private bool _isAdderWaiting;
    private bool _isUnderWay;
    private bool _hasEnded;

    /// <returns>False when the queue has ended.</returns>
    public bool TryAdd(Mutation mutation)
    {
        bool wakes;
        lock (_gate)
        {
            if (_hasEnded) return false;
            Append(mutation);
            wakes = TakeWaitingTaker();
        }
        if (wakes) WakeTaker();
        return true;
    }

    /// <summary>Adds one only where it would stand behind another, be that one under way.</summary>
    public bool TryAddBehind(Mutation mutation)
    {
        bool wakes;
        lock (_gate)
        {
            if (_hasEnded || (_first is null && !_isUnderWay)) return false;
            Append(mutation);
            wakes = TakeWaitingTaker();
        }
        if (wakes) WakeTaker();
        return true;
    }

    /// <summary>Adds all; to be called before the queue is ended.</summary>
    public void Add(List<Mutation> mutations)
    {
        bool wakes;
        lock (_gate)
        {
            foreach (Mutation mutation in mutations) Append(mutation);
            wakes = TakeWaitingTaker();
        }
        if (wakes) _taker.Release();
    }

    /// <summary>Returns when nothing waits any more: all that was added has been taken. For one thread.</summary>
    public void WaitUntilTaken()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_first is null) return;
                _isAdderWaiting = true;
            }
            _adder.Wait();
        }
    }

    /// <summary>Nothing waits, and nothing is under way.</summary>
    public bool IsIdle
    {
        get { lock (_gate) return _first is null && !_isUnderWay; }
    }

    /// <summary>What was taken is decided: nothing of it is under way any more.</summary>
    public void EndTaken()
    {
        lock (_gate) _isUnderWay = false;
    }

    /// <summary>Takes all that wait, linked, and does not wait for more; null when there are none.</summary>
    public Mutation? Take()
    {
        Mutation? taken;
        bool wakes;
        lock (_gate)
        {
            taken = _first;
            _isUnderWay = taken is not null;
            (_first, _last) = (null, null);
            wakes = _isAdderWaiting;
            _isAdderWaiting = false;
        }
        if (wakes) _adder.Release();
        return taken;
    }

    /// <summary>The same after waiting for some. False when the queue has ended, and all were taken.</summary>
    public bool WaitAndTake(int timeoutMs, out Mutation? taken)
    {
        while (true)
        {
            lock (_gate)
            {
                _isUnderWay = false;
                if (_first is not null || _hasEnded) break;
                _isTakerWaiting = true;
            }
            if (!_taker.Wait(timeoutMs)) break;
        }
        taken = Take();
        return taken is not null || !HasEnded;
    }

    /// <summary>Nothing more may be added; whoever waits is woken.</summary>
    public void End()
    {
        lock (_gate) _hasEnded = true;
        _taker.Release();
    }

    private bool HasEnded
    {
        get { lock (_gate) return _hasEnded; }
    }

    private void Append(Mutation mutation)
    {
        mutation.Next = null;
        if (_last is null) _first = mutation;
        else _last.Next = mutation;
        _last = mutation;
    }

    // One wakes for all. A taker that stopped waiting by itself is woken once more than it needs, and looks again.
    private bool TakeWaitingTaker()
    {
        bool wasWaiting = _isTakerWaiting;
        _isTakerWaiting = false;
        return wasWaiting;
    }

    // A ring has more of them in its turn, as a rule. Woken for the first, the taker would have that one alone, and on one core it would
    // take the core from the ring.
    private void WakeTaker()
    {
        if (RingLoop.Current is { IsStopping: false } ring) TurnEndOf(ring).Begin();
        else _taker.Release();
    }

    private TurnEnd TurnEndOf(RingLoop ring)
    {
        lock (_gate)
        {
            if (ring.Index >= _turnEnds.Length) Array.Resize(ref _turnEnds, ring.Index + 1);
            TurnEnd? end = _turnEnds[ring.Index];
            if (end?.Ring != ring) _turnEnds[ring.Index] = end = new TurnEnd(_taker, ring);
            return end;
        }
    }

    /// <summary>Wakes the taker before the ring submits what its turn has prepared.</summary>
    private sealed class TurnEnd(FutexSemaphore taker, RingLoop ring) : RingWork
    {
        private bool _isQueued;

        public RingLoop Ring => ring;

        /// <summary>On the ring's thread.</summary>
        public void Begin()
        {
            if (_isQueued) return;
            _isQueued = true;
            ring.BeforeSubmit(this);
        }

        protected override void Run()
        {
            _isQueued = false;
            taker.Release();
        }
    }
}
