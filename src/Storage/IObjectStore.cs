using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The engine as S3 sees it. Writes are durable when they complete (unless the volume was opened otherwise). Thread-safe.
/// Key spans and memories are raw bytes, 1 to 1,024.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    Bucket? FindBucket(ReadOnlySpan<byte> name);

    /// <param name="hasObjectLock">With versioning enabled, and object lock without a default retention.</param>
    ValueTask<StoreStatus> CreateBucketAsync(string name, string region, bool hasObjectLock = false);

    /// <summary>BucketNotEmpty while it holds objects, older versions or delete markers; uploads in progress are aborted with it.</summary>
    ValueTask<StoreStatus> DeleteBucketAsync(Bucket bucket);

    /// <summary>
    /// Sets one configuration of a bucket; <see cref="FindBucket"/> then gives a bucket that has it. Goes with the bucket.
    /// InvalidBucketState for an object lock without versioning enabled, and for what would take either from a bucket with object lock.
    /// </summary>
    /// <param name="value">At most <see cref="BucketConfigurations.MaxValueBytes"/>, kept, not copied; empty to remove it.</param>
    ValueTask<StoreStatus> ConfigureBucketAsync(Bucket bucket, BucketConfigurationKind kind, ReadOnlyMemory<byte> value);

    /// <summary>
    /// Buckets in order of their names (ordinal), after <paramref name="after"/> (exclusive; empty for all), at most <paramref
    /// name="max"/>.
    /// </summary>
    IReadOnlyList<Bucket> ListBuckets(string prefix, string after, int max, out bool isTruncated);

    /// <summary>
    /// To be awaited before a key is looked up, or keys are walked, by whoever may be on a thread that must not wait for the disk, as a
    /// ring's must not: where the index may have to read it, the caller goes on on a thread that may wait. Otherwise at once, and without
    /// allocating where the key's record is cached.
    /// </summary>
    /// <param name="key">The only key that will be looked up; empty for others and for walks.</param>
    ValueTask EnterIndexAsync(Bucket bucket, ReadOnlySpan<byte> key);

    /// <summary>NoSuchKey, Ok, or a fault. No allocation when the record is cached.</summary>
    StoreStatus TryGetObject(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record);

    /// <summary>The record's whole body, verified, where it is small and kept in memory; otherwise empty.</summary>
    ReadOnlyMemory<byte> FindCachedBody(ObjectRecord record);

    /// <summary>
    /// The newest version of a key, which may be a delete marker: for keys that <see cref="TryGetObject"/> does not find. NoSuchKey when
    /// there is none.
    /// </summary>
    StoreStatus TryGetLatestVersion(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record);

    /// <summary>A version by its id, or the null version; it may be a delete marker. NoSuchVersion, Ok, or a fault.</summary>
    StoreStatus TryGetVersion(Bucket bucket, ReadOnlySpan<byte> key, VersionId id, out ObjectRecord? record);

    /// <summary>Opens a range of a record's stored bytes. Changed when the record is stale (its bytes have moved): get it again.</summary>
    StoreStatus OpenReader(ObjectRecord record, long offset, long lengthBytes, out ObjectReader? reader);

    /// <summary>
    /// Tells the operator of bytes that match their checksum and yet cannot be what was stored: they do not decrypt. Counted and logged as
    /// any damage is.
    /// </summary>
    /// <param name="storedOffset">Where, in the record's stored bytes.</param>
    void ReportCorrupt(ObjectRecord record, long storedOffset);

    /// <summary>Starts a body. NoSpace when it cannot fit above the reserve.</summary>
    StoreStatus OpenWriter(long lengthBytes, out BodyWriter? writer);

    /// <summary>
    /// A small body (at most <see cref="MaxInPlaceBodyBytes"/>) that the caller keeps unchanged until the commit completes.
    /// </summary>
    BodyWriter WriterOver(ReadOnlyMemory<byte> body);
    int MaxInPlaceBodyBytes { get; }

    /// <summary>Commits a body under a key. The writer is spent whatever the outcome; the caller still disposes it.</summary>
    ValueTask<WriteResult> PutObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAttributes attributes, IWritePrecondition? precondition);

    /// <summary>
    /// Appends a body to the key's current object, or creates it where the offset is 0 and there is none. The bytes before it stay where
    /// they are; in a bucket with versioning the version before shares them. The offset is held against the object at commit: of writers
    /// that race one wins, the others get InvalidWriteOffset.
    /// </summary>
    /// <param name="attributes">Its fields are for an object that is created; a lock among them is for any version that is made.</param>
    ValueTask<WriteResult> AppendObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAppend append, ObjectAttributes attributes,
        IWritePrecondition? precondition);

    /// <summary>
    /// Gives an object another key within its bucket, in one commit and without moving its bytes. In a bucket with versioning the old key
    /// gets a delete marker, and its versions stay. NoSuchKey when the source does not exist.
    /// </summary>
    ValueTask<WriteResult> RenameObjectAsync(Bucket bucket, ObjectRename rename);

    /// <summary>
    /// Puts an object that has the bytes of another and shares them: none moves. Changed when the record is no longer its version's.
    /// </summary>
    /// <param name="attributes">The tag must be given.</param>
    ValueTask<WriteResult> ShareObjectAsync(
        ObjectPlace source, ObjectRecord record, ObjectPlace target, ObjectAttributes attributes, IWritePrecondition? precondition);

    /// <summary>
    /// Deletes a key: in a bucket with versioning by a delete marker on top, otherwise for ever. Or deletes one version for ever; what is
    /// left as the newest then is the current one. Ok also when there was none. Locked when that version must stay.
    /// </summary>
    /// <param name="version">The version to delete for ever; null to delete the key.</param>
    /// <param name="precondition">
    /// On the current object, also where another version is deleted; an <see cref="IVersionPrecondition"/> on that version too.
    /// </param>
    ValueTask<WriteResult> DeleteObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, VersionId? version, IWritePrecondition? precondition, bool bypassesGovernance = false);

    /// <summary>
    /// Changes what keeps a version from being deleted, nothing else of it. Locked when what keeps it now forbids that, NoSuchVersion when
    /// there is none or it is a delete marker.
    /// </summary>
    ValueTask<WriteResult> LockObjectAsync(Bucket bucket, ReadOnlyMemory<byte> key, VersionId version, LockChange change);

    /// <summary>
    /// Replaces the fields of an existing object or version without touching its bytes (copy onto itself with new metadata).
    /// Changed when the record is no longer that version's, Locked when the fields have not the lock that it has.
    /// </summary>
    /// <param name="keepsTime">True for what is no modification in S3's eyes, such as other tags.</param>
    ValueTask<WriteResult> ReplaceFieldsAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, ObjectRecord current, StoredFields fields, IWritePrecondition? precondition,
        bool keepsTime = false);

    /// <summary>Lists one page into the sink.</summary>
    /// <param name="last">The last key or common prefix given out, the next page's After; empty when there is no more.</param>
    StoreStatus ListObjects<TSink>(Bucket bucket, ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct;

    /// <summary>Lists one page of versions into the sink.</summary>
    /// <param name="afterVersion">With one, versions of the query's After that are older are listed too.</param>
    /// <param name="lastKey">The last key or common prefix given out, the next page's After; empty when there is no more.</param>
    /// <param name="lastVersion">The next page's afterVersion; null behind a common prefix.</param>
    StoreStatus ListVersions<TSink>(
        Bucket bucket, ListQuery query, VersionId? afterVersion, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out VersionId? lastVersion)
        where TSink : IVersionListSink, allows ref struct;

    ValueTask<(StoreStatus Status, UploadId Id)> CreateUploadAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, StoredFields fields, ChecksumKind checksumKind, ChecksumType checksumType);

    /// <summary>Replaces the fields of an upload in progress. Changed when it gained a part since it was read.</summary>
    ValueTask<StoreStatus> ReplaceUploadFieldsAsync(UploadRecord upload, StoredFields fields);
    StoreStatus TryGetUpload(Bucket bucket, ReadOnlySpan<byte> key, UploadId id, out UploadRecord? upload);

    /// <param name="partNumber">1 to 10,000.</param>
    ValueTask<WriteResult> PutPartAsync(UploadRecord upload, int partNumber, BodyWriter body, ObjectAttributes attributes);

    /// <summary>Whether a part can have the bytes of a range of an object and share them.</summary>
    bool CanShare(ObjectRecord record, long offset, long lengthBytes);

    /// <summary>
    /// Puts a part that has the bytes of a range which <see cref="CanShare"/>: none moves. Changed when the record is no longer its
    /// version's.
    /// </summary>
    /// <param name="attributes">The tag must be given.</param>
    ValueTask<WriteResult> SharePartAsync(
        UploadRecord upload, int partNumber, ObjectPlace source, ObjectRecord record, long offset, long lengthBytes,
        ObjectAttributes attributes);

    /// <summary>Parts in order of their numbers, after a number (0 for all), at most <paramref name="max"/>.</summary>
    StoreStatus ListParts(UploadRecord upload, int afterPartNumber, int max, List<PartRecord> parts, out bool isTruncated);

    /// <summary>
    /// Makes the object from the chosen parts, in the order given; moves no bytes. Other parts of the upload are dropped.
    /// Changed when the upload gained a part since it was read.
    /// </summary>
    ValueTask<WriteResult> CompleteUploadAsync(
        UploadRecord upload, IReadOnlyList<PartRecord> parts, ObjectAttributes attributes, IWritePrecondition? precondition);
    ValueTask<StoreStatus> AbortUploadAsync(Bucket bucket, ReadOnlyMemory<byte> key, UploadId id);

    /// <summary>Uploads after (keyMarker, uploadIdMarker): with no id marker, keys after keyMarker only.</summary>
    StoreStatus ListUploads<TSink>(
        Bucket bucket, ListQuery query, UploadId? afterId, ref TSink sink, out bool isTruncated, out byte[] lastKey, out UploadId lastId)
        where TSink : IUploadListSink, allows ref struct;

    /// <summary>Live figures for metrics and health.</summary>
    StoreStatistics Statistics { get; }
}
