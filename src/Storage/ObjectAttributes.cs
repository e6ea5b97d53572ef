namespace RustFs.Storage;

/// <summary>What the caller knows of an object or part when its body is complete.</summary>
public readonly struct ObjectAttributes
{
    /// <summary>Null for the MD5 of the body, which the store computes and tells in <see cref="WriteResult.ETag"/>.</summary>
    public required ETag? ETag { get; init; }

    /// <summary>What the body's MD5 must be, or the write is answered BadDigest; null when nothing was promised.</summary>
    public UInt128? ExpectedMd5 { get; init; }
    public ObjectChecksum Checksum { get; init; }

    /// <summary>
    /// The size of the object or part where its body is stored encrypted, which its fields or its upload's say; null where it is the
    /// body's length.
    /// </summary>
    public long? SizeBytes { get; init; }

    /// <summary>Must stay unchanged until the commit completes. Ignored for parts.</summary>
    public StoredFields Fields { get; init; }
}
