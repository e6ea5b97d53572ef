using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Tagging;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket/key?tagging : gives an object other tags.</summary>
internal static class PutObjectTagging
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutObjectTagging",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        SubResource = "tagging",
        Permission = "s3:PutObjectTagging",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.SmallXmlBytes,
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceiveAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        S3Error? error = TaggingDocument.Read(received.Document, TagRules.MaxOfObject, out List<Tag> tags);
        if (error is not null)
            return error;
        (error, VersionId version) = await ObjectTags.ReplaceAsync(request, tags).ConfigureAwait(false);
        if (error is not null)
            return error;
        request.Response.Begin(200);
        ObjectVersion.WriteHeader(request, version);
        await request.Response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
