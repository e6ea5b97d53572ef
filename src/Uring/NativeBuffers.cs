// unsafe: one native allocation that lives from the constructor to Dispose.
using System.Runtime.InteropServices;

namespace RustFs.Uring;

/// <summary>
/// A fixed number of equal buffers outside the collector's reach: the kernel may read one as long as it is rented. The one returned last
/// is rented first, so that few are touched while few are needed. Belongs to the ring's thread.
/// </summary>
public sealed unsafe class NativeBuffers
{
    private readonly int _bufferBytes;
    private readonly int[] _free;
    private byte* _start;
    private int _freeCount;

    internal NativeBuffers(int count, int bufferBytes)
    {
        _bufferBytes = bufferBytes;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)count * (nuint)bufferBytes, 4096);
        _free = new int[count];
        for (int buffer = count - 1; buffer >= 0; buffer--)
            _free[_freeCount++] = buffer;
    }

    public int BufferBytes => _bufferBytes;
    public int FreeCount => _freeCount;

    /// <summary>A buffer's number, or −1 when all are rented.</summary>
    public int TryRent() => _freeCount == 0 ? -1 : _free[--_freeCount];

    public void Return(int buffer) => _free[_freeCount++] = buffer;

    public Span<byte> Bytes(int buffer) => new(_start + ((nint)buffer * _bufferBytes), _bufferBytes);

    public nint Address(int buffer) => (nint)(_start + ((nint)buffer * _bufferBytes));

    internal void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
