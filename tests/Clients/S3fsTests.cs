using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>s3fs, which shows a bucket as a file system.</summary>
[Collection(ClientsCollection.Name)]
public sealed class S3fsTests(SharedServer server) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [FactWithFuse]
    public async Task Files_are_written_renamed_read_and_removed()
    {
        string small = _folder.RandomFile("small", 5000, seed: 1);
        string large = _folder.RandomFile("large", 12 << 20, seed: 2);
        string mount = Directory.CreateDirectory(_folder.File("mount")).FullName;
        string password = _folder.File("password");
        File.WriteAllText(password, $"{server.Process.Settings.AccessKey}:{server.Process.Settings.SecretKey}");
        await Run("chmod", "600", password);
        await Run(ClientProgram.AwsCli, "--endpoint-url", server.Process.Endpoint, "s3", "mb", "s3://s3fs");
        await Run("s3fs", "s3fs", mount, "-o", $"passwd_file={password},url={server.Process.Endpoint},use_path_request_style",
            "-o", "endpoint=us-east-1,multipart_size=5");
        try
        {
            // Programs of their own: s3fs answers them, not this process, which could wait for itself.
            await Run("sh", "-c", $"mkdir '{mount}/dir' && cp '{small}' '{large}' '{mount}/dir/' && mv '{mount}/dir/small' '{mount}/moved'");
            await Run("cmp", small, mount + "/moved");
            await Run("cmp", large, mount + "/dir/large");
            Assert.Equal(["dir", "moved"], (await Run("ls", mount)).Lines);
            await Run("sh", "-c", $"printf tail >> '{mount}/moved' && tail -c 4 '{mount}/moved' | grep -q tail");
            await Run("rm", "-r", mount + "/dir");
            Assert.Equal(["moved"], (await Run("ls", mount)).Lines);
        }
        finally
        {
            await Run("fusermount", "-u", mount);
        }

        ClientRun listing = await Run(ClientProgram.AwsCli, "--endpoint-url", server.Process.Endpoint, "s3", "ls", "s3://s3fs");
        Assert.EndsWith("5004 moved", Assert.Single(listing.Lines), StringComparison.Ordinal);
    }

    private async Task<ClientRun> Run(string program, params string[] arguments) =>
        (await ClientProgram.RunAsync(program, arguments, ClientProgram.EnvironmentFor(server.Process))).Succeeded();
}

/// <summary>Skipped, with the reason, where this process may not mount, or there is no device or program for it.</summary>
internal sealed class FactWithFuseAttribute : FactAttribute
{
    public FactWithFuseAttribute()
    {
        if (!File.Exists("/dev/fuse"))
            Skip = "There is no /dev/fuse.";
        else if (!File.Exists("/usr/bin/s3fs"))
            Skip = "s3fs is not installed: run scripts/test.sh once.";
        else
            Skip = new FactWithMountsAttribute().Skip;
    }
}
