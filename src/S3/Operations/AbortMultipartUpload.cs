using RustFs.Http1;
using RustFs.S3.Multipart;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>DELETE /bucket/key?uploadId= : drops an upload and gives back the space of its parts.</summary>
internal static class AbortMultipartUpload
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "AbortMultipartUpload",
        Method = RequestMethod.Delete,
        Target = TargetKind.Object,
        SubResource = "uploadId",
        Permission = "s3:AbortMultipartUpload",
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        if (!UploadRequest.TryReadId(request, out UploadId id))
            return S3Errors.NoSuchUpload;
        StoreStatus status = await request.Store.AbortUploadAsync(request.Bucket, request.Key, id).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        request.Response.Begin(204);
        await request.Response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }
}
