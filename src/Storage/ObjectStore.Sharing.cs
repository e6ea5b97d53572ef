namespace RustFs.Storage;

/// <summary>Writes that leave bytes where they are and make new records of them.</summary>
internal sealed partial class ObjectStore
{
    public ValueTask<WriteResult> AppendObjectAsync(
        Bucket bucket, ReadOnlyMemory<byte> key, BodyWriter body, ObjectAppend append, ObjectAttributes attributes,
        IWritePrecondition? precondition)
    {
        if (!IsKey(key)) return new(new WriteResult(StoreStatus.NoSuchKey, 0));
        ThrowIfUntagged(body, attributes);
        var mutation = new AppendObject(bucket, key, append, precondition) { Body = (CommittableBody)body, Attributes = attributes };
        return QueueBody(mutation, (CommittableBody)body);
    }

    public ValueTask<WriteResult> RenameObjectAsync(Bucket bucket, ObjectRename rename)
    {
        if (rename.Source.Span.SequenceEqual(rename.Key.Span)) throw new ArgumentException("The keys are the same.", nameof(rename));
        if (!IsKey(rename.Source) || !IsKey(rename.Key)) return new(new WriteResult(StoreStatus.NoSuchKey, 0));
        return QueueWrite(new RenameObject(bucket, rename));
    }

    public ValueTask<WriteResult> ShareObjectAsync(
        ObjectPlace source, ObjectRecord record, ObjectPlace target, ObjectAttributes attributes, IWritePrecondition? precondition)
    {
        if (!IsKey(target.Key)) return new(new WriteResult(StoreStatus.NoSuchKey, 0));
        return QueueWrite(new ShareObject(source, (StoredObjectRecord)record, target, precondition) { Attributes = attributes });
    }

    public bool CanShare(ObjectRecord record, long offset, long lengthBytes) =>
        lengthBytes > SmallBody.MaxBytes && !record.IsEncrypted && ExtentCut.TryMake((StoredObjectRecord)record, offset, lengthBytes, []);

    public ValueTask<WriteResult> SharePartAsync(
        UploadRecord upload, int partNumber, ObjectPlace source, ObjectRecord record, long offset, long lengthBytes,
        ObjectAttributes attributes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partNumber, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partNumber, MaxPartNumber);
        if (!CanShare(record, offset, lengthBytes)) throw new ArgumentException("The range cannot be shared.", nameof(offset));
        return QueueWrite(new SharePart(upload, partNumber, source, (StoredObjectRecord)record, offset, lengthBytes)
        {
            Attributes = attributes,
        });
    }

    public ValueTask<StoreStatus> ReplaceUploadFieldsAsync(UploadRecord upload, StoredFields fields) =>
        Queue(new ReplaceUploadFields(upload, fields));

    public void ReportCorrupt(ObjectRecord record, long storedOffset)
    {
        var stored = (StoredObjectRecord)record;
        for (int index = 0; index < stored.ExtentCount; index++)
        {
            Extent extent = stored.Extent(index);
            if (storedOffset < extent.LengthBytes && _segments.Find(extent.Segment) is { } segment)
            {
                _bodies.Corruption.Add(segment, extent, extent.Offset + storedOffset);
                return;
            }
            storedOffset -= extent.LengthBytes;
        }
    }

    private ValueTask<WriteResult> QueueWrite(Mutation mutation)
    {
        // Taken first: once queued, the outcome may come at any moment.
        ValueTask<WriteResult> result = mutation.Result;
        _committer.Queue(mutation);
        return result;
    }
}
