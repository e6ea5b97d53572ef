namespace RustFs.Storage;

/// <summary>
/// Aligned buffers in a few sizes, counted against the server's budget. Nobody ever waits here: a body gets its first buffer or is refused
/// before it is begun, keeps one until it ends, and gets further ones only while there is room. So no order of arrivals can deadlock, and
/// each body progresses at its client's pace whatever the others do.
/// </summary>
internal sealed class AlignedBufferPool(MemoryBudget budget) : IDisposable
{
    private static readonly int[] Sizes = [4 * 1024, 16 * 1024, 64 * 1024, LargeBytes, WideBytes];

    /// <summary>One read of a large body, and one write of it while many are under way: smaller ones cost more calls.</summary>
    public const int LargeBytes = 256 * 1024;

    /// <summary>
    /// One write of a large body while few are under way. Where the device is a hypervisor's, what a write costs the core that begins it
    /// hardly grows with its length: a quarter as many leave a third more of the core to the hash (docs/performance.md, row 5).
    /// </summary>
    public const int WideBytes = 1024 * 1024;

    // Sixteen uploads with their three writes. Beyond that their number alone keeps the device busy, and memory is worth more.
    private const long MaxWideBytes = 16 * 3 * WideBytes;

    private readonly Lock _lock = new();
    private readonly AlignedBuffer?[] _free = new AlignedBuffer?[Sizes.Length];
    private readonly long _wideLimitBytes = Math.Min(MaxWideBytes, budget.LimitBytesOf(MemoryUse.ReadAhead) / 2);
    private long _wideRentedBytes;
    private long _rentedBytes;
    private long _freeBytes;
    private bool _isDisposed;

    public long RentedBytes => Volatile.Read(ref _rentedBytes);

    /// <summary>Bytes that lie free for the next body.</summary>
    public long FreeBytes => Volatile.Read(ref _freeBytes);

    /// <summary>A buffer of at least this length, whatever the budget says: only for what returns it before it waits.</summary>
    public AlignedBuffer Rent(int lengthBytes)
    {
        int index = SizeIndex(lengthBytes);
        budget.Take(MemoryUse.Body, Sizes[index]);
        return Rented(index, MemoryUse.Body);
    }

    /// <summary>
    /// A buffer of at least this length for a body that has none; null when the budget has no room for another. Small bodies that stand
    /// whole in it are documents to the budget: large ones that fill their share do not shut them out.
    /// </summary>
    public AlignedBuffer? TryRent(int lengthBytes, MemoryUse use = MemoryUse.Body)
    {
        int index = SizeIndex(lengthBytes);
        return budget.TryTake(use, Sizes[index]) ? Rented(index, use) : null;
    }

    /// <summary>A large buffer while there is room for more than bodies need, or null.</summary>
    public AlignedBuffer? TryRentLarge() =>
        budget.TryTake(MemoryUse.ReadAhead, LargeBytes) ? Rented(SizeIndex(LargeBytes), MemoryUse.ReadAhead) : null;

    /// <summary>
    /// A buffer for the next write of a large body of which this much is to come, or null as <see cref="TryRentLarge"/>. The last wide one
    /// is left out: a body that ends in shorter writes has most of them behind it when its last byte arrives.
    /// </summary>
    public AlignedBuffer? TryRentForWrite(long missingBytes) =>
        missingBytes > WideBytes && TryTakeWide() ? Rented(SizeIndex(WideBytes), MemoryUse.ReadAhead) : TryRentLarge();

    public void Return(AlignedBuffer buffer)
    {
        budget.Give(buffer.Use, buffer.LengthBytes);
        lock (_lock)
        {
            if (buffer.LengthBytes == WideBytes) _wideRentedBytes -= WideBytes;
            _rentedBytes -= buffer.LengthBytes;
            // What lies free counts too: a burst of one size must not stay beside the budget for ever.
            if (!_isDisposed && _rentedBytes + _freeBytes + buffer.LengthBytes <= KeptBytes)
            {
                int index = SizeIndex(buffer.LengthBytes);
                buffer.NextFree = _free[index];
                _free[index] = buffer;
                _freeBytes += buffer.LengthBytes;
                return;
            }
        }
        buffer.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            DropFree(0);
        }
    }

    /// <summary>Rented and free together: what bodies alone may rent.</summary>
    private long KeptBytes => budget.LimitBytesOf(MemoryUse.ReadAhead);

    private bool TryTakeWide()
    {
        lock (_lock)
        {
            if (_wideRentedBytes + WideBytes > _wideLimitBytes || !budget.TryTake(MemoryUse.ReadAhead, WideBytes)) return false;
            _wideRentedBytes += WideBytes;
            return true;
        }
    }

    private AlignedBuffer Rented(int index, MemoryUse use)
    {
        AlignedBuffer? buffer;
        lock (_lock)
        {
            _rentedBytes += Sizes[index];
            buffer = Take(index);
            // Free buffers of other sizes make room for a new one.
            if (buffer is null && _freeBytes > 0) DropFree(Math.Max(0, KeptBytes - _rentedBytes));
        }
        buffer ??= new AlignedBuffer(Sizes[index]);
        buffer.Use = use;
        return buffer;
    }

    private void DropFree(long keptBytes)
    {
        for (int index = _free.Length - 1; index >= 0; index--)
        {
            while (_freeBytes > keptBytes && Take(index) is { } buffer) buffer.Dispose();
        }
    }

    private AlignedBuffer? Take(int index)
    {
        AlignedBuffer? buffer = _free[index];
        if (buffer is null) return null;
        _free[index] = buffer.NextFree;
        buffer.NextFree = null;
        _freeBytes -= buffer.LengthBytes;
        return buffer;
    }

    private static int SizeIndex(int lengthBytes)
    {
        for (int index = 0; index < Sizes.Length; index++)
        {
            if (lengthBytes <= Sizes[index]) return index;
        }
        throw new ArgumentOutOfRangeException(nameof(lengthBytes));
    }
}
