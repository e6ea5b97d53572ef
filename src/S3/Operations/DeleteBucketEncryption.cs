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
        Handler = request => BucketConfigurationChange.SendAsync(request, BucketConfigurationKind.Encryption, default),
    };
}
