// unsafe: pointers into the caller's span, pinned by `fixed` for the length of one call.
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RustFs.Checksums;

/// <summary>
/// MD5 (RFC 1321) between two 64-byte blocks. A plain value of 24 bytes, so that streams can lend theirs to
/// <see cref="MultiLaneMd5"/> and take it back. Starts as <see cref="Initial"/>, not as default. Little-endian machines only.
/// </summary>
public unsafe struct Md5State
{
    public const int BlockBytes = 64;
    public const int DigestBytes = 16;

    // In this order and side by side: the steps take their address as a, b, c, d.
    internal uint A;
    internal uint B;
    internal uint C;
    internal uint D;
    internal ulong LengthBytes;

    /// <summary>The state before the first byte (RFC 1321 §3.3).</summary>
    public static Md5State Initial => new() { A = 0x67452301, B = 0xEFCDAB89, C = 0x98BADCFE, D = 0x10325476 };

    /// <summary>Appends whole blocks.</summary>
    /// <exception cref="ArgumentException">The length is not a multiple of 64.</exception>
    public void Append(ReadOnlySpan<byte> blocks)
    {
        if (blocks.Length % BlockBytes != 0)
            throw new ArgumentException("MD5 takes whole 64-byte blocks; only the tail may be shorter.", nameof(blocks));
        fixed (byte* start = blocks)
            Append(start, blocks.Length / BlockBytes);
    }

    /// <summary>Appends the last, incomplete block (fewer than 64 bytes), pads, and writes the 16-byte digest.</summary>
    /// <exception cref="ArgumentException">The tail is a whole block or more, or the destination shorter than 16 bytes.</exception>
    [SkipLocalsInit]
    public void Finish(ReadOnlySpan<byte> tail, Span<byte> destination)
    {
        if (tail.Length >= BlockBytes)
            throw new ArgumentException("The tail of an MD5 message is shorter than 64 bytes.", nameof(tail));
        if (destination.Length < DigestBytes)
            throw new ArgumentException("An MD5 digest is 16 bytes.", nameof(destination));

        byte* padded = stackalloc byte[MaxPaddedBytes];
        int paddedBytes = Pad(tail, LengthBytes + (ulong)tail.Length, new Span<byte>(padded, MaxPaddedBytes));
        Append(padded, paddedBytes / BlockBytes);
        WriteDigest(destination);
    }

    internal void Append(byte* blocks, nint count)
    {
        LengthBytes += (ulong)count * BlockBytes;
        fixed (uint* state = &A)
            CompressBlocks(state, blocks, count);
    }

    /// <summary>The tail with its padding is one block or two.</summary>
    internal const int MaxPaddedBytes = 2 * BlockBytes;

    /// <summary>
    /// RFC 1321 §3.1 and §3.2: the bit 1, zeros up to 56 bytes modulo 64, the message's length in bits as 64 bits, lowest first.
    /// </summary>
    /// <returns>64 or 128: the bytes written.</returns>
    internal static int Pad(ReadOnlySpan<byte> tail, ulong messageBytes, Span<byte> destination)
    {
        int paddedBytes = tail.Length < BlockBytes - sizeof(ulong) ? BlockBytes : 2 * BlockBytes;
        tail.CopyTo(destination);
        destination[tail.Length] = 0x80;
        destination[(tail.Length + 1)..(paddedBytes - sizeof(ulong))].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination[(paddedBytes - sizeof(ulong))..], messageBytes << 3);
        return paddedBytes;
    }

    internal readonly void WriteDigest(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, A);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], B);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], C);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], D);
    }

    // One message in a vector's lowest lane runs at 1.22 times OpenSSL's rate on an Intel Xeon, and at 0.53 times on an AMD EPYC that has
    // the same instructions; scalars run at its rate on both.
    private static readonly bool PrefersVectors = Avx512F.VL.IsSupported && IsIntel;

    // CPUID leaf 0: EBX has the first four letters of the vendor's name, "Genu" of GenuineIntel.
    private static bool IsIntel => X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == 0x756E_6547;

    private static void CompressBlocks(uint* state, byte* blocks, nint count)
    {
        if (PrefersVectors)
            CompressByVectors(state, blocks, count);
        else
            CompressByScalars(state, blocks, count);
    }

    // Both are compiled with full optimisation at the first call: unoptimised, each of the 64 steps is a chain of calls, fifteen times
    // slower, until the run-time replaces it. Nothing else stands in them: the 64 steps need all sixteen registers.

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    internal static void CompressByVectors(uint* state, byte* blocks, nint count)
    {
        Vector128<uint> a = Vector128.CreateScalar(state[0]), b = Vector128.CreateScalar(state[1]);
        Vector128<uint> c = Vector128.CreateScalar(state[2]), d = Vector128.CreateScalar(state[3]);
        for (; count > 0; count--, blocks += BlockBytes)
            Md5Rounds<Vector128<uint>, Md5Word128>.Compress(ref a, ref b, ref c, ref d, blocks);
        (state[0], state[1], state[2], state[3]) = (a.ToScalar(), b.ToScalar(), c.ToScalar(), d.ToScalar());
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    internal static void CompressByScalars(uint* state, byte* blocks, nint count)
    {
        uint a = state[0], b = state[1], c = state[2], d = state[3];
        for (; count > 0; count--, blocks += BlockBytes)
            Md5Rounds<uint, Md5ScalarWord>.Compress(ref a, ref b, ref c, ref d, blocks);
        (state[0], state[1], state[2], state[3]) = (a, b, c, d);
    }
}
