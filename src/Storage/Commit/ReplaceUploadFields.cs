namespace RustFs.Storage;

/// <summary>Gives an upload in progress other fields; whoever completes it by what was read before is told to read again.</summary>
internal sealed class ReplaceUploadFields(UploadRecord upload, StoredFields fields) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        if (group.RefusesWrites) return StoreStatus.NoSpace;
        StoreStatus status = group.FindUpload(upload, out Memory<byte> uploadKey, out UploadRecord? current);
        if (status != StoreStatus.Ok) return status;
        if (current!.Revision != upload.Revision) return StoreStatus.Changed;
        if (ObjectEncryption.TryRead(current.Fields, out _) != ObjectEncryption.TryRead(fields, out _)) return StoreStatus.Changed;
        Put(group, uploadKey, current, fields);
        return StoreStatus.Ok;
    }

    /// <summary>Gives the upload its next revision: a completion that was built upon the one before is noticed.</summary>
    internal static void Put(CommitGroup group, ReadOnlyMemory<byte> uploadKey, UploadRecord current, StoredFields fields)
    {
        ReadOnlySpan<byte> encoded = fields.Encoded.Span;
        Memory<byte> record = group.Arena.Take(UploadRecordCodec.EncodedLength(encoded));
        UploadRecordCodec.Encode(
            current.InitiatedMs, current.Revision + 1, current.ChecksumKind, current.ChecksumType, encoded, record.Span);
        group.Put(Keyspace.Uploads, uploadKey, record);
    }
}
