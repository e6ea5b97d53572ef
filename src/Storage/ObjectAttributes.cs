namespace RustFs.Storage;

/// <summary>What the caller knows of an object or part when its body is complete.</summary>
public readonly struct ObjectAttributes
{
    public required ETag ETag { get; init; }
    public ObjectChecksum Checksum { get; init; }

    /// <summary>Must stay unchanged until the commit completes. Ignored for parts.</summary>
    public StoredFields Fields { get; init; }
}
