using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// DeleteObject: of a key, which in a bucket with versioning puts a delete marker on top, or of one version for ever, unless it is locked.
/// What does not exist is a success, unless If-Match wants it.
/// </summary>
internal static class DeleteObject
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "DeleteObject",
        Method = RequestMethod.Delete,
        Target = TargetKind.Object,
        Permission = "s3:DeleteObject",
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        IWritePrecondition? condition = null;
        S3Error? error = VersionParameter.Read(request, out VersionId? version) ?? DeleteCondition.Read(request.Head, out condition);
        if (error is not null)
            return error;
        WriteResult result = await request.Store
            .DeleteObjectAsync(request.Bucket, request.Key, version, condition, LockHeaders.BypassesGovernance(request))
            .ConfigureAwait(false);
        // NoSuchKey comes only from If-Match: the key of an unconditional delete may be absent.
        if (result.Status != StoreStatus.Ok)
            return StoreErrors.Of(result.Status);
        S3Response response = request.Response;
        response.Begin(204);
        if (result.IsDeleteMarker)
            response.Header("x-amz-delete-marker"u8, "true"u8);
        if (version is not null || result.Version != default)
            response.VersionHeader("x-amz-version-id"u8, result.Version);
        await response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }
}
