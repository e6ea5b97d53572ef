using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>
/// Lets calls into the index pass at the price of two uncontended atomic adds, and lets one thread close it: no call is then inside
/// until it opens again. A thread that holds a cursor may still enter a closing gate, since the closer waits for that cursor.
/// </summary>
internal sealed class IndexGate
{
    // Threads spread over this many counters, each on a cache line of its own (two, for the adjacent-line prefetcher).
    private const int Slots = 32;

    private readonly Slot[] _slots = new Slot[Slots];
    private readonly ManualResetEventSlim _opened = new(true);
    private volatile bool _isClosing;

    [ThreadStatic]
    private static Hold? _heldByThread;

    /// <summary>Waits while the gate is closed. Returns what <see cref="Exit"/> takes.</summary>
    public int Enter()
    {
        int slot = Environment.CurrentManagedThreadId % Slots;
        while (true)
        {
            Interlocked.Increment(ref _slots[slot].Inside);
            if (!_isClosing || (_heldByThread is { Count: > 0 } hold && hold.Gate == this))
            {
                return slot;
            }
            Exit(slot);
            _opened.Wait();
        }
    }

    public void Exit(int slot) => Interlocked.Decrement(ref _slots[slot].Inside);

    /// <summary>Enters for longer than a call. The hold is given back with <see cref="Release"/>, by the same thread.</summary>
    public Hold EnterAndHold(out int slot)
    {
        slot = Enter();
        if (_heldByThread?.Gate != this)
        {
            _heldByThread = new Hold(this);
        }
        Interlocked.Increment(ref _heldByThread.Count);
        return _heldByThread;
    }

    public void Release(Hold hold, int slot)
    {
        Interlocked.Decrement(ref hold.Count);
        Exit(slot);
    }

    /// <summary>Closes the gate and waits until nobody is inside; false (and open again) when that takes longer than the timeout.</summary>
    public bool TryClose(TimeSpan timeout)
    {
        _opened.Reset();
        _isClosing = true;
        Interlocked.MemoryBarrier();
        long start = Environment.TickCount64;
        while (IsAnyInside())
        {
            if (Environment.TickCount64 - start > timeout.TotalMilliseconds)
            {
                Open();
                return false;
            }
            Thread.Sleep(1);
        }
        return true;
    }

    public void Open()
    {
        _isClosing = false;
        _opened.Set();
    }

    private bool IsAnyInside()
    {
        long inside = 0;
        foreach (ref Slot slot in _slots.AsSpan())
        {
            inside += Volatile.Read(ref slot.Inside);
        }
        return inside != 0;
    }

    /// <summary>How many cursors a thread holds in one index.</summary>
    public sealed class Hold(IndexGate gate)
    {
        public readonly IndexGate Gate = gate;
        public int Count;
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Slot
    {
        [FieldOffset(0)] public long Inside;
    }
}
