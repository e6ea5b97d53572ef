using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Tagging;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>DELETE /bucket/key?tagging : takes all tags from an object.</summary>
internal static class DeleteObjectTagging
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "DeleteObjectTagging",
        Method = RequestMethod.Delete,
        Target = TargetKind.Object,
        SubResource = "tagging",
        Permission = "s3:DeleteObjectTagging",
        Reads = IndexReads.Key,
        SuccessStatus = 204,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        (S3Error? error, VersionId version) = await ObjectTags.ReplaceAsync(request, []).ConfigureAwait(false);
        if (error is not null)
            return error;
        request.Response.Begin(204);
        ObjectVersion.WriteHeader(request, version);
        await request.Response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }
}
