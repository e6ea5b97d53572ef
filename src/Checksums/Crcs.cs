namespace RustFs.Checksums;

/// <summary>CRC-32 (ISO-HDLC: gzip, S3's CRC32).</summary>
public static class Crc32
{
    /// <summary>Continues <paramref name="crc"/> (0 to start) over more bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>The CRC of A‖B from the CRCs of both and the length of B in bytes.</summary>
    public static uint Combine(uint crcA, uint crcB, long lengthB) => throw new NotImplementedException();
}

/// <summary>CRC-32C (Castagnoli: iSCSI, S3's CRC32C).</summary>
public static class Crc32C
{
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();
    public static uint Combine(uint crcA, uint crcB, long lengthB) => throw new NotImplementedException();
}

/// <summary>CRC-64/NVME (S3's CRC64NVME).</summary>
public static class Crc64Nvme
{
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();
    public static ulong Combine(ulong crcA, ulong crcB, long lengthB) => throw new NotImplementedException();
}
