using System.Text;
using RustFs.Http1;
using RustFs.S3.Routing;

namespace RustFs.S3.Operations;

/// <summary>HEAD /bucket : whether the bucket exists, and its region.</summary>
internal static class HeadBucket
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "HeadBucket",
        Method = RequestMethod.Head,
        Target = TargetKind.Bucket,
        Permission = "s3:ListBucket",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        S3Response response = request.Response;
        response.Begin(200);
        response.Header("x-amz-bucket-region"u8, Encoding.ASCII.GetBytes(BucketRegion.Of(request.Bucket, request.Service)));
        response.Header("x-amz-access-point-alias"u8, "false"u8);
        response.Header("Content-Type"u8, "application/xml"u8);
        await response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
