using System.Runtime.CompilerServices;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Multipart;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// UploadPartCopy: makes a part of an upload from a range of an object, and shares its bytes where it covers whole blocks of the store.
/// </summary>
internal static class UploadPartCopy
{
    /// <summary>The source may be moved or overwritten while it is copied; that many times in a row says overload.</summary>
    private const int MaxAttempts = 4;

    private static readonly byte[] RootName = Encoding.ASCII.GetBytes("CopyPartResult");

    public static readonly OperationSpec Spec = new()
    {
        Name = "UploadPartCopy",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        SubResource = "uploadId",
        RequiredHeader = KnownHeader.AmzCopySource,
        Permission = "s3:PutObject",
        Reads = IndexReads.Keys,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        int partNumber = 0;
        UploadRecord? upload = null;
        S3Error? error = RefusedHeaders.Check(request) ?? PartTarget.Find(request, out partNumber, out upload);
        if (error is not null)
            return error;
        error = BodyEncryption.OpenPart(request, upload!, partNumber, out BodyEncryption? encryption);
        using var copy = new ObjectCopy(request.Service.Memory) { Encryption = encryption };
        if (error is not null)
            return error;
        CopySource? source = null;
        var copied = default(CopiedPart);
        for (int attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            long offset = 0;
            long lengthBytes = 0;
            DataKey? sourceKey = null;
            error = CopySource.Find(request, out source) ?? EncryptedObject.OpenSource(request, source!.Record, out sourceKey)
                ?? source!.ReadRange(request.Head, out offset, out lengthBytes);
            copy.SourceKey = sourceKey;
            if (error is not null)
                return error;
            if (lengthBytes > S3Limits.PutBytes)
                return CopyObject.SourceTooLarge;
            bool shares = encryption is null && request.Store.CanShare(source!.Record, offset, lengthBytes);
            ValueTask<CopiedPart> making = shares
                ? ShareAsync(request.Store, copy, upload!, partNumber, source!, offset, lengthBytes)
                : CopyAsync(request.Store, copy, encryption, upload!, partNumber, source!, offset, lengthBytes);
            copied = await making.ConfigureAwait(false);
            if (copied.Result.Status != StoreStatus.Changed)
                break;
        }

        return copied.Result.Status switch
        {
            StoreStatus.Ok => await CopyResult.SendAsync(request, RootName, copied.Result, copied.Checksum, source!, upload!.Fields)
                .ConfigureAwait(false),
            StoreStatus.Changed => S3Errors.SlowDown,
            _ => StoreErrors.Of(copied.Result.Status),
        };
    }

    /// <summary>
    /// The part refers to the source's bytes. None is written; they are read once where a part's tag, their MD5, is not the source's.
    /// </summary>
    private static async ValueTask<CopiedPart> ShareAsync(
        IObjectStore store, ObjectCopy copy, UploadRecord upload, int partNumber, CopySource source, long offset, long lengthBytes)
    {
        ChecksumKind kind = upload.ChecksumKind;
        bool keepsETag = lengthBytes == source.Record.SizeBytes && source.Record.ETag.PartCount == 0;
        ChecksumKind read = keepsETag ? kind : kind | ChecksumKind.Md5;
        StoreStatus status = await copy.DigestAsync(store, source.Record, offset, lengthBytes, read).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return new CopiedPart(new WriteResult(status, 0), default);
        var attributes = new ObjectAttributes
        {
            ETag = keepsETag ? source.Record.ETag : copy.FinishETag(),
            Checksum = kind == ChecksumKind.None ? default : copy.FinishChecksum(kind),
        };
        WriteResult result = await store.SharePartAsync(upload, partNumber, new ObjectPlace(source.Bucket, source.Key), source.Record,
            offset, lengthBytes, attributes).ConfigureAwait(false);
        return new CopiedPart(result, attributes.Checksum);
    }

    private static async ValueTask<CopiedPart> CopyAsync(
        IObjectStore store, ObjectCopy copy, BodyEncryption? encryption, UploadRecord upload, int partNumber, CopySource source,
        long offset, long lengthBytes)
    {
        ChecksumKind kind = upload.ChecksumKind;
        // The store's own MD5 would be that of what is encrypted.
        ChecksumKind kindOfTag = encryption is { HasMd5Tag: true } ? ChecksumKind.Md5 : ChecksumKind.None;
        StoreStatus status = await copy
            .RunAsync(store, source.Record, offset, lengthBytes, hasMd5: encryption is null, kind | kindOfTag).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return new CopiedPart(new WriteResult(status, 0), default);
        var attributes = new ObjectAttributes
        {
            ETag = encryption is null ? null : encryption.HasMd5Tag ? copy.FinishETag() : EncryptedObject.NewTag(),
            SizeBytes = encryption is null ? null : lengthBytes,
            Checksum = kind == ChecksumKind.None ? default : copy.FinishChecksum(kind),
        };
        WriteResult result = await store.PutPartAsync(upload, partNumber, copy.Writer, attributes).ConfigureAwait(false);
        return new CopiedPart(result, attributes.Checksum);
    }

    private readonly record struct CopiedPart(WriteResult Result, ObjectChecksum Checksum);
}
