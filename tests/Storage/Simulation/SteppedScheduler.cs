using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// Runs the engine and its clients on one thread, one piece at a time, in an order drawn from a seed: what the seed did once it does again.
/// Continuations of clients come here too, as this is their synchronisation context. At each access to the medium others may be let in,
/// as if the one at work had been preempted there.
/// </summary>
internal sealed class SteppedScheduler : SynchronizationContext, IEngineScheduler
{
    // How deep preemptions nest: three at work at once show what two on cores of their own and a third in between could.
    private const int MaxDepth = 3;

    // Passes of reclaim and scrub are long; in production they come a few times a second.
    private const int StepsPerPass = 64;

    // Pieces of work that lead to nothing, one after another, before a wait is taken to be for ever. Each takes a simulated millisecond,
    // and writers that are paced may wait for a second.
    private const int MaxIdleSteps = 2500;

    private readonly Random _random;
    private readonly int _accessesPerPreemption;
    private readonly int _clientsPerTask;
    private readonly List<Activity> _activities = [];
    private readonly List<(SendOrPostCallback Callback, object? State)> _posted = [];
    private readonly FaultPlan _faults;
    private int _depth;
    private bool _isUninterrupted = true;
    private int _idleSteps;

    public SteppedScheduler(int seed, FaultPlan faults)
    {
        (_random, _faults) = (new Random(seed), faults);
        _accessesPerPreemption = _random.Next(2, 20);
        // Of clients' work, to one of the engine's where both wait: many make large groups.
        _clientsPerTask = _random.Next(1, 10);
        faults.Accessing = Preempt;
    }

    public SimulatedTime Time { get; } = new();

    /// <summary>
    /// Whether clients may be let in at any access. Not while one of them may end the engine, which is then in the middle of something.
    /// </summary>
    public bool ClientsPreempt { get; set; }

    /// <summary>Steps until the task has ended. Nothing else of the engine or its clients runs meanwhile, or afterwards.</summary>
    public void Run(Func<Task> begin)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            Task task = begin();
            while (!task.IsCompleted)
            {
                if (!TryStepAny()) Idle();
            }
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));
    public override void Send(SendOrPostCallback d, object? state) => d(state);
    public override SynchronizationContext CreateCopy() => this;

    public IEngineActivity Start(EngineTask task, IEngineWork work)
    {
        var activity = new Activity(this, task, work);
        _activities.Add(activity);
        return activity;
    }

    public void Rest(long timeMs) => Time.Advance(timeMs);

    // A piece of a client's or the engine's work, whichever is drawn first of those that have any.
    private bool TryStepAny()
    {
        Time.Advance(1);
        if (_random.Next(_clientsPerTask + 1) != 0 && TryRunPosted()) return true;
        int count = _activities.Count;
        int first = count == 0 ? 0 : _random.Next(count);
        for (int turn = 0; turn < count; turn++)
        {
            Activity activity = _activities[(first + turn) % count];
            bool isPass = activity.Task is EngineTask.Reclaim or EngineTask.Scrub;
            if (isPass && (_depth > 0 || _random.Next(StepsPerPass) != 0)) continue;
            if (activity.TryRun() && !isPass) return true;
            if (_activities.Count != count) return true;
        }
        return TryRunPosted();
    }

    private bool TryRunPosted()
    {
        if (_posted.Count == 0 || (_depth > 0 && !ClientsPreempt)) return false;
        _idleSteps = 0;
        int chosen = _random.Next(_posted.Count);
        (SendOrPostCallback callback, object? state) = _posted[chosen];
        _posted.RemoveAt(chosen);
        bool before = _isUninterrupted;
        _isUninterrupted = false;
        callback(state);
        _isUninterrupted = before;
        return true;
    }

    private void Preempt()
    {
        if (_isUninterrupted || _depth >= MaxDepth || _random.Next(_accessesPerPreemption) != 0) return;
        _depth++;
        TryStepAny();
        _depth--;
    }

    private void Idle()
    {
        if (++_idleSteps > MaxIdleSteps) throw new SimulationException("Something waits for what nobody does: it hangs.");
    }

    private sealed class Activity(SteppedScheduler scheduler, EngineTask task, IEngineWork work) : IEngineActivity
    {
        private bool _isRunning;

        public EngineTask Task => task;

        /// <summary>False when there was nothing to do, or it is in the middle of something.</summary>
        public bool TryRun()
        {
            if (_isRunning) return false;
            bool before = scheduler._isUninterrupted;
            // The others hold locks where they access the medium, or could wait for the one they interrupt.
            scheduler._isUninterrupted = task is not (EngineTask.Commit or EngineTask.Place or EngineTask.Io);
            _isRunning = true;
            bool hasWorked = work.Step();
            _isRunning = false;
            scheduler._isUninterrupted = before;
            if (hasWorked) scheduler._idleSteps = 0;
            return hasWorked;
        }

        public bool TryStep()
        {
            bool isOthersTurn = task == EngineTask.Commit && scheduler._depth < MaxDepth && scheduler._random.Next(2) == 0;
            if (isOthersTurn)
            {
                scheduler._depth++;
                scheduler.TryStepAny();
                scheduler._depth--;
            }
            if (!TryRun()) scheduler.Idle();
            return true;
        }

        public void Join()
        {
            while (TryRun()) { }
            scheduler._activities.Remove(this);
        }
    }
}
