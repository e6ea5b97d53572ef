using System.Text;
using RustFs.Http1;
using RustFs.S3.Lifecycle;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket?lifecycle : gives a bucket other lifecycle rules in the place of all it has.</summary>
internal static class PutBucketLifecycleConfiguration
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutBucketLifecycleConfiguration",
        Method = RequestMethod.Put,
        Target = TargetKind.Bucket,
        SubResource = "lifecycle",
        Permission = "s3:PutLifecycleConfiguration",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.LifecycleXmlBytes,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceivePromisedAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        string minimumSize = request.Head.TryGet(LifecycleConfiguration.MinimumSizeHeader, out ReadOnlySpan<byte> header)
            ? Encoding.UTF8.GetString(header)
            : "";
        byte[] value = [];
        S3Error? error = LifecycleDocument.Read(received.Document, out List<LifecycleRule> rules)
            ?? LifecycleConfiguration.TryEncode(minimumSize, rules, out value);
        if (error is not null)
            return error;
        StoreStatus status = await request.Store
            .ConfigureBucketAsync(request.Bucket, BucketConfigurationKind.Lifecycle, value).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        request.Response.Begin(200);
        request.Response.Header(LifecycleConfiguration.MinimumSizeHeader, LifecycleConfiguration.MinimumSizeOf(value));
        await request.Response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
