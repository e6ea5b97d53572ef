using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>DELETE /bucket : removes an empty bucket.</summary>
internal static class DeleteBucket
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "DeleteBucket",
        Method = RequestMethod.Delete,
        Target = TargetKind.Bucket,
        Permission = "s3:DeleteBucket",
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        StoreStatus status = await request.Store.DeleteBucketAsync(request.Bucket).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        request.Response.Begin(204);
        await request.Response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }
}
