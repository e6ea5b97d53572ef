using System.Buffers.Binary;

namespace RustFs.S3.Encryption;

/// <summary>
/// One encrypted body as it is stored: <c>salt 1*block</c>, or nothing at all for an empty body. A block is up to 64 KiB, encrypted by
/// AES-256-GCM, and its tag. Its nonce names the stretch's number, the block's, and whether it is the last (the STREAM construction of
/// Hoang, Reyhanitabar, Rogaway and Vizár, 2015): what is moved, swapped or cut off does not decrypt.
/// </summary>
internal static class Stretch
{
    /// <summary>As the store's own blocks: a range reads one more of them at most, and the tags take a 4,096th.</summary>
    public const int BlockBytes = 64 * 1024;

    public const int TagBytes = 16;
    public const int SaltBytes = 32;
    public const int StoredBlockBytes = BlockBytes + TagBytes;
    public const int NonceBytes = 12;

    /// <summary>The number of the only stretch of an object that was put whole.</summary>
    public const int OnlyNumber = 1;

    /// <summary>What a body takes; of none but an empty one the same as of another.</summary>
    public static long StoredBytes(long bodyBytes) => bodyBytes == 0 ? 0 : SaltBytes + bodyBytes + BlockCount(bodyBytes) * TagBytes;

    public static long BlockCount(long bodyBytes) => (bodyBytes + BlockBytes - 1) / BlockBytes;

    /// <summary>Where a block stands in its stretch.</summary>
    public static long OffsetOf(long block) => SaltBytes + block * StoredBlockBytes;

    /// <summary>Little-endian: number of the stretch (4), of the block (4), 1 for the last block and 0 for others (4).</summary>
    public static void WriteNonce(Span<byte> nonce, int number, long block, bool isLast)
    {
        BinaryPrimitives.WriteInt32LittleEndian(nonce, number);
        BinaryPrimitives.WriteUInt32LittleEndian(nonce[4..], checked((uint)block));
        BinaryPrimitives.WriteUInt32LittleEndian(nonce[8..], isLast ? 1u : 0u);
    }
}
