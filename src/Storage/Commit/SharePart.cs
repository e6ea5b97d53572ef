namespace RustFs.Storage;

/// <summary>
/// Puts a part that has the bytes of a range of an object. The object's record is looked up again here, where it cannot go before the
/// part's refers to the same bytes.
/// </summary>
internal sealed class SharePart(
    UploadRecord upload, int partNumber, ObjectPlace source, StoredObjectRecord expected, long offset, long lengthBytes) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        StoreStatus status = group.FindUpload(upload, out Memory<byte> uploadKey, out UploadRecord? current);
        if (status != StoreStatus.Ok) return status;
        status = ShareObject.FindSource(group, source, expected, out StoredObjectRecord? record);
        if (status != StoreStatus.Ok) return status;
        var cuts = new List<ExtentCut>();
        if (!ExtentCut.TryMake(record!, offset, lengthBytes, cuts)) throw new InvalidOperationException("The range cannot be shared.");
        var extents = new Extent[cuts.Count];
        for (int index = 0; index < extents.Length; index++)
        {
            if (!group.TryCut(cuts[index], out extents[index])) return StoreStatus.Corrupt;
        }
        ETag = Attributes.ETag ?? throw new InvalidOperationException("Nobody reads the bytes here: the tag must be known.");
        Memory<byte> partKey = group.PartKey(upload.Id, partNumber);
        PutPart.Put(group, partKey, partNumber, lengthBytes, ETag, Attributes.Checksum, extents);
        group.AddOwner(Keyspace.Uploads, partKey, extents);
        ReplaceUploadFields.Put(group, uploadKey, current!, current!.Fields);
        return StoreStatus.Ok;
    }
}
