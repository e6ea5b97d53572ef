using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>
/// A store in memory behind the engine's interface, with faults on demand. Keeps every contract that S3 relies on; nothing is durable.
/// </summary>
internal sealed partial class MemoryObjectStore : IObjectStore
{
    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, MemoryBucket> _objects = [];
    private readonly List<MemoryUpload> _uploads = [];
    private uint _lastBucketId;
    private long _lastModifiedMs;
    private ulong _lastUpload = 1000;

    /// <summary>How many OpenReader calls find their record stale.</summary>
    public int StaleReads { get; set; }

    /// <summary>What a reader gives in place of the bytes at this offset and beyond; null for none.</summary>
    public long? CorruptFrom { get; set; }

    /// <summary>Runs before a commit is decided: a chance for another writer.</summary>
    public Action? BeforeCommit { get; set; }

    /// <summary>Runs once when an upload is about to be completed: a chance for another part.</summary>
    public Action? BeforeComplete { get; set; }
    public StoreStatus OpenWriterStatus { get; set; }

    /// <summary>False makes every reader hand its bytes out in pieces.</summary>
    public bool ReadsAtOnce { get; set; } = true;
    public int WritersInPlace { get; private set; }
    public int OpenBodies { get; set; }
    public int MaxInPlaceBodyBytes => 16 * 1024;
    public StoreStatistics Statistics => default;

    public Bucket? FindBucket(ReadOnlySpan<byte> name)
    {
        lock (_lock)
            return _buckets.GetValueOrDefault(Encoding.UTF8.GetString(name));
    }

    public ValueTask<StoreStatus> CreateBucketAsync(string name, string region, bool hasObjectLock = false)
    {
        if (hasObjectLock)
            throw Unlockable();
        lock (_lock)
        {
            if (_buckets.ContainsKey(name))
                return ValueTask.FromResult(StoreStatus.BucketAlreadyExists);
            var bucket = new Bucket { Id = ++_lastBucketId, Name = name, Created = DateTimeOffset.UtcNow, Region = region };
            _buckets.Add(name, bucket);
            _objects.Add(bucket.Id, new MemoryBucket());
            return ValueTask.FromResult(StoreStatus.Ok);
        }
    }

    public ValueTask<StoreStatus> DeleteBucketAsync(Bucket bucket)
    {
        lock (_lock)
        {
            if (!_objects.TryGetValue(bucket.Id, out MemoryBucket? objects))
                return ValueTask.FromResult(StoreStatus.NoSuchBucket);
            if (!objects.IsEmpty)
                return ValueTask.FromResult(StoreStatus.BucketNotEmpty);
            _objects.Remove(bucket.Id);
            _buckets.Remove(bucket.Name);
            _uploads.RemoveAll(upload => upload.Bucket.Id == bucket.Id);
            return ValueTask.FromResult(StoreStatus.Ok);
        }
    }

    public ValueTask<StoreStatus> ConfigureBucketAsync(Bucket bucket, BucketConfigurationKind kind, ReadOnlyMemory<byte> value)
    {
        lock (_lock)
        {
            if (!_objects.ContainsKey(bucket.Id))
                return ValueTask.FromResult(StoreStatus.NoSuchBucket);
            _buckets[bucket.Name] = _buckets[bucket.Name].With(kind, value);
            return ValueTask.FromResult(StoreStatus.Ok);
        }
    }

    public IReadOnlyList<Bucket> ListBuckets(string prefix, string after, int max, out bool isTruncated)
    {
        lock (_lock)
        {
            List<Bucket> found = [.. _buckets.Values.Where(bucket =>
                bucket.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(bucket.Name, after) > 0)];
            isTruncated = found.Count > max;
            return [.. found.Take(max)];
        }
    }

    public ValueTask EnterIndexAsync(Bucket bucket, ReadOnlySpan<byte> key) => default;

