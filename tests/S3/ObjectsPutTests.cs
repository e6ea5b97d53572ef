using System.Security.Cryptography;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

public sealed class ObjectsPutTests
{
    private static readonly byte[] Hello = "hello world"u8.ToArray();
    private const string HelloMd5 = "5eb63bbbe01eeed093cb22bb8f5acdc3";
    private readonly S3TestServer _server = new();

    [Fact]
    public async Task PutGivesTheMd5AsETag()
    {
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", Hello);
        Assert.Equal(200, put.Status);
        Assert.Equal($"\"{HelloMd5}\"", put["ETag"]);
        Assert.Equal("0", put["Content-Length"]);
        TestResponse get = await _server.SendAsync("GET", "/bucket/key");
        Assert.Equal(Hello, get.Body);
        Assert.Equal($"\"{HelloMd5}\"", get["ETag"]);
        Assert.Equal("binary/octet-stream", get["Content-Type"]);
        Assert.Equal("bytes", get["Accept-Ranges"]);
    }

    [Fact]
    public async Task StoredHeadersComeBack()
    {
        await _server.SendAsync("PUT", "/bucket/key", Hello, "Content-Type: text/plain", "Cache-Control: max-age=5",
            "Content-Disposition: inline",
            "Content-Language: de", "Expires: Wed, 21 Oct 2026 07:28:00 GMT", "Content-Encoding: gzip, aws-chunked",
                "x-amz-storage-class: GLACIER",
            "x-amz-meta-Name: Größe", "X-Amz-Meta-Other: 1", "x-amz-tagging: a=b&c=d", "x-amz-website-redirect-location: /other");
        TestResponse head = await _server.SendAsync("HEAD", "/bucket/key");
        Assert.Equal(200, head.Status);
        Assert.Equal("11", head["Content-Length"]);
        Assert.Empty(head.Body);
        string[] names = ["Content-Type", "Cache-Control", "Content-Disposition", "Content-Language", "Expires", "Content-Encoding",
            "x-amz-storage-class", "x-amz-meta-name", "x-amz-meta-other", "x-amz-tagging-count", "x-amz-website-redirect-location"];
        string[] values = ["text/plain", "max-age=5", "inline", "de", "Wed, 21 Oct 2026 07:28:00 GMT", "gzip", "GLACIER",
            "=?UTF-8?B?R3LDg8K2w4PCn2U=?=", "1", "2", "/other"];
        Assert.Equal(values, names.Select(name => head[name]));
    }

    [Theory]
    [InlineData("aws-chunked", null)]
    [InlineData("aws-chunked, gzip", "gzip")]
    [InlineData("gzip,br", "gzip,br")]
    public async Task AwsChunkedIsNoStoredEncoding(string sent, string? stored)
    {
        await _server.SendAsync("PUT", "/bucket/key", Hello, "Content-Encoding: " + sent);
        Assert.Equal(stored, (await _server.SendAsync("GET", "/bucket/key"))["Content-Encoding"]);
    }

    [Theory]
    [InlineData("STANDARD", null)]
    [InlineData("STANDARD_IA", "STANDARD_IA")]
    public async Task StandardStorageClassIsNotReturned(string sent, string? returned)
    {
        await _server.SendAsync("PUT", "/bucket/key", Hello, "x-amz-storage-class: " + sent);
        Assert.Equal(returned, (await _server.SendAsync("GET", "/bucket/key"))["x-amz-storage-class"]);
    }

