namespace RustFs.Storage;

/// <summary>
/// Puts an object with another one's extents. Its record is looked up again here, where it cannot go before the new one refers to the same
/// bytes.
/// </summary>
internal sealed class ShareObject(
    ObjectPlace source, StoredObjectRecord expected, ObjectPlace target, IWritePrecondition? precondition) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        if (group.FindBucket(target.Bucket) is not { } bucket) return StoreStatus.NoSuchBucket;
        if (group.FindBucket(source.Bucket) is not { } sourceBucket) return StoreStatus.Changed;
        StoreStatus status = group.FindObject(sourceBucket.Id, source.Key.Span, out ObjectChange sourceChange);
        if (status is not (StoreStatus.Ok or StoreStatus.Corrupt)) return status;
        var versions = new KeyVersions(group, sourceBucket, source.Key.Span);
        if (!versions.TryFind(expected.VersionId, sourceChange, out VersionPlace place)
            || place.Record is not { } record || !record.Encoded.Span.SequenceEqual(expected.Encoded.Span))
        {
            return StoreStatus.Changed;
        }
        status = group.FindObject(bucket.Id, target.Key.Span, out ObjectChange change);
        // A record that cannot be read may still be replaced, but for one that may be locked.
        if (status == StoreStatus.Corrupt && precondition is null && !bucket.HasObjectLock) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (precondition is not null && (status = precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        ETag = Attributes.ETag ?? throw new InvalidOperationException("Nobody reads the bytes here: the tag must be known.");
        var targets = new KeyVersions(group, bucket, target.Key.Span);
        if ((status = targets.CheckReplaced(change)) != StoreStatus.Ok) return status;
        Version = targets.BeginCurrent(ref change);
        ObjectRecordContent content = ObjectRecordContent.Of(record) with
        {
            LastModifiedMs = group.TimeMs,
            ETag = ETag,
            Checksum = Attributes.Checksum,
            UploadId = default,
            VersionId = Version,
            Fields = targets.FieldsOfNew(Attributes.Fields),
            Parts = default,
        };
        group.PutObject(change, content);
        group.AddOwner(Keyspace.Objects, change.IndexKey, content.Extents);
        return StoreStatus.Ok;
    }
}
