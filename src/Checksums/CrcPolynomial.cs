namespace RustFs.Checksums;

/// <summary>
/// The generator polynomial of one CRC as a type, so that every constant derived from it is a constant to the JIT.
/// </summary>
/// <remarks>
/// All CRCs of S3 are reflected: the lowest bit of a byte is its highest power of x. A 64-bit register here holds a polynomial
/// of degree below 64, bit i being the coefficient of x^(63-i). A 32-bit CRC with generator P(x) runs in the same register as
/// the 64-bit CRC with generator P(x)·x^32: its remainder is x^32 times the 32-bit one, which in reflected order is the 32-bit
/// CRC in the low half and zero in the high half. So one 64-bit implementation serves every width.
/// </remarks>
internal interface ICrcPolynomial
{
    /// <summary>The generator without its x^64 term, reflected. For 32-bit CRCs this is the usual reflected constant.</summary>
    static abstract ulong Reflected { get; }
}

/// <summary>
/// Arithmetic modulo a reflected generator in plain loops: for start-up constants, and machines without carry-less multiply.
/// </summary>
internal static class CrcPolynomial
{
    /// <summary>The polynomial 1 = x^0 in reflected order.</summary>
    public const ulong One = 1UL << 63;

    /// <summary>value·x mod P.</summary>
    public static ulong MultiplyByX(ulong value, ulong generator) => (value >> 1) ^ ((value & 1) != 0 ? generator : 0);

    /// <summary>x^power mod P, one step per power.</summary>
    public static ulong PowerOfX(int power, ulong generator)
    {
        ulong result = One;
        for (int i = 0; i < power; i++)
            result = MultiplyByX(result, generator);
        return result;
    }

    /// <summary>a·b mod P.</summary>
    public static ulong Multiply(ulong a, ulong b, ulong generator)
    {
        // Horner over the powers of a: the lowest power is the highest bit.
        ulong product = 0;
        for (; a != 0; a <<= 1)
        {
            if ((a & One) != 0)
                product ^= b;
            b = MultiplyByX(b, generator);
        }
        return product;
    }

    /// <summary>
    /// The quotient x^128 / P without its last term (x^0), reflected into 64 bits: bit i is the coefficient of x^(64-i).
    /// Barrett reduction multiplies by it in place of dividing by P.
    /// </summary>
    public static ulong BarrettQuotient(ulong generator)
    {
        // Long division. The first quotient term is x^64 and leaves P without its x^64 term as the remainder; from there
        // each step takes the remainder's highest coefficient (bit 0) as the next quotient term.
        ulong quotient = 1;
        ulong remainder = generator;
        for (int i = 1; i < 64; i++)
        {
            quotient |= (remainder & 1) << i;
            remainder = MultiplyByX(remainder, generator);
        }
        return quotient;
    }
}
