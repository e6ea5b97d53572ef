using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The engine behind <see cref="IObjectStore"/>: reads go to cache, index and segments directly; every change goes to the committer.
/// </summary>
internal sealed partial class ObjectStore : IObjectStore
{
    private readonly VolumeOptions _options;
    private readonly IReadOnlyList<IBlockDevice> _devices;
    private readonly IIndex _index;
    private readonly RecordCache _cache;
    private readonly PrefixRuns? _runs;
    private readonly BucketTable _buckets;
    private readonly SegmentTable _segments;
    private readonly WritePacer _pacer;
    private readonly SegmentAllocator _allocator;
    private readonly BodyContext _bodies;
    private readonly CommitGroup _group;
    private readonly Committer _committer;
    private readonly SegmentReclaimer _reclaimer;
    private readonly VolumeScrubber _scrubber;
    private readonly InstancePool<PutObject> _puts;
    private readonly InstancePool<DeleteObject> _deletes;
    private int _isClosed;

    private ObjectStore(VolumeOptions options, VolumeFormat format, IReadOnlyList<IBlockDevice> devices, IIndex index)
    {
        (_options, _devices, _index) = (options, devices, index);
        var recent = new RecentRecords(options.RecordCacheBytes / RecentRecords.CacheShare);
        _cache = new RecordCache(options.RecordCacheBytes - recent.SizeBytes);
        if (options.PrefixRunBytes > 0)
            _runs = new PrefixRuns(options.PrefixRunBytes, options.PrefixRunNames, options.KeepsAllPrefixes);
        _segments = new SegmentTable(devices, format.SegmentBytes);
        var loader = new VolumeLoader(index, _segments, format, options.Events);
        ulong opening = loader.NextOpening();
        // The index is read before any segment file is opened: when it cannot be, nothing is left open.
        _buckets = BucketTable.Load(index);
        IReadOnlyList<Segment> rebuilt = loader.LoadSegments();
        _pacer = new WritePacer(_segments, options.Time);
        _allocator = new SegmentAllocator(_segments, format.VolumeSet, options, _pacer);
        _allocator.MarkChanged(rebuilt);
        _bodies = new BodyContext(options, _segments, _allocator, _pacer, index);
        _group = new CommitGroup(index, _cache, recent, _buckets, _segments, _allocator, _pacer, _bodies.Corruption, _runs);
        // 2^32 owner lists an opening: years of commits.
        _group.Open(opening << 32);
        _group.Logged.Restore(index, options.Events);
        _committer = new Committer(index, _group, _segments, _allocator, options, _bodies.Corruption, () =>
        {
            loader.ReloadLiveBytes();
            loader.ReloadBuckets(_buckets);
        });
        _reclaimer = new SegmentReclaimer(_bodies, _committer);
        _scrubber = new VolumeScrubber(_bodies, _committer);
        _puts = new InstancePool<PutObject>(() => new PutObject(_puts!) { CompletesInline = options.CompletesInline });
        _deletes = new InstancePool<DeleteObject>(() => new DeleteObject(_deletes!) { CompletesInline = options.CompletesInline });
        _pacer.RoomWanted = _allocator.RoomWanted = _reclaimer.Wake;
        _allocator.Start();
        _reclaimer.Start();
        _scrubber.Start();
    }

    /// <summary>Opens the engine on devices that are locked and in the order of the set; on success it owns them.</summary>
    public static ObjectStore Open(VolumeOptions options, VolumeFormat format, IReadOnlyList<IBlockDevice> devices, Func<IIndex> openIndex)
    {
        IIndex index = openIndex();
        try
        {
            return new ObjectStore(options, format, devices, index);
        }
        catch (Exception exception)
        {
            index.Dispose();
            if (exception is IndexException) throw new VolumeException($"The index cannot be read: {exception.Message}", exception);
            throw;
        }
    }

    public int MaxInPlaceBodyBytes => SmallBody.MaxBytes;

    internal CommitTimings Timings => _committer.Timings;
    internal SegmentTable Segments => _segments;
    internal IIndex Index => _index;
    internal AlignedBufferPool Buffers => _bodies.Buffers;
    internal Md5Stage Md5 => _bodies.Md5;
    internal SegmentReclaimer Reclaimer => _reclaimer;
    internal VolumeScrubber Scrubber => _scrubber;

    private bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    public Bucket? FindBucket(ReadOnlySpan<byte> name) => _buckets.Find(name);

    public IReadOnlyList<Bucket> ListBuckets(string prefix, string after, int max, out bool isTruncated) =>
        _buckets.List(prefix, after, max, out isTruncated);

