using RustFs.Http1;
using RustFs.S3.Multipart;
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
        S3Error? error = UploadChecksum.Read(request.Head, out UploadChecksum checksum);
        error ??= CannedAcl.Refuse(request.Head);
        if (error is not null)
            return error;
        StoredFields fields = default;
        (StoreStatus status, UploadId id) = await request.Store
            .CreateUploadAsync(request.Bucket, request.Key, fields, checksum.Kind, checksum.Type).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);

        XmlResponse.Begin(request);
        if (checksum.Kind != Checksums.ChecksumKind.None)
        {
            request.Response.Header("x-amz-checksum-algorithm"u8, ChecksumElements.Algorithm(checksum.Kind));
            request.Response.Header("x-amz-checksum-type"u8, ChecksumElements.TypeName(checksum.Type));
        }

        return await XmlResponse.SendAsync(request, Write(request, id)).ConfigureAwait(false);
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
