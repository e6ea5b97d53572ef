// unsafe: two native allocations, the ring of descriptions and the buffers, that live from TryCreate to Dispose.
using System.Runtime.InteropServices;

namespace RustFs.Uring;

/// <summary>
/// Buffers that the kernel chooses from when bytes have arrived, so that a receive that waits holds none. Belongs to the ring's thread.
/// </summary>
public sealed unsafe class BufferRing
{
    // The ring of descriptions must start at a page: io_uring_register_buf_ring(3).
    private const int PageBytes = 4096;

    private readonly int _count;
    private readonly int _bufferBytes;
    private ProvidedBuffer* _descriptions;
    private byte* _buffers;
    private ushort _tail;
    private int _available;
    private RingWorkQueue _waiting;

    private BufferRing(int count, int bufferBytes)
    {
        (_count, _bufferBytes) = (count, bufferBytes);
        _descriptions = (ProvidedBuffer*)NativeMemory.AlignedAlloc((nuint)count * ProvidedBuffer.SizeBytes, PageBytes);
        NativeMemory.Clear(_descriptions, (nuint)count * ProvidedBuffer.SizeBytes);
        _buffers = (byte*)NativeMemory.AlignedAlloc((nuint)count * (nuint)bufferBytes, PageBytes);
    }

    /// <summary>The only group of a ring.</summary>
    public const ushort Group = 0;

    public int Count => _count;
    public int BufferBytes => _bufferBytes;

    /// <summary>Buffers that the kernel may choose from.</summary>
    public int Available => _available;

    /// <summary>The bytes of the buffer that a completion names.</summary>
    public ReadOnlySpan<byte> Bytes(int buffer, int start, int lengthBytes) =>
        new(_buffers + ((nint)buffer * _bufferBytes) + start, lengthBytes);

    /// <summary>Notes that a completion has taken a buffer, and gives its number.</summary>
    public int Take(CompletionFlags flags)
    {
        _available--;
        return (int)((uint)flags >> 16);
    }

    /// <summary>Lets the kernel choose the buffer again, and wakes what waited for one.</summary>
    public void Return(int buffer)
    {
        Add(buffer);
        while (_waiting.Take() is { } work)
            work.Run();
    }

    /// <summary>Runs the work once a buffer is returned: for a receive that ended with ENOBUFS.</summary>
    /// <returns>False when there are buffers: then it is to be tried again at once.</returns>
    public bool TryWait(RingWork work)
    {
        if (_available > 0)
            return false;
        _waiting.Add(work);
        return true;
    }

    internal static RingFault? TryCreate(Ring ring, int count, int bufferBytes, out BufferRing? buffers)
    {
        buffers = null;
        var created = new BufferRing(count, bufferBytes);
        var registration = new BufferRegistration
        {
            RingAddress = (ulong)created._descriptions,
            RingEntries = (uint)count,
            BufferGroup = Group,
        };
        RingFault? fault = ring.Register(RegisterOpcode.BufferRing, &registration, 1);
        if (fault is not null)
        {
            created.Dispose();
            return fault;
        }

        for (int buffer = 0; buffer < count; buffer++)
            created.Add(buffer);
        buffers = created;
        return null;
    }

    /// <summary>After the ring has ended, and nothing receives any more.</summary>
    internal void Dispose()
    {
        NativeMemory.AlignedFree(_descriptions);
        NativeMemory.AlignedFree(_buffers);
        _descriptions = null;
        _buffers = null;
    }

    private void Add(int buffer)
    {
        ProvidedBuffer* description = _descriptions + (_tail & (_count - 1));
        description->Address = (ulong)(_buffers + ((nint)buffer * _bufferBytes));
        description->LengthBytes = (uint)_bufferBytes;
        description->BufferId = (ushort)buffer;
        _tail++;
        _available++;
        Volatile.Write(ref *(ushort*)((byte*)_descriptions + ProvidedBuffer.TailOffset), _tail);
    }
}
