using System.Buffers.Binary;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace RustFs.Checksums;

/// <summary>CRC-32/ISO-HDLC (ISO 3309, RFC 1952 §8; S3's CRC32). Check value of "123456789": cbf43926.</summary>
public static class Crc32
{
    /// <summary>0x04C11DB7 reflected.</summary>
    internal readonly struct Polynomial : ICrcPolynomial
    {
        public static ulong Reflected => 0xEDB88320;
    }

    /// <summary>Continues <paramref name="crc"/> (0 to start) over more bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        if (ArmCrc32.Arm64.IsSupported && BitConverter.IsLittleEndian && bytes.Length < Crc32C.FoldFromBytes)
            return ~AppendByInstruction(~crc, bytes);
        return ~(uint)(CarrylessProduct.IsSupported
            ? CrcFolding<Polynomial>.Append(~crc, bytes)
            : CrcTable<Polynomial>.Append(~crc, bytes));
    }

    /// <summary>The CRC of A‖B from the CRCs of both and the length of B in bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lengthB"/> is negative.</exception>
    public static uint Combine(uint crcA, uint crcB, long lengthB) =>
        (uint)CrcCombination<Polynomial>.Combine(crcA, crcB, lengthB);

    private static uint AppendByInstruction(uint register, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
            register = ArmCrc32.Arm64.ComputeCrc32(register, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes)
            register = ArmCrc32.ComputeCrc32(register, b);
        return register;
    }
}
