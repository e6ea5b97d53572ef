using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>restic, which keeps a repository of many small and some large objects, lists and deletes.</summary>
[Collection(ClientsCollection.Name)]
public sealed class ResticTests(SharedServer server) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_repository_is_filled_checked_restored_and_pruned()
    {
        for (int i = 0; i < 40; i++)
            _folder.RandomFile($"tree/{i % 4}/f{i}", i * 10_000, seed: i);
        await Restic("init");
        await Restic("backup", ".");
        File.Delete(_folder.File("tree/1/f1"));
        _folder.RandomFile("tree/2/f2", 5_000_000, seed: 99);
        await Restic("backup", ".");
        await Restic("check", "--read-data");
        await Restic("restore", "latest", "--target", _folder.File("back"));
        string[] files = Directory.GetFiles(_folder.File("tree"), "*", SearchOption.AllDirectories);
        Assert.Equal(39, files.Length);
        foreach (string file in files)
        {
            string restored = Path.Combine(_folder.File("back"), Path.GetRelativePath(_folder.File("tree"), file));
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(restored));
        }

        await Restic("forget", "--keep-last", "1", "--prune");
        await Restic("check", "--read-data");
        Assert.Single((await Restic("snapshots", "--compact")).Lines, line => line.Contains("rustfs-test-", StringComparison.Ordinal));
    }

    private async Task<ClientRun> Restic(params string[] arguments)
    {
        Dictionary<string, string?> environment = ClientProgram.EnvironmentFor(server.Process);
        environment["RESTIC_PASSWORD"] = "password";
        environment["RESTIC_REPOSITORY"] = $"s3:{server.Process.Endpoint}/restic/repository";
        string command = $"cd '{_folder.File("tree")}' && exec restic --no-cache {string.Join(' ', arguments.Select(word => $"'{word}'"))}";
        return (await ClientProgram.RunAsync("sh", ["-c", command], environment)).Succeeded();
    }
}
