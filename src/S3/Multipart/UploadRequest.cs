using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>The upload that a request names with its key and uploadId.</summary>
internal static class UploadRequest
{
    /// <summary>False when uploadId is not the form of any id of ours: then there is no such upload.</summary>
    public static bool TryReadId(S3Request request, out UploadId id)
    {
        id = default;
        return request.Query.TryGetRaw("uploadId"u8, out ReadOnlySpan<byte> text) && UploadId.TryParse(text, out id);
    }

    /// <summary>The upload as it stands now.</summary>
    public static S3Error? Find(S3Request request, out UploadRecord? upload)
    {
        upload = null;
        return TryReadId(request, out UploadId id)
            ? StoreErrors.Of(request.Store.TryGetUpload(request.Bucket, request.Key.Span, id, out upload))
            : S3Errors.NoSuchUpload;
    }
}
