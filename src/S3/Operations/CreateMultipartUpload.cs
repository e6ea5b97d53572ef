using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Lifecycle;
using RustFs.S3.Multipart;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>POST /bucket/key?uploads : begins an upload in parts, with the header fields that the finished object will have.</summary>
internal static class CreateMultipartUpload
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "CreateMultipartUpload",
        Method = RequestMethod.Post,
        Target = TargetKind.Object,
        SubResource = "uploads",
        Permission = "s3:PutObject",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        byte[] fields = new byte[S3Limits.StoredFieldsBytes];
        S3Error? error = ObjectHeaders.Encode(request, fields, out int fieldsLength);
        error = RefusedHeaders.Check(request) ?? error ?? AddEncryption(request, fields, ref fieldsLength);
        if (error is not null)
            return error;
        error = UploadChecksum.Read(request, out UploadChecksum checksum);
        if (error is not null)
            return error;
        var stored = new StoredFields(fields.AsMemory(0, fieldsLength));
        (StoreStatus status, UploadId id) = await request.Store
            .CreateUploadAsync(request.Bucket, request.Key, stored, checksum.Kind, checksum.Type)
            .ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);

        XmlResponse.Begin(request);
        EncryptionHeaders.Write(request, stored, showsContext: true);
        if (checksum.Kind != Checksums.ChecksumKind.None)
        {
            request.Response.Header("x-amz-checksum-algorithm"u8, ChecksumNames.Algorithm(checksum.Kind));
            request.Response.Header("x-amz-checksum-type"u8, ChecksumNames.TypeName(checksum.Type));
        }

        LifecycleHeaders.WriteAbort(request, request.Service.Time.GetUtcNow().ToUnixTimeMilliseconds());
        return await XmlResponse.SendAsync(request, Write(request, id)).ConfigureAwait(false);
    }

    /// <summary>The data key of all parts, which each of them unwraps for itself.</summary>
    private static S3Error? AddEncryption(S3Request request, byte[] fields, ref int fieldsLength)
    {
        S3Error? error = BodyEncryption.AddRequested(request, fields, ref fieldsLength, out BodyEncryption? created);
        created?.Dispose();
        return error;
    }

    private static XmlBody Write(S3Request request, UploadId id)
    {
        var body = new XmlBody();
        body.OpenRoot("InitiateMultipartUploadResult"u8);
        body.Element("Bucket"u8, request.Bucket.Name);
        body.Element("Key"u8, request.Key.Span);
        body.Element("UploadId"u8, id.ToString());
        body.Close("InitiateMultipartUploadResult"u8);
        return body;
    }
}
