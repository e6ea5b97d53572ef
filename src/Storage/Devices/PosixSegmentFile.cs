using Microsoft.Win32.SafeHandles;

namespace RustFs.Storage;

/// <summary>
/// A segment file behind two descriptors: a buffered one for reads, and one with O_DIRECT for writes, so that bodies do not pass through
/// the page cache. The second is opened when first needed: most segments are only read. Where the file system refuses O_DIRECT (tmpfs
/// before 6.6, some network mounts) the buffered one serves for both.
/// </summary>
internal sealed class PosixSegmentFile(string path, SafeFileHandle buffered) : ISegmentFile
{
    private readonly Lock _opening = new();
    private volatile SafeFileHandle? _direct;
    private bool _isDisposed;

    public IoError Write(long offset, ReadOnlySpan<byte> blocks) => Libc.WriteAll(Direct, blocks, offset);
    public IoError Read(long offset, Span<byte> destination) => Libc.ReadAll(buffered, destination, offset);
    public IoError ReadCached(long offset, Span<byte> destination) => Libc.ReadCached(buffered, destination, offset);
    public IoError ReadDirect(long offset, Span<byte> destination) => Libc.ReadAll(Direct, destination, offset);
    public SafeFileHandle? Descriptor(bool isDirect) => isDirect ? Direct : buffered;
    public IoError Punch(long offset, long lengthBytes) => Libc.Punch(buffered, offset, lengthBytes);
    public long AllocatedBytes() => Libc.AllocatedBytes(buffered);
    public IoError Sync() => Libc.SyncData(Direct);
    public IoError SyncWithLength() => Libc.SyncFile(buffered);

    private SafeFileHandle Direct => _direct ?? OpenDirect();

    public void Dispose()
    {
        lock (_opening)
        {
            _isDisposed = true;
            _direct?.Dispose();
            buffered.Dispose();
        }
    }

    private SafeFileHandle OpenDirect()
    {
        lock (_opening)
        {
            if (_direct is { } opened) return opened;
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _direct = Libc.Open(path, Libc.O_RDWR | Libc.O_DIRECT, out _) ?? buffered;
            return _direct;
        }
    }
}
