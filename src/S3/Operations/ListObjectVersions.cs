using RustFs.Http1;
using RustFs.S3.Listing;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?versions : all versions and delete markers, by key and then from the newest to the oldest.</summary>
internal static class ListObjectVersions
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "ListObjectVersions",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "versions",
        Permission = "s3:ListBucketVersions",
        Reads = IndexReads.Keys,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error NoKeyMarker = S3Errors.InvalidArgument with
    {
        Message = "A version-id marker cannot be specified without a key marker.",
        Details = [("ArgumentName", "version-id-marker")],
    };

    private static readonly S3Error InvalidMarker = S3Errors.InvalidArgument with
    {
        Message = "Invalid version id specified",
        Details = [("ArgumentName", "version-id-marker")],
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        var query = new ListingQuery(request.Query);
        byte[] prefix = query.Name("prefix"u8) ?? [];
        byte[] delimiter = query.Name("delimiter"u8) ?? [];
        byte[] keyMarker = query.Name("key-marker"u8) ?? [];
        byte[] versionMarker = query.Name("version-id-marker"u8) ?? [];
        int pageSize = query.PageSize("max-keys"u8, S3Limits.PageKeys);
        bool encodesUrl = query.EncodesUrl();
        S3Error? error = ReadMarker(keyMarker, versionMarker, out VersionId? afterVersion);
        error = query.Error ?? error;
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);

        var body = new XmlBody();
        var text = new ListedText(body, encodesUrl);
        body.OpenRoot("ListVersionsResult"u8);
        body.Element("Name"u8, request.Bucket.Name);
        text.Element("Prefix"u8, prefix);
        text.Element("KeyMarker"u8, keyMarker);
        body.Element("VersionIdMarker"u8, versionMarker);
        body.Element("MaxKeys"u8, pageSize);
        text.OptionalElement("Delimiter"u8, delimiter);
        text.EncodingTypeElement();

        using var prefixes = new CommonPrefixes(encodesUrl);
        var page = new VersionPage(body, prefixes, encodesUrl);
        var list = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = keyMarker, MaxKeys = pageSize };
        StoreStatus status = request.Store.ListVersions(
            request.Bucket, list, afterVersion, ref page, out bool isTruncated, out byte[] lastKey, out VersionId? lastVersion);
        if (status != StoreStatus.Ok)
        {
            body.Dispose();
            return ValueTask.FromResult(StoreErrors.Of(status));
        }

        prefixes.AppendTo(body);
        body.Element("IsTruncated"u8, isTruncated);
        if (isTruncated)
        {
            text.Element("NextKeyMarker"u8, lastKey);
            // After a common prefix there is no version to go on from: the key marker alone passes all that is below it.
            if (lastVersion is { } last)
                body.Element("NextVersionIdMarker"u8, last.ToMarker());
        }

        body.Close("ListVersionsResult"u8);
        return XmlResponse.AnswerAsync(request, body);
    }

    /// <summary>An empty marker is none: clients that go through pages send it so.</summary>
    private static S3Error? ReadMarker(byte[] keyMarker, byte[] versionMarker, out VersionId? afterVersion)
    {
        afterVersion = null;
        if (versionMarker.Length == 0)
            return null;
        if (keyMarker.Length == 0)
            return NoKeyMarker;
        if (!VersionId.TryParseMarker(versionMarker, out VersionId id))
            return InvalidMarker;
        afterVersion = id;
        return null;
    }
}
