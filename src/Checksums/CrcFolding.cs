// unsafe: pointers into the caller's span, pinned by `fixed` for the length of one Append.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RustFs.Checksums;

/// <summary>
/// CRC by folding with carry-less products (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
/// Instruction", Intel 2009), four accumulators wide, in 128-, 256- and 512-bit vectors. The register is neither inverted on
/// the way in nor on the way out.
/// </summary>
/// <remarks>
/// A block of 128 bits is low·x^64 + high (reflected: the low half holds the higher powers). Moving it D bits ahead, onto the
/// block that lies D bits further on, multiplies it by x^D, which may be done modulo P on each half apart:
/// low·(x^(D+64) mod P) + high·(x^D mod P). The product of two reflected 64-bit polynomials stands one bit lower than a
/// reflected 128-bit polynomial, which multiplies it by x; so the constants are x^(D+63) and x^(D-1).
/// </remarks>
internal static unsafe class CrcFolding<TPolynomial> where TPolynomial : struct, ICrcPolynomial
{
    private static readonly Vector128<ulong> By128 = FoldBy(128);
    private static readonly Vector128<ulong> By256 = FoldBy(256);
    private static readonly Vector128<ulong> By384 = FoldBy(384);
    private static readonly Vector128<ulong> By512 = FoldBy(512);
    private static readonly Vector128<ulong> By768 = FoldBy(768);
    private static readonly Vector128<ulong> By1024 = FoldBy(1024);
    private static readonly Vector128<ulong> By1536 = FoldBy(1536);
    private static readonly Vector128<ulong> By2048 = FoldBy(2048);

    /// <summary>Brings the lanes of a wide accumulator onto its last lane, which stays as it is and so is multiplied by nothing.</summary>
    private static readonly Vector256<ulong> LanesOf256 = Vector256.Create(By128, Vector128<ulong>.Zero);
    private static readonly Vector512<ulong> LanesOf512 = Vector512.Create(
        Vector256.Create(By384, By256), Vector256.Create(By128, Vector128<ulong>.Zero));

    /// <summary>x^127: moves the low half 128 bits ahead at the end (the missing x is the product's own, as above).</summary>
    private static readonly Vector128<ulong> LowBy128 =
        Vector128.CreateScalar(CrcPolynomial.PowerOfX(127, TPolynomial.Reflected));

    /// <summary>
    /// Window i..i+16 of these indices moves a block i - 16 bytes up or down, filling with zeros (an index with its top bit set
    /// reads zero on x86 and ARM64 alike).
    /// </summary>
    private static ReadOnlySpan<byte> SlidingIndices =>
    [
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
    ];

    public static bool IsSupported128 => CarrylessProduct.IsSupported;
    public static bool IsSupported256 => Pclmulqdq.V256.IsSupported;
    public static bool IsSupported512 => Pclmulqdq.V512.IsSupported;

    // Measured: bringing the lanes of a wider accumulator together pays off from these lengths on.
    private const int From256Bytes = 64;
    private const int From512Bytes = 512;

