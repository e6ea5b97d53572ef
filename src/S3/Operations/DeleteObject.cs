using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>DeleteObject: a key that does not exist is a success, unless If-Match wants one.</summary>
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
        S3Error? error = VersionParameter.CheckDelete(request) ?? RefuseOtherConditions(request.Head);
        if (error is not null)
            return error;
        WriteResult result = await request.Store
            .DeleteObjectAsync(request.Bucket, request.Key, null, WriteCondition.Of(request.Head)).ConfigureAwait(false);
        // NoSuchKey comes only from If-Match: the key of an unconditional delete may be absent.
        if (result.Status != StoreStatus.Ok)
            return StoreErrors.Of(result.Status);
        request.Response.Begin(204);
        await request.Response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Conditions on time and size are those of directory buckets; one that is not checked must not delete.</summary>
    private static S3Error? RefuseOtherConditions(RequestHead head)
    {
        bool has = head.TryGet("x-amz-if-match-last-modified-time"u8, out _) || head.TryGet("x-amz-if-match-size"u8, out _);
        return has
            ? S3Errors.NotImplemented with { Message = "Of the conditions on a delete only If-Match is implemented." }
            : null;
    }
}
