using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>DELETE /bucket?lifecycle : takes all lifecycle rules from a bucket; nothing more expires by them.</summary>
internal static class DeleteBucketLifecycle
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "DeleteBucketLifecycle",
        Method = RequestMethod.Delete,
        Target = TargetKind.Bucket,
        SubResource = "lifecycle",
        Permission = "s3:PutLifecycleConfiguration",
        SuccessStatus = 204,
        Handler = request => BucketConfigurationChange.SendAsync(request, BucketConfigurationKind.Lifecycle, default),
    };
}
