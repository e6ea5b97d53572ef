using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Xml;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?requestPayment : the bucket's owner pays, as AWS answers unless told otherwise (s3cmd info asks).</summary>
internal static class GetBucketRequestPayment
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetBucketRequestPayment",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "requestPayment",
        Permission = "s3:GetBucketRequestPayment",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var body = new XmlBody();
        body.OpenRoot("RequestPaymentConfiguration"u8);
        body.Element("Payer"u8, "BucketOwner"u8);
        body.Close("RequestPaymentConfiguration"u8);
        return XmlResponse.AnswerAsync(request, body);
    }
}
