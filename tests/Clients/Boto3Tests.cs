using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Clients;

/// <summary>boto3 with its default settings. The scripts beside this file hold the cases.</summary>
[Collection(ClientsCollection.Name)]
public sealed class Boto3Tests(SharedServer server, ITestOutputHelper output)
{
    /// <summary>The promise: resident memory stays under this whatever the size of an object.</summary>
    private const long MemoryCeilingKib = 200 * 1024;

    [Theory]
    [InlineData("guide.py")]
    [InlineData("boto3_objects.py")]
    [InlineData("boto3_listing.py")]
    [InlineData("boto3_multipart.py")]
    [InlineData("boto3_versioning.py")]
    [InlineData("boto3_object_lock.py")]
    [InlineData("boto3_lifecycle.py")]
    [InlineData("boto3_parallel.py")]
    [InlineData("boto3_tags.py")]
    [InlineData("boto3_attributes.py")]
    [InlineData("boto3_appends.py")]
    [InlineData("boto3_forms.py")]
    public async Task Script_passes(string script)
    {
        ClientRun run = await ClientProgram.RunScriptAsync(server.Process, script);
        output.WriteLine(run.Output);
        run.Succeeded();
    }

    [Theory]
    [InlineData("virtual_hosts.py")]
    [InlineData("boto3_presigned.py")]
    public async Task Script_passes_with_domains_set(string script)
    {
        await using ServerProcess domains = await ServerProcess.StartAsync(new ServerSettings
        {
            Environment = new Dictionary<string, string> { ["RUSTFS_SERVER_DOMAINS"] = "localhost" },
        });
        (await ClientProgram.RunScriptAsync(domains, script)).Succeeded();
    }

    [Fact]
    public async Task A_large_file_goes_up_and_down_in_bounded_memory()
    {
        const int sizeMib = 1024;
        await using ServerProcess fresh = await ServerProcess.StartAsync();
        ClientRun run = await ClientProgram.RunScriptAsync(fresh, "boto3_large.py", sizeMib.ToString());
        long peakKib = fresh.MemoryKib("VmHWM");
        output.WriteLine($"{run.Output}VmHWM {peakKib / 1024} MiB, VmRSS {fresh.MemoryKib("VmRSS") / 1024} MiB");
        run.Succeeded();
        Assert.InRange(peakKib, 1, MemoryCeilingKib);
    }
}
