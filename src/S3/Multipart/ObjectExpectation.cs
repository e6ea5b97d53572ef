using System.Globalization;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>
/// What the headers of CompleteMultipartUpload say the finished object must be: x-amz-mp-object-size, x-amz-checksum-type and one x-amz-checksum-*.
/// </summary>
internal readonly struct ObjectExpectation
{
    private long? SizeBytes { get; init; }
    private ChecksumType? Type { get; init; }
    private ChecksumKind Kind { get; init; }

    /// <summary>The digest in base64, without the number of parts that a composite one may end in.</summary>
    private byte[] Digest { get; init; }

    public static S3Error? Read(RequestHead head, out ObjectExpectation expectation)
    {
        expectation = default;
        long? size = null;
        if (head.TryGet(KnownHeader.AmzMpObjectSize, out ReadOnlySpan<byte> sizeText))
        {
            if (!long.TryParse(sizeText, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes))
                return Invalid("x-amz-mp-object-size must be a number of bytes.");
            size = bytes;
        }

        ChecksumType? type = null;
        if (head.TryGet(KnownHeader.AmzChecksumType, out ReadOnlySpan<byte> typeName))
        {
            if (!UploadChecksum.TryReadType(typeName, out ChecksumType value))
                return Invalid("Value for x-amz-checksum-type header is invalid: it may be COMPOSITE or FULL_OBJECT.");
            type = value;
        }

        ChecksumKind kind = ChecksumKind.None;
        byte[] digest = [];
        foreach ((KnownHeader header, string name, ChecksumKind headerKind) in XmlDigests.Checksums)
        {
            if (!head.TryGet(header, out ReadOnlySpan<byte> text))
                continue;
            if (kind != ChecksumKind.None)
                return Invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
            if (!TryDecode(text, headerKind, ref type, out digest))
                return Invalid($"Value for {name} header is invalid.");
            kind = headerKind;
        }

        expectation = new ObjectExpectation { SizeBytes = size, Type = type, Kind = kind, Digest = digest };
        return null;
    }

    /// <summary>The checksum to keep with the object, or why the parts do not make what was announced.</summary>
    public S3Error? Check(UploadRecord upload, IReadOnlyList<PartRecord> parts, long sizeBytes, out ObjectChecksum checksum)
    {
        checksum = default;
        if (SizeBytes is { } announced && announced != sizeBytes)
            return Invalid($"x-amz-mp-object-size is {announced}, but the parts together have {sizeBytes} bytes.");

        // An upload created without an algorithm may still announce a checksum here; it can be proved when every part came with one of its kind.
        ChecksumKind kind = upload.ChecksumKind != ChecksumKind.None ? upload.ChecksumKind : Kind;
        ChecksumType type = upload.ChecksumKind != ChecksumKind.None ? upload.ChecksumType : Type ?? DefaultType(kind);
        if (kind == ChecksumKind.None)
            return null;
        if (Kind != ChecksumKind.None && Kind != kind)
            return Invalid($"Checksum Type mismatch occurred, expected checksum Type: {Name(kind)}, actual checksum Type: {Name(Kind)}");
        if (Type is { } wanted && wanted != type)
            return Invalid("The upload was created using the other checksum type. The complete request must use the same x-amz-checksum-type.");
        if (!UploadChecksum.IsPossible(kind, type))
            return Invalid($"That checksum type cannot be used with the {Name(kind)} checksum algorithm.");
        foreach (PartRecord part in parts)
        {
            if (part.Checksum.Kind != kind)
                return S3Errors.InvalidPart with { Message = $"The object's checksum is {Name(kind)}, but part {part.PartNumber} was uploaded without one." };
        }

        checksum = CompletedObject.ChecksumOf(parts, kind, type);
        return Kind == ChecksumKind.None || Matches(checksum) ? null : S3Errors.BadDigest;
    }

    private bool Matches(ObjectChecksum checksum)
    {
        Span<byte> actual = stackalloc byte[ChecksumSet.MaxDigestBytes];
        return Digest.AsSpan().SequenceEqual(actual[..checksum.CopyTo(actual)]);
    }

    /// <summary>base64 [ "-" part-count ], where the dash tells a composite checksum.</summary>
    private static bool TryDecode(ReadOnlySpan<byte> text, ChecksumKind kind, ref ChecksumType? type, out byte[] digest)
    {
        digest = [];
        int dash = text.IndexOf((byte)'-');
        if (dash >= 0)
        {
            type ??= ChecksumType.Composite;
            text = text[..dash];
        }

        Span<byte> decoded = stackalloc byte[ChecksumSet.MaxDigestBytes];
        if (!XmlDigests.TryDecode(text, kind, decoded, out int length))
            return false;
        digest = decoded[..length].ToArray();
        return true;
    }

    private static ChecksumType DefaultType(ChecksumKind kind)
        => kind is ChecksumKind.Sha1 or ChecksumKind.Sha256 ? ChecksumType.Composite : ChecksumType.FullObject;

    private static string Name(ChecksumKind kind) => Encoding.ASCII.GetString(ChecksumElements.Algorithm(kind)).ToLowerInvariant();

    private static S3Error Invalid(string message) => S3Errors.InvalidRequest with { Message = message };
}
