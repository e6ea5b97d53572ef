using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// What an object is after an append, as far as it does not depend on where its bytes stand: each append is a part, as of a multipart
/// upload.
/// </summary>
internal sealed class AppendedObject
{
    // AWS: an object takes that many parts, however it came to have them.
    private const int MaxParts = 10_000;

    private const int Md5Bytes = 16;

    public required long SizeBytes { get; init; }
    public required ETag ETag { get; init; }
    public required ObjectChecksum Checksum { get; init; }

    /// <summary>None while there is one body only.</summary>
    public required ObjectPart[] Parts { get; init; }

    /// <summary>Decides whether the append may be made, and what it makes. Null when the key has no object.</summary>
    /// <param name="append">What is asked for.</param>
    /// <param name="tag">The MD5 of the appended bytes.</param>
    /// <param name="attributes">
    /// Their checksum is that of the appended bytes, none unless one was asked for or the object has one; their fields are for an object
    /// that is created.
    /// </param>
    /// <param name="lengthBytes">Of the appended bytes.</param>
    public static StoreStatus TryMake(
        ObjectRecord? current, ObjectAppend append, ETag tag, in ObjectAttributes attributes, long lengthBytes, out AppendedObject? made)
    {
        made = null;
        ObjectChecksum checksum = attributes.Checksum;
        StoreStatus status = append.Check(current, checksum.Kind);
        if (status != StoreStatus.Ok) return status;
        (current?.Fields ?? attributes.Fields).TryGet(StoredFieldId.Encryption, out ReadOnlySpan<byte> encryption);
        if (!encryption.SequenceEqual(append.Encryption.Span)) return StoreStatus.Changed;
        if (current is null || current.SizeBytes == 0)
        {
            made = new AppendedObject { SizeBytes = lengthBytes, ETag = tag, Checksum = checksum, Parts = [] };
            return StoreStatus.Ok;
        }
        var parts = new ObjectPart[Math.Max(1, current.PartCount) + 1];
        for (int part = 0; part < current.PartCount; part++) parts[part] = current.Part(part);
        if (current.PartCount == 0) parts[0] = new ObjectPart(1, current.SizeBytes, current.Checksum);
        bool hasChecksum = current.Checksum.Kind != ChecksumKind.None;
        parts[^1] = new ObjectPart(parts[^2].PartNumber + 1, lengthBytes, hasChecksum ? checksum : default);
        if (parts[^1].PartNumber > MaxParts) return StoreStatus.TooManyParts;
        made = new AppendedObject
        {
            SizeBytes = current.SizeBytes + lengthBytes,
            ETag = Chain(current.ETag, tag, parts.Length),
            Checksum = ChecksumOf(current, checksum, lengthBytes, parts),
            Parts = parts,
        };
        return StoreStatus.Ok;
    }

    // The tag of what was there and that of what came: the first append to a simple object so gets the tag of a multipart upload of both.
    private static ETag Chain(ETag before, ETag appended, int partCount)
    {
        Span<byte> digests = stackalloc byte[2 * Md5Bytes];
        before.WriteDigest(digests);
        appended.WriteDigest(digests[Md5Bytes..]);
        using var md5 = new ChecksumSet();
        md5.Reset(ChecksumKind.Md5);
        md5.Append(digests);
        return ETag.FromDigest(digests[..md5.Finish(ChecksumKind.Md5, digests)], partCount);
    }

    private static ObjectChecksum ChecksumOf(ObjectRecord current, in ObjectChecksum appended, long lengthBytes, ObjectPart[] parts)
    {
        ObjectChecksum before = current.Checksum;
        if (before.Kind == ChecksumKind.None) return default;
        return before.Type == ChecksumType.FullObject && PartChecksums.CanCombine(before.Kind)
            ? PartChecksums.Combine(before, appended, lengthBytes)
            : PartChecksums.Compose(parts, before.Kind);
    }
}
