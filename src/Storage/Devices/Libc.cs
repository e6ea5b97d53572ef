// unsafe: pointers into spans that are fixed for the length of one system call.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RustFs.Storage;

/// <summary>
/// The file calls .NET does not offer: O_DIRECT opens, preadv2 with flags, fdatasync, fallocate, statvfs, statx, flock. Names as in the man
/// pages.
/// </summary>
internal static unsafe partial class Libc
{
    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_TRUNC = 0x200;
    public const int O_CLOEXEC = 0x80000;

    // O_DIRECT and O_DIRECTORY trade places between the x86 and the arm ABI (asm/fcntl.h).
    public static readonly int O_DIRECT = IsArm ? 0x10000 : 0x4000;
    public static readonly int O_DIRECTORY = IsArm ? 0x4000 : 0x10000;

    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int RWF_NOWAIT = 8;
    public const int FALLOC_FL_KEEP_SIZE = 1;
    public const int FALLOC_FL_PUNCH_HOLE = 2;
    public const int AT_EMPTY_PATH = 0x1000;
    public const uint STATX_BLOCKS = 0x400;

    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EINVAL = 22;
    public const int ENOSPC = 28;
    public const int ENOSYS = 38;
    public const int EOPNOTSUPP = 95;
    public const int EDQUOT = 122;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCall(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PreadCall(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PwriteCall(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static partial nint Preadv2Call(SafeFileHandle file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FdatasyncCall(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FsyncCall(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int FtruncateCall(SafeFileHandle file, long lengthBytes);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int FallocateCall(SafeFileHandle file, int mode, long offset, long lengthBytes);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FlockCall(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatvfsCall(string path, ulong* status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxCall(SafeFileHandle file, string path, int flags, uint mask, byte* status);

    private struct IoVector
    {
        public byte* Base;
        public nint Length;
    }

    /// <summary>Opens a file; null with the error number when the system refuses.</summary>
    public static SafeFileHandle? Open(string path, int flags, out int errorNumber)
    {
        int descriptor;
        do
        {
            descriptor = OpenCall(path, flags | O_CLOEXEC, 0x1A4); // 0644
            errorNumber = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errorNumber == EINTR);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Writes all bytes; short writes are continued.</summary>
    public static IoError WriteAll(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                nint count = PwriteCall(file, start + done, bytes.Length - done, offset + done);
                if (count > 0) done += (int)count;
                else if (count == 0) return IoError.Failed;
                else if (Marshal.GetLastPInvokeError() is var error && error != EINTR) return ToIoError(error);
            }
        }
        return IoError.None;
    }

    /// <summary>Fills the destination; the end of the file is a failure.</summary>
    public static IoError ReadAll(SafeFileHandle file, Span<byte> destination, long offset)
    {
        fixed (byte* start = destination)
        {
            int done = 0;
            while (done < destination.Length)
            {
                nint count = PreadCall(file, start + done, destination.Length - done, offset + done);
                if (count > 0) done += (int)count;
                else if (count == 0) return IoError.Failed;
                else if (Marshal.GetLastPInvokeError() is var error && error != EINTR) return ToIoError(error);
            }
        }
        return IoError.None;
    }

    /// <summary>
    /// Fills the destination from the page cache, or says WouldBlock. File systems without RWF_NOWAIT (EOPNOTSUPP) always say WouldBlock.
    /// </summary>
    public static IoError ReadCached(SafeFileHandle file, Span<byte> destination, long offset)
    {
        fixed (byte* start = destination)
        {
            var vector = new IoVector { Base = start, Length = destination.Length };
            nint count = Preadv2Call(file, &vector, 1, offset, RWF_NOWAIT);
            if (count == destination.Length) return IoError.None;
            if (count >= 0) return IoError.WouldBlock;
            int error = Marshal.GetLastPInvokeError();
            return error is EAGAIN or EOPNOTSUPP or EINTR ? IoError.WouldBlock : ToIoError(error);
        }
    }

    /// <summary>fdatasync is not retried on failure: the kernel reports lost pages once.</summary>
    public static IoError SyncData(SafeFileHandle file) => Retry(FdatasyncCall, file);

    public static IoError SyncFile(SafeFileHandle file) => Retry(FsyncCall, file);

    public static IoError SyncDirectory(string path)
    {
        using SafeFileHandle? directory = Open(path, O_RDONLY | O_DIRECTORY, out int errorNumber);
        return directory is null ? ToIoError(errorNumber) : SyncFile(directory);
    }

    /// <summary>Allocates blocks and sets the length. File systems without fallocate get a sparse file.</summary>
    public static IoError Allocate(SafeFileHandle file, long lengthBytes)
    {
        int error = Fallocate(file, mode: 0, 0, lengthBytes);
        if (error is not (0 or EOPNOTSUPP)) return ToIoError(error);
        do error = FtruncateCall(file, lengthBytes) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == EINTR);
        return ToIoError(error);
    }

    /// <summary>Gives back the blocks of a range. NotSupported where the file system cannot.</summary>
    public static IoError Punch(SafeFileHandle file, long offset, long lengthBytes)
    {
        int error = Fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, lengthBytes);
        return error is EOPNOTSUPP or ENOSYS ? IoError.NotSupported : ToIoError(error);
    }

    private static int Fallocate(SafeFileHandle file, int mode, long offset, long lengthBytes)
    {
        int error;
        do error = FallocateCall(file, mode, offset, lengthBytes) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == EINTR);
        return error;
    }

    /// <summary>Bytes that the file takes on its file system; -1 when unknown.</summary>
    public static long AllocatedBytes(SafeFileHandle file)
    {
        // struct statx is the same on all architectures: 256 bytes, stx_mask at 0, stx_blocks (of 512 bytes) at 48.
        byte* status = stackalloc byte[256];
        if (StatxCall(file, "", AT_EMPTY_PATH, STATX_BLOCKS, status) != 0 || (*(uint*)status & STATX_BLOCKS) == 0) return -1;
        return *(long*)(status + 48) * 512;
    }

    public static bool TryLockExclusive(SafeFileHandle file) => FlockCall(file, LOCK_EX | LOCK_NB) == 0;

    /// <summary>Bytes an unprivileged process may still allocate on the file system of a path; -1 when unknown.</summary>
    public static long FreeBytes(string path)
    {
        // struct statvfs of 64-bit Linux: f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, ... all unsigned long; 112 bytes in all.
        ulong* status = stackalloc ulong[16];
        return StatvfsCall(path, status) == 0 ? (long)(status[1] * status[4]) : -1;
    }

    public static IoError ToIoError(int errorNumber) => errorNumber switch
    {
        0 => IoError.None,
        ENOSPC or EDQUOT => IoError.NoSpace,
        ENOENT => IoError.NotFound,
        _ => IoError.Failed,
    };

    private static IoError Retry(Func<SafeFileHandle, int> call, SafeFileHandle file)
    {
        int error;
        do error = call(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == EINTR);
        return ToIoError(error);
    }
}
