// unsafe: a pointer to the first element of a pinned array, which lives as long as this object, and to locals for the length of one call.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>
/// A counting semaphore for threads that sleep between pieces of work: one system call to sleep, one to wake, and no spinning. A condition
/// variable of the runtime takes three or four of each (futex(2), strace), and its lock is held by who wakes while the woken thread wants
/// it. On one core that was a third of a lone write's time.
/// </summary>
internal sealed unsafe partial class FutexSemaphore
{
    // linux/futex.h. Private: all threads that wait are of this process.
    private const int WaitPrivate = 0 | 128;
    private const int WakePrivate = 1 | 128;

    // asm/unistd_64.h and asm-generic/unistd.h.
    private static readonly nint CallNumber = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 202 : 98;

    private readonly int[] _pinned = GC.AllocateArray<int>(1, pinned: true);
    private int _waiting;

    private ref int Count => ref MemoryMarshal.GetArrayDataReference(_pinned);

    /// <summary>Lets as many threads go on. Thread-safe; never waits.</summary>
    public void Release(int count = 1)
    {
        Interlocked.Add(ref Count, count);
        // Who began to wait after this was read finds the count changed when it goes to sleep.
        if (Volatile.Read(ref _waiting) > 0) Call(WakePrivate, count, null);
    }

    /// <summary>Takes one without waiting; false when there is none.</summary>
    public bool TryTake()
    {
        int count = Volatile.Read(ref Count);
        while (count > 0)
        {
            int seen = Interlocked.CompareExchange(ref Count, count - 1, count);
            if (seen == count) return true;
            count = seen;
        }
        return false;
    }

    /// <summary>Takes one, and waits until there is one. False when there was none in time.</summary>
    /// <param name="timeoutMs">In milliseconds, or <see cref="Timeout.Infinite"/>.</param>
    public bool Wait(int timeoutMs = Timeout.Infinite)
    {
        if (TryTake()) return true;
        long endMs = Environment.TickCount64 + timeoutMs;
        Interlocked.Increment(ref _waiting);
        bool isTaken;
        long leftMs = timeoutMs;
        do
        {
            Sleep(leftMs);
            isTaken = TryTake();
            if (timeoutMs != Timeout.Infinite) leftMs = endMs - Environment.TickCount64;
        }
        while (!isTaken && (timeoutMs == Timeout.Infinite || leftMs > 0));
        Interlocked.Decrement(ref _waiting);
        return isTaken;
    }

    // Returns early when the count is no longer 0, for a signal, or for no reason at all: the caller looks again.
    private void Sleep(long timeoutMs)
    {
        if (timeoutMs == Timeout.Infinite)
        {
            Call(WaitPrivate, 0, null);
            return;
        }
        // struct timespec: seconds and nanoseconds, from now on.
        long* time = stackalloc long[2] { timeoutMs / 1000, timeoutMs % 1000 * 1_000_000 };
        Call(WaitPrivate, 0, time);
    }

    private void Call(int operation, int value, long* timeout)
    {
        FutexCall(CallNumber, (nint)Unsafe.AsPointer(ref Count), operation, value, (nint)timeout);
        GC.KeepAlive(this);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint FutexCall(nint number, nint word, nint operation, nint value, nint timeout);
}
