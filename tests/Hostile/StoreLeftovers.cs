using System.Text;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.Hostile;

/// <summary>What a bucket holds: keys of objects, and keys of uploads in progress behind "upload of".</summary>
internal static class StoreLeftovers
{
    public static List<string> Of(IObjectStore store, string bucketName = "bucket")
    {
        var sink = new Sink { Names = [] };
        Bucket? bucket = store.FindBucket(Encoding.ASCII.GetBytes(bucketName));
        if (bucket is null)
            return sink.Names;
        var query = new ListQuery { MaxKeys = 1000 };
        store.ListObjects(bucket, query, ref sink, out _, out _);
        store.ListUploads(bucket, query, null, ref sink, out _, out _, out _);
        return sink.Names;
    }

    private struct Sink : IListSink, IUploadListSink
    {
        public required List<string> Names { get; init; }

        public readonly void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Names.Add(Encoding.UTF8.GetString(key));

        public readonly void Upload(
            ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind, ChecksumType checksumType,
            StorageClass storageClass) =>
            Names.Add("upload of " + Encoding.UTF8.GetString(key));

        public readonly void CommonPrefix(ReadOnlySpan<byte> prefix) => Names.Add("prefix " + Encoding.UTF8.GetString(prefix));
    }
}
