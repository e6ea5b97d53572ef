using System.Globalization;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>The record of the object that a request names: the current one of its key, or the version of its versionId parameter.</summary>
internal static class ObjectVersion
{
    /// <summary>
    /// Finds it. A delete marker is an error with fields that tell of it: 404 when it is the newest version, 405 when it was named (S3 user
    /// guide, "Working with delete markers").
    /// </summary>
    public static S3Error? Find(S3Request request, out ObjectRecord? record)
    {
        record = null;
        S3Error? error = VersionParameter.Read(request, out VersionId? version);
        return error ?? Find(request.Store, request.Bucket, request.Key.Span, version, out record);
    }

    public static S3Error? Find(IObjectStore store, Bucket bucket, ReadOnlySpan<byte> key, VersionId? version, out ObjectRecord? record)
    {
        if (version is { } id)
            return FindVersion(store, bucket, key, id, out record);
        StoreStatus status = store.TryGetObject(bucket, key, out record);
        if (status == StoreStatus.NoSuchKey && bucket.Versioning != BucketVersioning.Never)
            return FindLatest(store, bucket, key, out record);
        return StoreErrors.Of(status);
    }

    /// <summary>
    /// x-amz-version-id of an answer that gives an object: absent in buckets that never had versioning, unless the request names one.
    /// </summary>
    public static void WriteHeader(S3Request request, VersionId id)
    {
        if (request.Bucket.Versioning != BucketVersioning.Never || (request.Query.Count > 0 && request.Query.Has("versionId"u8)))
            request.Response.VersionHeader("x-amz-version-id"u8, id);
    }

    /// <summary>x-amz-version-id of an answer to a write.</summary>
    public static void WriteHeader(S3Response response, in WriteResult result)
    {
        if (result.Version != default)
            response.VersionHeader("x-amz-version-id"u8, result.Version);
    }

    private static S3Error? FindVersion(IObjectStore store, Bucket bucket, ReadOnlySpan<byte> key, VersionId id, out ObjectRecord? record)
    {
        StoreStatus status = store.TryGetVersion(bucket, key, id, out record);
        if (status != StoreStatus.Ok || !record!.IsDeleteMarker)
            return StoreErrors.Of(status);
        string lastModified = DateTimeOffset.FromUnixTimeMilliseconds(record.LastModifiedMs).ToString("R", CultureInfo.InvariantCulture);
        return S3Errors.MethodNotAllowed with
        {
            Details = [("Method", "GET"), ("ResourceType", "DeleteMarker")],
            Fields = [.. FieldsOf(record), ("Allow", "DELETE"), ("Last-Modified", lastModified)],
        };
    }

    private static S3Error? FindLatest(IObjectStore store, Bucket bucket, ReadOnlySpan<byte> key, out ObjectRecord? record)
    {
        StoreStatus status = store.TryGetLatestVersion(bucket, key, out record);
        if (status != StoreStatus.Ok || !record!.IsDeleteMarker)
            return StoreErrors.Of(status);
        return S3Errors.NoSuchKey with { Fields = FieldsOf(record) };
    }

    private static (string Name, string Value)[] FieldsOf(ObjectRecord deleteMarker) =>
        [("x-amz-delete-marker", "true"), ("x-amz-version-id", deleteMarker.VersionId.ToString())];
}
