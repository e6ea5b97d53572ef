namespace RustFs.Checksums;

/// <summary>The digests one request may ask for. The values are stored in object records: never renumber them.</summary>
[Flags]
public enum ChecksumKind : byte
{
    None = 0,
    Md5 = 1,
    Sha1 = 2,
    Sha256 = 4,
    Crc32 = 8,
    Crc32C = 16,
    Crc64Nvme = 32,
}
