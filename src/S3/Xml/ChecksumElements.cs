using RustFs.Checksums;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Xml;

/// <summary>
/// Checksums as S3's documents have them: ChecksumAlgorithm, ChecksumType, and one element per algorithm with its digest in base64.
/// </summary>
internal static class ChecksumElements
{
    /// <summary>The kind whose digest an element of that name holds; None for other elements.</summary>
    public static ChecksumKind KindOf(string elementName) => elementName switch
    {
        "ChecksumCRC32" => ChecksumKind.Crc32,
        "ChecksumCRC32C" => ChecksumKind.Crc32C,
        "ChecksumCRC64NVME" => ChecksumKind.Crc64Nvme,
        "ChecksumSHA1" => ChecksumKind.Sha1,
        "ChecksumSHA256" => ChecksumKind.Sha256,
        _ => ChecksumKind.None,
    };

    /// <summary>ChecksumAlgorithm and ChecksumType; nothing when there is no checksum.</summary>
    public static void WriteAlgorithmAndType(XmlBody body, ChecksumKind kind, ChecksumType type)
    {
        ReadOnlySpan<byte> algorithm = ChecksumNames.Algorithm(kind);
        if (algorithm.IsEmpty)
            return;
        body.Element("ChecksumAlgorithm"u8, algorithm);
        body.Element("ChecksumType"u8, ChecksumNames.TypeName(type));
    }

    /// <summary>The digest's element; nothing when there is no checksum.</summary>
    /// <param name="partCount">What a composite digest ends in; 0 for the digest alone.</param>
    public static void WriteDigest(XmlBody body, ObjectChecksum checksum, int partCount = 0)
    {
        ReadOnlySpan<byte> name = ChecksumNames.Element(checksum.Kind);
        if (name.IsEmpty)
            return;
        Span<byte> text = stackalloc byte[ChecksumNames.MaxTextBytes];
        body.Element(name, text[..ChecksumNames.Format(checksum, partCount, text)]);
    }
}
