using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Xml;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?object-lock : that versions can be locked, and the default retention when there is one.</summary>
internal static class GetObjectLockConfiguration
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetObjectLockConfiguration",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "object-lock",
        Permission = "s3:GetBucketObjectLockConfiguration",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request) =>
        request.Bucket.HasObjectLock
            ? XmlResponse.AnswerAsync(request, ObjectLockDocument.Write(request.Bucket.DefaultRetention))
            : ValueTask.FromResult<S3Error?>(LockErrors.NoConfigurationOfBucket);
}
