using System.Buffers;
using System.Buffers.Text;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.Signing;

namespace RustFs.S3.Xml;

/// <summary>Checks a whole XML body against the digests that came with it: Content-MD5, x-amz-content-sha256 and x-amz-checksum-* (header or trailer).</summary>
internal static class XmlDigests
{
    private static readonly (KnownHeader Header, string Name, ChecksumKind Kind)[] Checksums =
    [
        (KnownHeader.AmzChecksumCrc32, "x-amz-checksum-crc32", ChecksumKind.Crc32),
        (KnownHeader.AmzChecksumCrc32C, "x-amz-checksum-crc32c", ChecksumKind.Crc32C),
        (KnownHeader.AmzChecksumCrc64Nvme, "x-amz-checksum-crc64nvme", ChecksumKind.Crc64Nvme),
        (KnownHeader.AmzChecksumSha1, "x-amz-checksum-sha1", ChecksumKind.Sha1),
        (KnownHeader.AmzChecksumSha256, "x-amz-checksum-sha256", ChecksumKind.Sha256),
    ];

    /// <summary>Whether the request carries what AWS demands of some operations: Content-MD5 or an x-amz-checksum-* header or trailer.</summary>
    public static bool ArePromised(RequestHead head)
    {
        if (head.TryGet(KnownHeader.ContentMd5, out _) || head.TryGet(KnownHeader.AmzTrailer, out _))
            return true;
        foreach ((KnownHeader header, _, _) in Checksums)
        {
            if (head.TryGet(header, out _))
                return true;
        }

        return false;
    }

    /// <param name="checksumsAreOfObject">True where the x-amz-checksum-* headers do not speak of this body.</param>
    public static S3Error? Verify(S3Request request, ReadOnlySpan<byte> document, bool checksumsAreOfObject)
    {
        ReadOnlySpan<byte> signed = request.Signature.PayloadMode == PayloadMode.SignedSha256 ? request.Signature.PayloadSha256 : default;
        if (!signed.IsEmpty && !Matches(ChecksumKind.Sha256, document, signed))
            return S3Errors.XAmzContentSha256Mismatch;
        if (request.Head.TryGet(KnownHeader.ContentMd5, out ReadOnlySpan<byte> md5))
        {
            Span<byte> promised = stackalloc byte[ChecksumSet.MaxDigestBytes];
            if (!TryDecode(md5, ChecksumKind.Md5, promised, out int length))
                return S3Errors.InvalidDigest;
            if (!Matches(ChecksumKind.Md5, document, promised[..length]))
                return S3Errors.BadDigest;
        }

        return checksumsAreOfObject ? null : VerifyHeaders(request.Head, document) ?? VerifyTrailers(request.Body.Trailers, document);
    }

    /// <summary>The digest in base64; false when it is not one of that kind's length.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, ChecksumKind kind, Span<byte> digest, out int lengthBytes)
        => Base64.DecodeFromUtf8(text, digest, out _, out lengthBytes) == OperationStatus.Done && lengthBytes == ChecksumSet.DigestBytes(kind);

    private static S3Error? VerifyHeaders(RequestHead head, ReadOnlySpan<byte> document)
    {
        S3Error? error = null;
        foreach ((KnownHeader header, string name, ChecksumKind kind) in Checksums)
        {
            if (head.TryGet(header, out ReadOnlySpan<byte> value))
                error ??= VerifyChecksum(name, kind, value, document);
        }

        return error;
    }

    private static S3Error? VerifyTrailers(AwsChunkedDecoder? trailers, ReadOnlySpan<byte> document)
    {
        S3Error? error = null;
        for (int i = 0; i < (trailers?.TrailerCount ?? 0); i++)
        {
            foreach ((_, string name, ChecksumKind kind) in Checksums)
            {
                if (Ascii.Equals(trailers!.TrailerName(i), name))
                    error ??= VerifyChecksum(name, kind, trailers.TrailerValue(i), document);
            }
        }

        return error;
    }

    private static S3Error? VerifyChecksum(string name, ChecksumKind kind, ReadOnlySpan<byte> value, ReadOnlySpan<byte> document)
    {
        Span<byte> promised = stackalloc byte[ChecksumSet.MaxDigestBytes];
        if (!TryDecode(value, kind, promised, out int length))
            return S3Errors.InvalidRequest with { Message = $"Value for {name} header is invalid." };
        return Matches(kind, document, promised[..length]) ? null : S3Errors.BadDigest;
    }

    private static bool Matches(ChecksumKind kind, ReadOnlySpan<byte> document, ReadOnlySpan<byte> promised)
    {
        using var digests = new ChecksumSet();
        digests.Reset(kind);
        digests.Append(document);
        Span<byte> actual = stackalloc byte[ChecksumSet.MaxDigestBytes];
        return actual[..digests.Finish(kind, actual)].SequenceEqual(promised);
    }
}
