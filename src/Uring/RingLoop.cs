// unsafe: pointers into the ring's mappings, which live until the thread ends, and into an 8-byte allocation of the same life.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RustFs.Uring;

/// <summary>
/// A ring with its own thread. Completions are handled on that thread one after another, and what waited for them goes on there; other
/// threads hand it work by <see cref="TryPost"/>. One system call a turn submits everything prepared and waits for what is next.
/// </summary>
public sealed unsafe class RingLoop
{
    // How long a loop that ends waits for its last completions; nothing it cancels takes longer but a device that hangs.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private const int NoThread = -1;

    [ThreadStatic]
    private static RingLoop? _current;

    private readonly RingLoopOptions _options;
    private readonly Thread _thread;
    private readonly OperationSlots _slots = new();
    private readonly ManualResetEventSlim _started = new();
    private readonly WakeOperation _wake;
    private readonly List<Completion> _early = [];
    private RingFault? _fault;
    private Ring? _ring;
    private RingWorkQueue _beforeSubmit;
    private RingOperation? _firstDeferred;
    private RingOperation? _lastDeferred;

    // The newest first; Closed for ever once the thread has ended.
    private RingWork? _posted;
    private int _isParked;

    // Completions that are sure to be there right after the next submission.
    private uint _certain;
    private long _turns;
    private volatile int _threadId = NoThread;
    private int _load;
    private bool _isStopping;

    private RingLoop(int index, RingLoopOptions options)
    {
        Index = index;
        _options = options;
        _wake = new WakeOperation(this);
        _thread = new Thread(Run) { IsBackground = true, Name = $"ring-{index}" };
    }

    /// <summary>Its place among the loops of a <see cref="RingSet"/>.</summary>
    public int Index { get; }

    /// <summary>The ring whose thread this is; null on all others.</summary>
    public static RingLoop? Current => _current;

    /// <summary>True on the ring's own thread.</summary>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _threadId;

    /// <summary>Where receives of unknown length land. On the ring's thread.</summary>
    public BufferRing ReceiveBuffers { get; private set; } = null!;

    /// <summary>What small sends are copied into. On the ring's thread.</summary>
    public NativeBuffers SendBuffers { get; private set; } = null!;

    /// <summary>Calls of io_uring_enter so far.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>True once the ring ends: nothing new is begun. On the ring's thread.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>How many connections it serves.</summary>
    public int Load => Volatile.Read(ref _load);

    public void AddLoad(int connections) => Interlocked.Add(ref _load, connections);

    /// <summary>Starts a ring and proves on its own thread that it works; otherwise says what the system refused.</summary>
    internal static RingFault? TryStart(int index, RingLoopOptions options, out RingLoop? loop)
    {
        var starting = new RingLoop(index, options);
        starting._thread.Start();
        starting._started.Wait();
        loop = starting._fault is null ? starting : null;
        return starting._fault;
    }

    /// <summary>Has work done on the ring's thread soon. Thread-safe. False when the ring has ended: then it never will be.</summary>
    public bool TryPost(RingWork work)
    {
        if (!TryPostAsleep(work))
            return false;
        Wake();
        return true;
    }

    /// <summary>
    /// The same for one of several: a ring that sleeps is not woken, so that it does not take turns for one piece of work each. The last is
    /// to be followed by <see cref="Wake"/>.
    /// </summary>
    public bool TryPostAsleep(RingWork work)
    {
        RingWork? first = Volatile.Read(ref _posted);
        while (true)
        {
            if (first is ClosedWork)
                return false;
            work.NextQueued = first;
            RingWork? seen = Interlocked.CompareExchange(ref _posted, work, first);
            if (seen == first)
                return true;
            first = seen;
        }
    }

    /// <summary>Wakes the ring's thread if it sleeps. Thread-safe.</summary>
    public void Wake()
    {
        // Only the first to find the thread asleep pays for the call that wakes it.
        if (Volatile.Read(ref _isParked) != 0 && Interlocked.Exchange(ref _isParked, 0) != 0)
            RingCalls.Signal(_wake.Descriptor);
    }

    /// <summary>Has work done just before the next submission: for what gathers itself until then. On the ring's thread.</summary>
    public void BeforeSubmit(RingWork work) => _beforeSubmit.Add(work);

