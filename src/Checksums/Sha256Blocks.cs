// unsafe: pointers into a span and a context that are fixed for the length of one native call.
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace RustFs.Checksums;

/// <summary>
/// SHA-256's compression of whole blocks, by libcrypto's low-level SHA256_Update where there is one: it uses the processor's SHA
/// instructions, for which .NET 10 has no intrinsics on x86. The framework's own calls reach the same code through EVP contexts, which
/// cost more than a short text's hashing itself (docs/decisions/0014-sha256-states.md). Elsewhere in managed code.
/// </summary>
internal static unsafe class Sha256Blocks
{
    /// <summary>
    /// Up to here the collector is made to wait for the call instead of the call being prepared for the collector: less than a microsecond,
    /// at 1 GB/s and more.
    /// </summary>
    private const int ShortBytes = 1024;

    // What the framework itself loads on Linux (OpenSSL 3 or 1.1); the struct is the same in both.
    private static readonly string[] LibraryNames = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"];

    // int SHA256_Update(SHA256_CTX *c, const void *data, size_t len): with c->num 0 and whole blocks it touches h, Nl and Nh only.
    private static readonly nint Update = FindUpdate();

    public static bool IsNative => Update != 0;

    /// <param name="blocks">Whole blocks of 64 bytes.</param>
    public static void Compress(ref Sha256Context context, ReadOnlySpan<byte> blocks)
    {
        if (Update != 0)
            CompressNative(Update, ref context, blocks);
        else
            CompressManaged(ref context, blocks);
    }

    internal static void CompressManaged(ref Sha256Context context, ReadOnlySpan<byte> blocks)
    {
        Span<uint> state = context.Words;
        Span<uint> schedule = stackalloc uint[Rounds];
        for (; !blocks.IsEmpty; blocks = blocks[Sha256State.BlockBytes..])
        {
            ExpandSchedule(blocks, schedule);
            (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
            (uint e, uint f, uint g, uint h) = (state[4], state[5], state[6], state[7]);
            for (int round = 0; round < Rounds; round++)
            {
                uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
                uint first = h + sum1 + ((e & f) ^ (~e & g)) + RoundConstants[round] + schedule[round];
                uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
                uint second = sum0 + ((a & b) ^ (a & c) ^ (b & c));
                (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
            }

            state[0] += a;
            state[1] += b;
            state[2] += c;
            state[3] += d;
            state[4] += e;
            state[5] += f;
            state[6] += g;
            state[7] += h;
        }
    }

    /// <summary>The message schedule W of one block: FIPS 180-4 §6.2.2, step 1.</summary>
    private static void ExpandSchedule(ReadOnlySpan<byte> block, Span<uint> schedule)
    {
        const int WordsOfBlock = 16;
        for (int i = 0; i < WordsOfBlock; i++)
            schedule[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(i * sizeof(uint))..]);
        for (int i = WordsOfBlock; i < Rounds; i++)
        {
            (uint early, uint late) = (schedule[i - 15], schedule[i - 2]);
            uint sigma0 = BitOperations.RotateRight(early, 7) ^ BitOperations.RotateRight(early, 18) ^ (early >> 3);
            uint sigma1 = BitOperations.RotateRight(late, 17) ^ BitOperations.RotateRight(late, 19) ^ (late >> 10);
            schedule[i] = schedule[i - 16] + sigma0 + schedule[i - 7] + sigma1;
        }
    }

    private static void CompressNative(nint update, ref Sha256Context context, ReadOnlySpan<byte> blocks)
    {
        fixed (Sha256Context* state = &context)
        fixed (byte* bytes = blocks)
        {
            // The result is 1 always: what can fail is a length that overflows 2^61 bytes.
            var lengthBytes = (nuint)blocks.Length;
            if (blocks.Length <= ShortBytes)
                _ = ((delegate* unmanaged[SuppressGCTransition]<Sha256Context*, byte*, nuint, int>)update)(state, bytes, lengthBytes);
            else
                _ = ((delegate* unmanaged<Sha256Context*, byte*, nuint, int>)update)(state, bytes, lengthBytes);
        }
    }

    /// <summary>Taken only when it computes what the managed form computes, so that a library of another layout is never used.</summary>
    private static nint FindUpdate()
    {
        Span<byte> blocks = stackalloc byte[2 * Sha256State.BlockBytes];
        blocks.Fill(0xA5);
        Sha256Context managed = default;
        CompressManaged(ref managed, blocks);
        foreach (string name in LibraryNames)
        {
            if (!NativeLibrary.TryLoad(name, out nint library) || !NativeLibrary.TryGetExport(library, "SHA256_Update", out nint update))
                continue;
            Sha256Context native = default;
            CompressNative(update, ref native, blocks);
            if (((ReadOnlySpan<uint>)native.Words).SequenceEqual(managed.Words))
                return update;
        }

        return 0;
    }

    private const int Rounds = 64;

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2).
    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];
}
