using System.Text;
using RustFs.Http1;
using RustFs.S3.Listing;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET / : the buckets in order of their names, a page at a time when the client asks for pages.</summary>
internal static class ListBuckets
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "ListBuckets",
        Method = RequestMethod.Get,
        Target = TargetKind.Service,
        Permission = "s3:ListAllMyBuckets",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var query = new ListingQuery(request.Query);
        byte[] prefix = query.Name("prefix"u8) ?? [];
        byte[] region = query.Name("bucket-region"u8) ?? [];
        int? max = query.Number("max-buckets"u8);
        byte[] after = query.ContinuationToken() ?? [];
        if (query.Error is not null)
            return ValueTask.FromResult<S3Error?>(query.Error);
        if (max is < 1 or > S3Limits.PageBuckets)
        {
            return ValueTask.FromResult<S3Error?>(S3Errors.InvalidArgument with
            {
                Message = "max-buckets must be an integer between 1 and 10000.",
                Details = [("ArgumentName", "max-buckets")],
            });
        }

        List<Bucket> page = Page(request.Service, Encoding.UTF8.GetString(prefix), Encoding.UTF8.GetString(after),
            Encoding.UTF8.GetString(region), max ?? S3Limits.PageBuckets, out bool isTruncated);
        return XmlResponse.AnswerAsync(request, Write(request.Service, page, prefix, isTruncated));
    }

    /// <summary>The store knows nothing of regions as a filter: pages are taken until enough buckets of the region are found.</summary>
    private static List<Bucket> Page(S3Service service, string prefix, string after, string region, int max, out bool isTruncated)
    {
        if (region.Length == 0)
            return [.. service.Store.ListBuckets(prefix, after, max, out isTruncated)];
        var page = new List<Bucket>();
        bool hasMore = true;
        while (hasMore)
        {
            IReadOnlyList<Bucket> buckets = service.Store.ListBuckets(prefix, after, S3Limits.PageBuckets, out hasMore);
            foreach (Bucket bucket in buckets.Where(bucket => BucketRegion.Of(bucket, service) == region))
            {
                if (page.Count == max)
                {
                    isTruncated = true;
                    return page;
                }

                page.Add(bucket);
            }

            if (buckets.Count == 0)
                break;
            after = buckets[^1].Name;
        }

        isTruncated = false;
        return page;
    }

    private static XmlBody Write(S3Service service, List<Bucket> page, byte[] prefix, bool isTruncated)
    {
        var body = new XmlBody();
        body.OpenRoot("ListAllMyBucketsResult"u8);
        Owner.Write(body, "Owner"u8);
        body.Open("Buckets"u8);
        foreach (Bucket bucket in page)
        {
            body.Open("Bucket"u8);
            body.Element("Name"u8, bucket.Name);
            body.TimeElement("CreationDate"u8, bucket.Created.ToUnixTimeMilliseconds());
            body.Element("BucketRegion"u8, BucketRegion.Of(bucket, service));
            body.Close("Bucket"u8);
        }

        body.Close("Buckets"u8);
        if (prefix.Length > 0)
            body.Element("Prefix"u8, prefix);
        if (isTruncated)
            body.Element("ContinuationToken"u8, ContinuationToken.Encode(Encoding.UTF8.GetBytes(page[^1].Name)));
        body.Close("ListAllMyBucketsResult"u8);
        return body;
    }
}
