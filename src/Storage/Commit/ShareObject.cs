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
        StoreStatus status = FindSource(group, source, expected, out StoredObjectRecord? record);
        if (status != StoreStatus.Ok) return status;
        status = group.FindObject(bucket.Id, target.Key.Span, out ObjectChange change);
        // A record that cannot be read may still be replaced, but for one that may be locked.
        if (status == StoreStatus.Corrupt && precondition is null && !bucket.HasObjectLock) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (precondition is not null && (status = precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        ETag = Attributes.ETag ?? throw new InvalidOperationException("Nobody reads the bytes here: the tag must be known.");
        var targets = new KeyVersions(group, bucket, target.Key.Span);
        if ((status = targets.CheckReplaced(change)) != StoreStatus.Ok) return status;
        Version = targets.BeginCurrent(ref change);
        ObjectRecordContent content = ObjectRecordContent.Of(record!) with
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

    /// <summary>The record whose bytes are to be shared. Changed when it is no longer the one that the caller knows.</summary>
    internal static StoreStatus FindSource(
        CommitGroup group, in ObjectPlace source, StoredObjectRecord expected, out StoredObjectRecord? record)
    {
        record = null;
        if (group.FindBucket(source.Bucket) is not { } bucket) return StoreStatus.Changed;
        StoreStatus status = group.FindObject(bucket.Id, source.Key.Span, out ObjectChange change);
        if (status is not (StoreStatus.Ok or StoreStatus.Corrupt)) return status;
        var versions = new KeyVersions(group, bucket, source.Key.Span);
        bool isFound = versions.TryFind(expected.VersionId, change, out VersionPlace place)
            && place.Record is { } found && found.Encoded.Span.SequenceEqual(expected.Encoded.Span);
        record = place.Record;
        return isFound ? StoreStatus.Ok : StoreStatus.Changed;
    }
}
