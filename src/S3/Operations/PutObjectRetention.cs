using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket/key?retention : retains a version until a time, for longer, or no more.</summary>
internal static class PutObjectRetention
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutObjectRetention",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        SubResource = "retention",
        Permission = "s3:PutObjectRetention",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.SmallXmlBytes,
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceivePromisedAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        // Before the document: what it says of a bucket without locks does not matter.
        if (!request.Bucket.HasObjectLock)
            return LockErrors.NotLockable;
        long nowMs = request.Service.Time.GetUtcNow().ToUnixTimeMilliseconds();
        S3Error? error = RetentionDocument.Read(received.Document, nowMs, out Retention retention);
        if (error is not null)
            return error;
        LockChange change = LockChange.Retain(retention, LockHeaders.BypassesGovernance(request));
        return await ObjectLocks.ChangeAsync(request, change).ConfigureAwait(false);
    }
}
