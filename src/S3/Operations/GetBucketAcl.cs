using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Xml;

namespace RustFs.S3.Operations;

/// <summary>
/// GET /bucket?acl : the owner has full control and nobody else has any, as AWS answers for buckets whose ACLs are disabled.
/// </summary>
internal static class GetBucketAcl
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetBucketAcl",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "acl",
        Permission = "s3:GetBucketAcl",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        return XmlResponse.AnswerAsync(request, OwnerOnlyAcl.Write());
    }
}
