using System.Text;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>
/// Every way a body can be framed, received in pieces of many sizes, with another request behind it on the same connection.
/// </summary>
public sealed class BodyFramingTests
{
    private const string UnsignedTrailer = "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    private readonly S3TestServer _server = new();

    public static TheoryData<int, int> Sizes => new()
    {
        { 0, int.MaxValue }, { 1, 1 }, { 100, 7 }, { 4096, 1000 }, { 20_000, int.MaxValue }, { 100_000, 3333 }, { 300_000, 65_536 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task ContentLengthBodyIsStoredAndTheNextRequestServed(int size, int pieceBytes)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        byte[] put = _server.Request("PUT", "/bucket/key", payload);
        await AssertStoredAndPipelined(put, payload, pieceBytes);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task UnsignedChunksWithTrailerAreStoredWithoutFraming(int size, int pieceBytes)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        byte[] framed = AwsChunkedBody.Unsigned(payload, "x-amz-checksum-crc32:" + AwsChunkedBody.Checksum(ChecksumKind.Crc32, payload));
        byte[] put = _server.Request("PUT", "/bucket/key", framed, UnsignedTrailer, "x-amz-trailer: x-amz-checksum-crc32",
            $"x-amz-decoded-content-length: {size}", "Content-Encoding: aws-chunked");
        await AssertStoredAndPipelined(put, payload, pieceBytes);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task ChunkedTransferAroundAwsChunkedIsStoredWithoutFraming(int size, int pieceBytes)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        byte[] framed = AwsChunkedBody.Unsigned(payload, "x-amz-checksum-sha1:" + AwsChunkedBody.Checksum(ChecksumKind.Sha1, payload));
        byte[] put = [
            .. _server.Head("PUT", "/bucket/key", [], [UnsignedTrailer, "x-amz-trailer: x-amz-checksum-sha1", "Transfer-Encoding: chunked",
                $"x-amz-decoded-content-length: {size}"], out _),
            .. AwsChunkedBody.TransferChunked(framed, 5000)];
        await AssertStoredAndPipelined(put, payload, pieceBytes);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task ChunkedTransferWithDecodedLengthIsStored(int size, int pieceBytes)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        byte[] put = [
            .. _server.Head("PUT", "/bucket/key", [], ["x-amz-content-sha256: UNSIGNED-PAYLOAD", "Transfer-Encoding: chunked",
                $"x-amz-decoded-content-length: {size}"], out _),
            .. AwsChunkedBody.TransferChunked(payload, 5000)];
        await AssertStoredAndPipelined(put, payload, pieceBytes);
    }

    [Theory]
    [InlineData(false, 200, null)]
    [InlineData(true, 403, "SignatureDoesNotMatch")]
    public async Task SignedChunksAreVerified(bool isTampered, int status, string? code)
    {
        byte[] payload = AwsChunkedBody.Payload(30_000);
        int framedLength = AwsChunkedBody.Signed(payload, new string('0', 64), "k", "20260101T000000Z").Length;
        string[] headers = ["x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD", $"x-amz-decoded-content-length: {payload.Length}",
            $"Content-Length: {framedLength}"];
        byte[] head = _server.Head("PUT", "/bucket/key", payload, headers, out string signature);
        string text = Encoding.ASCII.GetString(head);
        string date = text[(text.IndexOf("x-amz-date: ", StringComparison.Ordinal) + 12)..][..16];
        byte[] framed = AwsChunkedBody.Signed(payload, signature, "test-secret-key", date);
        if (isTampered)
            framed[20_000] ^= 1;
        TestResponse response = (await _server.ExchangeAsync(new MemoryWire([.. head, .. framed], 4000)))[0];
        Assert.Equal(status, response.Status);
        Assert.Equal(code, response.ErrorCode);
        Assert.Equal(isTampered ? 404 : 200, (await _server.SendAsync("GET", "/bucket/key")).Status);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task PlainBodyIsNeverReceivedBeyondItsEnd()
    {
        byte[] payload = AwsChunkedBody.Payload(50_000);
        var wire = new MemoryWire(_server.Request("PUT", "/bucket/key", payload));
        await _server.ExchangeAsync(wire);
        Assert.InRange(wire.LargestReceive, 1, 10_000);
    }

    [Fact]
    public async Task SmallReceivedBodyIsTakenInPlace()
    {
        await _server.SendAsync("PUT", "/bucket/key", AwsChunkedBody.Payload(1000));
        Assert.Equal(1, _server.Memory.WritersInPlace);
    }

    [Fact]
    public async Task ContinueIsSentBeforeTheBodyIsAwaited()
    {
        byte[] payload = AwsChunkedBody.Payload(3000);
        byte[] head = _server.Head("PUT", "/bucket/key", payload, ["Expect: 100-continue"], out _);
        var wire = new MemoryWire(head) { AfterContinue = payload };
        List<TestResponse> responses = await _server.ExchangeAsync(wire);
        Assert.Equal([100, 200], responses.Select(response => response.Status));
        Assert.Equal(payload, (await _server.SendAsync("GET", "/bucket/key")).Body);
    }

    [Fact]
    public async Task RefusedRequestIsNotContinued()
    {
        byte[] head = _server.Head("PUT", "/bucket/key", AwsChunkedBody.Payload(3000), ["Expect: 100-continue",
            "x-amz-storage-class: NONE"], out _);
        List<TestResponse> responses = await _server.ExchangeAsync(new MemoryWire(head));
        TestResponse response = Assert.Single(responses);
        Assert.Equal("InvalidStorageClass", response.ErrorCode);
        Assert.True(response.IsBroken);
    }

    [Theory]
    [InlineData("Content-Length: 5000")]
    [InlineData("Transfer-Encoding: chunked|x-amz-decoded-content-length: 5000")]
    public async Task BodyThatEndsEarlyIsIncompleteAndCloses(string headers)
    {
        byte[] head = _server.Head("PUT", "/bucket/key", [], [.. headers.Split('|'), "x-amz-content-sha256: UNSIGNED-PAYLOAD"], out _);
        byte[] body = headers.StartsWith('C') ? new byte[4000] : AwsChunkedBody.TransferChunked(new byte[4000], 4000)[..2000];
        TestResponse response = (await _server.ExchangeAsync(new MemoryWire([.. head, .. body])))[0];
        Assert.Equal("IncompleteBody", response.ErrorCode);
        Assert.Equal("close", response["Connection"]);
        Assert.True(response.IsBroken);
    }

    [Theory]
    [InlineData(4999)]
    [InlineData(5001)]
    public async Task DecodedLengthThatDiffersIsIncomplete(int promised)
    {
        byte[] framed = AwsChunkedBody.Unsigned(new byte[5000], "");
        TestResponse response = await _server.SendAsync("PUT", "/bucket/key", framed, UnsignedTrailer,
            $"x-amz-decoded-content-length: {promised}");
        Assert.Equal("IncompleteBody", response.ErrorCode);

        byte[] head = _server.Head("PUT", "/bucket/key", [], ["Transfer-Encoding: chunked", $"x-amz-decoded-content-length: {promised}",
            "x-amz-content-sha256: UNSIGNED-PAYLOAD"], out _);
        response = (await _server.ExchangeAsync(new MemoryWire([.. head, .. AwsChunkedBody.TransferChunked(new byte[5000], 999)])))[0];
        Assert.Equal("IncompleteBody", response.ErrorCode);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("5\r\nabcdefgh\r\n0\r\n\r\n")]
    [InlineData("3\r\nabc\r\n0\r\n\r\ntrailing")]
    public async Task BrokenFramingIsRefusedAndCloses(string framed)
    {
        TestResponse response = await _server.SendAsync("PUT", "/bucket/key", framed, UnsignedTrailer, "x-amz-decoded-content-length: 3");
        Assert.Equal(400, response.Status);
        Assert.True(response.IsBroken);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked|x-amz-content-sha256: UNSIGNED-PAYLOAD")]
    [InlineData("Content-Length: (absent)|x-amz-content-sha256: UNSIGNED-PAYLOAD")]
    [InlineData(UnsignedTrailer + "|Content-Length: 0")]
    public async Task BodyOfUnknownLengthIsRefused(string headers)
    {
        byte[] head = _server.Head("PUT", "/bucket/key", [], headers.Split('|'), out _);
        TestResponse response = (await _server.ExchangeAsync(new MemoryWire(head)))[0];
        Assert.Equal(411, response.Status);
        Assert.Equal("MissingContentLength", response.ErrorCode);
    }

    [Fact]
    public async Task AwsChunkedWithoutItsPayloadHashIsNotStoredWithFrames()
    {
        TestResponse response = await _server.SendAsync("PUT", "/bucket/key", AwsChunkedBody.Unsigned(new byte[10], ""),
            "Content-Encoding: aws-chunked", "x-amz-decoded-content-length: 10");
        Assert.Equal("InvalidRequest", response.ErrorCode);
    }

    [Theory]
    [InlineData(10_000, false)]
    [InlineData(2_000_000, true)]
    public async Task BodyOfARefusedRequestIsDrainedWithinBounds(int size, bool isBroken)
    {
        byte[] first = _server.Request("PUT", "/bucket/key", AwsChunkedBody.Payload(size), "x-amz-storage-class: NONE");
        List<TestResponse> responses = await _server.ExchangeAsync(new MemoryWire([.. first, .. _server.Request("GET", "/bucket/none",
            null)], 5000));
        Assert.Equal(isBroken ? [400] : [400, 404], responses.Select(response => response.Status));
    }

    [Fact]
    public async Task ChunkedBodyOfARefusedRequestIsDrained()
    {
        byte[] head = _server.Head("PUT", "/bucket/key", [], ["Transfer-Encoding: chunked", "x-amz-content-sha256: UNSIGNED-PAYLOAD"],
            out _);
        byte[] bytes = [.. head, .. AwsChunkedBody.TransferChunked(new byte[20_000], 700), .. _server.Request("GET", "/bucket/none", null)];
        List<TestResponse> responses = await _server.ExchangeAsync(new MemoryWire(bytes));
        Assert.Equal([411, 404], responses.Select(response => response.Status));
    }

    private async Task AssertStoredAndPipelined(byte[] put, byte[] payload, int pieceBytes)
    {
        byte[] get = _server.Request("GET", "/bucket/key", null);
        byte[] head = _server.Request("GET", "/bucket/none", null);
        List<TestResponse> responses = await _server.ExchangeAsync(new MemoryWire([.. put, .. get, .. head], pieceBytes));
        Assert.Equal([200, 200, 404], responses.Select(response => response.Status));
        Assert.Equal(payload, responses[1].Body);
        Assert.Null(responses[1]["Content-Encoding"]);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }
}
