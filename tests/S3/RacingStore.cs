using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>What a lifecycle run asks of a store, with another client that acts between a run's judgement and its deletes.</summary>
internal sealed class RacingStore(IObjectStore store) : IObjectStore
{
    private int _deletes;

    /// <summary>Runs before each delete.</summary>
    public required Func<Task> BeforeDelete { get; init; }

    public int Deletes => _deletes;

    /// <summary>Pages that were listed.</summary>
    public int Pages { get; private set; }

    public int MaxInPlaceBodyBytes => store.MaxInPlaceBodyBytes;

    public StoreStatistics Statistics => store.Statistics;

    public Bucket? FindBucket(ReadOnlySpan<byte> name) => store.FindBucket(name);

    public IReadOnlyList<Bucket> ListBuckets(string prefix, string after, int max, out bool isTruncated) =>
        store.ListBuckets(prefix, after, max, out isTruncated);

    public ValueTask EnterIndexAsync(Bucket bucket, ReadOnlySpan<byte> key) => store.EnterIndexAsync(bucket, key);
    public StoreStatus TryGetObject(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record) =>
        store.TryGetObject(bucket, key, out record);

    public StoreStatus TryGetVersion(Bucket bucket, ReadOnlySpan<byte> key, VersionId id, out ObjectRecord? record) =>
        store.TryGetVersion(bucket, key, id, out record);

    public async ValueTask<WriteResult> DeleteObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, VersionId? version, IWritePrecondition? precondition, bool bypassesGovernance = false)
    {
        Interlocked.Increment(ref _deletes);
        await BeforeDelete();
        return await store.DeleteObjectAsync(bucket, key, version, precondition, bypassesGovernance);
    }

    public StoreStatus ListObjects<TSink>(Bucket bucket, ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct
    {
        Pages++;
        return store.ListObjects(bucket, query, ref sink, out isTruncated, out last);
    }

    public StoreStatus ListVersions<TSink>(
        Bucket bucket, ListQuery query, VersionId? afterVersion, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out VersionId? lastVersion)
        where TSink : IVersionListSink, allows ref struct
    {
        Pages++;
        return store.ListVersions(bucket, query, afterVersion, ref sink, out isTruncated, out lastKey, out lastVersion);
    }

    public StoreStatus ListUploads<TSink>(
        Bucket bucket, ListQuery query, UploadId? afterId, ref TSink sink, out bool isTruncated, out byte[] lastKey, out UploadId lastId)
        where TSink : IUploadListSink, allows ref struct
    {
        Pages++;
        return store.ListUploads(bucket, query, afterId, ref sink, out isTruncated, out lastKey, out lastId);
    }

    public ValueTask<StoreStatus> AbortUploadAsync(Bucket bucket, ReadOnlyMemory<byte> key, UploadId id) =>
        store.AbortUploadAsync(bucket, key, id);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    // Nothing else is asked: a worker that did would fail its test.
    public ValueTask<StoreStatus> CreateBucketAsync(string name, string region, bool hasObjectLock = false) => throw Unasked();

    public ValueTask<StoreStatus> DeleteBucketAsync(Bucket bucket) => throw Unasked();

    public ValueTask<StoreStatus> ConfigureBucketAsync(Bucket bucket, BucketConfigurationKind kind, ReadOnlyMemory<byte> value) =>
        throw Unasked();

    public ReadOnlyMemory<byte> FindCachedBody(ObjectRecord record) => throw Unasked();

    public StoreStatus TryGetLatestVersion(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record) => throw Unasked();

    public StoreStatus OpenReader(ObjectRecord record, long offset, long lengthBytes, out ObjectReader? reader) => throw Unasked();

    public StoreStatus OpenWriter(long lengthBytes, out BodyWriter? writer) => throw Unasked();

    public BodyWriter WriterOver(ReadOnlyMemory<byte> body) => throw Unasked();

    public ValueTask<WriteResult> PutObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAttributes attributes, IWritePrecondition? precondition) =>
        throw Unasked();

    public ValueTask<WriteResult> AppendObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAppend append, ObjectAttributes attributes,
        IWritePrecondition? precondition) => throw Unasked();

    public ValueTask<WriteResult> RenameObjectAsync(Bucket bucket, ObjectRename rename) => throw Unasked();

    public ValueTask<WriteResult> ShareObjectAsync(
        ObjectPlace source, ObjectRecord record, ObjectPlace target, ObjectAttributes attributes, IWritePrecondition? precondition) =>
        throw Unasked();

    public ValueTask<WriteResult> LockObjectAsync(Bucket bucket, ReadOnlyMemory<byte> key, VersionId version, LockChange change) =>
        throw Unasked();

    public ValueTask<WriteResult> ReplaceFieldsAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, ObjectRecord current, StoredFields fields, IWritePrecondition? precondition,
        bool keepsTime = false) => throw Unasked();

    public ValueTask<(StoreStatus Status, UploadId Id)> CreateUploadAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, StoredFields fields, ChecksumKind checksumKind, ChecksumType checksumType) =>
        throw Unasked();

    public StoreStatus TryGetUpload(Bucket bucket, ReadOnlySpan<byte> key, UploadId id, out UploadRecord? upload) => throw Unasked();

    public ValueTask<WriteResult> PutPartAsync(UploadRecord upload, int partNumber, BodyWriter body, ObjectAttributes attributes) =>
        throw Unasked();

    public ValueTask<StoreStatus> ReplaceUploadFieldsAsync(UploadRecord upload, StoredFields fields) => throw Unasked();

    public void ReportCorrupt(ObjectRecord record, long storedOffset) => throw Unasked();

    public bool CanShare(ObjectRecord record, long offset, long lengthBytes) => throw Unasked();

    public ValueTask<WriteResult> SharePartAsync(
        UploadRecord upload, int partNumber, ObjectPlace source, ObjectRecord record, long offset, long lengthBytes,
        ObjectAttributes attributes) => throw Unasked();

    public StoreStatus ListParts(UploadRecord upload, int afterPartNumber, int max, List<PartRecord> parts, out bool isTruncated) =>
        throw Unasked();

    public ValueTask<WriteResult> CompleteUploadAsync(
        UploadRecord upload, IReadOnlyList<PartRecord> parts, ObjectAttributes attributes, IWritePrecondition? precondition) =>
        throw Unasked();

    private static NotSupportedException Unasked() => new("A lifecycle run does not do that.");
}