    /// <summary>Begins an operation with the next submission; the caller fills in the rest. On the ring's thread.</summary>
    public ref Submission Prepare(RingOperation operation, RingOpcode opcode, int descriptor)
    {
        Submission* submission = _ring!.TryPrepare();
        while (submission is null)
        {
            SubmitNow();
            submission = _ring.TryPrepare();
        }

        submission->Opcode = opcode;
        submission->Descriptor = descriptor;
        submission->UserData = _slots.Take(operation);
        operation.IsCertain = operation.CompletesAtOnce;
        if (operation.IsCertain)
            _certain++;
        return ref Unsafe.AsRef<Submission>(submission);
    }

    /// <summary>Cancels what is under way, waits for it, and ends the thread. Idempotent. Not on the ring's thread.</summary>
    internal void Stop()
    {
        if (IsCurrent)
            throw new InvalidOperationException("A ring's thread cannot wait for its own end.");
        TryPost(new StopWork(this));
        _thread.Join();
        _started.Dispose();
    }

    private void Run()
    {
        // Before anything can be posted.
        _threadId = Environment.CurrentManagedThreadId;
        _current = this;
        _fault = Open();
        bool hasStarted = _fault is null;
        _started.Set();
        if (hasStarted)
        {
            while (!_isStopping)
                Turn();
            EndOperations();
        }

        Close();
    }

    private RingFault? Open()
    {
        RingFault? fault = Ring.TryCreate((uint)_options.SubmissionEntries, (uint)_options.CompletionEntries, out _ring)
            ?? Probe(_ring!)
            ?? _wake.TryOpen();
        if (fault is not null)
            return fault;
        fault = BufferRing.TryCreate(_ring!, _options.ReceiveBufferCount, _options.ReceiveBufferBytes, out BufferRing? buffers);
        if (fault is not null)
            return fault;
        ReceiveBuffers = buffers!;
        SendBuffers = new NativeBuffers(_options.SendBufferCount, _options.SendBufferBytes);
        _wake.Arm();
        return null;
    }

    /// <summary>Set-up can succeed where the call that matters is forbidden: one operation that does nothing must come back.</summary>
    private static RingFault? Probe(Ring ring)
    {
        const ulong Mark = ulong.MaxValue;
        Submission* submission = ring.TryPrepare();
        submission->Opcode = RingOpcode.Nop;
        submission->UserData = Mark;
        int result;
        do result = ring.Enter(1);
        while (result == -ErrorNumber.EINTR);
        if (result < 0)
            return new RingFault(RingStep.Probe, -result);
        return ring.TryReap(out Completion completion) && completion.UserData == Mark && completion.Result == 0
            ? null
            : new RingFault(RingStep.Probe, ErrorNumber.EIO);
    }

    private void Turn()
    {
        RunPosted();
        RunDeferred();
        while (_beforeSubmit.Take() is { } work)
            work.Run();
        uint waitCount = 0;
        if (_firstDeferred is null && _early.Count == 0 && !_isStopping)
        {
            // A post that comes after this sees that the thread sleeps; one that came before is seen here.
            Interlocked.Exchange(ref _isParked, 1);
            if (Volatile.Read(ref _posted) is null)
                waitCount = 1 + _certain;
        }

        Volatile.Write(ref _turns, _turns + 1);
        int result = _ring!.Enter(waitCount);
        Volatile.Write(ref _isParked, 0);
        Check(result);
        Reap();
    }

    private void RunPosted()
    {
        if (Volatile.Read(ref _posted) is not null)
            RunInOrder(Interlocked.Exchange(ref _posted, null));
    }

    /// <summary>Runs what was posted in the order it came: the list has the newest first.</summary>
    private static void RunInOrder(RingWork? newest)
    {
        RingWork? first = null;
        while (newest is not null)
        {
            RingWork? older = newest.NextQueued;
            newest.NextQueued = first;
            first = newest;
            newest = older;
        }

        while (first is not null)
        {
            RingWork work = first;
            first = work.NextQueued;
            work.NextQueued = null;
            work.Run();
        }
    }

    private void RunDeferred()
    {
        RingOperation? operation = _firstDeferred;
        if (operation is null)
            return;
        _firstDeferred = operation.NextDeferred;
        operation.NextDeferred = null;
        if (_firstDeferred is null)
            _lastDeferred = null;
        operation.Complete(operation.DeferredResult, operation.DeferredFlags);
    }

    private void Reap()
    {
        // What is handled may add to them.
        int early = _early.Count;
        for (int i = 0; i < early; i++)
            Dispatch(_early[i]);
        _early.RemoveRange(0, early);
        while (_ring!.TryReap(out Completion completion))
            Dispatch(completion);
    }

