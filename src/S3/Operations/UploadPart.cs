using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Locks;
using RustFs.S3.Multipart;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>UploadPart: receives one part of an upload in progress, with the checksum that the upload was created with.</summary>
internal static class UploadPart
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "UploadPart",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        SubResource = "uploadId",
        Permission = "s3:PutObject",
        Body = BodyRule.Object,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using BodyReceiver receiver = BodyReceiver.Rent();
        int partNumber = 0;
        UploadRecord? upload = null;
        S3Error? error = RefusedHeaders.Check(request)
            ?? PartTarget.Find(request, out partNumber, out upload)
            ?? receiver.Prepare(request, PartTarget.DefaultKind(upload!))
            ?? PartTarget.CheckKind(upload!, receiver.RequestedKind)
            ?? LockHeaders.CheckDigest(request, upload!.Fields, "Put Part");
        if (error is not null)
            return error;
        error = BodyEncryption.OpenPart(request, upload!, partNumber, out BodyEncryption? encryption);
        receiver.Encryption = encryption;
        if (error is not null)
            return error;
        error = await receiver.ReceiveAsync(request).ConfigureAwait(false);
        if (error is not null)
            return error;

        ObjectAttributes attributes = receiver.AttributesWith(default);
        WriteResult result = await request.Store.PutPartAsync(upload!, partNumber, receiver.Writer, attributes).ConfigureAwait(false);
        if (result.Status != StoreStatus.Ok)
            return StoreErrors.Of(result.Status);

        S3Response response = request.Response;
        response.Begin(200);
        response.ETagHeader(result.ETag);
        if (encryption is not null)
            EncryptionHeaders.Write(request, upload!.Fields);
        ObjectFields.WriteChecksum(response, attributes.Checksum, partCount: 0);
        await response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
