using System.Runtime.CompilerServices;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
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
        using var copy = new ObjectCopy();
        ChecksumKind kind = upload!.ChecksumKind;
        StoreStatus status = StoreStatus.Changed;
        for (int attempt = 1; status == StoreStatus.Changed && attempt <= MaxAttempts; attempt++)
        {
            long offset = 0;
            long lengthBytes = 0;
            error = CopySource.Find(request, out CopySource? source) ?? source!.ReadRange(request.Head, out offset, out lengthBytes);
            if (error is not null)
                return error;
            if (lengthBytes > S3Limits.PutBytes)
                return CopyObject.SourceTooLarge;
            status = await copy.RunAsync(request.Store, source!.Record, offset, lengthBytes, hasMd5: true, kind).ConfigureAwait(false);
        }

        if (status != StoreStatus.Ok)
            return status == StoreStatus.Changed ? S3Errors.SlowDown : StoreErrors.Of(status);
        var attributes = new ObjectAttributes
        {
            ETag = null,
            Checksum = kind == ChecksumKind.None ? default : copy.FinishChecksum(kind),
        };
        WriteResult result = await request.Store.PutPartAsync(upload, partNumber, copy.Writer, attributes).ConfigureAwait(false);
        return result.Status == StoreStatus.Ok
            ? await CopyResult.SendAsync(request, RootName, result, attributes.Checksum).ConfigureAwait(false)
            : StoreErrors.Of(result.Status);
    }
}