    private void Dispatch(in Completion completion)
    {
        RingOperation? operation = _slots.Find(completion.UserData);
        if (operation is null)
            return;
        if (operation.IsCertain)
            _certain--;
        operation.IsCertain = false;
        bool isLast = (completion.Flags & CompletionFlags.More) == 0;
        if (isLast)
            _slots.Free(operation);
        if (!isLast || !operation.IsLong(completion.Result))
        {
            operation.Complete(completion.Result, completion.Flags);
            return;
        }

        (operation.DeferredResult, operation.DeferredFlags) = (completion.Result, completion.Flags);
        if (_lastDeferred is null)
            _firstDeferred = operation;
        else
            _lastDeferred.NextDeferred = operation;
        _lastDeferred = operation;
    }

    /// <summary>
    /// Submits in the middle of a turn because the queue is full. Completions that must be taken for the kernel to go on are kept for the
    /// turn's end: handling them here would run other connections inside this one.
    /// </summary>
    private void SubmitNow()
    {
        Volatile.Write(ref _turns, _turns + 1);
        int result = _ring!.Enter(0);
        Check(result);
        if (result is -ErrorNumber.EBUSY or -ErrorNumber.EAGAIN)
        {
            while (_ring.TryReap(out Completion completion))
                _early.Add(completion);
        }
    }

    private static void Check(int result)
    {
        if (result is 0 or -ErrorNumber.EINTR or -ErrorNumber.ETIME or -ErrorNumber.EAGAIN or -ErrorNumber.EBUSY)
            return;
        throw new InvalidOperationException($"io_uring_enter failed with errno {-result}: the ring is used wrongly.");
    }

    private void EndOperations()
    {
        var cancel = new CancelOperation();
        ref Submission submission = ref Prepare(cancel, RingOpcode.AsyncCancel, -1);
        submission.OperationFlags = (uint)(CancelFlags.All | CancelFlags.Any);
        long deadline = Environment.TickCount64 + (long)StopLimit.TotalMilliseconds;
        while (_slots.Count > 0 && Environment.TickCount64 < deadline)
        {
            RunPosted();
            RunDeferred();
            while (_beforeSubmit.Take() is { } work)
                work.Run();
            Check(_ring!.Enter(1, TimeSpan.FromMilliseconds(10)));
            Reap();
        }

        while (_firstDeferred is not null)
            RunDeferred();
    }

    private void Close()
    {
        // The platform may give the number to another thread.
        _threadId = NoThread;
        bool isQuiet = _slots.Count == 0;
        RunInOrder(Interlocked.Exchange(ref _posted, ClosedWork.Instance));
        _ring?.Dispose();
        _wake.Close();
        // What the kernel may still write to is left to it.
        if (!isQuiet || _fault is not null)
            return;
        ReceiveBuffers.Dispose();
        SendBuffers.Dispose();
    }

    /// <summary>A read of an event counter, always under way: writing to the counter ends the ring's sleep.</summary>
    private sealed class WakeOperation(RingLoop loop) : RingOperation
    {
        private ulong* _count;

        public int Descriptor { get; private set; } = -1;

        public RingFault? TryOpen()
        {
            int descriptor = RingCalls.CreateEvent();
            if (descriptor < 0)
                return new RingFault(RingStep.Event, -descriptor);
            Descriptor = descriptor;
            _count = (ulong*)NativeMemory.Alloc(sizeof(ulong));
            return null;
        }

        public void Arm()
        {
            ref Submission submission = ref loop.Prepare(this, RingOpcode.Read, Descriptor);
            submission.Address = (ulong)_count;
            submission.LengthBytes = sizeof(ulong);
        }

        public void Close()
        {
            if (Descriptor >= 0)
                RingCalls.Close(Descriptor);
            if (!IsInFlight)
                NativeMemory.Free(_count);
        }

        protected internal override void Complete(int result, CompletionFlags flags)
        {
            if (!loop._isStopping)
                Arm();
        }
    }

    private sealed class CancelOperation : RingOperation
    {
        protected internal override void Complete(int result, CompletionFlags flags)
        {
            // What it cancelled tells for itself.
        }
    }

    private sealed class StopWork(RingLoop loop) : RingWork
    {
        protected internal override void Run() => loop._isStopping = true;
    }

    private sealed class ClosedWork : RingWork
    {
        public static readonly ClosedWork Instance = new();

        protected internal override void Run() => throw new InvalidOperationException("The end of a queue is no work.");
    }
}
