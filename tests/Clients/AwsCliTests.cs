using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>The AWS CLI as Debian ships it, unchanged but for its endpoint.</summary>
[Collection(ClientsCollection.Name)]
public sealed class AwsCliTests(SharedServer server) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_copied_listed_moved_and_removed()
    {
        string large = _folder.RandomFile("large.bin", 20 << 20, seed: 1);
        await S3("mb", "s3://cli-files");
        await S3("cp", large, "s3://cli-files/large.bin");
        await S3("cp", "s3://cli-files/large.bin", _folder.File("back.bin"));
        Assert.Equal(File.ReadAllBytes(large), File.ReadAllBytes(_folder.File("back.bin")));
        await S3("cp", "s3://cli-files/large.bin", "s3://cli-files/folder/copy.bin");
        await S3("mv", "s3://cli-files/folder/copy.bin", "s3://cli-files/moved.bin");

        ClientRun listing = await S3("ls", "s3://cli-files", "--recursive");
        Assert.Equal(["large.bin", "moved.bin"], listing.Lines.Select(line => line.Split(' ')[^1]));
        Assert.All(listing.Lines, line => Assert.Contains((20 << 20).ToString(), line, StringComparison.Ordinal));
        Assert.Contains("cli-files", (await S3("ls")).Output, StringComparison.Ordinal);

        await S3("rb", "s3://cli-files", "--force");
        Assert.DoesNotContain("cli-files", (await S3("ls")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_is_synced_both_ways()
    {
        for (int i = 0; i < 120; i++)
            _folder.RandomFile($"tree/{i % 7}/file {i}.bin", i * 100, seed: i);
        await S3("mb", "s3://cli-sync");
        await S3("sync", _folder.File("tree"), "s3://cli-sync/tree");
        await S3("sync", "s3://cli-sync/tree", _folder.File("back"));
        Assert.Equal(Contents(_folder.File("tree")), Contents(_folder.File("back")));
        Assert.Empty((await S3("sync", _folder.File("tree"), "s3://cli-sync/tree")).Output.Trim());

        Assert.Contains("PRE tree/", (await S3("ls", "s3://cli-sync")).Output, StringComparison.Ordinal);
        await S3("rm", "s3://cli-sync", "--recursive", "--quiet");
        Assert.Equal(1, (await Aws("s3", "ls", "s3://cli-sync/tree/")).ExitCode);
        await S3("rb", "s3://cli-sync");
    }

    [Fact]
    public async Task A_tree_is_copied_moved_and_removed_recursively()
    {
        for (int i = 0; i < 20; i++)
            _folder.RandomFile($"tree/{i % 3}/f{i}", i * 50, seed: i);
        await S3("mb", "s3://cli-tree");
        await S3("cp", _folder.File("tree"), "s3://cli-tree/a", "--recursive", "--metadata", "colour=blue", "--content-type", "text/plain");
        await S3("cp", "s3://cli-tree/a", "s3://cli-tree/b", "--recursive");
        await S3("mv", "s3://cli-tree/a", "s3://cli-tree/c", "--recursive");
        Assert.Equal(40, (await S3("ls", "s3://cli-tree", "--recursive")).Lines.Count);
        ClientRun head = await Api("head-object", "--bucket", "cli-tree", "--key", "c/1/f1");
        Assert.Contains("\"colour\": \"blue\"", head.Output, StringComparison.Ordinal);
        Assert.Contains("text/plain", head.Output, StringComparison.Ordinal);
        await S3("rm", "s3://cli-tree/b", "--recursive", "--exclude", "*/f1");
        await S3("mv", "s3://cli-tree/c", _folder.File("back"), "--recursive");
        Assert.Equal(Contents(_folder.File("tree")), Contents(_folder.File("back")));
        Assert.EndsWith("b/1/f1", Assert.Single((await S3("ls", "s3://cli-tree", "--recursive")).Lines), StringComparison.Ordinal);
        await S3("rb", "s3://cli-tree", "--force");
    }

    /// <summary>
    /// The CLI sends Expect: 100-continue with empty files too. A final answer without 100 (Continue) on a connection that lives on
    /// confuses its next request there (botocore keeps the status line of the last answer): it then waits for its read timeout, an error
    /// here.
    /// </summary>
    [Fact]
    public async Task Empty_files_do_not_stall_those_after_them()
    {
        for (int i = 0; i < 60; i++)
            _folder.RandomFile($"mixed/{i}", i % 4 == 0 ? 0 : 100, seed: i);
        await S3("mb", "s3://cli-empty");
        Dictionary<string, string?> environment = ClientProgram.EnvironmentFor(server.Process);
        environment["AWS_MAX_ATTEMPTS"] = "1";
        string[] settings = ["--endpoint-url", server.Process.Endpoint, "--cli-read-timeout", "5"];
        string[] sync = [.. settings, "s3", "sync", _folder.File("mixed"), "s3://cli-empty"];
        (await ClientProgram.RunAsync(ClientProgram.AwsCli, sync, environment)).Succeeded();
    }

    [Fact]
    public async Task Presigned_links_are_opened_by_curl()
    {
        string file = _folder.RandomFile("linked.bin", 5000, seed: 3);
        await S3("mb", "s3://cli-links");
        await S3("cp", file, "s3://cli-links/a+b c.bin");
        string url = (await S3("presign", "s3://cli-links/a+b c.bin", "--expires-in", "60")).Output.Trim();
        (await ClientProgram.RunAsync("curl", ["-sSf", "--noproxy", "*", "-o", _folder.File("got.bin"), url])).Succeeded();
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(_folder.File("got.bin")));
    }

    [Fact]
    public async Task The_low_level_commands_answer()
    {
        string file = _folder.RandomFile("api.bin", 1234, seed: 4);
        await Api("create-bucket", "--bucket", "cli-api");
        await Api("put-object", "--bucket", "cli-api", "--key", "k", "--body", file, "--metadata", "colour=blue");
        ClientRun head = await Api("head-object", "--bucket", "cli-api", "--key", "k");
        Assert.Contains("\"colour\": \"blue\"", head.Output, StringComparison.Ordinal);
        Assert.Contains("\"KeyCount\": 1", (await Api("list-objects-v2", "--bucket", "cli-api", "--output", "json", "--max-items", "5",
            "--query", "{KeyCount: length(Contents)}")).Output, StringComparison.Ordinal);
        await Api("get-object", "--bucket", "cli-api", "--key", "k", "--range", "bytes=0-99", _folder.File("part.bin"));
        Assert.Equal(File.ReadAllBytes(file)[..100], File.ReadAllBytes(_folder.File("part.bin")));
        ClientRun refused = await Aws("s3api", "delete-bucket", "--bucket", "cli-api");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("BucketNotEmpty", refused.Output, StringComparison.Ordinal);
        await Api("delete-object", "--bucket", "cli-api", "--key", "k");
        await Api("delete-bucket", "--bucket", "cli-api");
    }

    private async Task<ClientRun> S3(params string[] arguments)
    {
        string[] quiet = arguments[0] is "cp" or "mv" or "sync" ? ["--no-progress", "--only-show-errors"] : [];
        return (await Aws(["s3", .. arguments, .. quiet])).Succeeded();
    }

    private async Task<ClientRun> Api(params string[] arguments) => (await Aws(["s3api", .. arguments])).Succeeded();

    /// <summary>The CLI of Debian 12 is older than AWS_ENDPOINT_URL: the endpoint is an option.</summary>
    private Task<ClientRun> Aws(params string[] arguments) => ClientProgram.RunAsync(ClientProgram.AwsCli,
        ["--endpoint-url", server.Process.Endpoint, .. arguments], ClientProgram.EnvironmentFor(server.Process));

    private static Dictionary<string, string> Contents(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .OrderBy(path => path, StringComparer.Ordinal)
        .ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexString(File.ReadAllBytes(path)));
}
