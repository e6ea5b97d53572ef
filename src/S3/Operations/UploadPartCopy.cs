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

/// <summary>UploadPartCopy: makes a part of an upload from a range of an object.</summary>
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
        ChecksumKind kind = upload!.ChecksumKind;
        ChecksumKind kindOfTag = encryption is { HasMd5Tag: true } ? ChecksumKind.Md5 : ChecksumKind.None;
        long sizeBytes = 0;
        CopySource? source = null;
        StoreStatus status = StoreStatus.Changed;
        for (int attempt = 1; status == StoreStatus.Changed && attempt <= MaxAttempts; attempt++)
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
            sizeBytes = lengthBytes;
            status = await copy.RunAsync(
                request.Store, source!.Record, offset, lengthBytes, hasMd5: encryption is null, kind | kindOfTag).ConfigureAwait(false);
        }

        if (status != StoreStatus.Ok)
            return status == StoreStatus.Changed ? S3Errors.SlowDown : StoreErrors.Of(status);
        var attributes = new ObjectAttributes
        {
            ETag = encryption is null ? null : encryption.HasMd5Tag ? copy.FinishETag() : EncryptedObject.NewTag(),
            SizeBytes = encryption is null ? null : sizeBytes,
            Checksum = kind == ChecksumKind.None ? default : copy.FinishChecksum(kind),
        };
        WriteResult result = await request.Store.PutPartAsync(upload, partNumber, copy.Writer, attributes).ConfigureAwait(false);
        return result.Status == StoreStatus.Ok
            ? await CopyResult.SendAsync(request, RootName, result, attributes.Checksum, source!, upload.Fields).ConfigureAwait(false)
            : StoreErrors.Of(result.Status);
    }
}
