using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// PUT /bucket?object-lock : sets or removes the default retention; enables object lock on a bucket that has versioning enabled.
/// </summary>
internal static class PutObjectLockConfiguration
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutObjectLockConfiguration",
        Method = RequestMethod.Put,
        Target = TargetKind.Bucket,
        SubResource = "object-lock",
        Permission = "s3:PutBucketObjectLockConfiguration",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.SmallXmlBytes,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error NoVersioning = S3Errors.InvalidBucketState with
    {
        Message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceivePromisedAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        S3Error? error = ObjectLockDocument.Read(received.Document, out DefaultRetention retention);
        if (error is not null)
            return error;
        return await BucketConfigurationChange
            .SendAsync(request, BucketConfigurationKind.ObjectLock, retention.Encode(), NoVersioning).ConfigureAwait(false);
    }
}
