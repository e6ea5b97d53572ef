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
        Handler = request => BucketConfigurationChange.SendAsync(request, BucketConfigurationKind.Tagging, default),
    };
}
