using System.Buffers.Binary;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>What an object is called after its parts: the ETag of the tags, and the checksum of the checksums.</summary>
internal static class CompletedObject
{
    /// <summary>The MD5 over the parts' MD5s, with the number of parts.</summary>
    public static ETag ETagOf(IReadOnlyList<ListedPart> parts)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        using var md5 = new ChecksumSet();
        md5.Reset(ChecksumKind.Md5);
        foreach (ListedPart part in parts)
        {
            part.ETag.GetValueOrDefault().WriteDigest(digest);
            md5.Append(digest[..16]);
        }

        return ETag.FromDigest(digest[..md5.Finish(ChecksumKind.Md5, digest)], parts.Count);
    }

    /// <summary>The object's checksum from its parts', each of which must have one of that kind.</summary>
    public static ObjectChecksum ChecksumOf(IReadOnlyList<PartRecord> parts, ChecksumKind kind, ChecksumType type)
        => type == ChecksumType.Composite ? Composite(parts, kind) : FullObject(parts, kind);

    private static ObjectChecksum Composite(IReadOnlyList<PartRecord> parts, ChecksumKind kind)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        using var set = new ChecksumSet();
        set.Reset(kind);
        foreach (PartRecord part in parts)
            set.Append(digest[..part.Checksum.CopyTo(digest)]);
        return new ObjectChecksum(kind, ChecksumType.Composite, digest[..set.Finish(kind, digest)]);
    }

    /// <summary>CRCs of a sequence follow from the CRCs and lengths of its pieces: no byte is read again.</summary>
    private static ObjectChecksum FullObject(IReadOnlyList<PartRecord> parts, ChecksumKind kind)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        ulong whole = 0;
        foreach (PartRecord part in parts)
        {
            int length = part.Checksum.CopyTo(digest);
            ulong crc = length == sizeof(ulong)
                ? BinaryPrimitives.ReadUInt64BigEndian(digest)
                : BinaryPrimitives.ReadUInt32BigEndian(digest);
            whole = kind switch
            {
                ChecksumKind.Crc32 => Crc32.Combine((uint)whole, (uint)crc, part.SizeBytes),
                ChecksumKind.Crc32C => Crc32C.Combine((uint)whole, (uint)crc, part.SizeBytes),
                _ => Crc64Nvme.Combine(whole, crc, part.SizeBytes),
            };
        }

        if (kind == ChecksumKind.Crc64Nvme)
            BinaryPrimitives.WriteUInt64BigEndian(digest, whole);
        else
            BinaryPrimitives.WriteUInt32BigEndian(digest, (uint)whole);
        return new ObjectChecksum(kind, ChecksumType.FullObject, digest[..ChecksumSet.DigestBytes(kind)]);
    }
}
