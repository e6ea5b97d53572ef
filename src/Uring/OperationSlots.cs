namespace RustFs.Uring;

/// <summary>
/// Names operations under way by slot and generation, which the kernel hands back as user_data: a completion of an earlier use of a slot
/// is told apart, and what is in a slot is rooted. For one thread.
/// </summary>
internal sealed class OperationSlots
{
    private RingOperation?[] _operations = new RingOperation?[InitialSlots];
    private uint[] _generations = new uint[InitialSlots];
    private int[] _free = new int[InitialSlots];
    private int _freeCount;

    // As many as a ring of the default size submits at once; grows with the connections.
    private const int InitialSlots = 1024;

    public OperationSlots() => AddFree(0, InitialSlots);

    public int Count => _operations.Length - _freeCount;

    public ulong Take(RingOperation operation)
    {
        if (_freeCount == 0)
            Grow();
        int slot = _free[--_freeCount];
        _operations[slot] = operation;
        operation.Slot = slot;
        return ((ulong)_generations[slot] << 32) | (uint)slot;
    }

    /// <summary>The operation that a completion belongs to; null for one that is no longer under way.</summary>
    public RingOperation? Find(ulong userData)
    {
        uint slot = (uint)userData;
        return slot < (uint)_operations.Length && _generations[slot] == (uint)(userData >> 32) ? _operations[slot] : null;
    }

    /// <summary>After the last completion.</summary>
    public void Free(RingOperation operation)
    {
        int slot = operation.Slot;
        operation.Slot = RingOperation.NoSlot;
        _operations[slot] = null;
        _generations[slot]++;
        _free[_freeCount++] = slot;
    }

    private void Grow()
    {
        int before = _operations.Length;
        Array.Resize(ref _operations, before * 2);
        Array.Resize(ref _generations, before * 2);
        Array.Resize(ref _free, before * 2);
        AddFree(before, before * 2);
    }

    private void AddFree(int first, int end)
    {
        for (int slot = end - 1; slot >= first; slot--)
            _free[_freeCount++] = slot;
    }
}
