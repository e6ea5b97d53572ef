// unsafe: pointers into the three mappings of the ring, which live from TryCreate to Dispose.
using System.Runtime.CompilerServices;

namespace RustFs.Uring;

/// <summary>
/// One io_uring: its queues in shared memory, and the call that submits and waits. All of it belongs to the thread that created it, which
/// the kernel enforces (IORING_SETUP_SINGLE_ISSUER).
/// </summary>
internal sealed unsafe class Ring : IDisposable
{
    // mmap offsets of linux/io_uring.h: IORING_OFF_SQ_RING maps both queues (IORING_FEAT_SINGLE_MMAP), IORING_OFF_SQES the submissions.
    private const long QueuesOffset = 0;
    private const long SubmissionsOffset = 0x10000000;

    private readonly int _descriptor;
    private byte* _queues;
    private nuint _queuesBytes;
    private Submission* _submissions;
    private nuint _submissionsBytes;

    private uint* _submissionHead;
    private uint* _submissionTail;
    private uint _submissionMask;
    private uint _submissionEntries;
    private uint* _completionHead;
    private uint* _completionTail;
    private uint _completionMask;
    private Completion* _completions;

    // What is prepared is published to the kernel by Enter.
    private uint _prepared;
    private uint _reaped;

    private Ring(int descriptor) => _descriptor = descriptor;

    /// <summary>Creates a ring for the calling thread; otherwise says what the system refused.</summary>
    /// <param name="entries">Submissions that may be prepared between two calls; a power of two.</param>
    /// <param name="completionEntries">Completions that may wait; a power of two, more than <paramref name="entries"/>.</param>
    public static RingFault? TryCreate(uint entries, uint completionEntries, out Ring? ring)
    {
        ring = null;
        const SetupFlags Wanted = SetupFlags.CompletionSize | SetupFlags.SubmitAll | SetupFlags.CooperativeTaskRun
            | SetupFlags.SingleIssuer | SetupFlags.DeferTaskRun;
        var parameters = new RingParameters { Flags = Wanted | SetupFlags.NoSubmissionArray, CompletionEntries = completionEntries };
        int descriptor = RingCalls.Setup(entries, &parameters);
        if (descriptor == -ErrorNumber.EINVAL)
        {
            // Kernels before 6.6 do not know of rings without the array of indices.
            parameters = new RingParameters { Flags = Wanted, CompletionEntries = completionEntries };
            descriptor = RingCalls.Setup(entries, &parameters);
        }

        if (descriptor < 0)
            return new RingFault(RingStep.Setup, -descriptor);
        var created = new Ring(descriptor);
        RingFault? fault = created.Map(in parameters);
        if (fault is null)
            ring = created;
        else
            created.Dispose();
        return fault;
    }

    /// <summary>The next free submission, cleared; null when all are prepared and not submitted.</summary>
    public Submission* TryPrepare()
    {
        if (_prepared - Volatile.Read(ref *_submissionHead) >= _submissionEntries)
            return null;
        Submission* submission = _submissions + (_prepared++ & _submissionMask);
        *submission = default;
        return submission;
    }

    /// <summary>
    /// Submits what is prepared and waits until that many completions are there. Returns 0, or an error number negated: EINTR, ETIME, and
    /// EAGAIN or EBUSY when completions must be taken first.
    /// </summary>
    public int Enter(uint waitCount)
    {
        uint submitCount = Publish();
        // Deferred task work runs, and completions appear, only when events are asked for.
        int result = RingCalls.Enter(_descriptor, submitCount, waitCount, EnterFlags.GetEvents, null, 0);
        return result < 0 ? result : 0;
    }

    /// <summary>As <see cref="Enter(uint)"/>, with an end to the waiting.</summary>
    public int Enter(uint waitCount, TimeSpan timeout)
    {
        uint submitCount = Publish();
        var time = new KernelTime
        {
            Seconds = timeout.Ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        var arguments = new WaitArguments { TimeoutAddress = (ulong)&time };
        int result = RingCalls.Enter(_descriptor, submitCount, waitCount, EnterFlags.GetEvents | EnterFlags.ExtendedArguments, &arguments,
            (nuint)sizeof(WaitArguments));
        return result < 0 ? result : 0;
    }

    /// <summary>Takes the next completion that is there.</summary>
    public bool TryReap(out Completion completion)
    {
        if (_reaped == Volatile.Read(ref *_completionTail))
        {
            completion = default;
            return false;
        }

        completion = _completions[_reaped & _completionMask];
        Volatile.Write(ref *_completionHead, ++_reaped);
        return true;
    }

    public RingFault? Register(RegisterOpcode opcode, void* argument, uint count)
    {
        int result = RingCalls.Register(_descriptor, opcode, argument, count);
        return result < 0 ? new RingFault(RingStep.BufferRing, -result) : null;
    }

    /// <summary>Ends the ring. Memory of operations under way must stay: the kernel ends them on its own time.</summary>
    public void Dispose()
    {
        if (_submissions is not null)
            RingCalls.Unmap((byte*)_submissions, _submissionsBytes);
        if (_queues is not null)
            RingCalls.Unmap(_queues, _queuesBytes);
        _submissions = null;
        _queues = null;
        RingCalls.Close(_descriptor);
    }

    private RingFault? Map(in RingParameters parameters)
    {
        const RingFeatures Needed = RingFeatures.SingleMapping | RingFeatures.NoDrop | RingFeatures.ExtendedArguments;
        if ((parameters.Features & Needed) != Needed)
            return new RingFault(RingStep.Setup, ErrorNumber.EINVAL);
        ref readonly SubmissionOffsets submissions = ref parameters.SubmissionOffsets;
        ref readonly CompletionOffsets completions = ref parameters.CompletionOffsets;
        bool hasArray = (parameters.Flags & SetupFlags.NoSubmissionArray) == 0;
        nuint arrayEnd = hasArray ? submissions.Array + ((nuint)parameters.SubmissionEntries * sizeof(uint)) : 0;
        nuint completionsEnd = completions.Completions + ((nuint)parameters.CompletionEntries * Completion.SizeBytes);
        _queuesBytes = arrayEnd > completionsEnd ? arrayEnd : completionsEnd;
        _queues = RingCalls.Map(_descriptor, QueuesOffset, _queuesBytes, out int errorNumber);
        if (_queues is null)
            return new RingFault(RingStep.Mapping, errorNumber);
        _submissionsBytes = (nuint)parameters.SubmissionEntries * Submission.SizeBytes;
        _submissions = (Submission*)RingCalls.Map(_descriptor, SubmissionsOffset, _submissionsBytes, out errorNumber);
        if (_submissions is null)
            return new RingFault(RingStep.Mapping, errorNumber);

        _submissionHead = (uint*)(_queues + submissions.Head);
        _submissionTail = (uint*)(_queues + submissions.Tail);
        _submissionMask = *(uint*)(_queues + submissions.RingMask);
        _submissionEntries = parameters.SubmissionEntries;
        _completionHead = (uint*)(_queues + completions.Head);
        _completionTail = (uint*)(_queues + completions.Tail);
        _completionMask = *(uint*)(_queues + completions.RingMask);
        _completions = (Completion*)(_queues + completions.Completions);
        _prepared = Volatile.Read(ref *_submissionTail);
        _reaped = Volatile.Read(ref *_completionHead);
        for (uint i = 0; hasArray && i < parameters.SubmissionEntries; i++)
            ((uint*)(_queues + submissions.Array))[i] = i;
        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Publish()
    {
        Volatile.Write(ref *_submissionTail, _prepared);
        return _prepared - Volatile.Read(ref *_submissionHead);
    }
}
