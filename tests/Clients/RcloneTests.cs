using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>rclone with its generic S3 provider: many small files, checks by MD5, large files in parts.</summary>
[Collection(ClientsCollection.Name)]
public sealed class RcloneTests(SharedServer server) : IDisposable
{
    private const int SmallFileCount = 2000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Small_files_are_copied_checked_and_synced()
    {
        for (int i = 0; i < SmallFileCount; i++)
            _folder.RandomFile($"small/{i % 40}/f{i}", i % 3000, seed: i);
        await Rclone("mkdir", "s3:rclone-small");
        await Rclone("copy", _folder.File("small"), "s3:rclone-small", "--transfers", "16", "--checkers", "16");
        await Rclone("check", _folder.File("small"), "s3:rclone-small", "--checkers", "16");
        ClientRun listing = await Rclone("lsf", "-R", "--files-only", "s3:rclone-small");
        Assert.Equal(SmallFileCount, listing.Lines.Count);

        File.Delete(_folder.File("small/0/f0"));
        _folder.RandomFile("small/1/f1", 999, seed: 5);
        await Rclone("sync", _folder.File("small"), "s3:rclone-small", "--transfers", "16", "--checkers", "16");
        await Rclone("check", _folder.File("small"), "s3:rclone-small", "--checkers", "16");
        await Rclone("purge", "s3:rclone-small");
        Assert.DoesNotContain("rclone-small", (await Rclone("lsf", "s3:")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_file_goes_in_parts_and_comes_back()
    {
        string large = _folder.RandomFile("large/big.bin", (33 << 20) + 17, seed: 9);
        await Rclone("copy", _folder.File("large"), "s3:rclone-large", "--s3-chunk-size", "5M", "--s3-upload-cutoff", "10M");
        await Rclone("copy", "s3:rclone-large", _folder.File("back"), "--multi-thread-cutoff", "10M");
        Assert.Equal(File.ReadAllBytes(large), File.ReadAllBytes(_folder.File("back/big.bin")));
        await Rclone("purge", "s3:rclone-large");
    }

    [Fact]
    public async Task Metadata_and_times_travel_with_files()
    {
        string file = _folder.RandomFile("meta/a.txt", 100, seed: 1);
        File.SetLastWriteTimeUtc(file, new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        await Rclone("copy", _folder.File("meta"), "s3:rclone-meta", "--metadata", "--metadata-set", "colour=blue",
            "--header-upload", "Cache-Control: no-store");
        ClientRun listing = await Rclone("lsjson", "--metadata", "s3:rclone-meta");
        Assert.Contains("\"colour\":\"blue\"", listing.Output, StringComparison.Ordinal);
        Assert.Contains("\"cache-control\":\"no-store\"", listing.Output, StringComparison.Ordinal);
        Assert.Contains("2020-02-03T04:05:06", listing.Output, StringComparison.Ordinal);
        Assert.Contains("There was nothing to transfer", (await Rclone("sync", _folder.File("meta"), "s3:rclone-meta", "--metadata", "-v"))
            .Output, StringComparison.Ordinal);
        await Rclone("copy", "s3:rclone-meta", "s3:rclone-meta-copy", "--metadata");
        await Rclone("check", "s3:rclone-meta", "s3:rclone-meta-copy", "--download");
        await Rclone("purge", "s3:rclone-meta");
        await Rclone("purge", "s3:rclone-meta-copy");
    }

    private async Task<ClientRun> Rclone(params string[] arguments)
    {
        string configuration = _folder.File("rclone.conf");
        await File.WriteAllTextAsync(configuration, $"""
            [s3]
            type = s3
            provider = Other
            access_key_id = {server.Process.Settings.AccessKey}
            secret_access_key = {server.Process.Settings.SecretKey}
            endpoint = {server.Process.Endpoint}
            """);
        string[] settings = ["--config", configuration, "--retries", "1", "--low-level-retries", "1"];
        ClientRun run = await ClientProgram.RunAsync("rclone", [.. settings, .. arguments], ClientProgram.EnvironmentFor(server.Process));
        return run.Succeeded();
    }
}