    /// <summary>The fastest way this machine has for the length.</summary>
    public static ulong Append(ulong register, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 16)
            return AppendBelow16(register, bytes);
        if (IsSupported512 && bytes.Length >= From512Bytes)
            return Append512(register, bytes);
        if (IsSupported256 && bytes.Length >= From256Bytes)
            return Append256(register, bytes);
        return Append128(register, bytes);
    }

    /// <summary>Any length: up to eight bytes at a time by Barrett reduction alone. Meant for less than 16 bytes.</summary>
    public static ulong AppendBelow16(ulong register, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            byte* p = start;
            int left = bytes.Length;
            for (; left >= 8; left -= 8, p += 8)
                register = CrcReduction<TPolynomial>.ShiftBy64(register ^ *(ulong*)p);
            if (left == 0)
                return register;
            // The register's first `left` bytes meet the data and are reduced as the last bytes of an eight-byte step whose
            // first bytes are zero; the register's other bytes have met nothing yet and only move up.
            ulong tail = (register ^ LoadBelow8(p, left)) << (64 - 8 * left);
            return (register >> (8 * left)) ^ CrcReduction<TPolynomial>.ShiftBy64(tail);
        }
    }

    // All three are compiled with full optimisation at the first call: unoptimised, each product is a chain of calls, ten times slower,
    // until the run-time has come to replace it. Code compiled so reads a static field wherever it stands: loops have copies.

    /// <summary>128-bit folding, for 16 bytes and more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Append128(ulong register, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            byte* p = start;
            byte* end = start + bytes.Length;
            Vector128<ulong> a0 = Load128(p) ^ Vector128.CreateScalar(register);
            if (bytes.Length < 64)
                return Finish(a0, p + 16, end);

            Vector128<ulong> by512 = By512;
            Vector128<ulong> a1 = Load128(p + 16), a2 = Load128(p + 32), a3 = Load128(p + 48);
            for (p += 64; end - p >= 64; p += 64)
            {
                a0 = Fold(a0, by512) ^ Load128(p);
                a1 = Fold(a1, by512) ^ Load128(p + 16);
                a2 = Fold(a2, by512) ^ Load128(p + 32);
                a3 = Fold(a3, by512) ^ Load128(p + 48);
            }
            return Finish(Fold(a0, By384) ^ Fold(a1, By256) ^ Fold(a2, By128) ^ a3, p, end);
        }
    }

    /// <summary>256-bit folding, for 32 bytes and more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Append256(ulong register, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            byte* p = start;
            byte* end = start + bytes.Length;
            Vector256<ulong> a0 = Load256(p) ^ Vector256.CreateScalar(register);
            if (bytes.Length >= 128)
            {
                Vector256<ulong> by1024 = Vector256.Create(By1024, By1024);
                Vector256<ulong> a1 = Load256(p + 32), a2 = Load256(p + 64), a3 = Load256(p + 96);
                for (p += 128; end - p >= 128; p += 128)
                {
                    a0 = Fold(a0, by1024) ^ Load256(p);
                    a1 = Fold(a1, by1024) ^ Load256(p + 32);
                    a2 = Fold(a2, by1024) ^ Load256(p + 64);
                    a3 = Fold(a3, by1024) ^ Load256(p + 96);
                }
                a0 = Fold(a0, Vector256.Create(By768, By768)) ^ Fold(a1, Vector256.Create(By512, By512))
                    ^ Fold(a2, Vector256.Create(By256, By256)) ^ a3;
            }
            else
            {
                p += 32;
            }
            for (; end - p >= 32; p += 32)
                a0 = Fold(a0, Vector256.Create(By256, By256)) ^ Load256(p);
            Vector256<ulong> lanes = Fold(a0, LanesOf256);
            return Finish(lanes.GetLower() ^ a0.GetUpper(), p, end);
        }
    }

    /// <summary>512-bit folding, for 64 bytes and more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Append512(ulong register, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            byte* p = start;
            byte* end = start + bytes.Length;
            Vector512<ulong> a0 = Load512(p) ^ Vector512.CreateScalar(register);
            if (bytes.Length >= 256)
            {
                Vector512<ulong> by2048 = Broadcast512(By2048);
                Vector512<ulong> a1 = Load512(p + 64), a2 = Load512(p + 128), a3 = Load512(p + 192);
                for (p += 256; end - p >= 256; p += 256)
                {
                    a0 = Fold(a0, by2048) ^ Load512(p);
                    a1 = Fold(a1, by2048) ^ Load512(p + 64);
                    a2 = Fold(a2, by2048) ^ Load512(p + 128);
                    a3 = Fold(a3, by2048) ^ Load512(p + 192);
                }
                a0 = Fold(a0, Broadcast512(By1536)) ^ Fold(a1, Broadcast512(By1024)) ^ Fold(a2, Broadcast512(By512)) ^ a3;
            }
            else
            {
                p += 64;
            }
            for (; end - p >= 64; p += 64)
                a0 = Fold(a0, Broadcast512(By512)) ^ Load512(p);
            Vector512<ulong> lanes = Fold(a0, LanesOf512);
            Vector256<ulong> pair = lanes.GetLower() ^ lanes.GetUpper();
            return Finish(pair.GetLower() ^ pair.GetUpper() ^ a0.GetUpper().GetUpper(), p, end);
        }
    }

    /// <summary>Folds what is left, fewer than 16 bytes at last, and reduces the accumulator. At least 16 bytes lie before p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Finish(Vector128<ulong> accumulator, byte* p, byte* end)
    {
        for (; end - p >= 16; p += 16)
            accumulator = Fold(accumulator, By128) ^ Load128(p);

        int tail = (int)(end - p);
        if (tail != 0)
        {
            // Accumulator and tail together are 16 + tail bytes: split so that the second piece is 16 bytes. The first piece is
            // the accumulator's first `tail` bytes behind zeros; the second its other bytes followed by the tail, which lies at
            // the end of the last 16 bytes of the input.
            Vector128<byte> block = accumulator.AsByte();
            fixed (byte* indices = SlidingIndices)
            {
                Vector128<byte> up = Vector128.Load(indices + tail);
                Vector128<byte> down = Vector128.Load(indices + 16 + tail);
                Vector128<byte> last = Vector128.ConditionalSelect(
                    (down.AsSByte() >> 7).AsByte(), Vector128.Load(end - 16), Vector128.ShuffleNative(block, down));
                accumulator = Fold(Vector128.ShuffleNative(block, up).AsUInt64(), By128) ^ last.AsUInt64();
            }
        }

        // The CRC is accumulator·x^64 mod P = low·x^128 + high·x^64: the first by a product, the second by its place.
        Vector128<ulong> shifted = CarrylessProduct.OfLow(accumulator, LowBy128)
            ^ Vector128.CreateScalar(accumulator.GetElement(1));
        return CrcReduction<TPolynomial>.Reduce(shifted);
    }

    private static Vector128<ulong> FoldBy(int bits) => Vector128.Create(
        CrcPolynomial.PowerOfX(bits + 63, TPolynomial.Reflected), CrcPolynomial.PowerOfX(bits - 1, TPolynomial.Reflected));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> block, Vector128<ulong> by) =>
        CarrylessProduct.OfLow(block, by) ^ CarrylessProduct.OfHigh(block, by);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Fold(Vector256<ulong> blocks, Vector256<ulong> by) =>
        Pclmulqdq.V256.CarrylessMultiply(blocks, by, 0x00) ^ Pclmulqdq.V256.CarrylessMultiply(blocks, by, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fold(Vector512<ulong> blocks, Vector512<ulong> by) =>
        Pclmulqdq.V512.CarrylessMultiply(blocks, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(blocks, by, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Broadcast512(Vector128<ulong> lane)
    {
        Vector256<ulong> pair = Vector256.Create(lane, lane);
        return Vector512.Create(pair, pair);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load128(byte* p) => Vector128.Load((ulong*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Load256(byte* p) => Vector256.Load((ulong*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load512(byte* p) => Vector512.Load((ulong*)p);

    /// <summary>1 to 7 bytes, little-endian, without reading beyond them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LoadBelow8(byte* p, int length)
    {
        if (length >= 4)
            return *(uint*)p | ((ulong)*(uint*)(p + length - 4) << (8 * (length - 4)));
        int middle = length >> 1;
        return p[0] | ((ulong)p[middle] << (8 * middle)) | ((ulong)p[length - 1] << (8 * (length - 1)));
    }
}
