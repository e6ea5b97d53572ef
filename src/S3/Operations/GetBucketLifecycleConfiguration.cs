using RustFs.Http1;
using RustFs.S3.Lifecycle;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?lifecycle : the bucket's lifecycle rules; a bucket without any has no configuration.</summary>
internal static class GetBucketLifecycleConfiguration
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetBucketLifecycleConfiguration",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "lifecycle",
        Permission = "s3:GetLifecycleConfiguration",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        ReadOnlyMemory<byte> value = request.Bucket.Configurations[BucketConfigurationKind.Lifecycle];
        if (value.IsEmpty)
            return LifecycleErrors.NoConfiguration;
        request.Response.Begin(200);
        request.Response.Header("Content-Type"u8, "application/xml"u8);
        request.Response.Header(LifecycleConfiguration.MinimumSizeHeader, LifecycleConfiguration.MinimumSizeOf(value));
        await request.Response.SendAsync(LifecycleConfiguration.DocumentOf(value)).ConfigureAwait(false);
        return null;
    }
}