    public StoreStatus TryGetObject(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record)
    {
        lock (_lock)
        {
            record = _objects[bucket.Id].Find(key);
            return record is null ? StoreStatus.NoSuchKey : StoreStatus.Ok;
        }
    }

    public ReadOnlyMemory<byte> FindCachedBody(ObjectRecord record) => default;

    public StoreStatus TryGetLatestVersion(Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record)
    {
        lock (_lock)
        {
            record = _objects[bucket.Id].Latest(key);
            return record is null ? StoreStatus.NoSuchKey : StoreStatus.Ok;
        }
    }

    public StoreStatus TryGetVersion(Bucket bucket, ReadOnlySpan<byte> key, VersionId id, out ObjectRecord? record)
    {
        lock (_lock)
        {
            record = _objects[bucket.Id].Find(key, id);
            return record is null ? StoreStatus.NoSuchVersion : StoreStatus.Ok;
        }
    }

    public StoreStatus OpenReader(ObjectRecord record, long offset, long lengthBytes, out ObjectReader? reader)
    {
        reader = null;
        if (StaleReads > 0)
        {
            StaleReads--;
            return StoreStatus.Changed;
        }

        OpenBodies++;
        reader = new MemoryReader(this, ((MemoryObject)record).Body.AsMemory((int)offset, (int)lengthBytes), offset);
        return StoreStatus.Ok;
    }

    public StoreStatus OpenWriter(long lengthBytes, out BodyWriter? writer)
    {
        writer = null;
        if (OpenWriterStatus != StoreStatus.Ok)
            return OpenWriterStatus;
        OpenBodies++;
        writer = new MemoryWriter(this, new byte[lengthBytes], 0);
        return StoreStatus.Ok;
    }

    public BodyWriter WriterOver(ReadOnlyMemory<byte> body)
    {
        WritersInPlace++;
        OpenBodies++;
        return new MemoryWriter(this, body.ToArray(), body.Length);
    }

