namespace RustFs.Storage;

internal sealed class PutPart(UploadRecord upload, int partNumber) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        StoreStatus status = group.FindUpload(upload, out Memory<byte> uploadKey, out UploadRecord? current);
        if (status != StoreStatus.Ok) return status;
        Memory<byte> partKey = group.PartKey(upload.Id, partNumber);
        // Before the part that it replaces is given up: what has no place replaces nothing.
        status = group.Place(this, Keyspace.Uploads, partKey, out ReadOnlySpan<Extent> extents);
        if (status != StoreStatus.Ok) return status;
        ETag = Attributes.ETag ?? Body!.Md5!.Value;
        Put(group, partKey, partNumber, Attributes.SizeBytes ?? Body!.LengthBytes, ETag, Attributes.Checksum, extents,
            isEncrypted: Attributes.SizeBytes is not null);
        ReplaceUploadFields.Put(group, uploadKey, current!, current!.Fields);
        return StoreStatus.Ok;
    }

    /// <summary>Writes a part's record in the place of what there is; counts the bytes of both.</summary>
    internal static void Put(
        CommitGroup group, Memory<byte> partKey, int partNumber, long sizeBytes, ETag etag, in ObjectChecksum checksum,
        ReadOnlySpan<Extent> extents, bool isEncrypted = false)
    {
        if (group.Get(Keyspace.Uploads, partKey) is { Length: > 0 } replaced) group.ReleasePart(replaced, partNumber);
        Memory<byte> record = group.Arena.Take(PartRecordCodec.EncodedLength(checksum, extents));
        PartRecordCodec.Encode(sizeBytes, group.TimeMs, etag, checksum, extents, record.Span, isEncrypted);
        group.Put(Keyspace.Uploads, partKey, record);
        group.Retain(extents);
    }
}
