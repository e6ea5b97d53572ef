using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?versioning : Enabled, Suspended, or an empty document for a bucket that never had versioning.</summary>
internal static class GetBucketVersioning
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetBucketVersioning",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "versioning",
        Permission = "s3:GetBucketVersioning",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var body = new XmlBody();
        body.OpenRoot("VersioningConfiguration"u8);
        if (request.Bucket.Versioning != BucketVersioning.Never)
            body.Element("Status"u8, request.Bucket.Versioning == BucketVersioning.Enabled ? "Enabled"u8 : "Suspended"u8);
        body.Close("VersioningConfiguration"u8);
        return XmlResponse.AnswerAsync(request, body);
    }
}
