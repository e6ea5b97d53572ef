using System.Globalization;
using RustFs.S3.Encryption;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>
/// <c>rustfs rewrap</c>: a line for each key that stays as it was, then a summary. Throws <see cref="VolumeException"/> when the volume
/// cannot be opened, as when a server has it, and <see cref="SettingException"/>.
/// </summary>
internal static class RewrapCommand
{
    private const int DoneExitCode = 0;
    private const int LeftExitCode = 1;

    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(ServerOptions options, TextWriter output)
    {
        KeyRing keys = EncryptionKeys.Load(options);
        if (keys.IsEmpty)
            throw new SettingException("no keys: set RUSTFS_ENCRYPTION_KEYS (--encryption-keys)");
        if (EncryptionKeys.FindFault(options) is { } warning)
            output.WriteLine($"warning: {warning}");
        foreach (string directory in options.Directories)
        {
            // Opening would make a new volume there.
            if (!File.Exists(Path.Combine(directory, "format.json")))
                throw new VolumeException($"{directory} holds no volume: it has no format.json.");
        }

        await using IObjectStore store = Volume.Open(new VolumeOptions { Directories = options.Directories });
        RewrapSummary summary = await new KeyRewrap(store, keys, output.WriteLine).RunAsync().ConfigureAwait(false);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(summary.Failed == 0 ? "done" : $"LEFT {summary.Failed}")}: {summary.Rewrapped} keys wrapped anew, {summary.Current} were "
            + $"wrapped with the newest, {summary.Customers} are of customers, {summary.Plain} objects and uploads are not encrypted"));
        return summary.Failed == 0 ? DoneExitCode : LeftExitCode;
    }
}
