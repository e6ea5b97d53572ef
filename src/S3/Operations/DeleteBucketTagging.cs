using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>DELETE /bucket?tagging : takes all tags from a bucket.</summary>
internal static class DeleteBucketTagging
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "DeleteBucketTagging",
        Method = RequestMethod.Delete,
        Target = TargetKind.Bucket,
        SubResource = "tagging",
        Permission = "s3:PutBucketTagging",
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        StoreStatus status = await request.Store
            .ConfigureBucketAsync(request.Bucket, BucketConfigurationKind.Tagging, default).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        request.Response.Begin(204);
        await request.Response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }
}
