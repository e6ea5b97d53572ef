using System.Text;
using RustFs.Storage;
using RustFs.Tests.S3;
using Xunit;

namespace RustFs.Tests.Server;

/// <summary>What happens when the memory for requests in flight is used up: refused before the body, and served again at once.</summary>
public sealed class OverloadTests : IAsyncDisposable
{
    private const long LimitBytes = 4 << 20;
    private readonly string _directory = Directory.CreateTempSubdirectory("rustfs-overload-").FullName;
    private readonly MemoryBudget _memory = new(LimitBytes);
    private readonly IObjectStore _store;
    private readonly S3TestServer _server;

    public OverloadTests()
    {
        _store = Volume.Open(new VolumeOptions { Directories = [_directory], SegmentBytes = 8 << 20, ReserveBytes = 0, Memory = _memory });
        _server = new S3TestServer(_store, _memory);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(40_000, MemoryUse.Document)]
    [InlineData(2_000_000, MemoryUse.Body)]
    public async Task ABodyThatDoesNotFitIsRefusedBeforeTheClientIsToldToSendIt(int lengthBytes, MemoryUse full)
    {
        byte[] body = RandomBytes(lengthBytes);
        byte[] head = _server.Head("PUT", "/bucket/key", body, ["Expect: 100-continue"], out _);
        Fill(full);

        var refused = new MemoryWire(head) { AfterContinue = body };
        TestResponse response = Assert.Single(await _server.ExchangeAsync(refused));
        Assert.Equal((503, "SlowDown", "1"), (response.Status, response.ErrorCode, response["Retry-After"]));
        Assert.DoesNotContain("100 Continue", Encoding.Latin1.GetString(refused.Sent));

        Empty(full);
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/key", body)).Status);
        Assert.Equal(body, (await _server.SendAsync("GET", "/bucket/key")).Body);
        AssertNothingHeld();
    }

    [Fact]
    public async Task SmallRequestsAreServedWhenLargeBodiesFillTheirShare()
    {
        byte[] body = RandomBytes(3000);
        Fill(MemoryUse.Body);

        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/small", body)).Status);
        Assert.Equal(body, (await _server.SendAsync("GET", "/bucket/small")).Body);
        Assert.Equal(200, (await _server.SendAsync("GET", "/bucket?list-type=2")).Status);

        Empty(MemoryUse.Body);
        AssertNothingHeld();
    }

    [Fact]
    public async Task AReadThatDoesNotFitIsRefusedAndNeverCutShort()
    {
        byte[] body = RandomBytes(1_000_000);
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/large", body)).Status);
        Fill(MemoryUse.Body);

        TestResponse response = await _server.SendAsync("GET", "/bucket/large");
        Assert.Equal((503, "SlowDown", "1"), (response.Status, response.ErrorCode, response["Retry-After"]));

        Empty(MemoryUse.Body);
        Assert.Equal(body, (await _server.SendAsync("GET", "/bucket/large")).Body);
        AssertNothingHeld();
    }

    /// <summary>Only read-ahead is full: bodies go on with one buffer each, slower, but whole.</summary>
    [Theory]
    [InlineData(100_000)]
    [InlineData(700_000)]
    [InlineData(20_000_000)]
    public async Task BodiesGoOnWithOneBuffer(int lengthBytes)
    {
        byte[] body = RandomBytes(lengthBytes);
        Fill(MemoryUse.ReadAhead);

        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/key", body)).Status);
        Assert.Equal(body, (await _server.SendAsync("GET", "/bucket/key")).Body);
        TestResponse range = await _server.SendAsync("GET", "/bucket/key", (byte[]?)null, $"Range: bytes=70000-{lengthBytes - 7}");
        Assert.Equal(body[70000..(lengthBytes - 6)], range.Body);

        Empty(MemoryUse.ReadAhead);
        AssertNothingHeld();
    }

    [Fact]
    public async Task DocumentsAreCountedAndRefused()
    {
        string delete = "<Delete>" + string.Concat(Enumerable.Range(0, 900).Select(i => $"<Object><Key>key-{i}</Key></Object>"))
            + "</Delete>";
        string md5 = "Content-MD5: " + Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(Encoding.UTF8.GetBytes(delete)));
        Fill(MemoryUse.Document);

