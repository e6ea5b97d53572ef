using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>An upload in progress as it stood when read.</summary>
public sealed class UploadRecord
{
    public required Bucket Bucket { get; init; }
    public required ReadOnlyMemory<byte> Key { get; init; }
    public required UploadId Id { get; init; }
    public required long InitiatedMs { get; init; }
    public required StoredFields Fields { get; init; }

    /// <summary>The checksum kind and type asked for at creation (the digest is empty).</summary>
    public required ChecksumKind ChecksumKind { get; init; }
    public required ChecksumType ChecksumType { get; init; }

    /// <summary>Changes whenever a part is added or replaced, so that a Complete built on an older reading is noticed.</summary>
    public required long Revision { get; init; }
}
