using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>DELETE /bucket?encryption : new objects are encrypted only when their request says so.</summary>
internal static class DeleteBucketEncryption
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "DeleteBucketEncryption",
        Method = RequestMethod.Delete,
        Target = TargetKind.Bucket,
        SubResource = "encryption",
        Permission = "s3:PutEncryptionConfiguration",
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        StoreStatus status = await request.Store
            .ConfigureBucketAsync(request.Bucket, BucketConfigurationKind.Encryption, default).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        request.Response.Begin(204);
        await request.Response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }
}