    public ValueTask<StoreStatus> CreateBucketAsync(string name, string region, bool hasObjectLock = false) =>
        Queue(new CreateBucket(_buckets, name, region, hasObjectLock));

    public ValueTask<StoreStatus> DeleteBucketAsync(Bucket bucket) => Queue(new DeleteBucket(_buckets, bucket));

    public ValueTask<StoreStatus> ConfigureBucketAsync(Bucket bucket, BucketConfigurationKind kind, ReadOnlyMemory<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, BucketConfigurations.MaxValueBytes, nameof(value));
        return Queue(new ConfigureBucket(_buckets, bucket, kind, value));
    }

    public StoreStatus TryGetObject(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record)
    {
        record = null;
        if (IsClosed) return StoreStatus.Closed;
        if (_cache.TryGet(bucket.Id, key, out StoredObjectRecord? stored, out long ticket))
        {
            record = stored;
            return StoreStatus.Ok;
        }
        StoreStatus status = ReadRecord(bucket, key, out stored);
        if (status != StoreStatus.Ok) return status;
        _cache.Insert(bucket.Id, key, stored!, ticket);
        record = stored;
        return StoreStatus.Ok;
    }

    // Apart from the hit's path, which so has no kilobyte of stack to clear.
    private StoreStatus ReadRecord(Bucket bucket, ReadOnlySpan<byte> key, out StoredObjectRecord? record)
    {
        record = null;
        Span<byte> indexKey = stackalloc byte[IndexKeys.BucketIdBytes + IndexKeys.MaxObjectKeyBytes];
        if (key.Length > IndexKeys.MaxObjectKeyBytes) return StoreStatus.NoSuchKey;
        try
        {
            byte[]? encoded = _index.Get(Keyspace.Objects, indexKey[..IndexKeys.Object(bucket.Id, key, indexKey)]);
            if (encoded is null) return StoreStatus.NoSuchKey;
            return ObjectRecordCodec.TryDecode(encoded, out record) ? StoreStatus.Ok : Damaged(bucket, key);
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, NameOf(bucket, key));
        }
    }

    public ReadOnlyMemory<byte> FindCachedBody(ObjectRecord record) => IsClosed ? default : _bodies.Hot.Find((StoredObjectRecord)record);

    public StoreStatus TryGetLatestVersion(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record)
    {
        StoreStatus status = TryGetObject(bucket, key, out record);
        if (status != StoreStatus.NoSuchKey || key.Length > IndexKeys.MaxObjectKeyBytes) return status;
        try
        {
            status = VersionLookup.FindLatest(_index, bucket.Id, key, out StoredObjectRecord? stored);
            record = stored;
            if (status == StoreStatus.Corrupt) return Damaged(bucket, key);
            return status == StoreStatus.NoSuchVersion ? StoreStatus.NoSuchKey : status;
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, NameOf(bucket, key));
        }
    }

    public StoreStatus TryGetVersion(Bucket bucket, ReadOnlySpan<byte> key, VersionId id, out ObjectRecord? record)
    {
        StoreStatus status = TryGetObject(bucket, key, out record);
        if (status == StoreStatus.Ok && VersionLookup.IsNamed(record!, id)) return status;
        record = null;
        // Behind a current object that cannot be read, others can be.
        bool isReported = status == StoreStatus.Corrupt;
        if (status is not (StoreStatus.Ok or StoreStatus.NoSuchKey or StoreStatus.Corrupt)) return status;
        if (key.Length > IndexKeys.MaxObjectKeyBytes) return StoreStatus.NoSuchVersion;
        try
        {
            status = VersionLookup.Find(_index, bucket.Id, key, id, out StoredObjectRecord? stored);
            record = stored;
            return status == StoreStatus.Corrupt && !isReported ? Damaged(bucket, key) : status;
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, NameOf(bucket, key));
        }
    }

    public StoreStatus OpenReader(ObjectRecord record, long offset, long lengthBytes, out ObjectReader? reader)
    {
        reader = null;
        return IsClosed ? StoreStatus.Closed : ExtentReader.TryOpen(_bodies, (StoredObjectRecord)record, offset, lengthBytes, out reader);
    }

    public StoreStatus OpenWriter(long lengthBytes, out BodyWriter? writer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        writer = null;
        if (IsClosed) return StoreStatus.Closed;
        StoreStatus status = _allocator.CheckRoom(lengthBytes);
        if (status != StoreStatus.Ok) return status;
        if (lengthBytes <= SmallBody.MaxBytes)
        {
            SmallBody small = _bodies.SmallBodies.Rent();
            if (!small.TryOpen((int)lengthBytes)) return StoreStatus.Busy;
            writer = small;
            return StoreStatus.Ok;
        }
        status = LargeBody.TryOpen(_bodies, lengthBytes, out LargeBody? large);
        writer = large;
        return status;
    }

    public BodyWriter WriterOver(ReadOnlyMemory<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, SmallBody.MaxBytes, nameof(body));
        SmallBody small = _bodies.SmallBodies.Rent();
        small.OpenOver(body);
        return small;
    }

    public ValueTask<WriteResult> PutObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        if (!IsKey(key)) return new(new WriteResult(StoreStatus.NoSuchKey, 0));
        ThrowIfUntagged(body, attributes);
        PutObject put = _puts.Rent();
        put.Set(bucket, key, (CommittableBody)body, attributes, precondition);
        return QueueBody(put, (CommittableBody)body);
    }

    public ValueTask<WriteResult> DeleteObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, VersionId? version, IWritePrecondition? precondition, bool bypassesGovernance = false)
    {
        if (!IsKey(key)) return new(new WriteResult(StoreStatus.Ok, 0));
        DeleteObject delete = _deletes.Rent();
        delete.Set(bucket, key, version, precondition, bypassesGovernance);
        ValueTask<WriteResult> result = delete.Result;
        _committer.Queue(delete);
        return result;
    }

    public ValueTask<WriteResult> LockObjectAsync(Bucket bucket, ReadOnlyMemory<byte> key, VersionId version, LockChange change)
    {
        var locking = new LockObject(bucket, key, version, change);
        ValueTask<WriteResult> result = locking.Result;
        _committer.Queue(locking);
        return result;
    }

    public ValueTask<WriteResult> ReplaceFieldsAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, ObjectRecord current, StoredFields fields, IWritePrecondition? precondition,
        bool keepsTime = false)
    {
        var replace = new ReplaceFields(bucket, key, (StoredObjectRecord)current, fields, precondition, keepsTime);
        ValueTask<WriteResult> result = replace.Result;
        _committer.Queue(replace);
        return result;
    }

    public async ValueTask<(StoreStatus Status, UploadId Id)> CreateUploadAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, StoredFields fields, ChecksumKind checksumKind, ChecksumType checksumType)
    {
        if (!IsKey(key)) return (StoreStatus.NoSuchKey, default);
        var id = UploadId.Create(_options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        StoreStatus status = await Queue(new CreateUpload(bucket, key, id, fields, checksumKind, checksumType));
        return (status, status == StoreStatus.Ok ? id : default);
    }

    public StoreStatus TryGetUpload(Bucket bucket, ReadOnlySpan<byte> key, UploadId id, out UploadRecord? upload)
    {
        upload = null;
        if (IsClosed) return StoreStatus.Closed;
        if (key.Length > IndexKeys.MaxObjectKeyBytes) return StoreStatus.NoSuchUpload;
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        try
        {
            byte[]? encoded = _index.Get(Keyspace.Uploads, indexKey[..IndexKeys.Upload(bucket.Id, key, id, indexKey)]);
            if (encoded is null) return StoreStatus.NoSuchUpload;
            return UploadRecordCodec.TryDecode(encoded, bucket, key.ToArray(), id, out upload) ? StoreStatus.Ok : Damaged(bucket, key, id);
        }
        catch (IndexException exception)
        {
            return _bodies.Corruption.StatusOf(exception, UploadOf(bucket, key, id));
        }
    }

    public ValueTask<WriteResult> PutPartAsync(UploadRecord upload, int partNumber, BodyWriter body, ObjectAttributes attributes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partNumber, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partNumber, MaxPartNumber);
        ThrowIfUntagged(body, attributes);
        var put = new PutPart(upload, partNumber) { Body = (CommittableBody)body, Attributes = attributes };
        return QueueBody(put, (CommittableBody)body);
    }

    // S3's bound.
    private const int MaxPartNumber = 10_000;

    public ValueTask<WriteResult> CompleteUploadAsync(
        UploadRecord upload, IReadOnlyList<PartRecord> parts, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        var complete = new CompleteUpload(upload, parts, attributes, precondition);
        ValueTask<WriteResult> result = complete.Result;
        _committer.Queue(complete);
        return result;
    }

    public ValueTask<StoreStatus> AbortUploadAsync(Bucket bucket, ReadOnlyMemory<byte> key, UploadId id) =>
        IsKey(key) ? Queue(new AbortUpload(bucket, key, id)) : new(StoreStatus.NoSuchUpload);

    public StoreStatistics Statistics
    {
        get
        {
            long count = 0, live = 0, free = 0, allocated = 0;
            foreach (Segment segment in _segments.All())
            {
                if (segment.File is null) continue;
                count++;
                live += segment.LiveBytes;
                allocated += segment.AllocatedBytes;
            }
            foreach (IBlockDevice device in _devices) free += Math.Max(0, device.FreeBytes());
            return new StoreStatistics(
                Timings.Groups, Timings.Mutations, Interlocked.Read(ref _bodies.BytesWritten) + _committer.PackedBytes,
                Interlocked.Read(ref _bodies.BytesRead), count, _allocator.FreeCount, allocated, live,
                _reclaimer.CompactedBytes, _cache.Hits, _cache.Misses, _bodies.Corruption.Blocks, free,
                _allocator.WritesRefused)
            {
                BodyCacheHits = _bodies.Hot.Hits,
                BodyCacheBytes = _bodies.Hot.Bytes,
                PrefixRunHits = _runs?.Hits ?? 0,
                PrefixRunSeeks = _runs?.Seeks ?? 0,
                PrefixRunBytes = _runs?.Bytes ?? 0,
                Scrub = _scrubber.Statistics,
                PunchedBytes = _reclaimer.PunchedBytes,
                UnderwayBytes = _pacer.UnderwayBytes,
                WriteShare = _pacer.Share,
            };
        }
    }

    public ValueTask DisposeAsync()
    {
        Close(abandon: false);
        return default;
    }

    /// <summary>Ends as a crash would: nothing that is not on the medium gets there. For tests of recovery.</summary>
    internal void Abandon() => Close(abandon: true);

    /// <summary>Waits until nothing in the background holds a pin or moves a byte; for tests.</summary>
    internal void Settle() => _reclaimer.RunOnce();

    /// <summary>The cross-check of accounts, while compaction neither moves nor pins anything; for tests.</summary>
    internal List<string> VerifyAccounts() => _reclaimer.BetweenPasses(() => VolumeAccounting.Verify(_index, _segments));

    private void Close(bool abandon)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        _scrubber.Dispose();
        _pacer.Dispose();
        _reclaimer.Dispose();
        _bodies.Close();
        if (abandon) _committer.Abandon();
        else _committer.Dispose();
        _allocator.Dispose();
        _index.Dispose();
        foreach (Segment segment in _segments.All()) segment.File?.Dispose();
        foreach (IBlockDevice device in _devices) device.Dispose();
    }

    private StoreStatus Damaged(Bucket bucket, ReadOnlySpan<byte> key, UploadId upload = default)
    {
        _bodies.Corruption.AddRecord(upload == default ? NameOf(bucket, key) : UploadOf(bucket, key, upload));
        return StoreStatus.Corrupt;
    }

    private static void ThrowIfUntagged(BodyWriter body, in ObjectAttributes attributes)
    {
        bool hasMd5 = body is not LargeBody { SkipsMd5: true };
        if (!hasMd5 && (attributes.ETag is null || attributes.ExpectedMd5 is not null))
            throw new ArgumentException("The body's MD5 was spared, and now it is wanted.", nameof(attributes));
    }

    private static string NameOf(Bucket bucket, ReadOnlySpan<byte> key) => $"{bucket.Name}/{RecordOwner.Printable(key)}";

    private static string UploadOf(Bucket bucket, ReadOnlySpan<byte> key, UploadId id) => $"the upload {id} of {NameOf(bucket, key)}";

    private static bool IsKey(ReadOnlyMemory<byte> key) => key.Length is > 0 and <= IndexKeys.MaxObjectKeyBytes;

    private ValueTask<StoreStatus> Queue(Mutation mutation)
    {
        // Taken first: once queued, the outcome may come at any moment.
        ValueTask<StoreStatus> result = mutation.StatusResult;
        _committer.Queue(mutation);
        return result;
    }

    private ValueTask<WriteResult> QueueBody(Mutation mutation, CommittableBody body)
    {
        // Large ones have been paced as they came.
        ValueTask turn = body.IsSmall ? _pacer.PaceAsync(body.LengthBytes) : default;
        return turn.IsCompletedSuccessfully ? QueuePaced(mutation, body) : QueueAfterAsync(turn, mutation, body);
    }

    private async ValueTask<WriteResult> QueueAfterAsync(ValueTask turn, Mutation mutation, CommittableBody body)
    {
        await turn;
        return await QueuePaced(mutation, body);
    }

    private ValueTask<WriteResult> QueuePaced(Mutation mutation, CommittableBody body)
    {
        ValueTask<WriteResult> result = mutation.Result;
        if (body.BeginCommit(mutation, _committer)) return result;
        // An incomplete or spent body is a fault of the caller: nothing of it may become visible.
        mutation.Body = null;
        mutation.Status = StoreStatus.IoFailed;
        mutation.Complete(0);
        return result;
    }
}
