using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>What expires.</summary>
internal enum ExpiryKind : byte
{
    /// <summary>The current object of a key: it is deleted as a client deletes it.</summary>
    Object,
    /// <summary>A version that is not current, for ever.</summary>
    Version,
    /// <summary>A delete marker that is all that its key has, for ever.</summary>
    DeleteMarker,
    /// <summary>An upload in progress: it is aborted.</summary>
    Upload,
}

/// <summary>Something that a listing showed and that goes by the rules, as it then was.</summary>
internal sealed record ExpiryCandidate(ExpiryKind Kind, byte[] Key)
{
    /// <summary>The default for the current object of a bucket that never had versioning.</summary>
    public VersionId Version { get; init; }
    public bool IsDeleteMarker { get; init; }
    public long ModifiedMs { get; init; }
    public ETag ETag { get; init; }

    /// <summary>Whether it goes only with the tags that a rule names.</summary>
    public bool NeedsTags { get; init; }

    /// <summary>Of a version: when it ceased to be the current one.</summary>
    public long SinceMs { get; init; }

    /// <summary>Of a version: how many stand between it and the newest of its key.</summary>
    public long NewerVersions { get; init; }

    /// <summary>Of an upload.</summary>
    public UploadId Upload { get; init; }
}
