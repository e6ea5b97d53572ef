using RustFs.Http1;
using RustFs.S3.Listing;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?list-type=2 : the keys after a continuation token or a start key.</summary>
internal static class ListObjectsV2
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "ListObjectsV2",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "list-type",
        SubResourceValue = "2",
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
        byte[] startAfter = query.Name("start-after"u8) ?? [];
        byte[]? continued = query.ContinuationToken();
        int pageSize = query.PageSize("max-keys"u8, S3Limits.PageKeys);
        bool encodesUrl = query.EncodesUrl();
        if (query.Error is not null)
            return ValueTask.FromResult<S3Error?>(query.Error);
        bool showsOwner = request.Query.TryGetRaw("fetch-owner"u8, out ReadOnlySpan<byte> fetchOwner) && fetchOwner.SequenceEqual("true"u8);

        var body = new XmlBody();
        var text = new ListedText(body, encodesUrl);
        body.OpenRoot("ListBucketResult"u8);
        body.Element("Name"u8, request.Bucket.Name);
        text.Element("Prefix"u8, prefix);
        text.OptionalElement("StartAfter"u8, startAfter);
        if (continued is not null)
            ContinuationToken.Write(body, "ContinuationToken"u8, continued);
        body.Element("MaxKeys"u8, pageSize);
        text.OptionalElement("Delimiter"u8, delimiter);
        text.EncodingTypeElement();

        using var prefixes = new CommonPrefixes(encodesUrl);
        var page = new ObjectPage(body, prefixes, pageSize, encodesUrl, showsOwner);
        var list = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = continued ?? startAfter, MaxKeys = pageSize };
        StoreStatus status = request.Store.ListObjects(request.Bucket, list, ref page, out bool isTruncated, out byte[] last);
        if (status != StoreStatus.Ok)
        {
            body.Dispose();
            return ValueTask.FromResult(StoreErrors.Of(status));
        }

        prefixes.AppendTo(body);
        body.Element("KeyCount"u8, page.Count);
        body.Element("IsTruncated"u8, isTruncated);
        if (isTruncated)
            ContinuationToken.Write(body, "NextContinuationToken"u8, last);
        body.Close("ListBucketResult"u8);
        return XmlResponse.AnswerAsync(request, body);
    }
}
