using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Puts objects and parts into a store without going through S3, for tests of what lists, deletes and joins them.</summary>
internal static class StoreContents
{
    public static Task PutAsync(this S3TestServer server, params string[] keys)
        => Task.WhenAll(keys.Select(key => PutOneAsync(server, key)));

    public static bool Has(this S3TestServer server, string key)
        => server.Store.TryGetObject(server.Store.FindBucket("bucket"u8)!, Encoding.UTF8.GetBytes(key), out _) == StoreStatus.Ok;

    /// <summary>Uploads one part; gives its ETag as hex digits.</summary>
    public static async Task<string> PutPartAsync(
        this S3TestServer server, string key, string uploadId, int number, byte[] body, ChecksumKind kind = ChecksumKind.None)
    {
        Assert.True(UploadId.TryParse(Encoding.ASCII.GetBytes(uploadId), out UploadId id));
        Bucket bucket = server.Store.FindBucket("bucket"u8)!;
        Assert.Equal(StoreStatus.Ok, server.Store.TryGetUpload(bucket, Encoding.UTF8.GetBytes(key), id, out UploadRecord? upload));
        using BodyWriter writer = await WriteAsync(server.Store, body);
        WriteResult result = await server.Store.PutPartAsync(upload!, number, writer, Attributes(body, kind));
        Assert.Equal(StoreStatus.Ok, result.Status);
        return Convert.ToHexStringLower(MD5.HashData(body));
    }

    private static async Task PutOneAsync(S3TestServer server, string key)
    {
        byte[] body = Encoding.UTF8.GetBytes("body of " + key);
        using BodyWriter writer = await WriteAsync(server.Store, body);
        WriteResult result = await server.Store.PutObjectAsync(
            server.Store.FindBucket("bucket"u8)!, Encoding.UTF8.GetBytes(key), writer, Attributes(body, ChecksumKind.None), null);
        Assert.Equal(StoreStatus.Ok, result.Status);
    }

    private static ObjectAttributes Attributes(byte[] body, ChecksumKind kind) => new()
    {
        ETag = ETag.FromDigest(MD5.HashData(body)),
        Checksum = kind == ChecksumKind.None ? default : new ObjectChecksum(kind, ChecksumType.FullObject, Digest(kind, body)),
    };

    public static byte[] Digest(ChecksumKind kind, byte[] body)
    {
        using var set = new ChecksumSet();
        set.Reset(kind);
        set.Append(body);
        byte[] digest = new byte[ChecksumSet.MaxDigestBytes];
        return digest[..set.Finish(kind, digest)];
    }

    private static async Task<BodyWriter> WriteAsync(IObjectStore store, byte[] body)
    {
        Assert.Equal(StoreStatus.Ok, store.OpenWriter(body.Length, out BodyWriter? writer));
        for (int offset = 0; offset < body.Length;)
        {
            int length = Math.Min(writer!.Room.Length, body.Length - offset);
            body.AsMemory(offset, length).CopyTo(writer.Room);
            Assert.Equal(StoreStatus.Ok, await writer.AdvanceAsync(length));
            offset += length;
        }

        return writer!;
    }
}
