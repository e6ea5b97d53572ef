using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// The CRC-32Cs of a long extent, one for each <see cref="Extent.BlockBytes"/> (the last may be shorter), to the end of what was written in
/// one. Stored little-endian: the segment's generation (4), then 4 bytes a block.
/// </summary>
internal readonly ref struct BlockChecksums
{
    private const int HeadBytes = 4;

    private readonly ReadOnlySpan<byte> _checksums;

    private BlockChecksums(ReadOnlySpan<byte> checksums) => _checksums = checksums;

    public int Count => _checksums.Length / sizeof(uint);

    public uint this[int block] => BinaryPrimitives.ReadUInt32LittleEndian(_checksums.Slice(block * sizeof(uint), sizeof(uint)));

    public static int BlockCount(uint lengthBytes) => (int)(((long)lengthBytes + Extent.BlockBytes - 1) / Extent.BlockBytes);

    public static int EncodedLength(int blockCount) => HeadBytes + blockCount * sizeof(uint);

    public static void Write(uint generation, ReadOnlySpan<uint> checksums, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, generation);
        for (int i = 0; i < checksums.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination.Slice(HeadBytes + i * sizeof(uint), sizeof(uint)), checksums[i]);
        }
    }

    /// <summary>The stored list of what begins where the extent does; null when there is none.</summary>
    public static byte[]? Find(IIndex index, in Extent extent)
    {
        Span<byte> key = stackalloc byte[16];
        return index.Get(Keyspace.Segments, key[..IndexKeys.BlockChecksums(extent.Segment, extent.Offset, key)]);
    }

    /// <summary>
    /// The list of an extent. It may go on: the extent is then a part of what was written in one. False when it is not this extent's, of
    /// another generation or too short.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> encoded, in Extent extent, out BlockChecksums checksums)
    {
        bool isWhole = TryReadAll(encoded, extent, out checksums);
        if (isWhole) checksums = new BlockChecksums(checksums._checksums[..(BlockCount(extent.LengthBytes) * sizeof(uint))]);
        return isWhole;
    }

    /// <summary>The same, with what follows the extent's own.</summary>
    public static bool TryReadAll(ReadOnlySpan<byte> encoded, in Extent extent, out BlockChecksums checksums)
    {
        checksums = default;
        if (encoded.Length < EncodedLength(BlockCount(extent.LengthBytes)) || encoded.Length % sizeof(uint) != 0
            || BinaryPrimitives.ReadUInt32LittleEndian(encoded) != extent.Generation)
        {
            return false;
        }
        checksums = new BlockChecksums(encoded[HeadBytes..]);
        return true;
    }

    /// <summary>The checksums from a block on, in an array of their own.</summary>
    public uint[] From(int firstBlock)
    {
        var rest = new uint[Count - firstBlock];
        for (int block = 0; block < rest.Length; block++) rest[block] = this[firstBlock + block];
        return rest;
    }
}
