using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>
/// Mutations that wait for one thread, in the order in which they came. Linked by themselves, so that queueing allocates nothing. What is
/// taken is under way until the next look. Thread-safe; one thread takes.
/// </summary>
internal sealed class MutationQueue
{
    private readonly object _gate = new();
    private Mutation? _first;
    private Mutation? _last;
    private TurnEnd?[] _turnEnds = [];
    private bool _isWaiting;
    private bool _isAdderWaiting;
    private bool _isUnderWay;
    private bool _hasEnded;

    /// <returns>False when the queue has ended.</returns>
    public bool TryAdd(Mutation mutation)
    {
        lock (_gate)
        {
            if (_hasEnded) return false;
            Append(mutation);
            return true;
        }
    }

    /// <summary>Adds all; to be called before the queue is ended.</summary>
    public void Add(List<Mutation> mutations)
    {
        lock (_gate)
        {
            foreach (Mutation mutation in mutations) Append(mutation);
        }
    }

    /// <summary>Returns when nothing waits any more: all that was added has been taken. For one thread.</summary>
    public void WaitUntilTaken()
    {
        lock (_gate)
        {
            while (_first is not null)
            {
                _isAdderWaiting = true;
                Monitor.Wait(_gate);
                _isAdderWaiting = false;
            }
        }
    }

    /// <summary>Adds one only where it would stand behind another, be that one under way.</summary>
    public bool TryAddBehind(Mutation mutation)
    {
        lock (_gate)
        {
            if (_hasEnded || (_first is null && !_isUnderWay)) return false;
            Append(mutation);
            return true;
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
        lock (_gate) return TakeAll();
    }

    /// <summary>The same after waiting for some. False when the queue has ended, and all were taken.</summary>
    public bool WaitAndTake(int timeoutMs, out Mutation? taken)
    {
        lock (_gate)
        {
            _isUnderWay = false;
            while (_first is null && !_hasEnded)
            {
                _isWaiting = true;
                bool wasPulsed = Monitor.Wait(_gate, timeoutMs);
                _isWaiting = false;
                if (!wasPulsed) break;
            }
            taken = TakeAll();
            return taken is not null || !_hasEnded;
        }
    }

    /// <summary>Nothing more may be added; whoever waits is woken.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            Monitor.Pulse(_gate);
        }
    }

    private Mutation? TakeAll()
    {
        Mutation? taken = _first;
        _isUnderWay = taken is not null;
        (_first, _last) = (null, null);
        if (_isAdderWaiting) Monitor.PulseAll(_gate);
        return taken;
    }

    private void Append(Mutation mutation)
    {
        mutation.Next = null;
        if (_last is null) _first = mutation;
        else _last.Next = mutation;
        _last = mutation;
        if (_isWaiting) Wake();
    }

    // A ring has more of them in its turn, as a rule. Woken for the first, the taker would have that one alone, and on one core it would
    // take the core from the ring.
    private void Wake()
    {
        if (RingLoop.Current is { IsStopping: false } ring) TurnEndOf(ring).Begin();
        else Monitor.Pulse(_gate);
    }

    private TurnEnd TurnEndOf(RingLoop ring)
    {
        if (ring.Index >= _turnEnds.Length) Array.Resize(ref _turnEnds, ring.Index + 1);
        TurnEnd? end = _turnEnds[ring.Index];
        if (end?.Ring == ring) return end;
        return _turnEnds[ring.Index] = new TurnEnd(this, ring);
    }

    /// <summary>Wakes the taker before the ring submits what its turn has prepared.</summary>
    private sealed class TurnEnd(MutationQueue queue, RingLoop ring) : RingWork
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
            lock (queue._gate)
            {
                if (queue._isWaiting) Monitor.Pulse(queue._gate);
            }
        }
    }
}
