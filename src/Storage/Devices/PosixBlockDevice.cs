using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace RustFs.Storage;

/// <summary>A directory on a POSIX file system: format.json, lock, segments/NNNNNNNN.seg.</summary>
internal sealed class PosixBlockDevice : IBlockDevice
{
    private const string SegmentSuffix = ".seg";

    // Zeros are written in pieces large enough to stream and small enough to hold.
    private const int ZeroPieceBytes = 1 << 20;

    // flock can outlive a killed process while the kernel still drains its I/O (io_uring holds files): try for a quarter of a second.
    private const int LockAttempts = 5;
    private const int LockRetryMs = 50;

    private readonly string _segmentsPath;
    private SafeFileHandle? _lock;

    public PosixBlockDevice(string directory)
    {
        Directory = Path.GetFullPath(directory);
        _segmentsPath = Path.Combine(Directory, "segments");
        System.IO.Directory.CreateDirectory(_segmentsPath);
        Libc.SyncDirectory(Directory);
        Libc.SyncDirectory(Path.GetDirectoryName(Directory) ?? "/");
    }

    public string Directory { get; }

    private string FormatPath => Path.Combine(Directory, "format.json");

    public bool TryLock()
    {
        SafeFileHandle? file = Libc.Open(Path.Combine(Directory, "lock"), Libc.O_RDWR | Libc.O_CREAT, out _);
        if (file is null) return false;
        for (int attempt = 0; attempt < LockAttempts; attempt++)
        {
            if (attempt > 0) Thread.Sleep(LockRetryMs);
            if (Libc.TryLockExclusive(file))
            {
                _lock = file;
                return true;
            }
        }
        file.Dispose();
        return false;
    }

    public byte[]? ReadFormat() => File.Exists(FormatPath) ? File.ReadAllBytes(FormatPath) : null;

    public IoError WriteFormat(ReadOnlySpan<byte> format)
    {
        string temporary = FormatPath + ".new";
        using (SafeFileHandle? file = Libc.Open(temporary, Libc.O_RDWR | Libc.O_CREAT | Libc.O_TRUNC, out int errorNumber))
        {
            if (file is null) return Libc.ToIoError(errorNumber);
            IoError error = Libc.WriteAll(file, format, 0);
            if (error == IoError.None) error = Libc.SyncFile(file);
            if (error != IoError.None) return error;
        }
        File.Move(temporary, FormatPath, overwrite: true);
        return Libc.SyncDirectory(Directory);
    }

    public IReadOnlyList<(uint Number, long LengthBytes)> ListSegments()
    {
        var found = new List<(uint, long)>();
        foreach (FileInfo file in new DirectoryInfo(_segmentsPath).EnumerateFiles("*" + SegmentSuffix))
        {
            ReadOnlySpan<char> name = file.Name.AsSpan(0, file.Name.Length - SegmentSuffix.Length);
            if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number > 0)
                found.Add((number, file.Length));
        }
        return found;
    }

    public IoError CreateSegment(uint number, long lengthBytes, bool zeroFilled, out ISegmentFile? file)
    {
        file = null;
        string path = PathOf(number);
        SafeFileHandle? buffered = Libc.Open(path, Libc.O_RDWR | Libc.O_CREAT, out int errorNumber);
        if (buffered is null) return Libc.ToIoError(errorNumber);
        IoError error = Libc.Allocate(buffered, lengthBytes);
        var created = new PosixSegmentFile(path, buffered);
        if (error == IoError.None && zeroFilled) error = FillWithZeros(created, lengthBytes);
        if (error == IoError.None) error = created.SyncWithLength();
        if (error == IoError.None) error = Libc.SyncDirectory(_segmentsPath);
        if (error != IoError.None)
        {
            created.Dispose();
            DeleteSegment(number);
            return error;
        }
        file = created;
        return IoError.None;
    }

    public IoError OpenSegment(uint number, out ISegmentFile? file)
    {
        file = null;
        string path = PathOf(number);
        SafeFileHandle? buffered = Libc.Open(path, Libc.O_RDWR, out int errorNumber);
        if (buffered is null) return Libc.ToIoError(errorNumber);
        file = new PosixSegmentFile(path, buffered);
        return IoError.None;
    }

    public IoError DeleteSegment(uint number)
    {
        try
        {
            File.Delete(PathOf(number));
            return Libc.SyncDirectory(_segmentsPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return IoError.Failed;
        }
    }

    public long FreeBytes() => Libc.FreeBytes(Directory);

    /// <summary>Releases the directory for other processes.</summary>
    public void Dispose() => _lock?.Dispose();

    private string PathOf(uint number) => Path.Combine(_segmentsPath, number.ToString("D8", CultureInfo.InvariantCulture) + SegmentSuffix);

    private static IoError FillWithZeros(PosixSegmentFile file, long lengthBytes)
    {
        using var zeros = new AlignedBuffer((int)Math.Min(ZeroPieceBytes, lengthBytes));
        zeros.Span.Clear();
        for (long offset = 0; offset < lengthBytes; offset += zeros.Span.Length)
        {
            IoError error = file.Write(offset, zeros.Span[..(int)Math.Min(zeros.Span.Length, lengthBytes - offset)]);
            if (error != IoError.None) return error;
        }
        return IoError.None;
    }
}
