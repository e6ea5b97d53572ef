using RustFs.Server;
using RustFs.Storage;

const int UsageExitCode = 2;
const int VolumeExitCode = 3;
const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

// Socket completions run their continuation on the epoll thread: one hop to the thread pool less for each receive. Must be set before the
// first socket.
if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
    Environment.SetEnvironmentVariable(InlineCompletions, "1");

// Before RocksDB starts its threads.
NativeHeap.KeepSmall();

try
{
    ServerOptions? options = CommandLine.Parse(args, Environment.GetEnvironmentVariable, out string text);
    if (options is null)
    {
        Console.Write(text.EndsWith('\n') ? text : text + "\n");
        return 0;
    }

    if (options.Command == ServerCommand.Rewrap) return await RewrapCommand.RunAsync(options, Console.Out);
    if (options.Command != ServerCommand.Serve) return VerifyCommand.Run(options, Console.Out);
    await ServerHost.RunAsync(options);
    return 0;
}
catch (SettingException exception)
{
    Console.Error.WriteLine($"rustfs: {exception.Message}");
    return UsageExitCode;
}
catch (VolumeException exception)
{
    Console.Error.WriteLine($"rustfs: {exception.Message}");
    return VolumeExitCode;
}
