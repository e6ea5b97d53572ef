using System.Net;
using System.Text;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Routing;

/// <summary>
/// Recognises a client that puts the bucket in the host name although no domain is configured for it. Left alone it would be told that a
/// bucket named like its key does not exist, or be given a list of buckets for a list of objects; PermanentRedirect tells it the cause.
/// </summary>
internal static class VirtualHostRedirect
{
    /// <summary>Null when the request is not of that kind.</summary>
    public static S3Error? Of(S3Request request)
    {
        if (request.Target.IsVirtualHosted || !request.Head.TryGet(KnownHeader.Host, out ReadOnlySpan<byte> host))
            return null;
        ReadOnlySpan<byte> name = ServerDomains.WithoutPort(host);
        int dot = name.IndexOf((byte)'.');
        if (dot <= 0 || name[0] == '[' || IPAddress.TryParse(Encoding.ASCII.GetString(name), out _))
            return null;
        Bucket? bucket = request.Store.FindBucket(name[..dot]);
        if (bucket is null && !IsAboutBucket(request))
            return null;
        return S3Errors.PermanentRedirect with
        {
            Details = [("Endpoint", Encoding.ASCII.GetString(host[(dot + 1)..]))],
            // Without it botocore asks the bucket itself for its region, is redirected again, and never shows this error.
            Fields = [("x-amz-bucket-region", bucket is null ? request.Service.Region : BucketRegion.Of(bucket, request.Service))],
        };
    }

    /// <summary>
    /// A request on the service that has a meaning on a bucket only: an unknown method there, or the parameters of a listing of objects.
    /// </summary>
    public static bool IsAboutBucket(S3Request request) =>
        request.Target.Kind == TargetKind.Service
        && (request.Operation is null || request.Query.Has("list-type"u8) || request.Query.Has("delimiter"u8)
            || request.Query.Has("encoding-type"u8) || request.Query.Has("max-keys"u8) || request.Query.Has("marker"u8));
}
