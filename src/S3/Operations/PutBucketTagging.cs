using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Tagging;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket?tagging : gives a bucket other tags.</summary>
internal static class PutBucketTagging
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutBucketTagging",
        Method = RequestMethod.Put,
        Target = TargetKind.Bucket,
        SubResource = "tagging",
        Permission = "s3:PutBucketTagging",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.BucketTaggingXmlBytes,
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceiveAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        S3Error? error = TaggingDocument.Read(received.Document, TagRules.MaxOfBucket, out List<Tag> tags);
        if (error is not null)
            return error;
        return await BucketConfigurationChange
            .SendAsync(request, BucketConfigurationKind.Tagging, TagText.Encode(tags)).ConfigureAwait(false);
    }
}
