using RustFs.Tests.Uring;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>The executable under a seccomp profile that forbids io_uring, as those of container runtimes do.</summary>
public sealed class ForbiddenUringTests : IDisposable
{
    /// <summary>Answers io_uring_setup with EPERM and runs what its arguments name: seccomp(2).</summary>
    private const string Sandbox = """
        #include <errno.h>
        #include <stddef.h>
        #include <unistd.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        int main(int count, char **arguments) {
            struct sock_filter rules[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            };
            struct sock_fprog program = { sizeof rules / sizeof *rules, rules };
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 99;
            execvp(arguments[1], arguments + 1);
            return 98;
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [FactWithCompiler]
    public async Task Asked_for_by_name_it_is_an_error_with_the_reason_and_the_remedy()
    {
        (int exitCode, string output) = await ServerProcess.RunRefusedAsync(await SettingsAsync("uring"));
        Assert.Equal(2, exitCode);
        Assert.Contains("RUSTFS_IO (--io): io_uring_setup is forbidden", output, StringComparison.Ordinal);
        Assert.Contains("kernel.io_uring_disabled", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [FactWithCompiler]
    public async Task Left_to_choose_a_server_takes_sockets_and_says_why()
    {
        ServerProcess server = await ServerProcess.StartAsync(await SettingsAsync("auto"));
        await server.DisposeAsync();
        Assert.Contains("io: sockets", server.Output, StringComparison.Ordinal);
        Assert.Contains("io_uring is not used: io_uring_setup is forbidden", server.Output, StringComparison.Ordinal);
    }

    private async Task<ServerSettings> SettingsAsync(string io)
    {
        string source = _folder.File("sandbox.c");
        string sandbox = _folder.File("sandbox");
        await File.WriteAllTextAsync(source, Sandbox);
        (await ClientProgram.RunAsync(FactWithCompilerAttribute.Compiler, [source, "-o", sandbox])).Succeeded();
        return new ServerSettings { Directory = _folder.File("volume"), Io = io, Launcher = sandbox };
    }
}
