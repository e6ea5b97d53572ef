namespace RustFs.Storage;

internal sealed class PutPart(UploadRecord upload, int partNumber) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        StoreStatus status = group.FindUpload(upload, out Memory<byte> uploadKey, out UploadRecord? current);
        if (status != StoreStatus.Ok) return status;
        Memory<byte> partKey = group.Arena.Take(IndexKeys.MaxKeyBytes);
        partKey = partKey[..IndexKeys.Part(upload.Id, partNumber, partKey.Span)];
        if (group.Get(Keyspace.Uploads, partKey) is { Length: > 0 } replaced) group.ReleasePart(replaced, partNumber);
        status = group.Place(this, Keyspace.Uploads, partKey, out ReadOnlySpan<Extent> extents);
        if (status != StoreStatus.Ok) return status;
        ETag = Attributes.ETag ?? Body!.Md5!.Value;
        ObjectChecksum checksum = Attributes.Checksum;
        Memory<byte> record = group.Arena.Take(PartRecordCodec.EncodedLength(checksum, extents));
        PartRecordCodec.Encode(
            Attributes.SizeBytes ?? Body!.LengthBytes, group.TimeMs, ETag, checksum, extents, record.Span,
            isEncrypted: Attributes.SizeBytes is not null);
        group.Put(Keyspace.Uploads, partKey, record);
        group.Retain(extents);

        ReadOnlySpan<byte> fields = current!.Fields.Encoded.Span;
        Memory<byte> uploadRecord = group.Arena.Take(UploadRecordCodec.EncodedLength(fields));
        UploadRecordCodec.Encode(
            current.InitiatedMs, current.Revision + 1, current.ChecksumKind, current.ChecksumType, fields, uploadRecord.Span);
        group.Put(Keyspace.Uploads, uploadKey, uploadRecord);
        return StoreStatus.Ok;
    }
}
