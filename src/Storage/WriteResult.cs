namespace RustFs.Storage;

/// <summary>The outcome of a write.</summary>
/// <param name="Status">Only with Ok do the others say anything.</param>
/// <param name="LastModifiedMs">When it was committed, in milliseconds since 1970 (UTC).</param>
/// <param name="ETag">The tag of what was written.</param>
/// <param name="Version">
/// The version or delete marker that was written, or that was deleted by its id; the default where the bucket has no versioning.
/// </param>
/// <param name="IsDeleteMarker">That version is a delete marker.</param>
public readonly record struct WriteResult(
    StoreStatus Status, long LastModifiedMs, ETag ETag = default, VersionId Version = default, bool IsDeleteMarker = false);
