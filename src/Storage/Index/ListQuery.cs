using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>What to list. All byte strings are raw keys.</summary>
public readonly ref struct ListQuery
{
    public ReadOnlySpan<byte> Prefix { get; init; }

    /// <summary>Empty for none; may be several bytes.</summary>
    public ReadOnlySpan<byte> Delimiter { get; init; }

    /// <summary>Only what sorts after this; a common prefix equal to it is skipped too.</summary>
    public ReadOnlySpan<byte> After { get; init; }

    /// <summary>Keys and common prefixes together; 0 gives an empty page that is not truncated.</summary>
    public int MaxKeys { get; init; }
}

/// <summary>Receives a page of a listing, in order.</summary>
public interface IListSink
{
    void Object(ReadOnlySpan<byte> key, in ObjectSummary summary);
    void CommonPrefix(ReadOnlySpan<byte> prefix);
}

/// <summary>Receives a page of versions: by key, and of one key the newest first.</summary>
public interface IVersionListSink
{
    void Version(ReadOnlySpan<byte> key, in VersionSummary version);
    void CommonPrefix(ReadOnlySpan<byte> prefix);
}

/// <summary>Receives a page of uploads in progress: by key, then by age.</summary>
public interface IUploadListSink
{
    void Upload(
        ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind, ChecksumType checksumType,
        StorageClass storageClass);
    void CommonPrefix(ReadOnlySpan<byte> prefix);
}
