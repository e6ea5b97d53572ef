// unsafe: pointers to the lanes' blocks and to the stack, used only during the call.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RustFs.Checksums;

/// <summary>
/// One MD5 per vector lane. State is held word by word: all lanes' a, then all lanes' b, c and d. A block of each lane is
/// transposed so that vector k holds word k of every lane. Both methods are compiled with full optimisation at once, as
/// unoptimised each of the 64 steps would be a chain of calls.
/// </summary>
internal static unsafe class Md5Lanes
{
    private const int WordsPerBlock = 16;

    /// <summary>Sixteen lanes by AVX-512F. Advances every lane's pointer by <paramref name="count"/> blocks.</summary>
    /// <param name="state">4 × 16 words, 64-byte aligned.</param>
    /// <param name="lanes">Pointers to at least <paramref name="count"/> blocks each; those of idle lanes are read as well.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress16(uint* state, byte** lanes, nint count)
    {
        // Aligned to its cache lines, since every step reads one vector of it.
        byte* room = stackalloc byte[WordsPerBlock * 64 + 63];
        var sums = (Vector512<uint>*)state;
        Vector512<uint> a = sums[0], b = sums[1], c = sums[2], d = sums[3];
        var words = (Vector512<uint>*)(((nuint)room + 63) & ~(nuint)63);
        for (; count > 0; count--)
        {
            Transpose16(lanes, words);
            for (int lane = 0; lane < 16; lane++)
                lanes[lane] += Md5State.BlockBytes;
            Md5Rounds<Vector512<uint>, Md5Word512>.Compress(ref a, ref b, ref c, ref d, words);
        }
        (sums[0], sums[1], sums[2], sums[3]) = (a, b, c, d);
    }

    /// <summary>Eight lanes by AVX2; otherwise as <see cref="Compress16"/> with 4 × 8 words of state.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress8(uint* state, byte** lanes, nint count)
    {
        byte* room = stackalloc byte[WordsPerBlock * 32 + 31];
        var sums = (Vector256<uint>*)state;
        Vector256<uint> a = sums[0], b = sums[1], c = sums[2], d = sums[3];
        var words = (Vector256<uint>*)(((nuint)room + 31) & ~(nuint)31);
        for (; count > 0; count--)
        {
            for (int quad = 0; quad < WordsPerBlock; quad += 4)
                Transpose8(lanes, quad, words + quad);
            for (int lane = 0; lane < 8; lane++)
                lanes[lane] += Md5State.BlockBytes;
            Md5Rounds<Vector256<uint>, Md5Word256>.Compress(ref a, ref b, ref c, ref d, words);
        }
        (sums[0], sums[1], sums[2], sums[3]) = (a, b, c, d);
    }

    /// <summary>
    /// Word k of each lane into vector k. Each lane's line is read once and whole: lanes tend to stand at the same place of their pages, so
    /// that sixteen lines share one set of a first-level cache that has eight or twelve ways, and would leave it between two reads.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose16(byte** lanes, Vector512<uint>* words)
    {
        TransposeWithin(lanes, out Vector512<uint> a0, out Vector512<uint> a1, out Vector512<uint> a2, out Vector512<uint> a3);
        TransposeWithin(lanes + 4, out Vector512<uint> b0, out Vector512<uint> b1, out Vector512<uint> b2, out Vector512<uint> b3);
        TransposeWithin(lanes + 8, out Vector512<uint> c0, out Vector512<uint> c1, out Vector512<uint> c2, out Vector512<uint> c3);
        TransposeWithin(lanes + 12, out Vector512<uint> d0, out Vector512<uint> d1, out Vector512<uint> d2, out Vector512<uint> d3);
        TransposeBetween(a0, b0, c0, d0, words);
        TransposeBetween(a1, b1, c1, d1, words + 1);
        TransposeBetween(a2, b2, c2, d2, words + 2);
        TransposeBetween(a3, b3, c3, d3, words + 3);
    }

    /// <summary>4 × 4 words within every 128 bits of four lanes: result q has word 4·j + q of each at 128 bits j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeWithin(
        byte** lanes, out Vector512<uint> q0, out Vector512<uint> q1, out Vector512<uint> q2, out Vector512<uint> q3)
    {
        Vector512<uint> r0 = Vector512.Load((uint*)lanes[0]), r1 = Vector512.Load((uint*)lanes[1]);
        Vector512<uint> r2 = Vector512.Load((uint*)lanes[2]), r3 = Vector512.Load((uint*)lanes[3]);
        Vector512<ulong> low01 = Avx512F.UnpackLow(r0, r1).AsUInt64(), high01 = Avx512F.UnpackHigh(r0, r1).AsUInt64();
        Vector512<ulong> low23 = Avx512F.UnpackLow(r2, r3).AsUInt64(), high23 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
        q0 = Avx512F.UnpackLow(low01, low23).AsUInt32();
        q1 = Avx512F.UnpackHigh(low01, low23).AsUInt32();
        q2 = Avx512F.UnpackLow(high01, high23).AsUInt32();
        q3 = Avx512F.UnpackHigh(high01, high23).AsUInt32();
    }

    /// <summary>4 × 4 pieces of 128 bits: piece j of all four into every fourth vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBetween(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint>* words)
    {
        // vshufi32x4: the first two pieces of each (0, 1), the last two (2, 3); then of these the even and the odd.
        const byte First = 0x44, Last = 0xEE, Even = 0x88, Odd = 0xDD;
        Vector512<uint> ab = Avx512F.Shuffle4x128(a, b, First), cd = Avx512F.Shuffle4x128(c, d, First);
        words[0] = Avx512F.Shuffle4x128(ab, cd, Even);
        words[4] = Avx512F.Shuffle4x128(ab, cd, Odd);
        ab = Avx512F.Shuffle4x128(a, b, Last);
        cd = Avx512F.Shuffle4x128(c, d, Last);
        words[8] = Avx512F.Shuffle4x128(ab, cd, Even);
        words[12] = Avx512F.Shuffle4x128(ab, cd, Odd);
    }

    /// <summary>Words quad..quad+3 of each lane into four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8(byte** lanes, int quad, Vector256<uint>* words)
    {
        Vector256<uint> r0 = Row8(lanes, quad), r1 = Row8(lanes + 1, quad), r2 = Row8(lanes + 2, quad), r3 = Row8(lanes + 3, quad);
        Vector256<ulong> low01 = Avx2.UnpackLow(r0, r1).AsUInt64(), high01 = Avx2.UnpackHigh(r0, r1).AsUInt64();
        Vector256<ulong> low23 = Avx2.UnpackLow(r2, r3).AsUInt64(), high23 = Avx2.UnpackHigh(r2, r3).AsUInt64();
        words[0] = Avx2.UnpackLow(low01, low23).AsUInt32();
        words[1] = Avx2.UnpackHigh(low01, low23).AsUInt32();
        words[2] = Avx2.UnpackLow(high01, high23).AsUInt32();
        words[3] = Avx2.UnpackHigh(high01, high23).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Row8(byte** lanes, int quad) => Vector256.Create(
        Vector128.Load((uint*)lanes[0] + quad), Vector128.Load((uint*)lanes[4] + quad));
}
