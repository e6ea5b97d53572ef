using RustFs.S3.Encryption;

namespace RustFs.Server;

/// <summary>Reads the keys that objects are encrypted with. Nothing of them stands in any message.</summary>
internal static class EncryptionKeys
{
    /// <summary>A line takes some 110 bytes.</summary>
    private const int MaxFileBytes = 1 << 20;

    /// <summary>Empty when none is set. Throws <see cref="SettingException"/>.</summary>
    public static KeyRing Load(ServerOptions options)
    {
        if (options.EncryptionKeysPath is not { } path)
            return options.MasterKey ?? KeyRing.Empty;
        if (options.MasterKey is not null)
        {
            throw new SettingException("RUSTFS_MASTER_KEY and RUSTFS_ENCRYPTION_KEYS (--encryption-keys) are both set: put the key into the "
                + "file as a line of its own, below newer ones");
        }

        if (KeyRing.Parse(Read(path), out string error) is not { } keys)
            throw Unusable($"{path}: {error}");
        return keys;
    }

    /// <summary>What is wrong with a file that can be used; null when nothing is, or it has gone meanwhile.</summary>
    public static string? FindFault(ServerOptions options) =>
        options.EncryptionKeysPath is { } path && !OperatingSystem.IsWindows() && File.Exists(path)
        && (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0
            ? $"{path} can be read by everyone on this machine: chmod o-r {path}"
            : null;

    private static string Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
                throw Unusable($"{path} is longer than 1 MiB");
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception.Message);
        }
    }

    private static SettingException Unusable(string reason) => new($"RUSTFS_ENCRYPTION_KEYS (--encryption-keys): {reason}");
}
