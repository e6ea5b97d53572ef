using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>The outcome of a store call. Faults of the medium are members too: nothing here is thrown for what a disk or a client can do.</summary>
public enum StoreStatus : byte
{
    Ok,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    BucketAlreadyExists,
    BucketNotEmpty,
    TooManyBuckets,
    /// <summary>The write's precondition did not hold at commit.</summary>
    PreconditionFailed,
    /// <summary>What the caller read before has changed (an upload gained or lost a part): read again and retry.</summary>
    Changed,
    /// <summary>Free space is at the reserve: writes are refused, reads and deletes go on.</summary>
    NoSpace,
    /// <summary>Stored bytes do not match their checksum; they were not handed out.</summary>
    Corrupt,
    /// <summary>The device or the index failed; nothing was acknowledged.</summary>
    IoFailed,
    /// <summary>The store is closing.</summary>
    Closed,
}

/// <summary>An entity tag: an MD5 (or a digest of part MD5s) and, for multipart objects, the number of parts (0 for simple objects).</summary>
public readonly record struct ETag(UInt128 Digest, int PartCount)
{
    /// <summary>32 hex digits, a dash and five digits.</summary>
    public const int MaxTextBytes = 38;

    /// <summary>Writes the tag without quotes; returns its length in bytes.</summary>
    public int Format(Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Reads the unquoted form that <see cref="Format"/> writes; upper-case hex is accepted.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ETag tag) => throw new NotImplementedException();

    /// <summary>From 16 digest bytes as MD5 gives them.</summary>
    public static ETag FromDigest(ReadOnlySpan<byte> digest, int partCount = 0) => throw new NotImplementedException();

    public void WriteDigest(Span<byte> destination) => throw new NotImplementedException();
}

/// <summary>Whether a checksum covers the object's bytes or the checksums of its parts. Stored: never renumber.</summary>
public enum ChecksumType : byte { FullObject = 0, Composite = 1 }

/// <summary>The checksum a client asked to be kept with an object or a part. <see cref="ChecksumKind.None"/> when none.</summary>
public readonly struct ObjectChecksum
{
    public ObjectChecksum(ChecksumKind kind, ChecksumType type, ReadOnlySpan<byte> digest) => throw new NotImplementedException();
    public ChecksumKind Kind => throw new NotImplementedException();
    public ChecksumType Type => throw new NotImplementedException();

    /// <summary>Writes the digest (4 to 32 bytes, in S3's byte order); returns its length.</summary>
    public int CopyTo(Span<byte> destination) => throw new NotImplementedException();
}

/// <summary>What a stored field is. Stored: never renumber.</summary>
public enum StoredFieldId : byte
{
    ContentType = 1,
    CacheControl = 2,
    ContentDisposition = 3,
    ContentEncoding = 4,
    ContentLanguage = 5,
    Expires = 6,
    WebsiteRedirectLocation = 7,
    StorageClass = 8,
    Tagging = 9,
    /// <summary>x-amz-meta-*: the name is stored without that prefix, in lower case.</summary>
    UserMetadata = 32,
}

/// <summary>The header fields kept with an object, encoded as they are stored. Enumerates without allocating.</summary>
public readonly struct StoredFields(ReadOnlyMemory<byte> encoded)
{
    public ReadOnlyMemory<byte> Encoded => encoded;
    public bool TryGet(StoredFieldId id, out ReadOnlySpan<byte> value) => throw new NotImplementedException();
    public Enumerator GetEnumerator() => throw new NotImplementedException();

    public ref struct Enumerator
    {
        public bool MoveNext() => throw new NotImplementedException();
        public readonly StoredField Current => throw new NotImplementedException();
    }
}

public readonly ref struct StoredField
{
    public StoredFieldId Id { get; init; }

    /// <summary>Empty but for <see cref="StoredFieldId.UserMetadata"/>.</summary>
    public ReadOnlySpan<byte> Name { get; init; }
    public ReadOnlySpan<byte> Value { get; init; }
}

