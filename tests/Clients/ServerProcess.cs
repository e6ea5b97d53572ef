using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace RustFs.Tests.Clients;

/// <summary>How to start a server under test.</summary>
internal sealed record ServerSettings
{
    /// <summary>Where it keeps its volume; null for a temporary folder that goes with the process.</summary>
    public string? Directory { get; init; }
    public string AccessKey { get; init; } = "rustfsadmin";
    public string SecretKey { get; init; } = "rustfssecret";
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Further arguments after <c>server DIR</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
    public bool UsesTls { get; init; }

    /// <summary>How it does input and output.</summary>
    public string Io { get; init; } = TestIo.Mode;

    /// <summary>A program that becomes the one its arguments name, and the server so; null for none.</summary>
    public string? Launcher { get; init; }
}

/// <summary>
/// The real server executable on a free loopback port. Stops by SIGTERM when disposed; only its own process is ever signalled.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const int Sigkill = 9;
    public const int Sigterm = 15;

    /// <summary>A debug build on a busy machine of two cores has opened its volume long before.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TemporaryFolder? _ownFolder;

    private ServerProcess(ServerSettings settings)
    {
        Settings = settings;
        _ownFolder = settings.Directory is null ? new TemporaryFolder() : null;
        Directory = settings.Directory ?? _ownFolder!.Path;
        Port = FreePort();
        _process = new Process { StartInfo = StartInfo(settings) };
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public ServerSettings Settings { get; }
    public string Directory { get; }
    public int Port { get; }
    public int ProcessId => _process.Id;
    public string Endpoint => $"{(Settings.UsesTls ? "https" : "http")}://127.0.0.1:{Port}";

    /// <summary>Everything it has written to standard output and error so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>
    /// Waits until it has written a text. A line of the log reaches this process later than an answer that was sent after it: the console's
    /// writer, a pipe, and a reader here stand between.
    /// </summary>
    public async Task WaitForOutputAsync(string text)
    {
        var clock = Stopwatch.StartNew();
        while (!Output.Contains(text, StringComparison.OrdinalIgnoreCase))
        {
            if (clock.Elapsed > StopLimit)
                throw new TimeoutException($"The server did not write \"{text}\" within {StopLimit}:\n{Output}");
            await Task.Delay(20);
        }
    }

    /// <summary>Starts a server and waits until it is ready to serve.</summary>
    public static async Task<ServerProcess> StartAsync(ServerSettings? settings = null)
    {
        var server = new ServerProcess(settings ?? new ServerSettings());
        try
        {
            await server.WaitReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a server that is expected to refuse to start; returns its exit code and what it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> RunRefusedAsync(ServerSettings settings)
    {
        await using var server = new ServerProcess(settings);
        using var limit = new CancellationTokenSource(StartLimit);
        await server._process.WaitForExitAsync(limit.Token);
        return (server._process.ExitCode, server.Output);
    }

    /// <summary>Runs the executable with arguments that make it end by itself.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        ClientRun run = await ClientProgram.RunAsync("dotnet", [ServerAssembly(), .. arguments]);
        return (run.ExitCode, run.Output);
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited && SendSignal(_process.Id, signal) != 0)
            throw new InvalidOperationException($"kill({_process.Id}, {signal}) failed with errno {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>kill -9: what a crash looks like to the volume.</summary>
    public async Task KillAsync()
    {
        Signal(Sigkill);
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits for the end; returns the exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        using var cancellation = new CancellationTokenSource(limit ?? StopLimit);
        await _process.WaitForExitAsync(cancellation.Token);
        return _process.ExitCode;
    }

    /// <summary>A memory figure of /proc/PID/status, such as VmRSS or VmHWM, in KiB.</summary>
    public long MemoryKib(string field)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(text => text.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(Sigterm);
            try
            {
                await WaitForExitAsync();
            }
            catch (OperationCanceledException)
            {
                Signal(Sigkill);
                await _process.WaitForExitAsync();
                throw new TimeoutException($"The server did not stop within {StopLimit} of SIGTERM.\n{Output}");
            }
        }

        _process.Dispose();
        _ownFolder?.Dispose();
    }

    private ProcessStartInfo StartInfo(ServerSettings settings)
    {
        var info = new ProcessStartInfo(settings.Launcher ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        if (settings.Launcher is not null)
            info.ArgumentList.Add("dotnet");
        info.ArgumentList.Add(ServerAssembly());
        info.ArgumentList.Add("server");
        info.ArgumentList.Add(Directory);
        foreach (string argument in settings.Arguments)
            info.ArgumentList.Add(argument);
        foreach (string name in info.Environment.Keys.Where(name => name.StartsWith("RUSTFS_", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        info.Environment["RUSTFS_IO"] = settings.Io;
        info.Environment["RUSTFS_ADDRESS"] = $"127.0.0.1:{Port}";
        info.Environment["RUSTFS_ACCESS_KEY"] = settings.AccessKey;
        info.Environment["RUSTFS_SECRET_KEY"] = settings.SecretKey;
        foreach ((string name, string value) in settings.Environment)
            info.Environment[name] = value;
        return info;
    }

    private async Task WaitReadyAsync()
    {
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
            UseProxy = false,
        };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < StartLimit)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The server ended with exit code {_process.ExitCode}:\n{Output}");
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(new Uri(Endpoint + "/health/ready"));
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"The server was not ready within {StartLimit}:\n{Output}");
    }

    private void Append(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.AppendLine(line);
    }

    /// <summary>The server project is referenced by this one, so that its build lies beside the tests.</summary>
    public static string ServerAssembly() => Path.Combine(AppContext.BaseDirectory, "rustfs.dll");

    /// <summary>
    /// Below those that the kernel gives to outgoing connections: one of another test could take it before the server does.
    /// </summary>
    private static int FreePort()
    {
        const int first = 10_000, end = 32_768;
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(first, end));
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
