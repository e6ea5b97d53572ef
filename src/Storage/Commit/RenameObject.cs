namespace RustFs.Storage;

/// <summary>
/// Puts the source's record under the new key and takes it from the old one. Its bytes stay; in a bucket with versioning the version that
/// the old key keeps shares them.
/// </summary>
internal sealed class RenameObject(Bucket bucket, ObjectRename rename) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        if (group.FindBucket(bucket) is not { } found) return StoreStatus.NoSuchBucket;
        if (rename.Token is { } known && group.Tokens.TryFind(group, known.Name, out UInt128 parameters, out VersionId version))
        {
            Version = version;
            return parameters == known.Parameters ? StoreStatus.Ok : StoreStatus.TokenReused;
        }
        StoreStatus status = group.FindObject(found.Id, rename.Source.Span, out ObjectChange source);
        if (status != StoreStatus.Ok) return status;
        if (source.Current is not { } record) return StoreStatus.NoSuchKey;
        if (rename.SourcePrecondition is { } onSource && (status = onSource.Check(record)) != StoreStatus.Ok) return status;
        status = group.FindObject(found.Id, rename.Key.Span, out ObjectChange target);
        // A record that cannot be read may still be replaced.
        if (status == StoreStatus.Corrupt && rename.Precondition is null) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (rename.Precondition is { } onTarget && (status = onTarget.Check(target.Current)) != StoreStatus.Ok) return status;
        Move(group, found, record, source, target);
        if (rename.Token is { } token) group.Tokens.Put(group, token, Version);
        return StoreStatus.Ok;
    }

    private void Move(CommitGroup group, Bucket found, StoredObjectRecord record, in ObjectChange source, ObjectChange target)
    {
        ETag = record.ETag;
        Version = new KeyVersions(group, found, rename.Key.Span).BeginCurrent(ref target);
        // The upload is the old key's: its completion, sent again, must not be answered for this one.
        ObjectRecordContent content = ObjectRecordContent.Of(record) with { VersionId = Version, UploadId = default };
        group.PutObject(target, content);
        group.AddOwner(Keyspace.Objects, target.IndexKey, content.Extents);
        if (found.Versioning == BucketVersioning.Never) group.DeleteObject(source);
        else new KeyVersions(group, found, rename.Source.Span).PutDeleteMarker(source);
    }
}
