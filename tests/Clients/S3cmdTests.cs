using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>s3cmd, which signs and lists in its own way.</summary>
[Collection(ClientsCollection.Name)]
public sealed class S3cmdTests(SharedServer server) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_put_listed_fetched_and_deleted()
    {
        string small = _folder.RandomFile("small file.bin", 4321, seed: 1);
        string large = _folder.RandomFile("large.bin", 17 << 20, seed: 2);
        await S3cmd("mb", "s3://s3cmd-files");
        await S3cmd("put", small, "s3://s3cmd-files/small file.bin");
        await S3cmd("--multipart-chunk-size-mb=5", "put", large, "s3://s3cmd-files/large.bin");

        ClientRun listing = await S3cmd("ls", "s3://s3cmd-files");
        Assert.Contains("s3://s3cmd-files/small file.bin", listing.Output, StringComparison.Ordinal);
        Assert.Contains("s3://s3cmd-files/large.bin", listing.Output, StringComparison.Ordinal);

        await S3cmd("get", "s3://s3cmd-files/small file.bin", _folder.File("small.back"));
        await S3cmd("get", "s3://s3cmd-files/large.bin", _folder.File("large.back"));
        Assert.Equal(File.ReadAllBytes(small), File.ReadAllBytes(_folder.File("small.back")));
        Assert.Equal(File.ReadAllBytes(large), File.ReadAllBytes(_folder.File("large.back")));

        await S3cmd("cp", "s3://s3cmd-files/small file.bin", "s3://s3cmd-files/copy.bin");
        await S3cmd("del", "s3://s3cmd-files/small file.bin");
        ClientRun missing = await Run("get", "s3://s3cmd-files/small file.bin", _folder.File("gone"));
        Assert.NotEqual(0, missing.ExitCode);
        await S3cmd("del", "--recursive", "--force", "s3://s3cmd-files");
        await S3cmd("rb", "s3://s3cmd-files");
    }

    private async Task<ClientRun> S3cmd(params string[] arguments) => (await Run(arguments)).Succeeded();

    private Task<ClientRun> Run(params string[] arguments)
    {
        string host = $"127.0.0.1:{server.Process.Port}";
        string configuration = _folder.File("s3cmd.conf");
        File.WriteAllText(configuration, $"""
            [default]
            access_key = {server.Process.Settings.AccessKey}
            secret_key = {server.Process.Settings.SecretKey}
            host_base = {host}
            host_bucket = {host}
            use_https = False
            """);
        string[] settings = ["-c", configuration, "--no-progress"];
        return ClientProgram.RunAsync("s3cmd", [.. settings, .. arguments], ClientProgram.EnvironmentFor(server.Process));
    }
}
