namespace RustFs.Storage;

internal sealed class ReplaceFields(
    Bucket bucket, ReadOnlyMemory<byte> key, StoredObjectRecord current, StoredFields fields, IWritePrecondition? precondition,
    bool keepsTime) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        if (!group.HasBucket(bucket)) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(bucket.Id, key.Span, out ObjectChange change);
        if (status != StoreStatus.Ok) return status;
        if (change.Current is null) return StoreStatus.NoSuchKey;
        if (!change.Current.Encoded.Span.SequenceEqual(current.Encoded.Span)) return StoreStatus.Changed;
        if (precondition is not null && (status = precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        long modifiedMs = keepsTime ? change.Current.LastModifiedMs : group.TimeMs;
        group.RewriteObject(change, modifiedMs, fields.Encoded.Span, ReadExtents(change.Current));
        return StoreStatus.Ok;
    }

    private static Extent[] ReadExtents(StoredObjectRecord record)
    {
        var extents = new Extent[record.ExtentCount];
        for (int index = 0; index < extents.Length; index++) extents[index] = record.Extent(index);
        return extents;
    }
}
