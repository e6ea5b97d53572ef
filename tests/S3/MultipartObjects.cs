using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>Multipart objects and uploads made straight in the store.</summary>
internal static class MultipartObjects
{
    public static async Task<UploadId> StartAsync(IObjectStore store, string bucket, string key, ChecksumKind kind = ChecksumKind.None)
    {
        (StoreStatus status, UploadId id) = await store.CreateUploadAsync(
            store.FindBucket(Encoding.UTF8.GetBytes(bucket))!, Encoding.UTF8.GetBytes(key), default, kind, ChecksumType.FullObject);
        return status == StoreStatus.Ok ? id : throw new InvalidOperationException(status.ToString());
    }

    /// <summary>An object of several parts with CRC32 checksums.</summary>
    public static async Task CreateAsync(IObjectStore store, string bucket, string key, ChecksumType type, params byte[][] parts)
    {
        Bucket owner = store.FindBucket(Encoding.UTF8.GetBytes(bucket))!;
        UploadId id = await StartAsync(store, bucket, key, ChecksumKind.Crc32);
        for (int i = 0; i < parts.Length; i++)
        {
            store.TryGetUpload(owner, Encoding.UTF8.GetBytes(key), id, out UploadRecord? open);
            var attributes = new ObjectAttributes { ETag = ETag.FromDigest(MD5.HashData(parts[i])), Checksum = Crc32(parts[i]) };
            using BodyWriter body = store.WriterOver(parts[i]);
            await store.PutPartAsync(open!, i + 1, body, attributes);
        }

        var records = new List<PartRecord>();
        store.TryGetUpload(owner, Encoding.UTF8.GetBytes(key), id, out UploadRecord? upload);
        store.ListParts(upload!, 0, parts.Length, records, out _);
        byte[] all = [.. parts.SelectMany(part => part)];
        byte[] digest = Convert.FromBase64String(AwsChunkedBody.Checksum(ChecksumKind.Crc32, all));
        WriteResult result = await store.CompleteUploadAsync(upload!, records, new ObjectAttributes
        {
            ETag = ETag.FromDigest(MD5.HashData([.. parts.SelectMany(MD5.HashData)]), parts.Length),
            Checksum = new ObjectChecksum(ChecksumKind.Crc32, type, digest),
        }, null);
        if (result.Status != StoreStatus.Ok)
            throw new InvalidOperationException(result.Status.ToString());
    }

    private static ObjectChecksum Crc32(byte[] bytes) =>
        new(ChecksumKind.Crc32, ChecksumType.FullObject, Convert.FromBase64String(AwsChunkedBody.Checksum(ChecksumKind.Crc32, bytes)));
}