    [Theory]
    [InlineData("x-amz-storage-class: COLD", "InvalidStorageClass")]
    [InlineData("x-amz-acl: public-read", "AccessControlListNotSupported")]
    [InlineData("x-amz-grant-read: id=1", "AccessControlListNotSupported")]
    [InlineData("x-amz-server-side-encryption: AES256", "NotImplemented")]
    [InlineData("x-amz-server-side-encryption: aws:kms", "NotImplemented")]
    [InlineData("x-amz-server-side-encryption-customer-algorithm: AES256", "InvalidRequest")]
    [InlineData("x-amz-object-lock-mode: GOVERNANCE", "InvalidRequest")]
    [InlineData("x-amz-write-offset-bytes: 5", "NoSuchKey")]
    [InlineData("x-amz-write-offset-bytes: -1", "InvalidArgument")]
    [InlineData("x-amz-tagging: a=1&a=2", "InvalidArgument")]
    [InlineData("x-amz-tagging: =1", "InvalidTag")]
    [InlineData("x-amz-website-redirect-location: elsewhere", "InvalidRedirectLocation")]
    [InlineData("Content-MD5: abc", "InvalidDigest")]
    [InlineData("Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest")]
    [InlineData("x-amz-content-sha256: 0000000000000000000000000000000000000000000000000000000000000000", "XAmzContentSHA256Mismatch")]
    [InlineData("x-amz-checksum-crc32: AAAAAA==", "BadDigest")]
    [InlineData("x-amz-checksum-crc32: AAAA", "InvalidRequest")]
    [InlineData("x-amz-checksum-crc32: ????????", "InvalidRequest")]
    [InlineData("x-amz-checksum-sha512: AAAAAA==", "InvalidRequest")]
    [InlineData("x-amz-checksum-md5: XrY7u+Ae7tCTyyK7j1rNww==", "InvalidRequest")]
    [InlineData("x-amz-checksum-xxhash64: AAAAAAAAAAA=", "InvalidRequest")]
    [InlineData("x-amz-checksum-algorithm: SHA512", "InvalidRequest")]
    [InlineData("x-amz-trailer: x-amz-checksum-xxhash128", "InvalidRequest")]
    [InlineData("x-amz-sdk-checksum-algorithm: XXHASH3", "InvalidRequest")]
    [InlineData("x-amz-trailer: x-amz-checksum-crc32", "MalformedTrailerError")]
    public async Task RefusedPutStoresNothing(string header, string code)
    {
        TestResponse response = await _server.SendAsync("PUT", "/bucket/key", Hello, header);
        Assert.Equal(code, response.ErrorCode);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/key")).Status);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    /// <summary>What the JavaScript SDK presigns by default: it had no body to sum up.</summary>
    [Fact]
    public async Task TheChecksumOfAnAbsentBodyInAPresignedUrlPromisesNothing()
    {
        TestResponse put = await SendPresignedAsync("/bucket/key?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32");
        Assert.Equal(200, put.Status);
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc32, Hello), put["x-amz-checksum-crc32"]);
        TestResponse header = await _server.SendAsync("PUT", "/bucket/other", Hello, "x-amz-checksum-crc32: AAAAAA==",
            "x-amz-sdk-checksum-algorithm: CRC32");
        Assert.Equal("BadDigest", header.ErrorCode);
    }

    [Theory]
    [InlineData("x-amz-acl: private")]
    [InlineData("x-amz-acl: bucket-owner-full-control")]
    [InlineData("Content-MD5: XrY7u+Ae7tCTyyK7j1rNww==")]
    public async Task HarmlessHeadersAreAccepted(string header) =>
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/key", Hello, header)).Status);

    [Theory]
    [InlineData(2048, 200)]
    [InlineData(2049, 400)]
    public async Task UserMetadataIsBounded(int size, int status)
    {
        TestResponse response = await _server.SendAsync("PUT", "/bucket/key", Hello,
            "x-amz-meta-a: " + new string('x', 1000), "x-amz-meta-b: " + new string('y', size - 1002));
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 200 ? null : "MetadataTooLarge", response.ErrorCode);
    }

    /// <summary>The first is the example of AWS's user guide, "Working with object metadata".</summary>
    [Theory]
    [InlineData("ÄMÄZÕÑ S3", "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=")]
    [InlineData("→", "=?UTF-8?B?w6LChsKS?=")]
    [InlineData("plain ~ text", "plain ~ text")]
    [InlineData("=?UTF-8?B?w7w=?=", "=?UTF-8?B?w7w=?=")]
    public async Task MetadataBeyondAsciiComesBackAsAnEncodedWord(string sent, string returned)
    {
        await _server.SendAsync("PUT", "/bucket/key", Hello, "x-amz-meta-a: " + sent);
        Assert.Equal(returned, (await _server.SendAsync("GET", "/bucket/key"))["x-amz-meta-a"]);
        Assert.Equal(returned, (await _server.SendAsync("HEAD", "/bucket/key"))["x-amz-meta-a"]);
    }

    [Fact]
    public async Task RepeatedMetadataIsJoined()
    {
        await _server.SendAsync("PUT", "/bucket/key", Hello, "x-amz-meta-a: 1", "X-Amz-Meta-A: 2", "x-amz-meta-b: 3");
        TestResponse head = await _server.SendAsync("HEAD", "/bucket/key");
        Assert.Equal("1,2", Assert.Single(head.Headers, header => header.Name == "x-amz-meta-a").Value);
        Assert.Equal("3", head["x-amz-meta-b"]);
    }

    [Theory]
    [InlineData(ChecksumKind.Crc32, "crc32")]
    [InlineData(ChecksumKind.Crc32C, "crc32c")]
    [InlineData(ChecksumKind.Crc64Nvme, "crc64nvme")]
    [InlineData(ChecksumKind.Sha1, "sha1")]
    [InlineData(ChecksumKind.Sha256, "sha256")]
    public async Task ChecksumIsVerifiedKeptAndReturnedOnRequest(ChecksumKind kind, string name)
    {
        string header = "x-amz-checksum-" + name;
        string value = AwsChunkedBody.Checksum(kind, Hello);
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", Hello, $"{header}: {value}",
            "x-amz-sdk-checksum-algorithm: " + name.ToUpperInvariant());
        Assert.Equal(value, put[header]);
        Assert.Equal("FULL_OBJECT", put["x-amz-checksum-type"]);
        Assert.Null((await _server.SendAsync("GET", "/bucket/key"))[header]);
        TestResponse get = await _server.SendAsync("GET", "/bucket/key", null, "x-amz-checksum-mode: ENABLED");
        Assert.Equal(value, get[header]);
        Assert.Equal("FULL_OBJECT", get["x-amz-checksum-type"]);
        Assert.Null((await _server.SendAsync("GET", "/bucket/key", null, "x-amz-checksum-mode: ENABLED", "Range: bytes=0-1"))[header]);
    }

    [Fact]
    public async Task AlgorithmAloneIsComputed()
    {
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", Hello, "x-amz-sdk-checksum-algorithm: CRC32C");
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc32C, Hello), put["x-amz-checksum-crc32c"]);
    }

    [Fact]
    public async Task TwoChecksumsAreRefused()
    {
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", Hello,
            "x-amz-checksum-crc32: " + AwsChunkedBody.Checksum(ChecksumKind.Crc32, Hello),
            "x-amz-checksum-sha1: " + AwsChunkedBody.Checksum(ChecksumKind.Sha1, Hello));
        Assert.Equal("InvalidRequest", put.ErrorCode);
        Assert.Contains("Expecting a single x-amz-checksum- header", put.Text);
    }

    [Theory]
    [InlineData("x-amz-checksum-crc32:AAAAAA==", "BadDigest")]
    [InlineData("x-amz-checksum-crc32:AAAA", "InvalidRequest")]
    [InlineData("x-amz-checksum-sha1:AAAAAA==", "MalformedTrailerError")]
    [InlineData("", "MalformedTrailerError")]
    public async Task WrongTrailerStoresNothing(string trailer, string code)
    {
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", AwsChunkedBody.Unsigned(Hello, trailer),
            "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-trailer: x-amz-checksum-crc32",
                "x-amz-decoded-content-length: 11");
        Assert.Equal(code, put.ErrorCode);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Fact]
    public async Task ChecksumHoistedIntoAPresignedUrlIsVerified()
    {
        string good = Uri.EscapeDataString(AwsChunkedBody.Checksum(ChecksumKind.Crc32, Hello));
        TestResponse put = await SendPresignedAsync(
            $"/bucket/key?x-amz-checksum-crc32={good}&x-amz-sdk-checksum-algorithm=CRC32&x-amz-meta-a=b%20c");
        Assert.Equal(200, put.Status);
        Assert.Equal("b c", (await _server.SendAsync("GET", "/bucket/key"))["x-amz-meta-a"]);
        foreach (string wrong in (string[])["x-amz-checksum-crc32=AAAAAQ%3D%3D&x-amz-sdk-checksum-algorithm=CRC32",
            "x-amz-checksum-crc32=AAAAAA%3D%3D", "x-amz-checksum-crc32c=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32C"])
            Assert.Equal("BadDigest", (await SendPresignedAsync("/bucket/other?" + wrong)).ErrorCode);
        put = await SendPresignedAsync("/bucket/other?X-Amz-Server-Side-Encryption=AES256");
        Assert.Equal("NotImplemented", put.ErrorCode);
    }

    [Theory]
    [InlineData("If-None-Match: *", 412)]
    [InlineData("If-None-Match: " + HelloMd5, 412)]
    [InlineData("If-None-Match: \"00000000000000000000000000000000\"", 200)]
    [InlineData("If-Match: \"" + HelloMd5 + "\"", 200)]
    [InlineData("If-Match: " + HelloMd5, 200)]
    [InlineData("If-Match: W/\"" + HelloMd5 + "\"", 412)]
    [InlineData("If-Match: \"00000000000000000000000000000000\"", 412)]
    [InlineData("If-Match: \"00000000000000000000000000000000\", \"" + HelloMd5 + "\"", 200)]
    [InlineData("If-Match: *", 200)]
    public async Task ConditionsAgainstAnExistingObject(string condition, int status)
    {
        await _server.SendAsync("PUT", "/bucket/key", Hello);
        Assert.Equal(status, (await _server.SendAsync("PUT", "/bucket/key", "new", condition)).Status);
        Assert.Equal(status == 200 ? "new" : "hello world", (await _server.SendAsync("GET", "/bucket/key")).Text);
    }

    [Theory]
    [InlineData("If-None-Match: *", 200, null)]
    [InlineData("If-Match: " + HelloMd5, 404, "NoSuchKey")]
    public async Task ConditionsAgainstAnAbsentKey(string condition, int status, string? code)
    {
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", Hello, condition);
        Assert.Equal(status, put.Status);
        Assert.Equal(code, put.ErrorCode);
    }

    [Fact]
    public async Task ConditionIsDecidedAgainAtCommit()
    {
        _server.Memory.BeforeCommit = () =>
        {
            _server.Memory.BeforeCommit = null;
            _server.SendAsync("PUT", "/bucket/key", "first").GetAwaiter().GetResult();
        };
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", "second", "If-None-Match: *");
        Assert.Equal("PreconditionFailed", put.ErrorCode);
        Assert.Equal("first", (await _server.SendAsync("GET", "/bucket/key")).Text);
    }

    [Fact]
    public async Task FailedConditionAsksForNoBody()
    {
        await _server.SendAsync("PUT", "/bucket/key", Hello);
        byte[] head = _server.Head("PUT", "/bucket/key", Hello, ["Expect: 100-continue", "If-None-Match: *"], out _);
        TestResponse response = Assert.Single(await _server.ExchangeAsync(new MemoryWire(head) { AfterContinue = Hello }));
        Assert.Equal(412, response.Status);
    }

    [Fact]
    public async Task MoreThanFiveGibibytesIsTooLarge()
    {
        TestResponse response = await _server.SendAsync("PUT", "/bucket/key", [], "Content-Length: 5368709121",
            "x-amz-content-sha256: UNSIGNED-PAYLOAD");
        Assert.Equal("EntityTooLarge", response.ErrorCode);
        Assert.Equal("5368709121", response.Element("ProposedSize"));
    }

    [Fact]
    public async Task FullDiskIsToldAsSuch()
    {
        _server.Memory.OpenWriterStatus = StoreStatus.NoSpace;
        TestResponse response = await _server.SendAsync("PUT", "/bucket/key", new byte[20_000]);
        Assert.Equal(507, response.Status);
    }

    [Fact]
    public async Task LargeBodyHasItsMd5()
    {
        byte[] payload = AwsChunkedBody.Payload(1 << 20);
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", payload, "x-amz-sdk-checksum-algorithm: SHA256");
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(payload))}\"", put["ETag"]);
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(payload)), put["x-amz-checksum-sha256"]);
    }

    [Theory]
    [InlineData("x-amz-copy-source=bucket/other", "InvalidRequest")]
    [InlineData("x-amz-write-offset-bytes=0", "InvalidRequest")]
    [InlineData("x-amz-website-redirect-location=elsewhere", "InvalidRedirectLocation")]
    [InlineData("X-Amz-Checksum-Md5=XrY7u%2BAe7tCTyyK7j1rNww%3D%3D", "InvalidRequest")]
    public async Task RefusedParameterOfAPresignedUrlStoresNothing(string parameter, string code)
    {
        Assert.Equal(code, (await SendPresignedAsync("/bucket/key?" + parameter)).ErrorCode);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Fact]
    public async Task HeadersHoistedIntoAPresignedUrlCount()
    {
        string checksum = AwsChunkedBody.Checksum(ChecksumKind.Crc32, Hello);
        TestResponse put = await SendPresignedAsync("/bucket/key?x-amz-checksum-crc32=" + Uri.EscapeDataString(checksum)
            + "&x-amz-website-redirect-location=%2Fother&x-amz-tagging=a%3D1&x-amz-storage-class=GLACIER&x-amz-meta-a=b");
        Assert.Equal(200, put.Status);
        foreach (string method in new[] { "GET", "HEAD" })
        {
            TestResponse read = await _server.SendPresignedAsync(method, "/bucket/key?x-amz-checksum-mode=ENABLED");
            Assert.Equal((checksum, "/other", "1"),
                (read["x-amz-checksum-crc32"], read["x-amz-website-redirect-location"], read["x-amz-tagging-count"]));
            Assert.Equal(("GLACIER", "b"), (read["x-amz-storage-class"], read["x-amz-meta-a"]));
        }
    }

    private Task<TestResponse> SendPresignedAsync(string target) => _server.SendPresignedAsync("PUT", target, Hello);
}
