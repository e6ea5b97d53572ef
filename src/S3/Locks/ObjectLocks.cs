using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Locks;

/// <summary>The lock of the version that a request names, or of the current object of its key.</summary>
internal static class ObjectLocks
{
    public static S3Error? Find(S3Request request, out ObjectLock objectLock, out VersionId version)
    {
        (objectLock, version) = (default, default);
        if (!request.Bucket.HasObjectLock)
            return LockErrors.NotLockable;
        S3Error? error = ObjectVersion.Find(request, out ObjectRecord? record);
        if (error is not null)
            return error;
        (objectLock, version) = (ObjectLock.Of(record!.Fields), record.VersionId);
        return null;
    }

    /// <summary>Changes it and answers. Whether it may be changed so is decided at commit.</summary>
    public static async ValueTask<S3Error?> ChangeAsync(S3Request request, LockChange change)
    {
        S3Error? error = Find(request, out _, out VersionId version);
        if (error is not null)
            return error;
        WriteResult result = await request.Store.LockObjectAsync(request.Bucket, request.Key, version, change).ConfigureAwait(false);
        if (result.Status != StoreStatus.Ok)
            return StoreErrors.Of(result.Status);
        request.Response.Begin(200);
        await request.Response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
