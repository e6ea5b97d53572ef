using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The first block of a segment: says which volume set, segment and generation the bytes behind it belong to. Little-endian: magic (8)
/// version (4) number (4) generation (4) zero (4) volume set id (16) segment length (8) CRC-32C of the bytes before it (4); zeros to the
/// end.
/// </summary>
internal static class SegmentHeader
{
    /// <summary>One block, so that it is written whole and everything behind it stays aligned.</summary>
    public const int Bytes = AlignedBuffer.AlignmentBytes;

    private const uint FormatVersion = 1;
    private const int ChecksumAt = 48;
    private static ReadOnlySpan<byte> Magic => "RustFsSg"u8;

    public static void Write(Span<byte> block, Guid volumeSet, uint number, uint generation, long lengthBytes)
    {
        block[..Bytes].Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(block[16..], generation);
        volumeSet.TryWriteBytes(block[24..]);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], lengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block[ChecksumAt..], Crc32C.Append(0, block[..ChecksumAt]));
    }

    /// <summary>False when the block is not a header of this volume set and segment.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, Guid volumeSet, uint number, out uint generation)
    {
        generation = 0;
        if (block.Length < Bytes || !block.StartsWith(Magic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[ChecksumAt..]) != Crc32C.Append(0, block[..ChecksumAt])) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[8..]) != FormatVersion) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) != number) return false;
        if (new Guid(block[24..40]) != volumeSet) return false;
        generation = BinaryPrimitives.ReadUInt32LittleEndian(block[16..]);
        return true;
    }
}
