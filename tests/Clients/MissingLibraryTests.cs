using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>A machine without librocksdb, as a mount namespace of its own in which nothing stands where the library was.</summary>
public sealed class MissingLibraryTests
{
    [FactWithMounts]
    public async Task A_missing_librocksdb_names_the_package_to_install()
    {
        using var folder = new TemporaryFolder();
        const string Hidden = "for file in /usr/lib/*/librocksdb.so* /usr/local/lib/librocksdb.so*; do "
            + "[ -f \"$file\" ] && mount --bind /dev/null \"$file\"; done; exec dotnet \"$0\" server \"$1\"";
        ClientRun run = await ClientProgram.RunAsync(
            "unshare", ["--mount", "sh", "-c", Hidden, ServerProcess.ServerAssembly(), folder.Path]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("apt-get install librocksdb", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Output, StringComparison.Ordinal);
    }
}
