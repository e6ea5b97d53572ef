namespace RustFs.Storage;

/// <summary>The outcome of a write.</summary>
public readonly record struct WriteResult(StoreStatus Status, long LastModifiedMs);
