namespace RustFs.Storage;

/// <summary>
/// Puts a record that has the extents of the current object and then those of the body. What was there is decided by the record as it
/// stands at commit: of appends that race for one offset, one is made.
/// </summary>
internal sealed class AppendObject(
    Bucket bucket, ReadOnlyMemory<byte> key, ObjectAppend append, IWritePrecondition? precondition) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.FindBucket(bucket) is not { } found) return StoreStatus.NoSuchBucket;
        StoreStatus status = group.FindObject(found.Id, key.Span, out ObjectChange change);
        if (status != StoreStatus.Ok) return status;
        StoredObjectRecord? current = change.Current;
        if (precondition is not null && (status = precondition.Check(current)) != StoreStatus.Ok) return status;
        var versions = new KeyVersions(group, found, key.Span);
        if ((status = versions.CheckReplaced(change)) != StoreStatus.Ok) return status;
        if (Body!.Status != StoreStatus.Ok) return Body.Status;
        status = AppendedObject.TryMake(
            current, append, Attributes.ETag ?? Body.Md5!.Value, Attributes, Attributes.SizeBytes ?? Body.LengthBytes,
            out AppendedObject? made);
        if (status != StoreStatus.Ok) return status;
        // The key's record owns the extents before these already, or the version that it becomes does.
        status = group.Place(this, Keyspace.Objects, change.IndexKey, out ReadOnlySpan<Extent> placed);
        if (status != StoreStatus.Ok) return status;
        Extent[] extents = Joined(current, placed);
        (ETag, append.Checksum) = (made!.ETag, made.Checksum);
        Version = versions.BeginCurrent(ref change);
        group.PutObject(change, new ObjectRecordContent
        {
            SizeBytes = made.SizeBytes,
            LastModifiedMs = group.TimeMs,
            ETag = made.ETag,
            Checksum = made.Checksum,
            VersionId = Version,
            Fields = current is null
                ? versions.FieldsOfNew(Attributes.Fields)
                : versions.FieldsOfNext(current.Fields, Attributes.Fields),
            Parts = made.Parts,
            Extents = extents,
        });
        return StoreStatus.Ok;
    }

    private static Extent[] Joined(StoredObjectRecord? current, ReadOnlySpan<Extent> placed)
    {
        int count = current?.ExtentCount ?? 0;
        var extents = new Extent[count + placed.Length];
        for (int extent = 0; extent < count; extent++) extents[extent] = current!.Extent(extent);
        placed.CopyTo(extents.AsSpan(count));
        return extents;
    }
}
