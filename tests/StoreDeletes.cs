using RustFs.Storage;

namespace RustFs.Tests;

/// <summary>Deletes of keys, for tests that only ask whether one succeeded.</summary>
internal static class StoreDeletes
{
    public static async ValueTask<StoreStatus> DeleteObjectAsync(
        this IObjectStore store, Bucket bucket, ReadOnlyMemory<byte> key, IWritePrecondition? precondition) =>
        (await store.DeleteObjectAsync(bucket, key, null, precondition)).Status;
}
