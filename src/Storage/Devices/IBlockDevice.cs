using Microsoft.Win32.SafeHandles;

namespace RustFs.Storage;

/// <summary>
/// One directory of a volume set: every access to the medium passes here, so that a simulated disk can stand in for it.
/// Thread-safe. Nothing is durable before the matching sync: creation makes the file's length and its directory entry durable itself.
/// </summary>
internal interface IBlockDevice : IDisposable
{
    string Directory { get; }

    /// <summary>Takes the directory for this process; false when another one holds it.</summary>
    bool TryLock();

    /// <summary>The format file's bytes, or null when the directory is new.</summary>
    byte[]? ReadFormat();

    /// <summary>Writes the format file durably: a new file, synced, renamed into place, the directory synced.</summary>
    IoError WriteFormat(ReadOnlySpan<byte> format);

    /// <summary>Numbers and lengths of the segment files that exist.</summary>
    IReadOnlyList<(uint Number, long LengthBytes)> ListSegments();

    /// <summary>
    /// Creates a segment file at its full length, or takes over one that exists. With <paramref name="zeroFilled"/> all blocks are written
    /// once, so that later syncs need no journal commit for unwritten extents.
    /// </summary>
    IoError CreateSegment(uint number, long lengthBytes, bool zeroFilled, out ISegmentFile? file);
    IoError OpenSegment(uint number, out ISegmentFile? file);
    IoError DeleteSegment(uint number);

    /// <summary>Bytes that may still be allocated; -1 when unknown.</summary>
    long FreeBytes();
}

/// <summary>An open segment file. Thread-safe; whole writes and whole reads or an error.</summary>
internal interface ISegmentFile : IDisposable
{
    /// <summary>Writes whole 4 KiB blocks from memory that is 4 KiB-aligned.</summary>
    IoError Write(long offset, ReadOnlySpan<byte> blocks);

    /// <summary>Reads through the page cache; any offset and length.</summary>
    IoError Read(long offset, Span<byte> destination);

    /// <summary>Reads only what the page cache already holds; WouldBlock otherwise.</summary>
    IoError ReadCached(long offset, Span<byte> destination);

    /// <summary>Reads whole 4 KiB blocks from the medium itself into 4 KiB-aligned memory.</summary>
    IoError ReadDirect(long offset, Span<byte> destination);

    /// <summary>
    /// The descriptor for a ring's reads (through the page cache) or writes (past it); null for what is no file of the system's.
    /// </summary>
    SafeFileHandle? Descriptor(bool isDirect) => null;

    /// <summary>
    /// Gives back the blocks of a range, which then reads as zeros; the length stays. Whole 4 KiB blocks. Durable at some time after the
    /// call: until then a power cut may bring any of it back. NotSupported where the file system cannot.
    /// </summary>
    IoError Punch(long offset, long lengthBytes);

    /// <summary>Bytes of the medium that the file takes; -1 when unknown.</summary>
    long AllocatedBytes();

    /// <summary>fdatasync: every write that completed before is durable when this succeeds.</summary>
    IoError Sync();
}
