using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace RustFs.Checksums;

/// <summary>CRC-32C (Castagnoli; RFC 3720 §12.1; S3's CRC32C). Check value of "123456789": e3069283.</summary>
public static class Crc32C
{
    /// <summary>
    /// From this length on folding beats the CRC instruction, whose eight bytes take three cycles because each waits for the last.
    /// </summary>
    internal const int FoldFromBytes = 192;

    /// <summary>0x1EDC6F41 reflected.</summary>
    internal readonly struct Polynomial : ICrcPolynomial
    {
        public static ulong Reflected => 0x82F63B78;
    }

    internal static bool HasInstruction => BitConverter.IsLittleEndian && (Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported);

    /// <summary>Continues <paramref name="crc"/> (0 to start) over more bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        if (HasInstruction && (bytes.Length < FoldFromBytes || !CarrylessProduct.IsSupported))
            return ~AppendByInstruction(~crc, bytes);
        return ~(uint)(CarrylessProduct.IsSupported
            ? CrcFolding<Polynomial>.Append(~crc, bytes)
            : CrcTable<Polynomial>.Append(~crc, bytes));
    }

    /// <summary>The CRC of A‖B from the CRCs of both and the length of B in bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lengthB"/> is negative.</exception>
    public static uint Combine(uint crcA, uint crcB, long lengthB) =>
        (uint)CrcCombination<Polynomial>.Combine(crcA, crcB, lengthB);

    /// <summary>By the machine's own CRC-32C instruction; the register not inverted. Only where <see cref="HasInstruction"/>.</summary>
    internal static uint AppendByInstruction(uint register, ReadOnlySpan<byte> bytes)
    {
        if (Sse42.X64.IsSupported)
        {
            ulong wide = register;
            for (; bytes.Length >= 8; bytes = bytes[8..])
                wide = Sse42.X64.Crc32(wide, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            register = (uint)wide;
            if (bytes.Length >= 4)
            {
                register = Sse42.Crc32(register, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                bytes = bytes[4..];
            }
            foreach (byte b in bytes)
                register = Sse42.Crc32(register, b);
            return register;
        }
        for (; bytes.Length >= 8; bytes = bytes[8..])
            register = ArmCrc32.Arm64.ComputeCrc32C(register, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes)
            register = ArmCrc32.ComputeCrc32C(register, b);
        return register;
    }
}