        TestResponse refused = await _server.SendAsync("POST", "/bucket?delete", delete, md5);
        Assert.Equal((503, "SlowDown"), (refused.Status, refused.ErrorCode));
        Assert.Equal(503, (await _server.SendAsync("GET", "/bucket?list-type=2")).Status);

        Empty(MemoryUse.Document);
        Assert.Equal(200, (await _server.SendAsync("POST", "/bucket?delete", delete, md5)).Status);
        AssertNothingHeld();
    }

    [Fact]
    public async Task ARequestThatCannotEvenBeReadIsAnsweredAndTheConnectionEnds()
    {
        await using var rig = new ConnectionRig();
        Assert.True(rig.Memory.TryTake(MemoryUse.Request, rig.Memory.LimitBytes));
        await rig.SendAsync("GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n");

        (string head, string body) = await rig.ReceiveAsync();
        Assert.StartsWith("HTTP/1.1 503 ", head);
        Assert.Contains("Retry-After: 1", head);
        Assert.Contains("Connection: close", head);
        Assert.Contains("<Code>SlowDown</Code>", body);
        rig.Finish();
        await rig.Ended;
        rig.Memory.Give(MemoryUse.Request, rig.Memory.LimitBytes);
        Assert.Equal(0, rig.Memory.UsedBytes);
    }

    [Fact]
    public async Task AnIdleConnectionHoldsNothing()
    {
        await using var rig = new ConnectionRig();
        for (int i = 0; i < 3; i++)
        {
            await rig.SendAsync("GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n");
            await rig.ReceiveAsync();
            for (int wait = 0; wait < 1000 && rig.Memory.UsedBytes > 0; wait++)
                await Task.Delay(5);
            Assert.Equal(0, rig.Memory.UsedBytes);
        }

        await rig.SendAsync("GET /hea");
        for (int wait = 0; wait < 1000 && rig.Memory.UsedBytes == 0; wait++)
            await Task.Delay(5);
        Assert.True(rig.Memory.UsedBytesOf(MemoryUse.Request) > 0);
    }

    [Fact]
    public void EachUseHasItsShareAndTakesAreExact()
    {
        var memory = new MemoryBudget(800);
        Assert.True(memory.TryTake(MemoryUse.ReadAhead, 400));
        Assert.False(memory.TryTake(MemoryUse.ReadAhead, 1));
        Assert.Equal(0, memory.Refusals);
        Assert.True(memory.TryTake(MemoryUse.Body, 200));
        Assert.False(memory.TryTake(MemoryUse.Body, 1));
        Assert.True(memory.TryTake(MemoryUse.Document, 100));
        Assert.False(memory.TryTake(MemoryUse.Document, 1));
        Assert.True(memory.TryTake(MemoryUse.Request, 100));
        Assert.False(memory.TryTake(MemoryUse.Request, 1));
        Assert.Equal((800, 3), (memory.UsedBytes, memory.Refusals));
        memory.Give(MemoryUse.ReadAhead, 400);
        Assert.True(memory.TryTake(MemoryUse.Body, 200));
        Assert.Equal((600, 400), (memory.UsedBytes, memory.UsedBytesOf(MemoryUse.Body)));
    }

    private static byte[] RandomBytes(int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(lengthBytes).NextBytes(bytes);
        return bytes;
    }

    private void Fill(MemoryUse use) => Assert.True(_memory.TryTake(use, _memory.LimitBytesOf(use)));

    private void Empty(MemoryUse use) => _memory.Give(use, _memory.LimitBytesOf(use));

    private void AssertNothingHeld()
    {
        // The end of a committed body and the end of its request are not one instant.
        for (int wait = 0; wait < 1000 && _memory.UsedBytes > 0; wait++)
            Thread.Sleep(5);
        foreach (MemoryUse use in Enum.GetValues<MemoryUse>())
            Assert.Equal((use, 0), (use, _memory.UsedBytesOf(use)));
        Assert.Equal(0, _memory.UsedBytes);
    }
}
