// unsafe: a pointer to the table, pinned by `fixed` for the length of one Append.
using System.Buffers.Binary;

namespace RustFs.Checksums;

/// <summary>Slicing-by-8: eight table look-ups per eight bytes. For machines without carry-less multiply.</summary>
internal static unsafe class CrcTable<TPolynomial> where TPolynomial : struct, ICrcPolynomial
{
    /// <summary>Entry 256·k + b is the register that byte b leaves behind after k further zero bytes.</summary>
    private static readonly ulong[] Entries = Build();

    public static ulong Append(ulong register, ReadOnlySpan<byte> bytes)
    {
        // Every index is at most 7·256 + 255, the last entry; the compiler cannot see that through the shifts.
        fixed (ulong* t = Entries)
        {
            for (; bytes.Length >= 8; bytes = bytes[8..])
            {
                ulong x = register ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                register = t[7 * 256 + (byte)x] ^ t[6 * 256 + (byte)(x >> 8)]
                    ^ t[5 * 256 + (byte)(x >> 16)] ^ t[4 * 256 + (byte)(x >> 24)]
                    ^ t[3 * 256 + (byte)(x >> 32)] ^ t[2 * 256 + (byte)(x >> 40)]
                    ^ t[256 + (byte)(x >> 48)] ^ t[(byte)(x >> 56)];
            }
            foreach (byte b in bytes)
                register = (register >> 8) ^ t[(byte)(register ^ b)];
            return register;
        }
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
