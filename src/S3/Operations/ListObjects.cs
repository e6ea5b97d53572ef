using RustFs.Http1;
using RustFs.S3.Listing;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket : the keys after a marker (the first version of the listing).</summary>
internal static class ListObjects
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "ListObjects",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        Permission = "s3:ListBucket",
        Reads = IndexReads.Keys,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var query = new ListingQuery(request.Query);
        byte[] prefix = query.Name("prefix"u8) ?? [];
        byte[] delimiter = query.Name("delimiter"u8) ?? [];
        byte[] marker = query.Name("marker"u8) ?? [];
        int pageSize = query.PageSize("max-keys"u8, S3Limits.PageKeys);
        bool encodesUrl = query.EncodesUrl();
        if (query.Error is not null)
            return ValueTask.FromResult<S3Error?>(query.Error);

        var body = new XmlBody();
        var text = new ListedText(body, encodesUrl);
        body.OpenRoot("ListBucketResult"u8);
        body.Element("Name"u8, request.Bucket.Name);
        text.Element("Prefix"u8, prefix);
        text.Element("Marker"u8, marker);
        body.Element("MaxKeys"u8, pageSize);
        text.OptionalElement("Delimiter"u8, delimiter);
        text.EncodingTypeElement();

        using var prefixes = new CommonPrefixes(encodesUrl);
        var page = new ObjectPage(body, prefixes, pageSize, encodesUrl, showsOwner: true);
        var list = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = marker, MaxKeys = pageSize };
        StoreStatus status = request.Store.ListObjects(request.Bucket, list, ref page, out bool isTruncated, out byte[] last);
        if (status != StoreStatus.Ok)
        {
            body.Dispose();
            return ValueTask.FromResult(StoreErrors.Of(status));
        }

        prefixes.AppendTo(body);
        body.Element("IsTruncated"u8, isTruncated);
        // Without a delimiter clients go on from the last key; AWS gives NextMarker only with one.
        if (isTruncated && delimiter.Length > 0)
            text.Element("NextMarker"u8, last);
        body.Close("ListBucketResult"u8);
        return XmlResponse.AnswerAsync(request, body);
    }
}
