using System.Text;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>UploadPart and UploadPartCopy.</summary>
public sealed class ObjectsPartTests
{
    private const string HelloMd5 = "5eb63bbbe01eeed093cb22bb8f5acdc3";
    private static readonly byte[] Hello = "hello world"u8.ToArray();
    private readonly S3TestServer _server = new();

    [Fact]
    public async Task PartIsKeptWithItsETag()
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key");
        TestResponse put = await _server.SendAsync("PUT", $"/bucket/key?partNumber=7&uploadId={id}", Hello);
        Assert.Equal(200, put.Status);
        Assert.Equal($"\"{HelloMd5}\"", put["ETag"]);
        PartRecord part = Assert.Single(Parts(id));
        Assert.Equal(7, part.PartNumber);
        Assert.Equal(Hello.Length, part.SizeBytes);
    }

    [Theory]
    [InlineData("partNumber=0", "InvalidArgument")]
    [InlineData("partNumber=-1", "InvalidArgument")]
    [InlineData("partNumber=10001", "InvalidArgument")]
    [InlineData("partNumber=x", "InvalidArgument")]
    [InlineData("part=1", "InvalidArgument")]
    public async Task PartNumberIsChecked(string parameter, string code)
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key");
        Assert.Equal(code, (await _server.SendAsync("PUT", $"/bucket/key?{parameter}&uploadId={id}", Hello)).ErrorCode);
        Assert.Empty(Parts(id));
    }

    [Theory]
    [InlineData("/bucket/key?partNumber=1&uploadId=00000000000000000000000000000001")]
    [InlineData("/bucket/key?partNumber=1&uploadId=abc")]
    [InlineData("/bucket/key?partNumber=1&uploadId=")]
    public async Task UnknownUploadIsNotFound(string target) =>
        Assert.Equal("NoSuchUpload", (await _server.SendAsync("PUT", target, Hello)).ErrorCode);

    [Fact]
    public async Task PartOfAnotherKeyIsNotFound()
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key");
        Assert.Equal("NoSuchUpload", (await _server.SendAsync("PUT", $"/bucket/other?partNumber=1&uploadId={id}", Hello)).ErrorCode);
    }

    [Fact]
    public async Task ChecksumOfTheUploadIsComputedWhenNotSent()
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key", ChecksumKind.Crc64Nvme);
        TestResponse put = await _server.SendAsync("PUT", $"/bucket/key?partNumber=1&uploadId={id}", Hello);
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc64Nvme, Hello), put["x-amz-checksum-crc64nvme"]);
        Assert.Equal(ChecksumKind.Crc64Nvme, Assert.Single(Parts(id)).Checksum.Kind);
    }

    /// <summary>A composite checksum is made of the parts' that the client sent: AWS's message, which users search for.</summary>
    [Fact]
    public async Task PartOfACompositeUploadBringsItsChecksum()
    {
        TestResponse create = await _server.SendAsync("POST", "/bucket/key?uploads", (byte[]?)null, "x-amz-checksum-algorithm: SHA256");
        string target = $"/bucket/key?partNumber=1&uploadId={create.Element("UploadId")}";
        TestResponse put = await _server.SendAsync("PUT", target, Hello);
        Assert.Equal("InvalidRequest", put.ErrorCode);
        Assert.Contains("expected checksum Type: sha256, actual checksum Type: null", put.Text);
        string checksum = AwsChunkedBody.Checksum(ChecksumKind.Sha256, Hello);
        Assert.Equal(200, (await _server.SendAsync("PUT", target, Hello, "x-amz-checksum-sha256: " + checksum)).Status);
        // A part that is copied comes from the server itself, which computes it.
        await _server.SendAsync("PUT", "/bucket/from", Hello);
        TestResponse copied = await _server.SendAsync("PUT", target, null, "x-amz-copy-source: bucket/from");
        Assert.Equal(checksum, copied.Element("ChecksumSHA256"));
    }

    [Fact]
    public async Task ChecksumOfAnotherKindThanTheUploadIsRefused()
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key", ChecksumKind.Crc32);
        TestResponse put = await _server.SendAsync("PUT", $"/bucket/key?partNumber=1&uploadId={id}", Hello,
            "x-amz-sdk-checksum-algorithm: SHA1");
        Assert.Equal("InvalidRequest", put.ErrorCode);
        Assert.Contains("expected checksum Type: crc32, actual checksum Type: sha1", put.Text);
    }

    [Fact]
    public async Task ChecksumInThePresignedQueryIsVerified()
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key");
        foreach ((string value, int status) in ((string, int)[])[("AAAAAA==", 400), (AwsChunkedBody.Checksum(ChecksumKind.Crc32, Hello),
            200)])
        {
            string target = _server.Presign("PUT",
                $"/bucket/key?partNumber=1&uploadId={id}&x-amz-checksum-crc32={Uri.EscapeDataString(value)}");
            string head = $"PUT {target} HTTP/1.1\r\nHost: {S3TestServer.Host}\r\nContent-Length: {Hello.Length}\r\n\r\n";
            Assert.Equal(status, (await _server.ExchangeAsync(new MemoryWire([.. Encoding.ASCII.GetBytes(head), .. Hello])))[0].Status);
        }
    }

    [Theory]
    [InlineData(null, "hello world")]
    [InlineData("bytes=0-0", "h")]
    [InlineData("bytes=6-10", "world")]
    public async Task PartIsCopiedFromARange(string? range, string expected)
    {
        await _server.SendAsync("PUT", "/bucket/from", Hello);
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key", ChecksumKind.Sha1);
        TestResponse copy = await _server.SendAsync("PUT", $"/bucket/key?partNumber=1&uploadId={id}", null,
            ["x-amz-copy-source: bucket/from", .. range is null ? [] : (string[])["x-amz-copy-source-range: " + range]]);
        Assert.Equal(200, copy.Status);
        Assert.Contains("<CopyPartResult xmlns=", copy.Text);
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Sha1, Encoding.ASCII.GetBytes(expected)), copy.Element("ChecksumSHA1"));
        Assert.Equal(expected.Length, Assert.Single(Parts(id)).SizeBytes);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Theory]
    [InlineData("bytes=0-11")]
    [InlineData("bytes=5-")]
    [InlineData("bytes=-5")]
    [InlineData("bytes=5-4")]
    [InlineData("0-4")]
    [InlineData("bytes=0-4,6-7")]
    public async Task LaxSourceRangesAreRefused(string range)
    {
        await _server.SendAsync("PUT", "/bucket/from", Hello);
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "key");
        TestResponse copy = await _server.SendAsync("PUT", $"/bucket/key?partNumber=1&uploadId={id}", null,
            "x-amz-copy-source: bucket/from", "x-amz-copy-source-range: " + range);
        Assert.Equal("InvalidArgument", copy.ErrorCode);
        Assert.Empty(Parts(id));
    }

    private List<PartRecord> Parts(UploadId id)
    {
        var parts = new List<PartRecord>();
        Assert.Equal(StoreStatus.Ok, _server.Store.TryGetUpload(_server.Store.FindBucket("bucket"u8)!, "key"u8, id,
            out UploadRecord? upload));
        _server.Store.ListParts(upload!, 0, 100, parts, out _);
        return parts;
    }
}
