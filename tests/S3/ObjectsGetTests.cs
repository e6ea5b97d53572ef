using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

public sealed class ObjectsGetTests
{
    private const string HelloMd5 = "5eb63bbbe01eeed093cb22bb8f5acdc3";
    private readonly S3TestServer _server = new();

    [Theory]
    [InlineData("bytes=0-4", "hello", "bytes 0-4/11")]
    [InlineData("bytes=6-", "world", "bytes 6-10/11")]
    [InlineData("bytes=-5", "world", "bytes 6-10/11")]
    [InlineData("bytes=6-100", "world", "bytes 6-10/11")]
    public async Task RangeGivesThoseBytes(string range, string text, string contentRange)
    {
        await PutHelloAsync();
        TestResponse get = await _server.SendAsync("GET", "/bucket/key", null, "Range: " + range);
        Assert.Equal(206, get.Status);
        Assert.Equal(text, get.Text);
        Assert.Equal(contentRange, get["Content-Range"]);
        TestResponse head = await _server.SendAsync("HEAD", "/bucket/key", null, "Range: " + range);
        Assert.Equal(206, head.Status);
        Assert.Equal(text.Length.ToString(), head["Content-Length"]);
    }

    [Fact]
    public async Task RangeBehindTheEndIsUnsatisfiable()
    {
        await PutHelloAsync();
        TestResponse get = await _server.SendAsync("GET", "/bucket/key", null, "Range: bytes=11-");
        Assert.Equal(416, get.Status);
        Assert.Equal("InvalidRange", get.ErrorCode);
        Assert.Equal("bytes */11", get["Content-Range"]);
        Assert.Equal("11", get.Element("ActualObjectSize"));
        Assert.Empty((await _server.SendAsync("HEAD", "/bucket/key", null, "Range: bytes=11-")).Body);
    }

