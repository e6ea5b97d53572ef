using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// A run of an object's bytes in one segment. Runs of at most <see cref="BlockBytes"/> carry their checksum; longer ones keep theirs, one
/// per block,
/// in the Segments keyspace under (segment, offset).
/// </summary>
internal readonly record struct Extent(uint Segment, uint Generation, uint Offset, uint LengthBytes, uint Crc32C)
{
    public const int BlockBytes = 64 * 1024;
    public const int EncodedBytes = 20;
    public bool HasInlineChecksum => LengthBytes <= BlockBytes;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Generation);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], LengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], Crc32C);
    }

    public static Extent Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[16..]));
}
