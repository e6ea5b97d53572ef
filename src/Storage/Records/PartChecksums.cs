using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>What the checksum of a whole is, from those of its parts: no byte is read again.</summary>
public static class PartChecksums
{
    /// <summary>Whether a checksum of all bytes follows from those of the parts.</summary>
    public static bool CanCombine(ChecksumKind kind) => kind is ChecksumKind.Crc32 or ChecksumKind.Crc32C or ChecksumKind.Crc64Nvme;

    /// <summary>The CRC of two runs of bytes in sequence; both of one kind that can be combined.</summary>
    public static ObjectChecksum Combine(in ObjectChecksum first, in ObjectChecksum second, long secondBytes)
    {
        ulong a = ReadCrc(first), b = ReadCrc(second);
        ulong whole = second.Kind switch
        {
            ChecksumKind.Crc32 => Crc32.Combine((uint)a, (uint)b, secondBytes),
            ChecksumKind.Crc32C => Crc32C.Combine((uint)a, (uint)b, secondBytes),
            _ => Crc64Nvme.Combine(a, b, secondBytes),
        };
        Span<byte> digest = stackalloc byte[sizeof(ulong)];
        int length = ChecksumSet.DigestBytes(second.Kind);
        if (length == sizeof(ulong)) BinaryPrimitives.WriteUInt64BigEndian(digest, whole);
        else BinaryPrimitives.WriteUInt32BigEndian(digest, (uint)whole);
        return new ObjectChecksum(second.Kind, ChecksumType.FullObject, digest[..length]);
    }

    /// <summary>The checksum of the checksums of all parts, which are of one kind.</summary>
    public static ObjectChecksum Compose(ReadOnlySpan<ObjectPart> parts, ChecksumKind kind)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        using var set = new ChecksumSet();
        set.Reset(kind);
        foreach (ref readonly ObjectPart part in parts) set.Append(digest[..part.Checksum.CopyTo(digest)]);
        return new ObjectChecksum(kind, ChecksumType.Composite, digest[..set.Finish(kind, digest)]);
    }

    private static ulong ReadCrc(in ObjectChecksum checksum)
    {
        // Of no bytes when there is none: the CRC of nothing is 0.
        if (checksum.Kind == ChecksumKind.None) return 0;
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        int length = checksum.CopyTo(digest);
        return length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64BigEndian(digest) : BinaryPrimitives.ReadUInt32BigEndian(digest);
    }
}