/// <summary>Encodes stored fields into a caller's buffer. Names up to 255 bytes, values up to 65,535.</summary>
public ref struct StoredFieldsWriter
{
    public StoredFieldsWriter(Span<byte> destination) => throw new NotImplementedException();

    /// <summary>False when the buffer is full or a length is out of range.</summary>
    public bool TryAdd(StoredFieldId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => throw new NotImplementedException();
    public readonly int WrittenBytes => throw new NotImplementedException();
}

/// <summary>A bucket; kept in memory while it exists.</summary>
public sealed class Bucket
{
    public required uint Id { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>The region it was created with; empty for us-east-1.</summary>
    public required string Region { get; init; }
}

/// <summary>One object version's record: immutable, shared between requests by the record cache.</summary>
public abstract partial class ObjectRecord
{
    public abstract long SizeBytes { get; }

    /// <summary>Milliseconds since 1970 (UTC).</summary>
    public abstract long LastModifiedMs { get; }
    public abstract ETag ETag { get; }
    public abstract ObjectChecksum Checksum { get; }
    public abstract StoredFields Fields { get; }

    /// <summary>The multipart upload this object was completed from; default when none.</summary>
    public abstract UploadId UploadId { get; }

    /// <summary>0 for simple objects.</summary>
    public abstract int PartCount { get; }

    /// <summary>Size, number and checksum of the part at an index from 0.</summary>
    public abstract ObjectPart Part(int index);
}

/// <summary>A part of a completed multipart object.</summary>
public readonly record struct ObjectPart(int PartNumber, long SizeBytes, ObjectChecksum Checksum);

/// <summary>What a listing shows of an object.</summary>
public readonly record struct ObjectSummary(long SizeBytes, long LastModifiedMs, ETag ETag, ChecksumKind ChecksumKind, ChecksumType ChecksumType);

/// <summary>Names a multipart upload: time first, so that ids sort by age.</summary>
public readonly record struct UploadId(UInt128 Value)
{
    public const int TextBytes = 32;
    public override string ToString() => Value.ToString("x32");
    public static bool TryParse(ReadOnlySpan<byte> text, out UploadId id) => throw new NotImplementedException();
}

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

/// <summary>One uploaded part of an upload in progress.</summary>
public abstract class PartRecord
{
    public abstract int PartNumber { get; }
    public abstract long SizeBytes { get; }
    public abstract long LastModifiedMs { get; }
    public abstract ETag ETag { get; }
    public abstract ObjectChecksum Checksum { get; }
}

/// <summary>Decides at commit, against the record as it then stands, whether a write may go on. Called on the committer's thread: no I/O, no waiting.</summary>
public interface IWritePrecondition
{
    /// <param name="current">Null when the key does not exist.</param>
    StoreStatus Check(ObjectRecord? current);
}

/// <summary>What the caller knows of an object or part when its body is complete.</summary>
public readonly struct ObjectAttributes
{
    public required ETag ETag { get; init; }
    public ObjectChecksum Checksum { get; init; }

    /// <summary>Must stay unchanged until the commit completes. Ignored for parts.</summary>
    public StoredFields Fields { get; init; }
}

/// <summary>The outcome of a write.</summary>
public readonly record struct WriteResult(StoreStatus Status, long LastModifiedMs);

/// <summary>
/// Where a body of a known length goes as it arrives: ask for room, fill it, advance. Small bodies stay in one buffer until their group is committed;
/// large ones are written out as buffers fill. Disposing without a commit gives the space back.
/// </summary>
public abstract class BodyWriter : IDisposable
{
    public abstract long LengthBytes { get; }

    /// <summary>Room for the next bytes: 4 KiB-aligned at whole blocks, never longer than what is missing, empty only when the length is reached.</summary>
    public abstract Memory<byte> Room { get; }

    /// <summary>Takes the first bytes of <see cref="Room"/> as written. Completes at once unless a buffer must be written out and all are in flight.</summary>
    public abstract ValueTask<StoreStatus> AdvanceAsync(int lengthBytes);
    public abstract void Dispose();
}

/// <summary>Hands out an object's bytes, each block verified before it leaves. Pins the segments it reads until disposed.</summary>
public abstract class ObjectReader : IDisposable
{
    public abstract long RemainingBytes { get; }

    /// <summary>
    /// Reads and verifies all remaining bytes into <paramref name="destination"/> without waiting, when they are few (one block) and the page cache has them.
    /// </summary>
    /// <returns>False when it would have to wait: use <see cref="ReadAsync"/>.</returns>
    public abstract bool TryReadAll(Span<byte> destination, out StoreStatus status);

    /// <summary>The next verified bytes, valid until the next call or Dispose; empty at the end.</summary>
    public abstract ValueTask<ReadResult> ReadAsync();
    public abstract void Dispose();
}

public readonly record struct ReadResult(StoreStatus Status, ReadOnlyMemory<byte> Bytes);

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

/// <summary>Receives a page of uploads in progress: by key, then by age.</summary>
public interface IUploadListSink
{
    void Upload(ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind, ChecksumType checksumType);
    void CommonPrefix(ReadOnlySpan<byte> prefix);
}

/// <summary>
/// The engine as S3 sees it. Writes are durable when they complete (unless the volume was opened otherwise). Thread-safe.
/// Key spans and memories are raw bytes, 1 to 1,024.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    Bucket? FindBucket(ReadOnlySpan<byte> name);
    ValueTask<StoreStatus> CreateBucketAsync(string name, string region);

    /// <summary>BucketNotEmpty while it holds objects; uploads in progress are aborted with it.</summary>
    ValueTask<StoreStatus> DeleteBucketAsync(Bucket bucket);

    /// <summary>Buckets in order of their names (ordinal), after <paramref name="after"/> (exclusive; empty for all), at most <paramref name="max"/>.</summary>
    IReadOnlyList<Bucket> ListBuckets(string prefix, string after, int max, out bool isTruncated);

    /// <summary>NoSuchKey, Ok, or a fault. No allocation when the record is cached.</summary>
    StoreStatus TryGetObject(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record);

    /// <summary>Opens a range of a record's bytes. Changed when the record is stale (its bytes have moved): get it again.</summary>
    StoreStatus OpenReader(ObjectRecord record, long offset, long lengthBytes, out ObjectReader? reader);

    /// <summary>Starts a body. NoSpace when it cannot fit above the reserve.</summary>
    StoreStatus OpenWriter(long lengthBytes, out BodyWriter? writer);

    /// <summary>A small body (at most <see cref="MaxInPlaceBodyBytes"/>) that the caller keeps unchanged until the commit completes.</summary>
    BodyWriter WriterOver(ReadOnlyMemory<byte> body);
    int MaxInPlaceBodyBytes { get; }

    /// <summary>Commits a body under a key. The writer is spent whatever the outcome; the caller still disposes it.</summary>
    ValueTask<WriteResult> PutObjectAsync(Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAttributes attributes, IWritePrecondition? precondition);

    /// <summary>Ok also when the key does not exist.</summary>
    ValueTask<StoreStatus> DeleteObjectAsync(Bucket bucket, ReadOnlyMemory<byte> key, IWritePrecondition? precondition);

    /// <summary>Replaces the fields of an existing object without touching its bytes (copy onto itself with new metadata). Changed when the record is no longer current.</summary>
    ValueTask<WriteResult> ReplaceFieldsAsync(Bucket bucket, ReadOnlyMemory<byte> key, ObjectRecord current, StoredFields fields, IWritePrecondition? precondition);

    /// <summary>Lists one page into the sink.</summary>
    /// <param name="last">The last key or common prefix given out, the next page's After; empty when there is no more.</param>
    StoreStatus ListObjects<TSink>(Bucket bucket, ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct;

    ValueTask<(StoreStatus Status, UploadId Id)> CreateUploadAsync(Bucket bucket, ReadOnlyMemory<byte> key, StoredFields fields, ChecksumKind checksumKind, ChecksumType checksumType);
    StoreStatus TryGetUpload(Bucket bucket, ReadOnlySpan<byte> key, UploadId id, out UploadRecord? upload);

    /// <param name="partNumber">1 to 10,000.</param>
    ValueTask<WriteResult> PutPartAsync(UploadRecord upload, int partNumber, BodyWriter body, ObjectAttributes attributes);

    /// <summary>Parts in order of their numbers, after a number (0 for all), at most <paramref name="max"/>.</summary>
    StoreStatus ListParts(UploadRecord upload, int afterPartNumber, int max, List<PartRecord> parts, out bool isTruncated);

    /// <summary>Makes the object from the chosen parts, in the order given; moves no bytes. Other parts of the upload are dropped. Changed when the upload gained a part since it was read.</summary>
    ValueTask<WriteResult> CompleteUploadAsync(UploadRecord upload, IReadOnlyList<PartRecord> parts, ObjectAttributes attributes, IWritePrecondition? precondition);
    ValueTask<StoreStatus> AbortUploadAsync(UploadRecord upload);

    /// <summary>Uploads after (keyMarker, uploadIdMarker): with no id marker, keys after keyMarker only.</summary>
    StoreStatus ListUploads<TSink>(Bucket bucket, ListQuery query, UploadId? afterId, ref TSink sink, out bool isTruncated, out byte[] lastKey, out UploadId lastId)
        where TSink : IUploadListSink, allows ref struct;

    /// <summary>Live figures for metrics and health.</summary>
    StoreStatistics Statistics { get; }
}

/// <summary>Counters since start and gauges of now.</summary>
public readonly record struct StoreStatistics(
    long CommitGroups, long CommittedMutations, long BytesWritten, long BytesRead,
    long SegmentCount, long FreeSegmentCount, long SegmentBytes, long LiveBytes, long CompactedBytes,
    long RecordCacheHits, long RecordCacheMisses, long CorruptBlocks, long FreeBytes, bool WritesRefused);

/// <summary>How writes reach the medium before they are acknowledged.</summary>
public enum Durability : byte { Synced, None }

/// <summary>How to open a volume set. Several directories: segments spread over all of them, the index is in the first.</summary>
public sealed record VolumeOptions
{
    public required IReadOnlyList<string> Directories { get; init; }
    public Durability Durability { get; init; } = Durability.Synced;

    /// <summary>A power of two, 1 MiB (tests) to 1 GiB. Kept in the volume's format once it exists.</summary>
    public long SegmentBytes { get; init; } = 256L << 20;

    /// <summary>Writes are refused while less than this is free on a directory's file system.</summary>
    public long ReserveBytes { get; init; } = 256L << 20;
    public long IndexCacheBytes { get; init; } = 64L << 20;

    /// <summary>Entries in the cache of hot records.</summary>
    public int RecordCacheEntries { get; init; } = 32 * 1024;

    /// <summary>Body buffers may use at most this much together; beyond it, writers wait.</summary>
    public long BufferBytes { get; init; } = 64L << 20;
    public TimeProvider Time { get; init; } = TimeProvider.System;
    public IVolumeEvents Events { get; init; } = NoVolumeEvents.Instance;
}

/// <summary>What an operator must hear of. Called from the engine's threads: return quickly.</summary>
public interface IVolumeEvents
{
    void Info(string message);
    void Warning(string message);

    /// <summary>Bytes whose checksum did not match. <paramref name="owner"/> names the object when known.</summary>
    void Corruption(string directory, uint segment, long offset, string owner);
}

public sealed class NoVolumeEvents : IVolumeEvents
{
    public static readonly NoVolumeEvents Instance = new();
    public void Info(string message) { }
    public void Warning(string message) { }
    public void Corruption(string directory, uint segment, long offset, string owner) { }
}

/// <summary>A volume that cannot be opened; the message says why and what to do.</summary>
public sealed class VolumeException(string message, Exception? inner = null) : Exception(message, inner);

public static class Volume
{
    /// <summary>Opens or creates a volume set. Throws <see cref="VolumeException"/> when another process holds it, its format is newer, or librocksdb is missing.</summary>
    public static IObjectStore Open(VolumeOptions options) => throw new NotImplementedException();
}
