using RustFs.Http1;
using RustFs.S3.Lifecycle;
using RustFs.S3.Listing;
using RustFs.S3.Multipart;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket/key?uploadId= : the parts of an upload in progress; none yet is an empty list.</summary>
internal static class ListParts
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "ListParts",
        Method = RequestMethod.Get,
        Target = TargetKind.Object,
        SubResource = "uploadId",
        Permission = "s3:ListMultipartUploadParts",
        Reads = IndexReads.Keys,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var query = new ListingQuery(request.Query);
        int pageSize = query.PageSize("max-parts"u8, S3Limits.PageKeys);
        int marker = query.Number("part-number-marker"u8) ?? 0;
        bool encodesUrl = query.EncodesUrl();
        S3Error? error = UploadRequest.Find(request, out UploadRecord? upload);
        error = query.Error ?? error;
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);

        var parts = new List<PartRecord>();
        StoreStatus status = request.Store.ListParts(upload!, marker, pageSize, parts, out bool isTruncated);
        if (status != StoreStatus.Ok)
            return ValueTask.FromResult(StoreErrors.Of(status));
        XmlResponse.Begin(request);
        LifecycleHeaders.WriteAbort(request, upload!.InitiatedMs);
        return XmlResponse.SendAsync(request, Write(upload, parts, marker, pageSize, isTruncated, encodesUrl));
    }

    private static XmlBody Write(UploadRecord upload, List<PartRecord> parts, int marker, int pageSize, bool isTruncated, bool encodesUrl)
    {
        var body = new XmlBody();
        var text = new ListedText(body, encodesUrl);
        body.OpenRoot("ListPartsResult"u8);
        body.Element("Bucket"u8, upload.Bucket.Name);
        text.EncodingTypeElement();
        text.Element("Key"u8, upload.Key.Span);
        body.Element("UploadId"u8, upload.Id.ToString());
        Owner.Write(body, "Initiator"u8);
        Owner.Write(body, "Owner"u8);
        body.Element("StorageClass"u8, StorageClassNames.Of(StorageClassNames.Of(upload.Fields)));
        body.Element("PartNumberMarker"u8, marker);
        body.Element("NextPartNumberMarker"u8, parts.Count > 0 ? parts[^1].PartNumber : 0);
        body.Element("MaxParts"u8, pageSize);
        body.Element("IsTruncated"u8, isTruncated);
        ChecksumElements.WriteAlgorithmAndType(body, upload.ChecksumKind, upload.ChecksumType);
        foreach (PartRecord part in parts)
        {
            body.Open("Part"u8);
            body.Element("PartNumber"u8, part.PartNumber);
            body.TimeElement("LastModified"u8, part.LastModifiedMs);
            body.ETagElement(part.ETag);
            body.Element("Size"u8, part.SizeBytes);
            ChecksumElements.WriteDigest(body, part.Checksum);
            body.Close("Part"u8);
        }

        body.Close("ListPartsResult"u8);
        return body;
    }
}
