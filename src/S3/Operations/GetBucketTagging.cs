using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Tagging;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?tagging : the bucket's tags; a bucket without any has no tag set.</summary>
internal static class GetBucketTagging
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetBucketTagging",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "tagging",
        Permission = "s3:GetBucketTagging",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error NoSuchTagSet = new("NoSuchTagSet", 404, "The TagSet does not exist.");

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        ReadOnlyMemory<byte> text = request.Bucket.Configurations[BucketConfigurationKind.Tagging];
        return text.IsEmpty
            ? ValueTask.FromResult<S3Error?>(NoSuchTagSet)
            : XmlResponse.AnswerAsync(request, TaggingDocument.Write(TagText.Decode(text.Span) ?? []));
    }
}
