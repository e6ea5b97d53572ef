using System.Buffers;
using System.Buffers.Text;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.S3.Xml;

/// <summary>Checksums as S3's documents have them: ChecksumAlgorithm, ChecksumType, and one element per algorithm with its digest in base64.</summary>
internal static class ChecksumElements
{
    // The longest digest (32 bytes) in base64.
    private const int Base64Bytes = 44;

    /// <summary>The element that holds a digest of that kind, such as ChecksumCRC32; empty for MD5 and None, which have none.</summary>
    public static ReadOnlySpan<byte> Name(ChecksumKind kind) => kind switch
    {
        ChecksumKind.Crc32 => "ChecksumCRC32"u8,
        ChecksumKind.Crc32C => "ChecksumCRC32C"u8,
        ChecksumKind.Crc64Nvme => "ChecksumCRC64NVME"u8,
        ChecksumKind.Sha1 => "ChecksumSHA1"u8,
        ChecksumKind.Sha256 => "ChecksumSHA256"u8,
        _ => default,
    };

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

    /// <summary>AWS's name of the algorithm: the element's without its first word.</summary>
    public static ReadOnlySpan<byte> Algorithm(ChecksumKind kind)
    {
        ReadOnlySpan<byte> name = Name(kind);
        return name.IsEmpty ? name : name["Checksum"u8.Length..];
    }

    public static ReadOnlySpan<byte> TypeName(ChecksumType type) => type == ChecksumType.Composite ? "COMPOSITE"u8 : "FULL_OBJECT"u8;

    /// <summary>ChecksumAlgorithm and ChecksumType; nothing when there is no checksum.</summary>
    public static void WriteAlgorithmAndType(XmlBody body, ChecksumKind kind, ChecksumType type)
    {
        ReadOnlySpan<byte> algorithm = Algorithm(kind);
        if (algorithm.IsEmpty)
            return;
        body.Element("ChecksumAlgorithm"u8, algorithm);
        body.Element("ChecksumType"u8, TypeName(type));
    }

    /// <summary>The digest's element; nothing when there is no checksum. A composite one ends in a dash and the number of parts.</summary>
    public static void WriteDigest(XmlBody body, ObjectChecksum checksum, int partCount = 0)
    {
        ReadOnlySpan<byte> name = Name(checksum.Kind);
        if (name.IsEmpty)
            return;
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        Span<byte> text = stackalloc byte[Base64Bytes];
        OperationStatus status = Base64.EncodeToUtf8(digest[..checksum.CopyTo(digest)], text, out _, out int length);
        System.Diagnostics.Debug.Assert(status == OperationStatus.Done);
        body.Open(name);
        body.Raw(text[..length]);
        if (checksum.Type == ChecksumType.Composite && partCount > 0)
        {
            body.Raw("-"u8);
            Span<byte> count = stackalloc byte[11];
            partCount.TryFormat(count, out int countLength, default, System.Globalization.CultureInfo.InvariantCulture);
            body.Raw(count[..countLength]);
        }

        body.Close(name);
    }
}
