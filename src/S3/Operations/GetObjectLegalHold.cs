using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket/key?legal-hold : whether a version is held; of one that never was, that it has no lock.</summary>
internal static class GetObjectLegalHold
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetObjectLegalHold",
        Method = RequestMethod.Get,
        Target = TargetKind.Object,
        SubResource = "legal-hold",
        Permission = "s3:GetObjectLegalHold",
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        S3Error? error = ObjectLocks.Find(request, out ObjectLock found, out _);
        if (error is null && found.IsHeld is null)
            error = LockErrors.NoConfigurationOfObject;
        return error is not null
            ? ValueTask.FromResult<S3Error?>(error)
            : XmlResponse.AnswerAsync(request, LegalHoldDocument.Write(found.IsHeld == true));
    }
}
