using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket/key?legal-hold : sets or lifts the legal hold of a version.</summary>
internal static class PutObjectLegalHold
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutObjectLegalHold",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        SubResource = "legal-hold",
        Permission = "s3:PutObjectLegalHold",
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
        S3Error? error = LegalHoldDocument.Read(received.Document, out bool isHeld);
        if (error is not null)
            return error;
        return await ObjectLocks.ChangeAsync(request, LockChange.Hold(isHeld)).ConfigureAwait(false);
    }
}
