namespace RustFs.Checksums;

/// <summary>
/// CRC-64/NVME (NVM Express NVM Command Set Specification, "64b CRC"; S3's CRC64NVME). Check value of
/// "123456789": ae8b14860a799888.
/// </summary>
public static class Crc64Nvme
{
    /// <summary>0xAD93D23594C93659 reflected.</summary>
    internal readonly struct Polynomial : ICrcPolynomial
    {
        public static ulong Reflected => 0x9A6C9329AC4BC9B5;
    }

    /// <summary>Continues <paramref name="crc"/> (0 to start) over more bytes.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes) => ~(CarrylessProduct.IsSupported
        ? CrcFolding<Polynomial>.Append(~crc, bytes)
        : CrcTable<Polynomial>.Append(~crc, bytes));

    /// <summary>The CRC of A‖B from the CRCs of both and the length of B in bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lengthB"/> is negative.</exception>
    public static ulong Combine(ulong crcA, ulong crcB, long lengthB) =>
        CrcCombination<Polynomial>.Combine(crcA, crcB, lengthB);
}
