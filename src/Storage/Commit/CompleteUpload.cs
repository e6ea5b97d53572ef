using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>Turns the chosen parts into an object. Their extents change owner; no byte moves.</summary>
internal sealed class CompleteUpload(
    UploadRecord upload, IReadOnlyList<PartRecord> parts, ObjectAttributes attributes, IWritePrecondition? precondition) : Mutation
{
    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        StoreStatus status = group.FindUpload(upload, out Memory<byte> uploadKey, out UploadRecord? current);
        if (status != StoreStatus.Ok) return status;
        if (current!.Revision != upload.Revision) return StoreStatus.Changed;
        status = group.FindObject(upload.Bucket.Id, upload.Key.Span, out ObjectChange change);
        Bucket bucket = group.FindBucket(upload.Bucket)!;
        // A record that cannot be read may still be replaced: uploading again is the way out for whoever owns the key.
        // With object lock it may be one that must stay.
        if (status == StoreStatus.Corrupt && precondition is null && !bucket.HasObjectLock) status = StoreStatus.Ok;
        if (status != StoreStatus.Ok) return status;
        if (precondition is not null && (status = precondition.Check(change.Current)) != StoreStatus.Ok) return status;
        var versions = new KeyVersions(group, bucket, upload.Key.Span);
        if ((status = versions.CheckReplaced(change)) != StoreStatus.Ok) return status;

        var objectParts = new ObjectPart[parts.Count];
        var extents = new List<Extent>();
        bool isEncrypted = ObjectEncryption.TryRead(attributes.Fields, out _);
        var chosen = new HashSet<int>();
        for (int index = 0; index < parts.Count; index++)
        {
            // Read again: compaction may have moved a part's bytes since the caller read it.
            if (!chosen.Add(parts[index].PartNumber) || FindPart(group, parts[index]) is not { } part) return StoreStatus.Changed;
            // What is not stored as the object's fields say could not be read, or would be read as what it is not.
            if (part.IsEncrypted != isEncrypted) return StoreStatus.Corrupt;
            objectParts[index] = new ObjectPart(part.PartNumber, part.SizeBytes, part.Checksum);
            for (int extent = 0; extent < part.ExtentCount; extent++) extents.Add(part.Extent(extent));
        }
        ETag = attributes.ETag ?? throw new InvalidOperationException("The tag of a completed upload is made of those of its parts.");
        ReadOnlySpan<Extent> allExtents = CollectionsMarshal.AsSpan(extents);
        Version = versions.BeginCurrent(ref change);
        group.PutObject(change, new ObjectRecordContent
        {
            SizeBytes = objectParts.Sum(part => part.SizeBytes),
            LastModifiedMs = group.TimeMs,
            ETag = ETag,
            Checksum = attributes.Checksum,
            UploadId = upload.Id,
            VersionId = Version,
            Fields = versions.FieldsOfNew(attributes.Fields),
            Parts = objectParts,
            Extents = allExtents,
        });
        group.AddOwner(Keyspace.Objects, change.IndexKey, allExtents);
        group.DropParts(upload.Id);
        group.Delete(Keyspace.Uploads, uploadKey);
        return StoreStatus.Ok;
    }

    private StoredPartRecord? FindPart(CommitGroup group, PartRecord chosen)
    {
        Span<byte> key = stackalloc byte[IndexKeys.MaxKeyBytes];
        byte[]? encoded = group.Index.Get(Keyspace.Uploads, key[..IndexKeys.Part(upload.Id, chosen.PartNumber, key)]);
        bool isSame = PartRecordCodec.TryDecode(encoded, chosen.PartNumber, out StoredPartRecord? part)
            && part!.ETag == chosen.ETag && part.SizeBytes == chosen.SizeBytes;
        return isSame ? part : null;
    }
}
