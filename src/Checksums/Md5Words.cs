// unsafe: pointers to the message words of one block, which the caller keeps in place.
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RustFs.Checksums;

/// <summary>MD5's word operations on one message.</summary>
internal readonly struct Md5ScalarWord : IMd5Word<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Add(uint a, uint b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe uint AddMessage(uint sum, void* message, int k, uint sine) => sum + ((uint*)message)[k] + sine;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint RotateLeft(uint value, [ConstantExpected] byte bits) => BitOperations.RotateLeft(value, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AddF(uint sum, uint b, uint c, uint d) => sum + (d ^ (b & (c ^ d)));

    /// <summary>The two halves share no bit, so they may be added: only one of them waits for b, the newest value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AddG(uint sum, uint b, uint c, uint d) => (sum + (c & ~d)) + (b & d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AddH(uint sum, uint b, uint c, uint d) => sum + (b ^ (c ^ d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AddI(uint sum, uint b, uint c, uint d) => sum + (c ^ (b | ~d));
}

/// <summary>
/// MD5's word operations on one message in the lowest lane of a vector. Needs AVX-512VL: with each function in one VPTERNLOGD and
/// each rotation in one VPROLD a step is a chain of four cycles, where the scalar one takes four and a half.
/// </summary>
internal readonly struct Md5Word128 : IMd5Word<Vector128<uint>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Add(Vector128<uint> a, Vector128<uint> b) => a + b;

    /// <summary>Word and sine are added as scalars, off the chain; what the other lanes hold is nobody's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector128<uint> AddMessage(Vector128<uint> sum, void* message, int k, uint sine) =>
        sum + Vector128.CreateScalarUnsafe(((uint*)message)[k] + sine);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> RotateLeft(Vector128<uint> value, [ConstantExpected] byte bits) => Avx512F.VL.RotateLeft(value, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> AddF(Vector128<uint> sum, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d) =>
        sum + Avx512F.VL.TernaryLogic(b, c, d, 0b1100_1010);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> AddG(Vector128<uint> sum, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d) =>
        sum + Avx512F.VL.TernaryLogic(b, c, d, 0b1110_0100);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> AddH(Vector128<uint> sum, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d) =>
        sum + Avx512F.VL.TernaryLogic(b, c, d, 0b1001_0110);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> AddI(Vector128<uint> sum, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d) =>
        sum + Avx512F.VL.TernaryLogic(b, c, d, 0b0011_1001);
}

/// <summary>MD5's word operations on eight messages. Needs AVX2.</summary>
internal readonly struct Md5Word256 : IMd5Word<Vector256<uint>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Add(Vector256<uint> a, Vector256<uint> b) => a + b;

    /// <summary>The message stands transposed: vector k holds word k of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<uint> AddMessage(Vector256<uint> sum, void* message, int k, uint sine) =>
        sum + ((Vector256<uint>*)message)[k] + Vector256.Create(sine);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> RotateLeft(Vector256<uint> value, [ConstantExpected] byte bits) =>
        Vector256.ShiftLeft(value, bits) | Vector256.ShiftRightLogical(value, 32 - bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> AddF(Vector256<uint> sum, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d) =>
        sum + (d ^ (b & (c ^ d)));

    /// <summary>In two parts as in <see cref="Md5ScalarWord.AddG"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> AddG(Vector256<uint> sum, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d) =>
        (sum + (c & ~d)) + (b & d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> AddH(Vector256<uint> sum, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d) =>
        sum + (b ^ (c ^ d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> AddI(Vector256<uint> sum, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d) =>
        sum + (c ^ (b | ~d));
}

/// <summary>
/// MD5's word operations on sixteen messages. Needs AVX-512F. Each function is one VPTERNLOGD, whose constant is the function's
/// value table: bit 4·b + 2·c + d.
/// </summary>
internal readonly struct Md5Word512 : IMd5Word<Vector512<uint>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Add(Vector512<uint> a, Vector512<uint> b) => a + b;

    /// <summary>The message stands transposed: vector k holds word k of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<uint> AddMessage(Vector512<uint> sum, void* message, int k, uint sine) =>
        sum + ((Vector512<uint>*)message)[k] + Vector512.Create(sine);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> RotateLeft(Vector512<uint> value, [ConstantExpected] byte bits) => Avx512F.RotateLeft(value, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> AddF(Vector512<uint> sum, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d) =>
        sum + Avx512F.TernaryLogic(b, c, d, 0b1100_1010);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> AddG(Vector512<uint> sum, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d) =>
        sum + Avx512F.TernaryLogic(b, c, d, 0b1110_0100);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> AddH(Vector512<uint> sum, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d) =>
        sum + Avx512F.TernaryLogic(b, c, d, 0b1001_0110);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> AddI(Vector512<uint> sum, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d) =>
        sum + Avx512F.TernaryLogic(b, c, d, 0b0011_1001);
}