    [Theory]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("items=0-1")]
    public async Task OtherRangesGiveTheWhole(string range)
    {
        await PutHelloAsync();
        Assert.Equal(200, (await _server.SendAsync("GET", "/bucket/key", null, "Range: " + range)).Status);
    }

    [Theory]
    [InlineData("\"" + HelloMd5 + "\"", 206)]
    [InlineData("\"00000000000000000000000000000000\"", 200)]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT", 200)]
    public async Task IfRangeGuardsTheRange(string validator, int status)
    {
        await PutHelloAsync();
        Assert.Equal(status, (await _server.SendAsync("GET", "/bucket/key", null, "Range: bytes=0-1", "If-Range: " + validator)).Status);
    }

    [Theory]
    [InlineData("If-None-Match: \"" + HelloMd5 + "\"", 304)]
    [InlineData("If-None-Match: W/\"" + HelloMd5 + "\"", 304)]
    [InlineData("If-None-Match: " + HelloMd5, 304)]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-None-Match: \"00000000000000000000000000000000\"", 200)]
    [InlineData("If-Match: \"" + HelloMd5 + "\"", 200)]
    [InlineData("If-Match: \"00000000000000000000000000000000\"", 412)]
    [InlineData("If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT", 200)]
    [InlineData("If-Modified-Since: Wed, 21 Oct 2122 07:28:00 GMT", 304)]
    [InlineData("If-Modified-Since: yesterday", 200)]
    [InlineData("If-Unmodified-Since: Wed, 21 Oct 2015 07:28:00 GMT", 412)]
    [InlineData("If-Unmodified-Since: Wed, 21 Oct 2122 07:28:00 GMT", 200)]
    [InlineData("If-Match: " + HelloMd5 + "|If-Unmodified-Since: Wed, 21 Oct 2015 07:28:00 GMT", 200)]
    [InlineData("If-None-Match: \"00000000000000000000000000000000\"|If-Modified-Since: Wed, 21 Oct 2122 07:28:00 GMT", 200)]
    [InlineData("If-Match: \"00000000000000000000000000000000\"|If-None-Match: *", 412)]
    public async Task ConditionsFollowTheirPrecedence(string conditions, int status)
    {
        await PutHelloAsync("Cache-Control: max-age=9");
        foreach (string method in (string[])["GET", "HEAD"])
        {
            TestResponse response = await _server.SendAsync(method, "/bucket/key", null, conditions.Split('|'));
            Assert.Equal(status, response.Status);
            if (status != 304)
                continue;
            Assert.Equal($"\"{HelloMd5}\"", response["ETag"]);
            Assert.Equal("max-age=9", response["Cache-Control"]);
            Assert.NotNull(response["Last-Modified"]);
            Assert.Null(response["Content-Length"]);
        }
    }

    [Fact]
    public async Task LastModifiedIsNotModifiedSinceItself()
    {
        await PutHelloAsync();
        string modified = (await _server.SendAsync("HEAD", "/bucket/key"))["Last-Modified"]!;
        Assert.Equal(304, (await _server.SendAsync("GET", "/bucket/key", null, "If-Modified-Since: " + modified)).Status);
        Assert.Equal(200, (await _server.SendAsync("GET", "/bucket/key", null, "If-Unmodified-Since: " + modified)).Status);
    }

    [Fact]
    public async Task QueryOverridesStoredHeaders()
    {
        await PutHelloAsync("Content-Type: text/plain", "Cache-Control: max-age=9", "Content-Language: de");
        TestResponse get = await _server.SendAsync("GET",
            "/bucket/key?response-content-disposition=attachment%3B%20filename%3D%22a.txt%22"
            + "&response-content-type=text%2Fcsv&response-cache-control=no-store");
        Assert.Equal("text/csv", Assert.Single(get.Headers, header => header.Name == "Content-Type").Value);
        Assert.Equal("no-store", Assert.Single(get.Headers, header => header.Name == "Cache-Control").Value);
        Assert.Equal("attachment; filename=\"a.txt\"", get["Content-Disposition"]);
        Assert.Equal("de", get["Content-Language"]);
        get = await _server.SendAsync("GET", "/bucket/key?response-content-type=a%0D%0Ab");
        Assert.Equal("InvalidArgument", get.ErrorCode);
    }

    [Fact]
    public async Task SmallObjectLeavesInOneSend()
    {
        await PutHelloAsync();
        var wire = new MemoryWire(_server.Request("GET", "/bucket/key", null));
        Assert.Equal("hello world", (await _server.ExchangeAsync(wire))[0].Text);
        Assert.Equal(1, wire.Sends);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(30_000, false)]
    [InlineData(65_536, true)]
    [InlineData(65_537, true)]
    [InlineData(500_000, true)]
    public async Task ObjectOfAnySizeComesBack(int size, bool readsAtOnce)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        await _server.SendAsync("PUT", "/bucket/key", payload);
        _server.Memory.ReadsAtOnce = readsAtOnce;
        TestResponse get = await _server.SendAsync("GET", "/bucket/key");
        Assert.Equal(200, get.Status);
        Assert.Equal(payload, get.Body);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task EveryOffsetOfARangeIsExact()
    {
        byte[] payload = AwsChunkedBody.Payload(200_000);
        await _server.SendAsync("PUT", "/bucket/key", payload);
        foreach (int offset in (int[])[0, 1, 4095, 4096, 65_535, 65_536, 199_999])
        {
            TestResponse get = await _server.SendAsync("GET", "/bucket/key", null, $"Range: bytes={offset}-{offset + 70_000}");
            Assert.Equal(payload[offset..Math.Min(payload.Length, offset + 70_001)], get.Body);
        }
    }

    [Fact]
    public async Task StaleRecordIsReadAgain()
    {
        await PutHelloAsync();
        _server.Memory.StaleReads = 3;
        Assert.Equal("hello world", (await _server.SendAsync("GET", "/bucket/key")).Text);
        _server.Memory.StaleReads = 100;
        Assert.Equal(503, (await _server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Fact]
    public async Task DamageBeforeTheFirstByteIsAnError()
    {
        await _server.SendAsync("PUT", "/bucket/key", AwsChunkedBody.Payload(1000));
        _server.Memory.CorruptFrom = 0;
        TestResponse get = await _server.SendAsync("GET", "/bucket/key");
        Assert.Equal(500, get.Status);
        Assert.Equal("InternalError", get.ErrorCode);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task DamageInTheMiddleBreaksTheConnection()
    {
        await _server.SendAsync("PUT", "/bucket/key", AwsChunkedBody.Payload(200_000));
        _server.Memory.CorruptFrom = 100_000;
        TestResponse get = await _server.SendAsync("GET", "/bucket/key");
        Assert.Equal("200000", get["Content-Length"]);
        Assert.InRange(get.Body.Length, 1, 100_000);
        Assert.True(get.IsBroken);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Theory]
    [InlineData("GET", "/bucket/key?versionId=null", 200)]
    [InlineData("GET", "/bucket/key?versionId=abc", 400)]
    [InlineData("HEAD", "/bucket/key?versionId=abc", 400)]
    [InlineData("GET", "/bucket/key?versionId=00000000000000010000000000000001", 404)]
    [InlineData("DELETE", "/bucket/key?versionId=abc", 400)]
    [InlineData("HEAD", "/bucket/none", 404)]
    [InlineData("GET", "/none/key", 404)]
    [InlineData("GET", "/bucket/key?torrent", 501)]
    public async Task TargetsThatAreNotTheObject(string method, string target, int status)
    {
        await PutHelloAsync();
        TestResponse response = await _server.SendAsync(method, target);
        Assert.Equal(status, response.Status);
        Assert.Equal(method == "HEAD", response.Body.Length == 0);
        Assert.Equal(200, (await _server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Fact]
    public async Task DeleteSucceedsWhetherOrNotTheKeyExists()
    {
        await PutHelloAsync();
        TestResponse delete = await _server.SendAsync("DELETE", "/bucket/key");
        Assert.Equal(204, delete.Status);
        Assert.Null(delete["Content-Length"]);
        Assert.Equal("NoSuchKey", (await _server.SendAsync("GET", "/bucket/key")).ErrorCode);
        Assert.Equal(204, (await _server.SendAsync("DELETE", "/bucket/key")).Status);
    }

    [Theory]
    [InlineData("If-Match: " + HelloMd5, 204)]
    [InlineData("If-Match: *", 204)]
    [InlineData("If-Match: \"00000000000000000000000000000000\"", 412)]
    [InlineData("x-amz-if-match-size: 11", 204)]
    [InlineData("x-amz-if-match-size: 12", 412)]
    public async Task DeleteKeepsItsCondition(string condition, int status)
    {
        await PutHelloAsync();
        Assert.Equal(status, (await _server.SendAsync("DELETE", "/bucket/key", null, condition)).Status);
        Assert.Equal(status == 204 ? 404 : 200, (await _server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Fact]
    public async Task PartsAreReadByTheirNumbers()
    {
        await MultipartObjects.CreateAsync(_server.Store, "bucket", "key", ChecksumType.Composite, "aaaa"u8.ToArray(), "bbb"u8.ToArray());
        TestResponse get = await _server.SendAsync("GET", "/bucket/key?partNumber=2", null, "x-amz-checksum-mode: ENABLED");
        Assert.Equal(206, get.Status);
        Assert.Equal("bbb", get.Text);
        Assert.Equal("bytes 4-6/7", get["Content-Range"]);
        Assert.Equal("2", get["x-amz-mp-parts-count"]);
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc32, "bbb"u8.ToArray()), get["x-amz-checksum-crc32"]);
        Assert.Equal("2", (await _server.SendAsync("HEAD", "/bucket/key?partNumber=1"))["x-amz-mp-parts-count"]);
        get = await _server.SendAsync("GET", "/bucket/key", null, "x-amz-checksum-mode: ENABLED");
        Assert.EndsWith("-2", get["x-amz-checksum-crc32"]);
        Assert.Equal("COMPOSITE", get["x-amz-checksum-type"]);
        Assert.EndsWith("-2\"", get["ETag"]);
        Assert.Null(get["x-amz-mp-parts-count"]);
    }

    [Theory]
    [InlineData("/bucket/key?partNumber=1", "", 206, null)]
    [InlineData("/bucket/key?partNumber=2", "", 416, "InvalidPartNumber")]
    [InlineData("/bucket/key?partNumber=0", "", 400, "InvalidArgument")]
    [InlineData("/bucket/key?partNumber=10001", "", 400, "InvalidArgument")]
    [InlineData("/bucket/key?partNumber=1", "Range: bytes=0-1", 400, "InvalidRequest")]
    public async Task SimpleObjectIsItsOnlyPart(string target, string header, int status, string? code)
    {
        await PutHelloAsync();
        TestResponse get = await _server.SendAsync("GET", target, null, header.Length == 0 ? [] : [header]);
        Assert.Equal(status, get.Status);
        Assert.Equal(code, get.ErrorCode);
    }

    [Theory]
    [InlineData("y", 2000)]
    [InlineData("ü", 1023)]
    public async Task LongestStoredHeadersFitTheResponse(string character, int length)
    {
        string longest = new('x', 1024);
        string metadata = string.Concat(Enumerable.Repeat(character, length));
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", "x", "Content-Type: " + longest, "Cache-Control: " + longest,
            "Content-Disposition: " + longest, "Content-Encoding: " + longest, "Content-Language: " + longest, "Expires: " + longest,
            "x-amz-website-redirect-location: /" + longest[1..], "x-amz-meta-a: " + metadata);
        Assert.Equal(200, put.Status);
        TestResponse get = await _server.SendAsync("GET", "/bucket/key?response-content-type=" + new string('z', 1024));
        Assert.Equal(200, get.Status);
        Assert.Equal(longest, get["Expires"]);
        get = await _server.SendAsync("GET", "/bucket/key?response-content-type=" + new string('z', 7000));
        Assert.Equal("InvalidArgument", get.ErrorCode);
    }

    private Task<TestResponse> PutHelloAsync(params string[] headers) => _server.SendAsync("PUT", "/bucket/key", "hello world", headers);
}
