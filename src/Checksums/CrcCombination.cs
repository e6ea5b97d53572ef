namespace RustFs.Checksums;

/// <summary>The CRC of a concatenation from the CRCs of its parts: crc(A‖B) = crc(A)·x^(8·|B|) + crc(B) mod P.</summary>
internal static class CrcCombination<TPolynomial> where TPolynomial : struct, ICrcPolynomial
{
    /// <summary>Entry i is x^(8·2^i) mod P: the shift by 2^i bytes. 63 entries cover every non-negative long.</summary>
    private static readonly ulong[] ByteShifts = BuildByteShifts();

    /// <summary>Initial and final inversion cancel out, so finished CRCs go in and a finished CRC comes out.</summary>
    public static ulong Combine(ulong crcA, ulong crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        ulong shifted = crcA;
        for (int i = 0; lengthB != 0; i++, lengthB >>= 1)
        {
            if ((lengthB & 1) != 0)
                shifted = Multiply(shifted, ByteShifts[i]);
        }
        return shifted ^ crcB;
    }

    private static ulong Multiply(ulong a, ulong b) => CarrylessProduct.IsSupported
        ? CrcReduction<TPolynomial>.Multiply(a, b)
        : CrcPolynomial.Multiply(a, b, TPolynomial.Reflected);

    private static ulong[] BuildByteShifts()
    {
        var shifts = new ulong[63];
        ulong shift = CrcPolynomial.PowerOfX(8, TPolynomial.Reflected);
        for (int i = 0; i < shifts.Length; i++)
        {
            shifts[i] = shift;
            shift = CrcPolynomial.Multiply(shift, shift, TPolynomial.Reflected);
        }
        return shifts;
    }
}
