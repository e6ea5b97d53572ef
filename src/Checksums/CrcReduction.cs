using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RustFs.Checksums;

/// <summary>
/// Barrett reduction modulo P with carry-less products (Gopal et al., "Fast CRC Computation for Generic Polynomials Using
/// PCLMULQDQ Instruction", Intel 2009). Only where <see cref="CarrylessProduct.IsSupported"/>.
/// </summary>
internal static class CrcReduction<TPolynomial> where TPolynomial : struct, ICrcPolynomial
{
    /// <summary>x^128 / P, see <see cref="CrcPolynomial.BarrettQuotient"/>.</summary>
    private static readonly Vector128<ulong> Quotient = Vector128.CreateScalar(CrcPolynomial.BarrettQuotient(TPolynomial.Reflected));

    /// <summary>
    /// P with its x^64 term in bit 0, so that the product with a quotient comes out aligned: degrees 63..0 are the upper half.
    /// That pushes the x^0 term out of the register; <see cref="ConstantTerm"/> makes up for it.
    /// </summary>
    private static readonly Vector128<ulong> Generator = Vector128.CreateScalar((TPolynomial.Reflected << 1) | 1);

    /// <summary>All ones if P has an x^0 term (the 64-bit CRC), zero if not (the 32-bit ones, whose P is a multiple of x^32).</summary>
    private static readonly ulong ConstantTerm = (ulong)((long)TPolynomial.Reflected >> 63);

    /// <summary>value·x^64 mod P: what a zero register becomes after eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ShiftBy64(ulong value) => ShiftLowBy64(Vector128.CreateScalar(value));

    /// <summary>The 128-bit polynomial low·x^64 + high, mod P. (Reflected: the low half holds the higher powers.)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Reduce(Vector128<ulong> value) => value.GetElement(1) ^ ShiftLowBy64(value);

    /// <summary>a·b mod P.</summary>
    public static ulong Multiply(ulong a, ulong b)
    {
        // The product of two reflected 64-bit polynomials has its x^0 in bit 126; a reflected 128-bit one has it in bit 127.
        Vector128<ulong> product = CarrylessProduct.OfLow(Vector128.CreateScalar(a), Vector128.CreateScalar(b));
        ulong low = product.ToScalar();
        ulong high = product.GetElement(1);
        return ((high << 1) | (low >> 63)) ^ ShiftBy64(low << 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ShiftLowBy64(Vector128<ulong> value)
    {
        Vector128<ulong> quotient = CarrylessProduct.OfLow(value, Quotient);
        Vector128<ulong> multiple = CarrylessProduct.OfLow(quotient, Generator);
        return multiple.GetElement(1) ^ (quotient.ToScalar() & ConstantTerm);
    }
}
