namespace RustFs.Storage;

/// <summary>
/// Aligned buffers in a few sizes, counted against one budget. Nobody ever waits here: a body always gets its first buffer (at least one
/// must move for the body to end), and further ones only while the budget has room. So no order of arrivals can deadlock, and each body
/// progresses at its client's pace whatever the others do.
/// </summary>
internal sealed class AlignedBufferPool(long budgetBytes) : IDisposable
{
    private static readonly int[] Sizes = [4 * 1024, 16 * 1024, 64 * 1024, LargeBytes];

    /// <summary>
    /// One write or one read of a large body: past this size, measured, direct writes gain nothing more; smaller ones cost more calls.
    /// </summary>
    public const int LargeBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly AlignedBuffer?[] _free = new AlignedBuffer?[Sizes.Length];
    private long _rentedBytes;
    private long _freeBytes;
    private bool _isDisposed;

    public long RentedBytes => Volatile.Read(ref _rentedBytes);

    /// <summary>A buffer of at least this length, whatever the budget says.</summary>
    public AlignedBuffer Rent(int lengthBytes)
    {
        int index = SizeIndex(lengthBytes);
        lock (_lock)
        {
            _rentedBytes += Sizes[index];
            if (Take(index) is { } buffer) return buffer;
        }
        return new AlignedBuffer(Sizes[index]);
    }

    /// <summary>A large buffer within the budget, or null.</summary>
    public AlignedBuffer? TryRentLarge()
    {
        lock (_lock)
        {
            if (_rentedBytes + LargeBytes > budgetBytes) return null;
            _rentedBytes += LargeBytes;
            if (Take(Sizes.Length - 1) is { } buffer) return buffer;
        }
        return new AlignedBuffer(LargeBytes);
    }

    public void Return(AlignedBuffer buffer)
    {
        lock (_lock)
        {
            _rentedBytes -= buffer.LengthBytes;
            // What lies free counts too: a burst of one size must not stay beside the budget for ever.
            if (!_isDisposed && _rentedBytes + _freeBytes + buffer.LengthBytes <= budgetBytes)
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
            for (int index = 0; index < _free.Length; index++)
            {
                while (Take(index) is { } buffer) buffer.Dispose();
            }
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
