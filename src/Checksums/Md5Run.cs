// unsafe: holds a raw pointer; the caller keeps what it points to in place until the call it is given to returns.
namespace RustFs.Checksums;

/// <summary>Bytes at a fixed address: pinned or native memory that stays for the length of the call it is given to.</summary>
public readonly unsafe struct Md5Run(byte* start, nint lengthBytes)
{
    public byte* Start { get; } = start;
    public nint LengthBytes { get; } = lengthBytes;
}
