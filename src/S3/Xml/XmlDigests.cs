using System.Buffers;
using System.Buffers.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.S3.Xml;

/// <summary>
/// Checks a whole XML body against the digests that came with it: Content-MD5, x-amz-content-sha256 and x-amz-checksum-* (header or
/// trailer).
/// </summary>
internal static class XmlDigests
{
    public static readonly S3Error NotPromised = S3Errors.InvalidRequest with
    {
        Message = "Missing required header for this request: Content-MD5 (or an x-amz-checksum-* header of the body).",
    };

    /// <summary>
    /// Whether the request carries what AWS demands of some operations: Content-MD5 or an x-amz-checksum-* header or trailer.
    /// </summary>
    public static bool ArePromised(RequestHead head)
    {
        if (head.TryGet(KnownHeader.ContentMd5, out _) || head.TryGet(KnownHeader.AmzTrailer, out _))
            return true;
        for (int i = 0; i < head.HeaderCount; i++)
        {
            if (ChecksumNames.OfHeader(head.HeaderName(i)) != ChecksumKind.None)
                return true;
        }

        return false;
    }

    /// <param name="checksumsAreOfObject">True where the x-amz-checksum-* headers do not speak of this body.</param>
    public static S3Error? Verify(S3Request request, ReadOnlySpan<byte> document, bool checksumsAreOfObject)
    {
        if (request.Signature.PayloadMode == PayloadMode.SignedSha256)
        {
            var signed = new ObjectChecksum(ChecksumKind.Sha256, ChecksumType.FullObject, request.Signature.PayloadSha256);
            if (!signed.Equals(DigestOf(ChecksumKind.Sha256, document)))
                return S3Errors.XAmzContentSha256Mismatch;
        }

        S3Error? error = VerifyMd5(request.Head, document);
        if (error is not null || checksumsAreOfObject)
            return error;
        error = ChecksumHeaders.Read(request, out RequestedChecksum requested);
        if (error is not null || requested.Kind == ChecksumKind.None)
            return error;
        ObjectChecksum expected = requested.Expected;
        if (requested.IsInTrailer && !TryFindTrailer(request.Body.Trailers, requested.Kind, out expected))
            return ChecksumHeaders.InvalidValue(requested.Kind);
        return expected.Kind == ChecksumKind.None || expected.Equals(DigestOf(requested.Kind, document)) ? null : S3Errors.BadDigest;
    }

    /// <summary>Content-MD5 = the base64 form of 16 bytes (RFC 1864).</summary>
    private static S3Error? VerifyMd5(RequestHead head, ReadOnlySpan<byte> document)
    {
        if (!head.TryGet(KnownHeader.ContentMd5, out ReadOnlySpan<byte> text))
            return null;
        Span<byte> promised = stackalloc byte[ChecksumSet.MaxDigestBytes];
        if (Base64.DecodeFromUtf8(text, promised, out _, out int length) != OperationStatus.Done
            || length != ChecksumSet.DigestBytes(ChecksumKind.Md5))
            return S3Errors.InvalidDigest;
        Span<byte> actual = stackalloc byte[ChecksumSet.MaxDigestBytes];
        return actual[..Finish(ChecksumKind.Md5, document, actual)].SequenceEqual(promised[..length]) ? null : S3Errors.BadDigest;
    }

    private static bool TryFindTrailer(AwsChunkedDecoder? trailers, ChecksumKind kind, out ObjectChecksum checksum)
    {
        checksum = default;
        for (int i = 0; i < (trailers?.TrailerCount ?? 0); i++)
        {
            if (ChecksumNames.OfHeader(trailers!.TrailerName(i)) == kind)
                return ChecksumNames.TryParse(kind, trailers.TrailerValue(i), out checksum);
        }

        return false;
    }

    private static ObjectChecksum DigestOf(ChecksumKind kind, ReadOnlySpan<byte> document)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        return new ObjectChecksum(kind, ChecksumType.FullObject, digest[..Finish(kind, document, digest)]);
    }

    private static int Finish(ChecksumKind kind, ReadOnlySpan<byte> document, Span<byte> digest)
    {
        using var digests = new ChecksumSet();
        digests.Reset(kind);
        digests.Append(document);
        return digests.Finish(kind, digest);
    }
}
