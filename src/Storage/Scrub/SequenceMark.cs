using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// A file beside the index that keeps how far the index was durable: an index that comes back with less has lost acknowledged changes.
/// Little-endian: magic (8) sequence number (8) CRC-32C of the bytes before it (4). One write of less than a sector: old or new, never a
/// mixture.
/// </summary>
internal sealed class SequenceMark(string path)
{
    private const int Bytes = 20;
    private static ReadOnlySpan<byte> Magic => "RustFsMk"u8;

    public string Path => path;

    /// <summary>0 when there is none; null when its bytes are damaged.</summary>
    public ulong? Read()
    {
        if (!File.Exists(path)) return 0;
        byte[] bytes = File.ReadAllBytes(path);
        bool isWhole = bytes.Length == Bytes && bytes.AsSpan().StartsWith(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(16)) == Crc32C.Append(0, bytes.AsSpan(0, 16));
        return isWhole ? BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)) : null;
    }

    public IoError Write(ulong sequence)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Crc32C.Append(0, bytes[..16]));
        bool isNew = !File.Exists(path);
        using SafeFileHandle? file = Libc.Open(path, Libc.O_RDWR | Libc.O_CREAT, out int errorNumber);
        if (file is null) return Libc.ToIoError(errorNumber);
        IoError error = Libc.WriteAll(file, bytes, 0);
        if (error == IoError.None) error = Libc.SyncData(file);
        if (error == IoError.None && isNew) error = Libc.SyncDirectory(System.IO.Path.GetDirectoryName(path)!);
        return error;
    }
}
