using System.Text;
using RustFs.Checksums;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>The upload and part number that UploadPart and UploadPartCopy name.</summary>
internal static class PartTarget
{
    public static S3Error? Find(S3Request request, out int partNumber, out UploadRecord? upload)
    {
        upload = null;
        return PartNumbers.Read(request.Query, out partNumber) ?? UploadRequest.Find(request, out upload);
    }

    /// <summary>
    /// What is computed for a part that comes without a checksum. A composite checksum is made of those that the client sent: there is none
    /// to compute.
    /// </summary>
    public static ChecksumKind DefaultKind(UploadRecord upload) =>
        upload.ChecksumType == ChecksumType.FullObject ? upload.ChecksumKind : ChecksumKind.None;

    /// <summary>
    /// A part of another checksum than the upload's could never be completed. An upload created without one takes parts with any: their
    /// checksums are verified and kept.
    /// </summary>
    public static S3Error? CheckKind(UploadRecord upload, ChecksumKind kind)
    {
        if (upload.ChecksumKind == ChecksumKind.None || upload.ChecksumKind == kind)
            return null;
        return S3Errors.InvalidRequest with
        {
            Message = $"Checksum Type mismatch occurred, expected checksum Type: {Name(upload.ChecksumKind)}, "
                + $"actual checksum Type: {Name(kind)}",
        };
    }

    private static string Name(ChecksumKind kind) =>
        kind == ChecksumKind.None ? "null" : Encoding.ASCII.GetString(ChecksumNames.Algorithm(kind)).ToLowerInvariant();
}
