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
        => type == ChecksumType.Composite
            ? PartChecksums.Compose([.. parts.Select(part => new ObjectPart(part.PartNumber, part.SizeBytes, part.Checksum))], kind)
            : FullObject(parts);

    private static ObjectChecksum FullObject(IReadOnlyList<PartRecord> parts)
    {
        ObjectChecksum whole = default;
        foreach (PartRecord part in parts)
            whole = PartChecksums.Combine(whole, part.Checksum, part.SizeBytes);
        return whole;
    }
}
