namespace RustFs.Storage;

/// <summary>The outcome of a write, with the tag of what was written.</summary>
public readonly record struct WriteResult(StoreStatus Status, long LastModifiedMs, ETag ETag = default);
