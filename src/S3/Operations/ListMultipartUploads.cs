using RustFs.Http1;
using RustFs.S3.Listing;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?uploads : the uploads in progress, by key and then by age.</summary>
internal static class ListMultipartUploads
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "ListMultipartUploads",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "uploads",
        Permission = "s3:ListBucketMultipartUploads",
        Reads = IndexReads.Keys,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error InvalidUploadIdMarker = S3Errors.InvalidArgument with
    {
        Message = "Invalid uploadId marker",
        Details = [("ArgumentName", "upload-id-marker")],
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var query = new ListingQuery(request.Query);
        byte[] prefix = query.Name("prefix"u8) ?? [];
        byte[] delimiter = query.Name("delimiter"u8) ?? [];
        byte[] keyMarker = query.Name("key-marker"u8) ?? [];
        byte[] idMarker = query.Name("upload-id-marker"u8) ?? [];
        int pageSize = query.PageSize("max-uploads"u8, S3Limits.PageKeys);
        bool encodesUrl = query.EncodesUrl();
        S3Error? error = ReadMarker(keyMarker, idMarker, out UploadId? afterId);
        error = query.Error ?? error;
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);

        var body = new XmlBody();
        var text = new ListedText(body, encodesUrl);
        body.OpenRoot("ListMultipartUploadsResult"u8);
        body.Element("Bucket"u8, request.Bucket.Name);
        text.Element("KeyMarker"u8, keyMarker);
        body.Element("UploadIdMarker"u8, idMarker);
        text.Element("Prefix"u8, prefix);
        text.OptionalElement("Delimiter"u8, delimiter);
        text.EncodingTypeElement();
        body.Element("MaxUploads"u8, pageSize);

        using var prefixes = new CommonPrefixes(encodesUrl);
        var page = new UploadPage(body, prefixes, encodesUrl);
        var list = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = keyMarker, MaxKeys = pageSize };
        StoreStatus status = request.Store.ListUploads(
            request.Bucket, list, afterId, ref page, out bool isTruncated, out byte[] lastKey, out UploadId lastId);
        if (status != StoreStatus.Ok)
        {
            body.Dispose();
            return ValueTask.FromResult(StoreErrors.Of(status));
        }

        prefixes.AppendTo(body);
        body.Element("IsTruncated"u8, isTruncated);
        // After a common prefix there is no upload to go on from: the key marker alone passes all that is below it.
        text.Element("NextKeyMarker"u8, isTruncated ? lastKey : []);
        body.Element("NextUploadIdMarker"u8, isTruncated && lastId != default ? lastId.ToString() : "");
        body.Close("ListMultipartUploadsResult"u8);
        return XmlResponse.AnswerAsync(request, body);
    }

    /// <summary>AWS: without key-marker, upload-id-marker is ignored.</summary>
    private static S3Error? ReadMarker(byte[] keyMarker, byte[] idMarker, out UploadId? afterId)
    {
        afterId = null;
        if (keyMarker.Length == 0 || idMarker.Length == 0)
            return null;
        if (!UploadId.TryParse(idMarker, out UploadId id))
            return InvalidUploadIdMarker;
        afterId = id;
        return null;
    }
}
