using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>
/// The checksum that an upload is created with: x-amz-checksum-algorithm and x-amz-checksum-type. SHA checksums of parts can only be hashed again
/// (COMPOSITE), CRC-64 is only defined over the whole object (FULL_OBJECT), the other CRCs may be either (AWS user guide, "Checking object
/// integrity", table of full object and composite checksum types).
/// </summary>
internal readonly record struct UploadChecksum(ChecksumKind Kind, ChecksumType Type)
{
    public static S3Error? Read(RequestHead head, out UploadChecksum checksum)
    {
        checksum = default;
        bool hasType = head.TryGet(KnownHeader.AmzChecksumType, out ReadOnlySpan<byte> typeName);
        if (!head.TryGet(KnownHeader.AmzChecksumAlgorithm, out ReadOnlySpan<byte> algorithm))
        {
            return hasType
                ? Invalid("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
                : null;
        }

        ChecksumKind kind = KindOf(algorithm);
        if (kind == ChecksumKind.None)
            return Invalid("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
        ChecksumType type = kind == ChecksumKind.Crc64Nvme ? ChecksumType.FullObject : ChecksumType.Composite;
        if (hasType && !TryReadType(typeName, out type))
            return Invalid("Value for x-amz-checksum-type header is invalid: it may be COMPOSITE or FULL_OBJECT.");
        if (!IsPossible(kind, type))
        {
            return Invalid($"The {Encoding.ASCII.GetString(ChecksumElements.TypeName(type))} checksum type cannot be used with the "
                + $"{Encoding.ASCII.GetString(ChecksumElements.Algorithm(kind))} checksum algorithm.");
        }

        checksum = new UploadChecksum(kind, type);
        return null;
    }

    public static bool TryReadType(ReadOnlySpan<byte> name, out ChecksumType type)
    {
        type = Ascii.EqualsIgnoreCase(name, "COMPOSITE"u8) ? ChecksumType.Composite : ChecksumType.FullObject;
        return type == ChecksumType.Composite || Ascii.EqualsIgnoreCase(name, "FULL_OBJECT"u8);
    }

    public static bool IsPossible(ChecksumKind kind, ChecksumType type) => kind switch
    {
        ChecksumKind.Crc64Nvme => type == ChecksumType.FullObject,
        ChecksumKind.Sha1 or ChecksumKind.Sha256 => type == ChecksumType.Composite,
        _ => true,
    };

    private static ChecksumKind KindOf(ReadOnlySpan<byte> algorithm)
    {
        foreach (ChecksumKind kind in ChecksumElements.Kinds)
        {
            if (Ascii.EqualsIgnoreCase(algorithm, ChecksumElements.Algorithm(kind)))
                return kind;
        }

        return ChecksumKind.None;
    }

    private static S3Error Invalid(string message) => S3Errors.InvalidRequest with { Message = message };
}