    public ValueTask<WriteResult> PutObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        byte[] whole = ((MemoryWriter)body).Whole();
        if (!HasExpectedMd5(whole, attributes))
            return ValueTask.FromResult(new WriteResult(StoreStatus.BadDigest, 0));
        return Commit(bucket, key, precondition, new MemoryObject
        {
            Body = whole,
            Size = attributes.SizeBytes,
            Tag = attributes.ETag ?? Md5Of(whole),
            Sum = attributes.Checksum,
            Encoded = attributes.Fields.Encoded.ToArray(),
        });
    }

    public ValueTask<WriteResult> DeleteObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, VersionId? version, IWritePrecondition? precondition, bool bypassesGovernance = false)
    {
        if (version is null && VersioningOf(bucket) != BucketVersioning.Never)
            return Commit(bucket, key, precondition, MemoryObject.DeleteMarker());
        BeforeCommit?.Invoke();
        lock (_lock)
        {
            MemoryBucket objects = _objects[bucket.Id];
            StoreStatus status = precondition?.Check(objects.Find(key.Span)) ?? StoreStatus.Ok;
            MemoryObject? deleted = version is { } id ? objects.Find(key.Span, id) : objects.Find(key.Span);
            if (status == StoreStatus.Ok && version is not null && deleted is not null && precondition is IVersionPrecondition ofVersion)
                status = ofVersion.CheckVersion(deleted);
            if (status == StoreStatus.Ok && deleted is not null)
                objects.Remove(key.Span, deleted);
            return ValueTask.FromResult(new WriteResult(status, 0, default, version ?? default, deleted?.IsMarker ?? false));
        }
    }

    public ValueTask<WriteResult> LockObjectAsync(Bucket bucket, ReadOnlyMemory<byte> key, VersionId version, LockChange change) =>
        throw Unlockable();

    public ValueTask<WriteResult> ReplaceFieldsAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, ObjectRecord current, StoredFields fields, IWritePrecondition? precondition,
        bool keepsTime = false)
    {
        var record = (MemoryObject)current;
        lock (_lock)
        {
            if (_objects[bucket.Id].Find(key.Span, record.VersionId) != record)
                return ValueTask.FromResult(new WriteResult(StoreStatus.Changed, 0));
        }

        return Commit(bucket, key, precondition, replaced: record, value: new MemoryObject
        {
            Body = record.Body,
            Size = record.Size,
            Tag = record.Tag,
            Sum = record.Sum,
            Parts = record.Parts,
            Encoded = fields.Encoded.ToArray(),
            ModifiedMs = keepsTime ? record.ModifiedMs : 0,
        });
    }

    public StoreStatus ListObjects<TSink>(Bucket bucket, ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct
    {
        lock (_lock)
        {
            isTruncated = false;
            last = [];
            int count = 0;
            foreach ((byte[] key, MemoryObject value) in _objects[bucket.Id].Current)
            {
                if (!key.AsSpan().StartsWith(query.Prefix))
                    continue;
                int end = query.Delimiter.IsEmpty ? -1 : key.AsSpan(query.Prefix.Length).IndexOf(query.Delimiter);
                byte[] item = end < 0 ? key : key[..(query.Prefix.Length + end + query.Delimiter.Length)];
                if (item.AsSpan().SequenceCompareTo(query.After) <= 0 || (end >= 0 && item.AsSpan().SequenceEqual(last)))
                    continue;
                if (count == query.MaxKeys)
                {
                    isTruncated = query.MaxKeys > 0;
                    break;
                }

                count++;
                last = item;
                if (end >= 0)
                    sink.CommonPrefix(item);
                else
                    sink.Object(key, new ObjectSummary(value.SizeBytes, value.ModifiedMs, value.Tag, value.Sum.Kind, value.Sum.Type,
                        StorageClassNames.Of(value.Fields)));
            }

            if (!isTruncated)
                last = [];
            return StoreStatus.Ok;
        }
    }

    public StoreStatus ListVersions<TSink>(
        Bucket bucket, ListQuery query, VersionId? afterVersion, ref TSink sink,
        out bool isTruncated, out byte[] lastKey, out VersionId? lastVersion)
        where TSink : IVersionListSink, allows ref struct
    {
        lock (_lock)
        {
            isTruncated = false;
            lastKey = [];
            lastVersion = null;
            int count = 0;
            foreach ((byte[] key, MemoryObject value, bool isLatest) in _objects[bucket.Id].Versions)
            {
                if (!key.AsSpan().StartsWith(query.Prefix))
                    continue;
                int end = query.Delimiter.IsEmpty ? -1 : key.AsSpan(query.Prefix.Length).IndexOf(query.Delimiter);
                byte[] item = end < 0 ? key : key[..(query.Prefix.Length + end + query.Delimiter.Length)];
                int order = item.AsSpan().SequenceCompareTo(query.After);
                bool isAfter = order > 0 || (order == 0 && end < 0 && value.VersionId.Sequence < (afterVersion?.Sequence ?? 0));
                if (!isAfter || (end >= 0 && item.AsSpan().SequenceEqual(lastKey)))
                    continue;
                if (count == query.MaxKeys)
                {
                    isTruncated = query.MaxKeys > 0;
                    break;
                }

                count++;
                lastKey = item;
                lastVersion = end < 0 ? value.VersionId : null;
                var summary = new ObjectSummary(value.SizeBytes, value.ModifiedMs, value.Tag, value.Sum.Kind, value.Sum.Type);
                if (end >= 0)
                    sink.CommonPrefix(item);
                else
                    sink.Version(key, new VersionSummary(summary, value.VersionId, isLatest, value.IsMarker));
            }

            if (!isTruncated)
            {
                lastKey = [];
                lastVersion = null;
            }

            return StoreStatus.Ok;
        }
    }

    public ValueTask<(StoreStatus Status, UploadId Id)> CreateUploadAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, StoredFields fields, ChecksumKind checksumKind, ChecksumType checksumType)
    {
        lock (_lock)
        {
            var id = new UploadId(++_lastUpload);
            _uploads.Add(new MemoryUpload
            {
                Bucket = bucket,
                Key = key.ToArray(),
                Id = id,
                InitiatedMs = NextTime(),
                Fields = fields.Encoded.ToArray(),
                Kind = checksumKind,
                Type = checksumType,
            });
            return ValueTask.FromResult((StoreStatus.Ok, id));
        }
    }

    public StoreStatus TryGetUpload(Bucket bucket, ReadOnlySpan<byte> key, UploadId id, out UploadRecord? upload)
    {
        lock (_lock)
        {
            byte[] wanted = key.ToArray();
            upload = _uploads.Find(open => open.Bucket.Id == bucket.Id && open.Id == id && open.Key.AsSpan().SequenceEqual(wanted))
                ?.Record();
            return upload is null ? StoreStatus.NoSuchUpload : StoreStatus.Ok;
        }
    }

    public ValueTask<WriteResult> PutPartAsync(UploadRecord upload, int partNumber, BodyWriter body, ObjectAttributes attributes)
    {
        lock (_lock)
        {
            MemoryUpload? open = _uploads.Find(open => open.Id == upload.Id);
            if (open is null)
                return ValueTask.FromResult(new WriteResult(StoreStatus.NoSuchUpload, 0));
            byte[] whole = ((MemoryWriter)body).Whole();
            if (!HasExpectedMd5(whole, attributes))
                return ValueTask.FromResult(new WriteResult(StoreStatus.BadDigest, 0));
            var part = new MemoryPart(
                partNumber, whole, NextTime(), attributes.ETag ?? Md5Of(whole), attributes.Checksum, attributes.SizeBytes);
            open.Parts[partNumber] = part;
            open.Revision++;
            return ValueTask.FromResult(new WriteResult(StoreStatus.Ok, part.LastModifiedMs, part.ETag));
        }
    }

    public StoreStatus ListParts(UploadRecord upload, int afterPartNumber, int max, List<PartRecord> parts, out bool isTruncated)
    {
        lock (_lock)
        {
            isTruncated = false;
            MemoryUpload? open = _uploads.Find(open => open.Id == upload.Id);
            if (open is null)
                return StoreStatus.NoSuchUpload;
            List<MemoryPart> after = [.. open.Parts.Values.Where(part => part.PartNumber > afterPartNumber)];
            isTruncated = after.Count > max;
            parts.AddRange(after.Take(max));
            return StoreStatus.Ok;
        }
    }

    public async ValueTask<WriteResult> CompleteUploadAsync(
        UploadRecord upload, IReadOnlyList<PartRecord> parts, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        Action? before = BeforeComplete;
        BeforeComplete = null;
        before?.Invoke();
        MemoryUpload? open;
        lock (_lock)
        {
            open = _uploads.Find(open => open.Id == upload.Id);
            if (open is null)
                return new WriteResult(StoreStatus.NoSuchUpload, 0);
            if (open.Revision != upload.Revision)
                return new WriteResult(StoreStatus.Changed, 0);
        }

        WriteResult result = await Commit(upload.Bucket, upload.Key, precondition, new MemoryObject
        {
            Body = [.. parts.SelectMany(part => ((MemoryPart)part).Body)],
            Size = parts.Sum(part => part.SizeBytes),
            Tag = attributes.ETag!.Value,
            Sum = attributes.Checksum,
            Encoded = attributes.Fields.Encoded.ToArray(),
            Parts = [.. parts.Select(part => new ObjectPart(part.PartNumber, part.SizeBytes, part.Checksum))],
            Upload = upload.Id,
        });
        if (result.Status == StoreStatus.Ok)
        {
            lock (_lock)
                _uploads.Remove(open);
        }

        return result;
    }

    public ValueTask<StoreStatus> AbortUploadAsync(Bucket bucket, ReadOnlyMemory<byte> key, UploadId id)
    {
        bool IsNamed(MemoryUpload open) => open.Id == id && open.Bucket == bucket && open.Key.AsSpan().SequenceEqual(key.Span);
        lock (_lock)
            return ValueTask.FromResult(_uploads.RemoveAll(IsNamed) > 0 ? StoreStatus.Ok : StoreStatus.NoSuchUpload);
    }

    public StoreStatus ListUploads<TSink>(
        Bucket bucket, ListQuery query, UploadId? afterId, ref TSink sink, out bool isTruncated, out byte[] lastKey, out UploadId lastId)
        where TSink : IUploadListSink, allows ref struct
    {
        lock (_lock)
        {
            isTruncated = false;
            lastKey = [];
            lastId = default;
            int count = 0;
            foreach (MemoryUpload upload in _uploads.Where(upload => upload.Bucket.Id == bucket.Id)
                .OrderBy(upload => upload.Key, ByBytes).ThenBy(upload => upload.Id.Value))
            {
                if (!upload.Key.AsSpan().StartsWith(query.Prefix))
                    continue;
                int end = query.Delimiter.IsEmpty ? -1 : upload.Key.AsSpan(query.Prefix.Length).IndexOf(query.Delimiter);
                byte[] item = end < 0 ? upload.Key : upload.Key[..(query.Prefix.Length + end + query.Delimiter.Length)];
                int order = item.AsSpan().SequenceCompareTo(query.After);
                bool isAfter = order > 0 || (order == 0 && end < 0 && afterId is not null && upload.Id.Value > afterId.Value.Value);
                if (!isAfter || (end >= 0 && item.AsSpan().SequenceEqual(lastKey)))
                    continue;
                if (count == query.MaxKeys)
                {
                    isTruncated = query.MaxKeys > 0;
                    break;
                }

                count++;
                lastKey = item;
                lastId = end < 0 ? upload.Id : default;
                if (end >= 0)
                    sink.CommonPrefix(item);
                else
                    sink.Upload(upload.Key, upload.Id, upload.InitiatedMs, upload.Kind, upload.Type,
                        StorageClassNames.Of(new StoredFields(upload.Fields)));
            }

            if (!isTruncated)
            {
                lastKey = [];
                lastId = default;
            }

            return StoreStatus.Ok;
        }
    }

    public ValueTask DisposeAsync() => default;

    private static ETag Md5Of(byte[] body) => ETag.FromDigest(MD5.HashData(body));

    private static bool HasExpectedMd5(byte[] body, in ObjectAttributes attributes) =>
        attributes.ExpectedMd5 is not { } expected || Md5Of(body).Digest == expected;

    private static NotSupportedException Unlockable() => new("Object lock is tested over the engine, which enforces it.");

    private BucketVersioning VersioningOf(Bucket bucket)
    {
        lock (_lock)
            return _buckets[bucket.Name].Versioning;
    }

    private ValueTask<WriteResult> Commit(Bucket bucket, ReadOnlyMemory<byte> key, IWritePrecondition? precondition, MemoryObject value,
        MemoryObject? replaced = null)
    {
        BeforeCommit?.Invoke();
        lock (_lock)
        {
            MemoryBucket objects = _objects[bucket.Id];
            StoreStatus status = precondition?.Check(objects.Find(key.Span)) ?? StoreStatus.Ok;
            if (status != StoreStatus.Ok)
                return ValueTask.FromResult(new WriteResult(status, 0));
            if (value.ModifiedMs == 0)
                value.ModifiedMs = NextTime();
            if (replaced is not null)
                objects.Replace(key.Span, replaced, value);
            else
                objects.Put(key.Span, value, _buckets[bucket.Name].Versioning);
            return ValueTask.FromResult(new WriteResult(StoreStatus.Ok, value.ModifiedMs, value.Tag, value.VersionId, value.IsMarker));
        }
    }

    private long NextTime() => _lastModifiedMs = Math.Max(_lastModifiedMs + 1, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
}
