using System.Text;
using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Xml;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?location : the bucket's region; empty for us-east-1, as AWS has it.</summary>
internal static class GetBucketLocation
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetBucketLocation",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "location",
        Permission = "s3:GetBucketLocation",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var body = new XmlBody();
        body.OpenRoot("LocationConstraint"u8);
        string region = BucketRegion.Of(request.Bucket, request.Service);
        if (region != BucketRegion.Default)
            body.Text(Encoding.ASCII.GetBytes(region));
        body.Close("LocationConstraint"u8);
        return XmlResponse.AnswerAsync(request, body);
    }
}
