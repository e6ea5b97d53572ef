using System.Runtime.InteropServices;

namespace RustFs.Uring;

/// <summary>struct io_uring_sqe of linux/io_uring.h, the members that are used here. Members of a union share an offset.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct Submission
{
    public const int SizeBytes = 64;

    [FieldOffset(0)] public RingOpcode Opcode;
    [FieldOffset(1)] public SubmissionFlags Flags;

    /// <summary>ioprio: for receives, sends and accepts, flags of their own.</summary>
    [FieldOffset(2)] public SocketFlags SocketFlags;
    [FieldOffset(4)] public int Descriptor;

    /// <summary>off: a file offset.</summary>
    [FieldOffset(8)] public ulong Offset;

    /// <summary>addr: of the bytes, or of a struct msghdr.</summary>
    [FieldOffset(16)] public ulong Address;
    [FieldOffset(24)] public uint LengthBytes;

    /// <summary>rw_flags, fsync_flags, msg_flags, accept_flags, cancel_flags, poll32_events.</summary>
    [FieldOffset(28)] public uint OperationFlags;
    [FieldOffset(32)] public ulong UserData;

    /// <summary>buf_group: whose buffers a receive may choose from.</summary>
    [FieldOffset(40)] public ushort BufferGroup;
    [FieldOffset(42)] private readonly ushort _personality;
    [FieldOffset(44)] private readonly int _spliceDescriptor;
    [FieldOffset(48)] private readonly ulong _address3;
    [FieldOffset(56)] private readonly ulong _padding;
}

/// <summary>struct io_uring_cqe.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct Completion
{
    public const int SizeBytes = 16;

    [FieldOffset(0)] public ulong UserData;

    /// <summary>What the system call would return: a count, or an error number negated.</summary>
    [FieldOffset(8)] public int Result;
    [FieldOffset(12)] public CompletionFlags Flags;
}

/// <summary>struct io_sqring_offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SubmissionOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Flags;
    public uint Dropped;
    public uint Array;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_cqring_offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CompletionOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Overflow;
    public uint Completions;
    public uint Flags;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_uring_params.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingParameters
{
    public uint SubmissionEntries;
    public uint CompletionEntries;
    public SetupFlags Flags;
    public uint PollThreadCpu;
    public uint PollThreadIdleMs;
    public RingFeatures Features;
    public uint WorkersDescriptor;
    public uint Reserved0;
    public uint Reserved1;
    public uint Reserved2;
    public SubmissionOffsets SubmissionOffsets;
    public CompletionOffsets CompletionOffsets;
}

/// <summary>struct io_uring_getevents_arg: what IORING_ENTER_EXT_ARG passes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WaitArguments
{
    public ulong SignalMask;
    public uint SignalMaskBytes;
    public uint MinWaitMicroseconds;
    public ulong TimeoutAddress;
}

/// <summary>struct __kernel_timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelTime
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct io_uring_buf_reg.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BufferRegistration
{
    public ulong RingAddress;
    public uint RingEntries;
    public ushort BufferGroup;
    public ushort Flags;
    public ulong Reserved0;
    public ulong Reserved1;
    public ulong Reserved2;
}

/// <summary>struct io_uring_buf. In the first entry of a ring of buffers the reserved member is the ring's tail.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct ProvidedBuffer
{
    public const int SizeBytes = 16;
    public const int TailOffset = 14;

    [FieldOffset(0)] public ulong Address;
    [FieldOffset(8)] public uint LengthBytes;
    [FieldOffset(12)] public ushort BufferId;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IoVector
{
    public nint Address;
    public nint LengthBytes;
}

/// <summary>struct msghdr of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Explicit, Size = 56)]
public struct MessageHeader
{
    [FieldOffset(16)] public nint Vectors;
    [FieldOffset(24)] public nint VectorCount;
}
