using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>What the executable accepts and refuses at start, and how it ends.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Help_names_the_command_and_its_variables()
    {
        (int exitCode, string output) = await ServerProcess.RunAsync("--help");
        Assert.Equal(0, exitCode);
        string[] words = ["rustfs server", "--address", "RUSTFS_ADDRESS", "RUSTFS_ACCESS_KEY", "RUSTFS_SECRET_KEY", "RUSTFS_VOLUMES",
            "RUSTFS_REGION", "RUSTFS_SERVER_DOMAINS", "RUSTFS_TLS_PATH"];
        Assert.All(words, word => Assert.Contains(word, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--no-such-flag", "--no-such-flag")]
    [InlineData("--address=:99999", "--address")]
    public async Task A_wrong_flag_is_an_error_that_names_it(string argument, string named)
    {
        var settings = new ServerSettings { Directory = _folder.Path, Arguments = [argument] };
        (int exitCode, string output) = await ServerProcess.RunRefusedAsync(settings);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(named, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RUSTFS_ADDRESS", "no-port")]
    [InlineData("RUSTFS_SECRET_KEY", "short")]
    [InlineData("RUSTFS_TLS_PATH", "/no/such/folder")]
    public async Task A_wrong_variable_is_an_error_that_names_it(string name, string value)
    {
        (int exitCode, string output) = await ServerProcess.RunRefusedAsync(new ServerSettings
        {
            Directory = _folder.Path,
            Environment = new Dictionary<string, string> { [name] = value },
        });
        Assert.NotEqual(0, exitCode);
        Assert.Contains(name, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_server_on_the_same_volume_refuses_to_start()
    {
        await using ServerProcess first = await ServerProcess.StartAsync(new ServerSettings { Directory = _folder.Path });
        (int exitCode, string output) = await ServerProcess.RunRefusedAsync(new ServerSettings { Directory = _folder.Path });
        Assert.NotEqual(0, exitCode);
        Assert.Contains(_folder.Path, output, StringComparison.Ordinal);
        Assert.Contains("process", output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Objects_outlive_a_restart()
    {
        var settings = new ServerSettings { Directory = _folder.Path };
        await using (ServerProcess server = await ServerProcess.StartAsync(settings))
        {
            using var client = AwsSdkTests.ClientFor(server);
            await client.PutBucketAsync("kept");
            await client.PutObjectAsync(new() { BucketName = "kept", Key = "k", ContentBody = "still here" });
        }

        await using ServerProcess again = await ServerProcess.StartAsync(settings);
        using var reader = AwsSdkTests.ClientFor(again);
        using var got = await reader.GetObjectAsync("kept", "k");
        Assert.Equal("still here", await new StreamReader(got.ResponseStream).ReadToEndAsync());
    }

    [Fact]
    public async Task A_warning_stands_in_the_log_while_the_default_keys_are_in_use()
    {
        var defaults = new ServerSettings { AccessKey = "rustfsadmin", SecretKey = "rustfsadmin" };
        await using ServerProcess server = await ServerProcess.StartAsync(defaults);
        await server.WaitForOutputAsync("default");
    }

    [Fact]
    public async Task Health_and_metrics_answer_without_a_signature()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        using var http = new HttpClient(new HttpClientHandler { UseProxy = false });
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(server.Endpoint + "/health/live"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(server.Endpoint + "/health/ready"))).StatusCode);
        string metrics = await http.GetStringAsync(new Uri(server.Endpoint + "/metrics"));
        Assert.Contains("# TYPE", metrics, StringComparison.Ordinal);
        Assert.Contains("rustfs_", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_lets_a_slow_upload_and_a_slow_download_finish()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { Directory = _folder.Path });
        using var client = AwsSdkTests.ClientFor(server);
        using var http = new HttpClient(new HttpClientHandler { UseProxy = false });
        await client.PutBucketAsync("slow");
        byte[] body = TemporaryFolder.RandomBytes(24 << 20, seed: 1);
        await client.PutObjectAsync(new() { BucketName = "slow", Key = "down", InputStream = new MemoryStream(body) });
        string upLink = Link("up", Amazon.S3.HttpVerb.PUT);

        var source = new GatedStream(body);
        var content = new StreamContent(source) { Headers = { ContentLength = body.Length } };
        Task<HttpResponseMessage> upload = http.PutAsync(new Uri(upLink), content);
        var downLink = new Uri(Link("down", Amazon.S3.HttpVerb.GET));
        using HttpResponseMessage download = await http.GetAsync(downLink, HttpCompletionOption.ResponseHeadersRead);
        await using Stream stream = await download.Content.ReadAsStreamAsync();
        byte[] received = new byte[body.Length];
        await stream.ReadExactlyAsync(received.AsMemory(0, 1 << 20));
        await source.HalfSent;
        server.Signal(ServerProcess.Sigterm);
        await Task.Delay(700);
        source.Open();
        await stream.ReadExactlyAsync(received.AsMemory(1 << 20));
        Assert.Equal(body, received);
        Assert.Equal(HttpStatusCode.OK, (await upload).StatusCode);
        Assert.Equal(0, await server.WaitForExitAsync());
        await Assert.ThrowsAnyAsync<SocketException>(async () => await new TcpClient().ConnectAsync(IPAddress.Loopback, server.Port));

        await using ServerProcess again = await ServerProcess.StartAsync(new ServerSettings { Directory = _folder.Path });
        using var reader = AwsSdkTests.ClientFor(again);
        Assert.Equal(body.Length, (await reader.GetObjectMetadataAsync("slow", "up")).ContentLength);

        string Link(string key, Amazon.S3.HttpVerb verb) => client.GetPreSignedURL(new()
        {
            BucketName = "slow",
            Key = key,
            Verb = verb,
            Expires = DateTime.UtcNow.AddMinutes(5),
            Protocol = Amazon.S3.Protocol.HTTP,
        });
    }

    /// <summary>Gives half of its bytes, then waits until it is opened.</summary>
    private sealed class GatedStream(byte[] body) : MemoryStream(body)
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _halfSent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HalfSent => _halfSent.Task;

        public void Open() => _opened.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= Length / 2)
            {
                _halfSent.TrySetResult();
                await _opened.Task.WaitAsync(cancellationToken);
            }

            return await base.ReadAsync(buffer, cancellationToken);
        }
    }
}
