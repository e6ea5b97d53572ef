// unsafe: one native allocation that lives from the constructor to Dispose; callers must not use Memory after that.
using System.Buffers;
using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>Native memory at a 4 KiB boundary: what O_DIRECT asks of addresses, which pinned managed arrays cannot promise.</summary>
internal sealed unsafe class AlignedBuffer : MemoryManager<byte>
{
    /// <summary>
    /// Offsets, lengths and addresses of direct I/O are multiples of this: a page, and the largest logical block size in use.
    /// </summary>
    public const int AlignmentBytes = 4096;

    private readonly int _lengthBytes;
    private byte* _start;

    public AlignedBuffer(int lengthBytes)
    {
        _lengthBytes = lengthBytes;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)lengthBytes, AlignmentBytes);
        Memory = CreateMemory(lengthBytes);
    }

    public int LengthBytes => _lengthBytes;
    public override Memory<byte> Memory { get; }
    public Span<byte> Span => new(_start, _lengthBytes);

    /// <summary>What a rented buffer is counted as.</summary>
    public MemoryUse Use { get; set; }

    /// <summary>Links free buffers in the pool.</summary>
    public AlignedBuffer? NextFree { get; set; }

    public override Span<byte> GetSpan() => Span;
    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);
    public override void Unpin() { }
    public void Dispose() => ((IDisposable)this).Dispose();

    public static int RoundUp(int lengthBytes) => (lengthBytes + AlignmentBytes - 1) & ~(AlignmentBytes - 1);
    public static long RoundUp(long lengthBytes) => (lengthBytes + AlignmentBytes - 1) & ~(AlignmentBytes - 1L);

    protected override void Dispose(bool disposing)
    {
        if (_start is null) return;
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
