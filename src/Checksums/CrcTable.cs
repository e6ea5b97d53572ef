using System.Buffers.Binary;

namespace RustFs.Checksums;

/// <summary>Slicing-by-8: eight table look-ups per eight bytes. For machines without carry-less multiply.</summary>
internal static class CrcTable<TPolynomial> where TPolynomial : struct, ICrcPolynomial
{
    /// <summary>Entry 256·k + b is the register that byte b leaves behind after k further zero bytes.</summary>
    private static readonly ulong[] Entries = Build();

    public static ulong Append(ulong register, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> t = Entries;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            ulong x = register ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            register = t[1792 + (int)(x & 255)] ^ t[1536 + (int)((x >> 8) & 255)]
                ^ t[1280 + (int)((x >> 16) & 255)] ^ t[1024 + (int)((x >> 24) & 255)]
                ^ t[768 + (int)((x >> 32) & 255)] ^ t[512 + (int)((x >> 40) & 255)]
                ^ t[256 + (int)((x >> 48) & 255)] ^ t[(int)(x >> 56)];
        }
        foreach (byte b in bytes)
            register = (register >> 8) ^ t[(int)((register ^ b) & 255)];
        return register;
    }

    private static ulong[] Build()
    {
        var entries = new ulong[8 * 256];
        for (int b = 0; b < 256; b++)
        {
            ulong register = (ulong)b;
            for (int slice = 0; slice < 8; slice++)
            {
                for (int bit = 0; bit < 8; bit++)
                    register = CrcPolynomial.MultiplyByX(register, TPolynomial.Reflected);
                entries[256 * slice + b] = register;
            }
        }
        return entries;
    }
}
