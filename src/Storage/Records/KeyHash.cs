using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RustFs.Storage;

/// <summary>
/// Hashes object keys by folded 64 × 64-bit products, 16 bytes a step, under a secret of the process: who chooses keys cannot choose their
/// sets.
/// </summary>
internal static class KeyHash
{
    private static readonly ulong SecretA = NewSecret();
    private static readonly ulong SecretB = NewSecret();

    public static ulong Compute(uint bucketId, ReadOnlySpan<byte> key)
    {
        ulong state = Fold(SecretA ^ bucketId, SecretB ^ (ulong)key.Length);
        while (key.Length > 16)
        {
            state = Fold(
                BinaryPrimitives.ReadUInt64LittleEndian(key) ^ SecretA,
                BinaryPrimitives.ReadUInt64LittleEndian(key[8..]) ^ state);
            key = key[16..];
        }
        Span<byte> tail = stackalloc byte[16];
        tail.Clear();
        key.CopyTo(tail);
        state = Fold(
            BinaryPrimitives.ReadUInt64LittleEndian(tail) ^ SecretB,
            BinaryPrimitives.ReadUInt64LittleEndian(tail[8..]) ^ state);
        return Fold(state ^ SecretA, SecretB);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    // Odd, so that it is never zero and no product loses its low bits.
    private static ulong NewSecret()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) | 1;
    }
}
