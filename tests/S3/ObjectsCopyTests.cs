using System.Security.Cryptography;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

public sealed class ObjectsCopyTests
{
    private const string HelloMd5 = "5eb63bbbe01eeed093cb22bb8f5acdc3";
    private readonly S3TestServer _server = new();

    [Theory]
    [InlineData("bucket/from%20a%2Bb")]
    [InlineData("/bucket/from%20a%2Bb")]
    [InlineData("bucket/from a+b?versionId=null")]
    public async Task CopyKeepsBytesHeadersAndETag(string source)
    {
        await _server.SendAsync("PUT", "/bucket/from%20a%2Bb", "hello world", "Content-Type: text/plain", "x-amz-meta-a: 1",
            "x-amz-tagging: t=1",
            "x-amz-storage-class: GLACIER", "x-amz-sdk-checksum-algorithm: CRC32");
        TestResponse copy = await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: " + source, "x-amz-meta-ignored: 1");
        Assert.Equal(200, copy.Status);
        Assert.Contains("<CopyObjectResult xmlns=", copy.Text);
        Assert.Equal($"&quot;{HelloMd5}&quot;", copy.Element("ETag"));
        Assert.NotNull(copy.Element("LastModified"));
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc32, "hello world"u8.ToArray()), copy.Element("ChecksumCRC32"));
        TestResponse get = await _server.SendAsync("GET", "/bucket/to");
        Assert.Equal("hello world", get.Text);
        Assert.Equal(["text/plain", "1", "1", null, null], ((string[])["Content-Type", "x-amz-meta-a", "x-amz-tagging-count",
            "x-amz-storage-class",
            "x-amz-meta-ignored"]).Select(name => get[name]));
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task ReplacedMetadataIsThatOfTheRequest()
    {
        await PutAsync("x-amz-meta-a: 1", "x-amz-tagging: t=1");
        await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from", "x-amz-metadata-directive: REPLACE",
            "x-amz-tagging-directive: REPLACE", "x-amz-tagging: u=1&v=2", "x-amz-meta-b: 2", "Content-Type: text/html",
                "x-amz-storage-class: STANDARD_IA");
        TestResponse get = await _server.SendAsync("GET", "/bucket/to");
        Assert.Equal([null, "2", "text/html", "2", "STANDARD_IA"], ((string[])["x-amz-meta-a", "x-amz-meta-b", "Content-Type",
            "x-amz-tagging-count",
            "x-amz-storage-class"]).Select(name => get[name]));
    }

    [Fact]
    public async Task CopyOntoItselfNeedsAChange()
    {
        await PutAsync("x-amz-meta-a: 1");
        TestResponse copy = await _server.SendAsync("PUT", "/bucket/from", null, "x-amz-copy-source: /bucket/from");
        Assert.Equal("InvalidRequest", copy.ErrorCode);
        Assert.Contains("to itself without changing", copy.Text);
        int writers = _server.Memory.WritersInPlace;
        copy = await _server.SendAsync("PUT", "/bucket/from", null, "x-amz-copy-source: /bucket/from",
            "x-amz-metadata-directive: REPLACE", "x-amz-meta-b: 2");
        Assert.Equal(200, copy.Status);
        Assert.Equal(writers, _server.Memory.WritersInPlace);
        TestResponse get = await _server.SendAsync("GET", "/bucket/from");
        Assert.Equal("hello world", get.Text);
        Assert.Null(get["x-amz-meta-a"]);
        Assert.Equal("2", get["x-amz-meta-b"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_001)]
    public async Task ObjectOfAnySizeIsCopied(int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        await _server.SendAsync("PUT", "/bucket/from", payload);
        TestResponse copy = await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from",
            "x-amz-checksum-algorithm: SHA256");
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(payload)), copy.Element("ChecksumSHA256"));
        Assert.Equal(payload, (await _server.SendAsync("GET", "/bucket/to")).Body);
    }

    [Fact]
    public async Task CopyOfAMultipartObjectGetsItsOwnDigests()
    {
        byte[][] parts = [AwsChunkedBody.Payload(9000), AwsChunkedBody.Payload(5000)];
        byte[] all = [.. parts[0], .. parts[1]];
        await MultipartObjects.CreateAsync(_server.Store, "bucket", "from", ChecksumType.Composite, parts);
        TestResponse copy = await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from");
        Assert.Equal($"&quot;{Convert.ToHexStringLower(MD5.HashData(all))}&quot;", copy.Element("ETag"));
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc32, all), copy.Element("ChecksumCRC32"));
        Assert.Equal("FULL_OBJECT", copy.Element("ChecksumType"));
        Assert.Equal(all, (await _server.SendAsync("GET", "/bucket/to")).Body);
    }

    [Theory]
    [InlineData("bucket/none", "", 404, "NoSuchKey")]
    [InlineData("none/from", "", 404, "NoSuchBucket")]
    [InlineData("bucket", "", 400, "InvalidArgument")]
    [InlineData("bucket/%zz", "", 400, "InvalidArgument")]
    [InlineData("bucket/from?versionId=abc", "", 400, "InvalidArgument")]
    [InlineData("bucket/from?versionId=00000000000000010000000000000001", "", 404, "NoSuchVersion")]
    [InlineData("bucket/from", "x-amz-copy-source-if-match: \"00000000000000000000000000000000\"", 412, "PreconditionFailed")]
    [InlineData("bucket/from", "x-amz-copy-source-if-none-match: " + HelloMd5, 412, "PreconditionFailed")]
    [InlineData("bucket/from", "x-amz-copy-source-if-modified-since: Wed, 21 Oct 2122 07:28:00 GMT", 412, "PreconditionFailed")]
    [InlineData("bucket/from", "x-amz-copy-source-if-unmodified-since: Wed, 21 Oct 2015 07:28:00 GMT", 412, "PreconditionFailed")]
    [InlineData("bucket/from", "x-amz-metadata-directive: MERGE", 400, "InvalidArgument")]
    [InlineData("bucket/from", "x-amz-checksum-algorithm: MD4", 400, "InvalidRequest")]
    [InlineData("bucket/from", "x-amz-copy-source-server-side-encryption-customer-algorithm: AES256", 400, "InvalidRequest")]
    [InlineData("bucket/from", "If-Match: *", 404, "NoSuchKey")]
    public async Task RefusedCopyStoresNothing(string source, string header, int status, string code)
    {
        await PutAsync();
        TestResponse copy = await _server.SendAsync("PUT", "/bucket/to", null, ["x-amz-copy-source: " + source,
            .. header.Length == 0 ? [] : (string[])[header]]);
        Assert.Equal(status, copy.Status);
        Assert.Equal(code, copy.ErrorCode);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/to")).Status);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task StaleSourceIsReadAgain()
    {
        await PutAsync();
        _server.Memory.StaleReads = 2;
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from")).Status);
        _server.Memory.StaleReads = 50;
        Assert.Equal(503, (await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from")).Status);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task DamagedSourceIsNotCopied()
    {
        await PutAsync();
        _server.Memory.CorruptFrom = 0;
        Assert.Equal(500, (await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from")).Status);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/to")).Status);
    }

    private Task<TestResponse> PutAsync(params string[] headers) => _server.SendAsync("PUT", "/bucket/from", "hello world", headers);
}
