using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace RustFs.Checksums;

/// <summary>64 × 64 → 127 bit products of polynomials over GF(2): PCLMULQDQ on x86, PMULL on ARM64.</summary>
internal static class CarrylessProduct
{
    /// <summary>Little-endian only, because blocks are loaded as they lie in memory.</summary>
    public static bool IsSupported => BitConverter.IsLittleEndian && (Pclmulqdq.IsSupported || ArmAes.IsSupported);

    /// <summary>The product of the low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> OfLow(Vector128<ulong> a, Vector128<ulong> b) => Pclmulqdq.IsSupported
        ? Pclmulqdq.CarrylessMultiply(a, b, 0x00)
        : ArmAes.PolynomialMultiplyWideningLower(a.GetLower(), b.GetLower());

    /// <summary>The product of the high halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> OfHigh(Vector128<ulong> a, Vector128<ulong> b) => Pclmulqdq.IsSupported
        ? Pclmulqdq.CarrylessMultiply(a, b, 0x11)
        : ArmAes.PolynomialMultiplyWideningUpper(a, b);
}
