using System.Globalization;
using System.Text.Unicode;
using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>The object that x-amz-copy-source names, found and checked against the copy-source conditions.</summary>
/// <remarks><code>x-amz-copy-source = [ "/" ] bucket "/" key [ "?versionId=" version ]</code> percent-encoded (S3 API reference,
/// CopyObject).</remarks>
internal sealed class CopySource
{
    private static readonly S3Error Malformed = S3Errors.InvalidArgument with
    {
        Message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey, percent-encoded.",
        Details = [("ArgumentName", "x-amz-copy-source")],
    };

    private static readonly S3Error MalformedRange = S3Errors.InvalidArgument with
    {
        Message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets "
            + "of the first and last bytes to copy",
        Details = [("ArgumentName", "x-amz-copy-source-range")],
    };

    private static readonly S3Error DeleteMarker = S3Errors.InvalidRequest with
    {
        Message = "The source of a copy request may not specifically refer to a delete marker by version id.",
    };

    private CopySource(Bucket bucket, byte[] key, ObjectRecord record, bool namesVersion)
    {
        Bucket = bucket;
        Key = key;
        Record = record;
        NamesVersion = namesVersion;
    }

    public Bucket Bucket { get; }
    public byte[] Key { get; }
    public ObjectRecord Record { get; }

    /// <summary>The request names the version that it copies.</summary>
    public bool NamesVersion { get; }

    public static S3Error? Find(S3Request request, out CopySource? source)
    {
        source = null;
        VersionId? version = null;
        ReadOnlySpan<byte> text = request.Header(KnownHeader.AmzCopySource);
        // A question mark of the key itself is percent-encoded: the first bare one begins the version.
        int question = text.IndexOf((byte)'?');
        if (question >= 0)
        {
            ReadOnlySpan<byte> parameter = text[(question + 1)..];
            if (!parameter.StartsWith("versionId="u8))
                return Malformed;
            S3Error? error = VersionParameter.Read(parameter["versionId=".Length..], out version);
            if (error is not null)
                return error;
            text = text[..question];
        }

        byte[] decoded = new byte[text.Length];
        int length = PercentEncoding.Decode(text, decoded, plusIsSpace: false);
        if (length < 0 || !Utf8.IsValid(decoded.AsSpan(0, length)))
            return Malformed;
        ReadOnlySpan<byte> path = decoded.AsSpan(0, length);
        if (path.StartsWith("/"u8))
            path = path[1..];
        int slash = path.IndexOf((byte)'/');
        if (slash <= 0 || slash + 1 == path.Length)
            return Malformed;
        return Find(request, path[..slash], path[(slash + 1)..].ToArray(), version, out source);
    }

    /// <summary>x-amz-copy-source-version-id: absent when the source's bucket never had versioning.</summary>
    public void WriteVersionHeader(S3Response response)
    {
        if (NamesVersion || Bucket.Versioning != BucketVersioning.Never)
            response.VersionHeader("x-amz-copy-source-version-id"u8, Record.VersionId);
    }

    /// <summary>
    /// The range that x-amz-copy-source-range asks for: <c>"bytes=" 1*DIGIT "-" 1*DIGIT</c> inside the source, and nothing laxer (S3 API
    /// reference, UploadPartCopy). The whole source without the header.
    /// </summary>
    public S3Error? ReadRange(RequestHead head, out long offset, out long lengthBytes)
    {
        offset = 0;
        lengthBytes = Record.SizeBytes;
        if (!head.TryGet(KnownHeader.AmzCopySourceRange, out ReadOnlySpan<byte> range))
            return null;
        int dash = range.IndexOf((byte)'-');
        if (!range.StartsWith("bytes="u8) || dash < 0
            || !long.TryParse(range["bytes=".Length..dash], NumberStyles.None, CultureInfo.InvariantCulture, out long first)
            || !long.TryParse(range[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long last) || last < first)
            return MalformedRange;
        if (last >= Record.SizeBytes)
        {
            return S3Errors.InvalidArgument with
            {
                Message = $"Range specified is not valid for source object of size: {Record.SizeBytes}",
                Details = [("ArgumentName", "x-amz-copy-source-range")],
            };
        }

        offset = first;
        lengthBytes = last - first + 1;
        return null;
    }

    private static S3Error? Find(
        S3Request request, ReadOnlySpan<byte> bucketName, byte[] key, VersionId? version, out CopySource? source)
    {
        source = null;
        if (key.Length > S3Limits.KeyBytes)
            return S3Errors.KeyTooLong;
        Bucket? bucket = request.Store.FindBucket(bucketName);
        if (bucket is null)
            return S3Errors.NoSuchBucket with { Message = "The bucket that x-amz-copy-source names does not exist." };
        S3Error? error = ExpectedOwner.CheckSource(request);
        if (error is not null)
            return error;
        error = ObjectVersion.Find(request.Store, bucket, key, version, out ObjectRecord? record);
        if (error is not null)
            return error.StatusCode == S3Errors.MethodNotAllowed.StatusCode ? DeleteMarker : error;
        // The answer to a copy is no representation that a cache could hold: 304 has no meaning here.
        if (ReadConditions.OfCopySource.Evaluate(request.Head, record!) != ReadConditions.Outcome.Holds)
            return S3Errors.PreconditionFailed;
        source = new CopySource(bucket, key, record!, version is not null);
        return null;
    }
}
