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
