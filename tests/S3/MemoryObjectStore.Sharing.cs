using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>Appends, renames and copies, which the engine makes without moving bytes.</summary>
internal sealed partial class MemoryObjectStore
{
    private readonly Dictionary<UInt128, WriteToken> _tokens = [];

    public ValueTask<WriteResult> AppendObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAppend append, ObjectAttributes attributes,
        IWritePrecondition? precondition)
    {
        byte[] whole = ((MemoryWriter)body).Whole();
        if (!HasExpectedMd5(whole, attributes))
            return ValueTask.FromResult(new WriteResult(StoreStatus.BadDigest, 0));
        BeforeCommit?.Invoke();
        lock (_lock)
        {
            MemoryObject? current = _objects[bucket.Id].Find(key.Span);
            StoreStatus status = precondition?.Check(current) ?? StoreStatus.Ok;
            AppendedObject? made = null;
            if (status == StoreStatus.Ok)
                status = AppendedObject.TryMake(
                    current, append, attributes.ETag ?? Md5Of(whole), attributes, attributes.SizeBytes ?? whole.Length, out made);
            if (status != StoreStatus.Ok)
                return ValueTask.FromResult(new WriteResult(status, 0));
            append.Checksum = made!.Checksum;
            var value = new MemoryObject
            {
                Body = [.. current?.Body ?? [], .. whole],
                Size = made.SizeBytes,
                Tag = made.ETag,
                Sum = made.Checksum,
                Parts = made.Parts,
                Encoded = current?.Encoded ?? attributes.Fields.Encoded.ToArray(),
                ModifiedMs = NextTime(),
            };
            _objects[bucket.Id].Put(key.Span, value, _buckets[bucket.Name].Versioning);
            return ValueTask.FromResult(new WriteResult(StoreStatus.Ok, value.ModifiedMs, value.Tag, value.VersionId));
        }
    }

    public ValueTask<StoreStatus> ReplaceUploadFieldsAsync(UploadRecord upload, StoredFields fields)
    {
        lock (_lock)
        {
            MemoryUpload? open = _uploads.Find(open => open.Id == upload.Id);
            if (open is null || open.Revision != upload.Revision)
                return ValueTask.FromResult(open is null ? StoreStatus.NoSuchUpload : StoreStatus.Changed);
            open.Fields = fields.Encoded.ToArray();
            open.Revision++;
            return ValueTask.FromResult(StoreStatus.Ok);
        }
    }

    /// <summary>Puts an object that no request could put.</summary>
    public Task PutAsIsAsync(Bucket bucket, byte[] key, MemoryObject value) => Commit(bucket, key, precondition: null, value).AsTask();

    /// <summary>Reports of bytes that do not decrypt.</summary>
    public int CorruptReports { get; private set; }

    public void ReportCorrupt(ObjectRecord record, long storedOffset) => CorruptReports++;

    public ValueTask<WriteResult> RenameObjectAsync(Bucket bucket, ObjectRename rename)
    {
        BeforeCommit?.Invoke();
        lock (_lock)
        {
            if (rename.Token is { } token && _tokens.TryGetValue(token.Name, out WriteToken known))
                return ValueTask.FromResult(new WriteResult(known == token ? StoreStatus.Ok : StoreStatus.TokenReused, 0));
            MemoryBucket objects = _objects[bucket.Id];
            MemoryObject? source = objects.Find(rename.Source.Span);
            StoreStatus status = source is null ? StoreStatus.NoSuchKey : rename.SourcePrecondition?.Check(source) ?? StoreStatus.Ok;
            if (status == StoreStatus.Ok)
                status = rename.Precondition?.Check(objects.Find(rename.Key.Span)) ?? StoreStatus.Ok;
            if (status != StoreStatus.Ok)
                return ValueTask.FromResult(new WriteResult(status, 0));
            BucketVersioning versioning = _buckets[bucket.Name].Versioning;
            MemoryObject moved = Copy(source!, source!.Tag, source.Sum, source.Encoded, source.Parts, source.ModifiedMs);
            if (versioning == BucketVersioning.Never)
                objects.Remove(rename.Source.Span, source);
            else
                objects.Put(rename.Source.Span, MemoryObject.DeleteMarker(), versioning);
            objects.Put(rename.Key.Span, moved, versioning);
            if (rename.Token is { } given)
                _tokens.Add(given.Name, given);
            return ValueTask.FromResult(new WriteResult(StoreStatus.Ok, moved.ModifiedMs, moved.Tag, moved.VersionId));
        }
    }

    public ValueTask<WriteResult> ShareObjectAsync(
        ObjectPlace source, ObjectRecord record, ObjectPlace target, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        if (StaleReads > 0)
        {
            StaleReads--;
            return ValueTask.FromResult(new WriteResult(StoreStatus.Changed, 0));
        }

        MemoryObject copy = Copy(
            (MemoryObject)record, attributes.ETag!.Value, attributes.Checksum, attributes.Fields.Encoded.ToArray(), [], modifiedMs: 0);
        return Commit(target.Bucket, target.Key, precondition, copy);
    }

    /// <summary>By the engine's blocks, so that tests meet both ways.</summary>
    public bool CanShare(ObjectRecord record, long offset, long lengthBytes) =>
        lengthBytes > MaxInPlaceBodyBytes && !record.IsEncrypted && offset % Extent.BlockBytes == 0
        && (lengthBytes % Extent.BlockBytes == 0 || offset + lengthBytes == record.SizeBytes);

    public ValueTask<WriteResult> SharePartAsync(
        UploadRecord upload, int partNumber, ObjectPlace source, ObjectRecord record, long offset, long lengthBytes,
        ObjectAttributes attributes)
    {
        if (StaleReads > 0)
        {
            StaleReads--;
            return ValueTask.FromResult(new WriteResult(StoreStatus.Changed, 0));
        }

        lock (_lock)
        {
            MemoryUpload? open = _uploads.Find(open => open.Id == upload.Id);
            if (open is null)
                return ValueTask.FromResult(new WriteResult(StoreStatus.NoSuchUpload, 0));
            byte[] bytes = ((MemoryObject)record).Body[(int)offset..(int)(offset + lengthBytes)];
            var part = new MemoryPart(partNumber, bytes, NextTime(), attributes.ETag!.Value, attributes.Checksum, size: null);
            open.Parts[partNumber] = part;
            open.Revision++;
            return ValueTask.FromResult(new WriteResult(StoreStatus.Ok, part.LastModifiedMs, part.ETag));
        }
    }

    private static MemoryObject Copy(
        MemoryObject source, ETag tag, ObjectChecksum sum, byte[] encoded, ObjectPart[] parts, long modifiedMs) => new()
    {
        Body = source.Body,
        Size = source.Size,
        Tag = tag,
        Sum = sum,
        Encoded = encoded,
        Parts = parts,
        ModifiedMs = modifiedMs,
    };
}
