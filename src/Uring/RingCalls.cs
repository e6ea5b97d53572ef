// unsafe: pointers into locals and into mappings that the caller keeps for the length of one system call.
using System.Runtime.InteropServices;

namespace RustFs.Uring;

/// <summary>The system calls of io_uring, which no C library wraps, and those its set-up needs. Errors are returned, negated.</summary>
internal static unsafe partial class RingCalls
{
    // The same numbers on x86-64 and arm64 (asm-generic/unistd.h; asm/unistd_64.h).
    public const nint SetupNumber = 425;
    public const nint EnterNumber = 426;
    public const nint RegisterNumber = 427;

    private const int ProtectReadWrite = 0x1 | 0x2;
    private const int MapShared = 0x01;
    private const int MapPopulate = 0x8000;
    public const int EventCloseOnExec = 0x80000;

    public static int Setup(uint entries, RingParameters* parameters) =>
        Negated(SystemCall(SetupNumber, (nint)entries, (nint)parameters, 0, 0, 0, 0));

    /// <summary>Not retried here: what was submitted before a signal came must not be submitted again.</summary>
    public static int Enter(int ring, uint submitCount, uint waitCount, EnterFlags flags, void* arguments, nuint argumentsBytes) =>
        Negated(SystemCall(
            EnterNumber, ring, (nint)submitCount, (nint)waitCount, (nint)(uint)flags, (nint)arguments, (nint)argumentsBytes));

    public static int Register(int ring, RegisterOpcode opcode, void* argument, uint count) =>
        Negated(SystemCall(RegisterNumber, ring, (nint)(uint)opcode, (nint)argument, (nint)count, 0, 0));

    /// <summary>Maps a part of a ring; null with the error number when the system refuses.</summary>
    public static byte* Map(int ring, long offset, nuint lengthBytes, out int errorNumber)
    {
        void* address = MmapCall(null, lengthBytes, ProtectReadWrite, MapShared | MapPopulate, ring, offset);
        errorNumber = address == (void*)-1 ? Marshal.GetLastPInvokeError() : 0;
        return errorNumber == 0 ? (byte*)address : null;
    }

    public static void Unmap(byte* address, nuint lengthBytes) => _ = MunmapCall(address, lengthBytes);

    public static int CreateEvent() => Negated(EventCall(0, EventCloseOnExec));

    /// <summary>Adds one to an event counter, which ends a read of it.</summary>
    public static void Signal(int eventDescriptor)
    {
        ulong one = 1;
        while (WriteCall(eventDescriptor, &one, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() == ErrorNumber.EINTR)
        {
        }
    }

    public static void Close(int descriptor) => _ = CloseCall(descriptor);

    private static int Negated(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();

    private static int Negated(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MmapCall(void* address, nuint lengthBytes, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MunmapCall(void* address, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventCall(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteCall(int descriptor, void* bytes, nint lengthBytes);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseCall(int descriptor);
}
