using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The bytes of a small body as the index holds them until its segment is synced: generation (4), CRC-32C (4), both little-endian, bytes.
/// </summary>
internal static class LoggedBody
{
    private const int HeadBytes = 8;

    public static int EncodedLength(int bodyBytes) => HeadBytes + bodyBytes;

    public static void Write(in Extent extent, ReadOnlySpan<byte> body, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, extent.Generation);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], extent.Crc32C);
        body.CopyTo(destination[HeadBytes..]);
    }

    /// <summary>False when it is damaged, or nothing of the kind.</summary>
    public static bool TryRead(ReadOnlySpan<byte> encoded, out uint generation, out ReadOnlySpan<byte> body)
    {
        generation = 0;
        body = default;
        if (encoded.Length <= HeadBytes) return false;
        generation = BinaryPrimitives.ReadUInt32LittleEndian(encoded);
        body = encoded[HeadBytes..];
        return Crc32C.Append(0, body) == Checksum(encoded);
    }

    /// <summary>Fills the destination with an extent's bytes where the index has them, verified; false where it has not.</summary>
    public static bool TryFind(IIndex index, in Extent extent, Span<byte> destination)
    {
        Span<byte> key = stackalloc byte[16];
        if (index.Get(Keyspace.Segments, key[..IndexKeys.LoggedBody(extent.Segment, extent.Offset, key)]) is not { } encoded) return false;
        bool isFound = TryRead(encoded, out uint generation, out ReadOnlySpan<byte> body)
            && generation == extent.Generation && body.Length == destination.Length && Checksum(encoded) == extent.Crc32C;
        if (isFound) body.CopyTo(destination);
        return isFound;
    }

    private static uint Checksum(ReadOnlySpan<byte> encoded) => BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]);
}
