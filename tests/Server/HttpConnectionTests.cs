using RustFs.Http1;
using Xunit;

namespace RustFs.Tests.Server;

/// <summary>What a connection does with raw bytes: RFC 9112, as a client on the wire sees it.</summary>
public sealed class HttpConnectionTests
{
    private const string Live = "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n";

    [Fact]
    public async Task TheConnectionIsKeptForFurtherRequests()
    {
        await using var rig = new ConnectionRig();
        for (int i = 0; i < 3; i++)
        {
            await rig.SendAsync(Live);
            (string head, string body) = await rig.ReceiveAsync();
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", head);
            Assert.DoesNotContain("Connection:", head);
            Assert.Equal("live\n", body);
        }
    }

    [Fact]
    public async Task PipelinedRequestsAreAnsweredInOrder()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync(Live + "GET /health/ready HTTP/1.1\r\nHost: h\r\n\r\n" + Live);

        Assert.Equal("live\n", (await rig.ReceiveAsync()).Body);
        Assert.Equal("ready\n", (await rig.ReceiveAsync()).Body);
        Assert.Equal("live\n", (await rig.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task ARequestMayArriveByteByByte()
    {
        await using var rig = new ConnectionRig();
        foreach (char character in Live)
            await rig.SendAsync(character.ToString());

        Assert.Equal("live\n", (await rig.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task HeadHasTheHeadOfGetAndNoBody()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync("HEAD /health/live HTTP/1.1\r\nHost: h\r\n\r\n" + Live);

        (string head, _) = await rig.ReceiveAsync(isHead: true);
        Assert.Contains("Content-Length: 5", head);
        Assert.Equal("live\n", (await rig.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task ConnectionCloseEndsTheConnectionAfterTheAnswer()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync("GET /health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + Live);

        string all = await rig.ReceiveToEndAsync();
        Assert.Contains("Connection: close\r\n", all);
        Assert.Equal(1, all.Split("HTTP/1.1 ").Length - 1);
    }

    [Fact]
    public async Task Http10EndsTheConnectionUnlessItAsksToKeepIt()
    {
        await using var once = new ConnectionRig();
        await once.SendAsync("GET /health/live HTTP/1.0\r\n\r\n");
        Assert.EndsWith("live\n", await once.ReceiveToEndAsync());

        await using var kept = new ConnectionRig();
        for (int i = 0; i < 2; i++)
        {
            await kept.SendAsync("GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            Assert.Equal("live\n", (await kept.ReceiveAsync()).Body);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx")]
    [InlineData("PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx")]
    [InlineData("GET /\u0001 HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task BytesThatAreNoRequestGet400AndTheConnectionEnds(string bytes)
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync(bytes + Live);
        rig.Finish();

        string all = await rig.ReceiveToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", all);
        Assert.Contains("Connection: close\r\n", all);
        Assert.Contains("<Code>BadRequest</Code>", all);
        // What follows is never read as another request.
        Assert.DoesNotContain("live\n", all);
    }

    [Fact]
    public async Task AHeadBeyondItsLimitGets431()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nx: " + new string('x', Http1Limits.HeadBytes) + "\r\n\r\n");
        rig.Finish();

        Assert.StartsWith("HTTP/1.1 431 ", await rig.ReceiveToEndAsync());
    }

    [Fact]
    public async Task AnUnsignedRequestIsDeniedBeforeItsBodyIsAskedFor()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync("PUT /bucket/key HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\n");
        rig.Finish();

        string all = await rig.ReceiveToEndAsync();
        Assert.StartsWith("HTTP/1.1 403 ", all);
        Assert.Contains("<Code>AccessDenied</Code>", all);
        Assert.Contains("Connection: close\r\n", all);
        Assert.DoesNotContain("100 Continue", all);
    }

    [Fact]
    public async Task ASmallRefusedBodyIsDrainedAndTheConnectionLivesOn()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync("PUT /bucket/key HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + Live);

        Assert.StartsWith("HTTP/1.1 403 ", (await rig.ReceiveAsync()).Head);
        Assert.Equal("live\n", (await rig.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task ALargeRefusedBodyIsReadOnSoThatTheAnswerIsNotLost()
    {
        await using var rig = new ConnectionRig();
        const int Length = 8 << 20;
        await rig.SendAsync($"PUT /bucket/key HTTP/1.1\r\nHost: a\r\nContent-Length: {Length}\r\n\r\n");
        (string head, string body) = await rig.ReceiveAsync();
        Assert.StartsWith("HTTP/1.1 403 ", head);
        Assert.Contains("Connection: close", head);
        Assert.Contains("<RequestId>", body);

        // The client is still in the middle of its upload: every byte is taken.
        string piece = new('x', 64 * 1024);
        for (int sent = 0; sent < Length; sent += piece.Length)
            await rig.SendAsync(piece);
        rig.Finish();
        await rig.Ended.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task AnIdleConnectionClosesWhenTheServerStops()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync(Live);
        await rig.ReceiveAsync();
        await Task.Delay(50);

        rig.RequestClose();
        await rig.Ended.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task MetricsAreInPrometheusForm()
    {
        await using var rig = new ConnectionRig();
        await rig.SendAsync("GET /no-such-bucket HTTP/1.1\r\nHost: a\r\n\r\n");
        await rig.ReceiveAsync();
        await rig.SendAsync("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");

        string page = (await rig.ReceiveAsync()).Body;
        Assert.Contains("rustfs_requests_total{operation=\"ListObjects\",status=\"403\"} 1\n", page);
        Assert.Contains("rustfs_request_seconds_count{operation=\"ListObjects\"} 1\n", page);
        Assert.All(
            page.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=""[^""]*""(,[a-z]+=""[^""]*"")*\})? [-+.0-9E]+)$", line));
    }
}
