using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3;

/// <summary>Ends the operations that set or remove one configuration of a bucket.</summary>
internal static class BucketConfigurationChange
{
    private const int NoContent = 204;

    /// <summary>Makes the change and answers with the operation's own status.</summary>
    /// <param name="value">Kept, not copied; empty to remove it.</param>
    /// <param name="stateError">The answer where another configuration of the bucket forbids it.</param>
    public static async ValueTask<S3Error?> SendAsync(
        S3Request request, BucketConfigurationKind kind, ReadOnlyMemory<byte> value, S3Error? stateError = null)
    {
        StoreStatus status = await request.Store.ConfigureBucketAsync(request.Bucket, kind, value).ConfigureAwait(false);
        if (status == StoreStatus.InvalidBucketState && stateError is not null)
            return stateError;
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        OperationSpec operation = request.Operation!;
        request.Response.Begin(operation.SuccessStatus);
        if (operation.SuccessStatus == NoContent)
            await request.Response.SendEmptyAsync().ConfigureAwait(false);
        else
            await request.Response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
