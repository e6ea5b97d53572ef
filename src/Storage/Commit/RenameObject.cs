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
        // A record that cannot be read may still be replaced, but for one that may be locked.
        if (status == StoreStatus.Corrupt && rename.Precondition is null && !found.HasObjectLock) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (rename.Precondition is { } onTarget && (status = onTarget.Check(target.Current)) != StoreStatus.Ok) return status;
        var sources = new KeyVersions(group, found, rename.Source.Span);
        var targets = new KeyVersions(group, found, rename.Key.Span);
        if ((status = sources.CheckReplaced(source)) != StoreStatus.Ok) return status;
        if ((status = targets.CheckReplaced(target)) != StoreStatus.Ok) return status;
        ETag = record.ETag;
        Version = targets.BeginCurrent(ref target);
        // The upload is the old key's: its completion, sent again, must not be answered for this one.
        ObjectRecordContent content = ObjectRecordContent.Of(record) with
        {
            VersionId = Version,
            UploadId = default,
            Fields = targets.FieldsOfNext(record.Fields, default),
        };
        group.PutObject(target, content);
        group.AddOwner(Keyspace.Objects, target.IndexKey, content.Extents);
        if (found.Versioning == BucketVersioning.Never) group.DeleteObject(source);
        else sources.PutDeleteMarker(source);
        if (rename.Token is { } token) group.Tokens.Put(group, token, Version);
        return StoreStatus.Ok;
    }
}
