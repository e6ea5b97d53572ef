using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket/key?retention : how and until when a version is retained, also when that time has passed.</summary>
internal static class GetObjectRetention
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetObjectRetention",
        Method = RequestMethod.Get,
        Target = TargetKind.Object,
        SubResource = "retention",
        Permission = "s3:GetObjectRetention",
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        S3Error? error = ObjectLocks.Find(request, out ObjectLock found, out _);
        if (error is null && found.Retention == default)
            error = LockErrors.NoConfigurationOfObject;
        return error is not null
            ? ValueTask.FromResult<S3Error?>(error)
            : XmlResponse.AnswerAsync(request, RetentionDocument.Write(found.Retention));
    }
}
