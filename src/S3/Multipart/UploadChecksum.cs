using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>
/// The checksum that an upload is created with: x-amz-checksum-algorithm and x-amz-checksum-type. SHA checksums of parts can only be
/// hashed again (COMPOSITE), CRC-64 is only defined over the whole object (FULL_OBJECT), the other CRCs may be either (AWS user guide,
/// "Checking object integrity", table of full object and composite checksum types).
/// </summary>
internal readonly record struct UploadChecksum(ChecksumKind Kind, ChecksumType Type)
{
    public static S3Error? Read(S3Request request, out UploadChecksum checksum)
    {
        checksum = default;
        S3Error? error = ChecksumHeaders.ReadAlgorithm(request, out ChecksumKind kind);
        if (error is not null)
            return error;
        bool hasType = HoistedHeaders.TryGet(
            request, KnownHeader.AmzChecksumType, "x-amz-checksum-type"u8, out ReadOnlySpan<byte> typeName);
        if (kind == ChecksumKind.None)
            return hasType ? Invalid("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.") : null;

        ChecksumType type = kind == ChecksumKind.Crc64Nvme ? ChecksumType.FullObject : ChecksumType.Composite;
        if (hasType && !TryReadType(typeName, out type))
            return Invalid("Value for x-amz-checksum-type header is invalid: it may be COMPOSITE or FULL_OBJECT.");
        if (!IsPossible(kind, type))
        {
            return Invalid($"The {Encoding.ASCII.GetString(ChecksumNames.TypeName(type))} checksum type cannot be used with the "
                + $"{Encoding.ASCII.GetString(ChecksumNames.Algorithm(kind))} checksum algorithm.");
        }

        checksum = new UploadChecksum(kind, type);
        return null;
    }

    /// <summary>
    /// What a composite checksum is made of must come from the client: each part of the list needs its own. CRCs of the whole object prove
    /// the bytes by themselves.
    /// </summary>
    public static S3Error? CheckListed(UploadRecord upload, IReadOnlyList<ListedPart> listed)
    {
        if (upload.ChecksumKind == ChecksumKind.None || upload.ChecksumType == ChecksumType.FullObject)
            return null;
        foreach (ListedPart part in listed)
        {
            if (part.ChecksumKind == ChecksumKind.None)
            {
                return Invalid($"The upload was created using a {Encoding.ASCII.GetString(ChecksumNames.Algorithm(upload.ChecksumKind))} "
                    + "checksum. The complete request must include the checksum for each part. "
                    + $"It was missing for part {part.Number} in the request.");
            }
        }

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

    private static S3Error Invalid(string message) => S3Errors.InvalidRequest with { Message = message };
}
