using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>
/// glibc's heap, which aligned buffers and RocksDB share. By itself it makes eight arenas a core for the threads that allocate, each of
/// which keeps what was freed in it, and learns from the first large buffer that is freed to keep such buffers too: memory that no budget
/// counts. Names as in mallopt(3).
/// </summary>
public static class NativeHeap
{
    private const int M_TRIM_THRESHOLD = -1;
    private const int M_MMAP_THRESHOLD = -3;
    private const int M_ARENA_MAX = -8;

    // One for whoever commits, one for those that read and compact: RocksDB's block cache makes most of the calls, and locks as well.
    private const int Arenas = 2;

    // Body buffers of 256 KiB and more are mapped each for itself and go back to the system when the pool drops them; those of 64 KiB are
    // many.
    private const int MappedBytes = 128 * 1024;

    // Free memory at an arena's end beyond this goes back at once.
    private const int KeptBytes = 1 << 20;

    /// <summary>To be called once, before many threads allocate. Where the C library is another, nothing happens.</summary>
    public static void KeepSmall()
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out nint libc) || !NativeLibrary.TryGetExport(libc, "mallopt", out _)) return;
        _ = MalloptCall(M_ARENA_MAX, Arenas);
        _ = MalloptCall(M_MMAP_THRESHOLD, MappedBytes);
        _ = MalloptCall(M_TRIM_THRESHOLD, KeptBytes);
    }

    [DllImport("libc.so.6", EntryPoint = "mallopt")]
    private static extern int MalloptCall(int parameter, int value);
}
