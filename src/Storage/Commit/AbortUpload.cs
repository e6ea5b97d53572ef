namespace RustFs.Storage;

internal sealed class AbortUpload(UploadRecord upload) : Mutation
{
    internal override bool NeedsOwnGroup => true;

    internal override StoreStatus Apply(CommitGroup group)
    {
        StoreStatus status = group.FindUpload(upload, out Memory<byte> uploadKey, out _);
        if (status != StoreStatus.Ok) return status;
        group.DropParts(upload.Id);
        group.Delete(Keyspace.Uploads, uploadKey);
        return StoreStatus.Ok;
    }
}
