namespace RustFs.Storage;

/// <summary>
/// What memory in flight is for, the least urgent first: each use may fill a larger share of the budget than the one before, so that what
/// only makes bodies faster gives way first, and a small request is still answered when large bodies fill their share.
/// </summary>
public enum MemoryUse : byte
{
    /// <summary>Buffers of a body beyond the first: up to half of the budget.</summary>
    ReadAhead,
    /// <summary>The first buffer of a body, without which it cannot move: up to three quarters.</summary>
    Body,
    /// <summary>XML documents and small bodies that stand whole in memory: up to seven eighths.</summary>
    Document,
    /// <summary>What every request holds: receive buffer, parsed head, response head. The whole budget.</summary>
    Request,
}

/// <summary>
/// The bound on memory for requests in flight. Takes are exact and never wait: what does not fit is refused, and the client told to slow
/// down. Thread-safe.
/// </summary>
public sealed class MemoryBudget
{
    private const int UseCount = (int)MemoryUse.Request + 1;

    private readonly long[] _limits = new long[UseCount];
    private readonly long[] _used = new long[UseCount];
    private long _usedBytes;
    private long _refusals;

    public MemoryBudget(long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limitBytes);
        LimitBytes = limitBytes;
        _limits[(int)MemoryUse.ReadAhead] = limitBytes / 2;
        _limits[(int)MemoryUse.Body] = limitBytes / 4 * 3;
        _limits[(int)MemoryUse.Document] = limitBytes / 8 * 7;
        _limits[(int)MemoryUse.Request] = limitBytes;
    }

    public long LimitBytes { get; }
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>How often something that was needed did not fit.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    public long UsedBytesOf(MemoryUse use) => Volatile.Read(ref _used[(int)use]);

    /// <summary>The bytes up to which this use may fill the budget, whatever else is in it.</summary>
    public long LimitBytesOf(MemoryUse use) => _limits[(int)use];

    /// <summary>Takes the bytes unless that would pass the share of this use.</summary>
    public bool TryTake(MemoryUse use, long lengthBytes)
    {
        long used = Volatile.Read(ref _usedBytes);
        while (true)
        {
            if (used + lengthBytes > _limits[(int)use])
            {
                if (use != MemoryUse.ReadAhead)
                    Interlocked.Increment(ref _refusals);
                return false;
            }

            long seen = Interlocked.CompareExchange(ref _usedBytes, used + lengthBytes, used);
            if (seen == used)
                break;
            used = seen;
        }

        Interlocked.Add(ref _used[(int)use], lengthBytes);
        return true;
    }

    /// <summary>Takes the bytes in any case: for what is given back before its caller returns, so that threads bound it.</summary>
    public void Take(MemoryUse use, long lengthBytes)
    {
        Interlocked.Add(ref _usedBytes, lengthBytes);
        Interlocked.Add(ref _used[(int)use], lengthBytes);
    }

    /// <summary>Gives back what was taken for the same use.</summary>
    public void Give(MemoryUse use, long lengthBytes)
    {
        Interlocked.Add(ref _used[(int)use], -lengthBytes);
        Interlocked.Add(ref _usedBytes, -lengthBytes);
    }
}
