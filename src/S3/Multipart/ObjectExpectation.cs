using System.Globalization;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>
/// What the headers of CompleteMultipartUpload say the finished object must be: x-amz-mp-object-size, x-amz-checksum-type and one
/// x-amz-checksum-*.
/// </summary>
internal readonly struct ObjectExpectation
{
    private long? SizeBytes { get; init; }
    private ChecksumType? Type { get; init; }

    /// <summary>The object's checksum, or the empty one; its own type says nothing.</summary>
    private ObjectChecksum Digest { get; init; }

    public static S3Error? Read(S3Request request, out ObjectExpectation expectation)
    {
        expectation = default;
        long? size = null;
        if (HoistedHeaders.TryGet(
            request, KnownHeader.AmzMpObjectSize, "x-amz-mp-object-size"u8, out ReadOnlySpan<byte> sizeText))
        {
            if (!long.TryParse(sizeText, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes))
                return Invalid("x-amz-mp-object-size must be a number of bytes.");
            size = bytes;
        }

        ChecksumType? type = null;
        if (HoistedHeaders.TryGet(request, KnownHeader.AmzChecksumType, "x-amz-checksum-type"u8, out ReadOnlySpan<byte> typeName))
        {
            if (!UploadChecksum.TryReadType(typeName, out ChecksumType value))
                return Invalid("Value for x-amz-checksum-type header is invalid: it may be COMPOSITE or FULL_OBJECT.");
            type = value;
        }

        ObjectChecksum digest = default;
        S3Error? error = null;
        for (int i = 0; error is null && i < request.Head.HeaderCount; i++)
            error = TakeDigest(request.Head.HeaderName(i), request.Head.HeaderValue(i), ref type, ref digest);
        for (int i = 0; error is null && request.Signature.IsPresigned && i < request.Query.Count; i++)
            error = TakeDigest(request.Query.RawName(i), HoistedHeaders.Value(request.Query, i), ref type, ref digest);
        expectation = new ObjectExpectation { SizeBytes = size, Type = type, Digest = digest };
        return error;
    }

    private static S3Error? TakeDigest(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref ChecksumType? type, ref ObjectChecksum digest)
    {
        S3Error? error = ChecksumHeaders.ReadKind(name, out ChecksumKind kind);
        if (error is not null || kind == ChecksumKind.None)
            return error;
        if (digest.Kind != ChecksumKind.None)
            return ChecksumHeaders.Several;
        return TryParse(value, kind, ref type, out digest) ? null : ChecksumHeaders.InvalidValue(kind);
    }

    /// <summary>The checksum to keep with the object, or why the parts do not make what was announced.</summary>
    public S3Error? Check(UploadRecord upload, IReadOnlyList<PartRecord> parts, long sizeBytes, out ObjectChecksum checksum)
    {
        checksum = default;
        if (SizeBytes is { } announced && announced != sizeBytes)
            return Invalid($"x-amz-mp-object-size is {announced}, but the parts together have {sizeBytes} bytes.");

        // An upload created without an algorithm may still announce a checksum here; it can be proved when every part came with one of its
        // kind.
        ChecksumKind kind = upload.ChecksumKind != ChecksumKind.None ? upload.ChecksumKind : Digest.Kind;
        ChecksumType type = upload.ChecksumKind != ChecksumKind.None ? upload.ChecksumType : Type ?? DefaultType(kind);
        if (kind == ChecksumKind.None)
            return null;
        if (Digest.Kind != ChecksumKind.None && Digest.Kind != kind)
            return Invalid($"Checksum Type mismatch occurred, expected checksum Type: {Name(kind)}, "
                + $"actual checksum Type: {Name(Digest.Kind)}");
        if (Type is { } wanted && wanted != type)
            return Invalid("The upload was created with the other x-amz-checksum-type. Complete it with the same one.");
        if (!UploadChecksum.IsPossible(kind, type))
            return Invalid($"That checksum type cannot be used with the {Name(kind)} checksum algorithm.");
        foreach (PartRecord part in parts)
        {
            if (part.Checksum.Kind != kind)
                return S3Errors.InvalidPart with { Message = $"Part {part.PartNumber} was uploaded without the {Name(kind)} checksum "
                    + $"of the object." };
        }

        checksum = CompletedObject.ChecksumOf(parts, kind, type);
        return Digest.Kind == ChecksumKind.None || HasSameDigest(checksum, Digest) ? null : S3Errors.BadDigest;
    }

    /// <summary>Whatever the types: that of the announced one was compared already.</summary>
    private static bool HasSameDigest(ObjectChecksum left, ObjectChecksum right)
    {
        Span<byte> leftDigest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        Span<byte> rightDigest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        return leftDigest[..left.CopyTo(leftDigest)].SequenceEqual(rightDigest[..right.CopyTo(rightDigest)]);
    }

    /// <summary>base64 [ "-" part-count ], where the dash tells a composite checksum.</summary>
    private static bool TryParse(ReadOnlySpan<byte> text, ChecksumKind kind, ref ChecksumType? type, out ObjectChecksum digest)
    {
        int dash = text.IndexOf((byte)'-');
        if (dash >= 0)
            type ??= ChecksumType.Composite;
        return ChecksumNames.TryParse(kind, dash < 0 ? text : text[..dash], out digest);
    }

    private static ChecksumType DefaultType(ChecksumKind kind)
        => kind is ChecksumKind.Sha1 or ChecksumKind.Sha256 ? ChecksumType.Composite : ChecksumType.FullObject;

    private static string Name(ChecksumKind kind) => Encoding.ASCII.GetString(ChecksumNames.Algorithm(kind)).ToLowerInvariant();

    private static S3Error Invalid(string message) => S3Errors.InvalidRequest with { Message = message };
}
