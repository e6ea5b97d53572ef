using Microsoft.Win32.SafeHandles;

namespace RustFs.Storage;

/// <summary>
/// A segment file behind two descriptors: a buffered one for reads, and one with O_DIRECT for writes, so that bodies do not pass through the page
/// cache. Where the file system refuses O_DIRECT (tmpfs before 6.6, some network mounts) both are the buffered one.
/// </summary>
internal sealed class PosixSegmentFile(SafeFileHandle buffered, SafeFileHandle? direct) : ISegmentFile
{
    private readonly SafeFileHandle _direct = direct ?? buffered;

    public IoError Write(long offset, ReadOnlySpan<byte> blocks) => Libc.WriteAll(_direct, blocks, offset);
    public IoError Read(long offset, Span<byte> destination) => Libc.ReadAll(buffered, destination, offset);
    public IoError ReadCached(long offset, Span<byte> destination) => Libc.ReadCached(buffered, destination, offset);
    public IoError ReadDirect(long offset, Span<byte> destination) => Libc.ReadAll(_direct, destination, offset);
    public IoError Sync() => Libc.SyncData(_direct);

    public void Dispose()
    {
        _direct.Dispose();
        buffered.Dispose();
    }
}
