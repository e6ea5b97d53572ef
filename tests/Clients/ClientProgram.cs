using System.Diagnostics;
using System.Text;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>How a client program ended and everything it wrote, standard output and error in the order of arrival.</summary>
internal sealed record ClientRun(string Command, int ExitCode, string Output)
{
    /// <summary>Fails the test with the program's output unless it succeeded.</summary>
    public ClientRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Command} ended with {ExitCode}:\n{Output}");
        return this;
    }

    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>Runs real S3 clients: the AWS CLI, s3cmd, rclone and Python with boto3.</summary>
internal static class ClientProgram
{
    /// <summary>A 1 GiB transfer through boto3 takes well under a minute; three leave room for a busy machine.</summary>
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(3);

    private static readonly Lazy<string> PythonPath = new(FindPython);

    /// <summary>Debian's AWS CLI is wanted even where another one stands earlier in PATH.</summary>
    public static string AwsCli => File.Exists("/usr/bin/aws") ? "/usr/bin/aws" : "aws";

    /// <summary>
    /// The environment that points AWS clients at a server and keeps the user's own settings and proxies out; what is null is removed.
    /// </summary>
    public static Dictionary<string, string?> EnvironmentFor(ServerProcess server) => new()
    {
        ["S3_ENDPOINT"] = server.Endpoint,
        ["AWS_ENDPOINT_URL"] = server.Endpoint,
        ["AWS_ACCESS_KEY_ID"] = server.Settings.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = server.Settings.SecretKey,
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_CA_BUNDLE"] = null,
        ["AWS_PROFILE"] = null,
        ["NO_PROXY"] = "*",
        ["no_proxy"] = "*",
        ["PYTHONDONTWRITEBYTECODE"] = "1",
    };

    /// <summary>Runs a script of tests/Clients with a Python that has boto3.</summary>
    public static Task<ClientRun> RunScriptAsync(ServerProcess server, string script, params string[] arguments) =>
        RunScriptAsync(EnvironmentFor(server), script, arguments);

    public static Task<ClientRun> RunScriptAsync(
        IReadOnlyDictionary<string, string?> environment, string script, params string[] arguments) =>
        RunAsync(PythonPath.Value, [RepositoryFolder.File("tests", "Clients", script), .. arguments], environment);

    public static async Task<ClientRun> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null)
                info.Environment.Remove(name);
            else
                info.Environment[name] = value;
        }

        var output = new StringBuilder();
        using var process = new Process { StartInfo = info };
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(RunLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            lock (output)
                output.AppendLine($"(ended after {RunLimit})");
        }

        lock (output)
            return new ClientRun($"{Path.GetFileName(program)} {string.Join(' ', info.ArgumentList)}", process.ExitCode, output.ToString());
    }

    private static void Append(StringBuilder output, string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.AppendLine(line);
    }

    private static string FindPython()
    {
        foreach (string python in (string[])["python3", "/usr/bin/python3"])
        {
            try
            {
                var info = new ProcessStartInfo(python, ["-c", "import boto3"]) { RedirectStandardError = true };
                using Process process = Process.Start(info)!;
                process.WaitForExit();
                if (process.ExitCode == 0)
                    return python;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not installed under that name.
            }
        }

        throw new InvalidOperationException("No python3 with boto3 was found: run scripts/test.sh, which installs what the tests need.");
    }
}
