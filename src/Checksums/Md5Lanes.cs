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
            for (int quad = 0; quad < WordsPerBlock; quad += 4)
                Transpose16(lanes, quad, words + quad);
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

    /// <summary>Words quad..quad+3 of each lane into four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose16(byte** lanes, int quad, Vector512<uint>* words)
    {
        // Row q: the four words of lanes q, q+4, q+8 and q+12, each in its 128 bits. Transposing 4 × 4 words within every
        // 128 bits then leaves lane q+4·j at element 4·j+q: in order.
        Vector512<uint> r0 = Row16(lanes, quad), r1 = Row16(lanes + 1, quad), r2 = Row16(lanes + 2, quad), r3 = Row16(lanes + 3, quad);
        Vector512<ulong> low01 = Avx512F.UnpackLow(r0, r1).AsUInt64(), high01 = Avx512F.UnpackHigh(r0, r1).AsUInt64();
        Vector512<ulong> low23 = Avx512F.UnpackLow(r2, r3).AsUInt64(), high23 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
        words[0] = Avx512F.UnpackLow(low01, low23).AsUInt32();
        words[1] = Avx512F.UnpackHigh(low01, low23).AsUInt32();
        words[2] = Avx512F.UnpackLow(high01, high23).AsUInt32();
        words[3] = Avx512F.UnpackHigh(high01, high23).AsUInt32();
    }

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
    private static Vector512<uint> Row16(byte** lanes, int quad) => Vector512.Create(Row8(lanes, quad), Row8(lanes + 8, quad));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Row8(byte** lanes, int quad) => Vector256.Create(
        Vector128.Load((uint*)lanes[0] + quad), Vector128.Load((uint*)lanes[4] + quad));
}
