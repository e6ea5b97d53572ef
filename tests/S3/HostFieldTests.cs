using Xunit;

namespace RustFs.Tests.S3;

/// <summary>The Host that a client signed is the one that counts: behind a proxy that forwards it, on any port, by any address.</summary>
public sealed class HostFieldTests
{
    private readonly S3TestServer _server = new();

    [Theory]
    [InlineData("objects.example.com")]
    [InlineData("objects.example.com:8443")]
    [InlineData("localhost:9000")]
    [InlineData("192.168.5.4:9000")]
    [InlineData("[::1]:9000")]
    [InlineData("[2001:db8::17]")]
    [InlineData("[fe80::1]:80")]
    public async Task Signed_requests_are_accepted(string host)
    {
        string[] fields = ["Host: " + host, "X-Forwarded-Host: other.example.com", "X-Forwarded-Proto: https", "Via: 1.1 proxy"];
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/key", "body", fields)).Status);
        Assert.Equal("body", (await _server.SendAsync("GET", "/bucket/key", (byte[]?)null, fields)).Text);
    }
}
