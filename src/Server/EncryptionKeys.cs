using RustFs.S3.Encryption;

namespace RustFs.Server;

/// <summary>Reads the keys that objects are encrypted with. Nothing of them stands in any message.</summary>
internal static class EncryptionKeys
{
    /// <summary>A line takes some 110 bytes.</summary>
    private const int MaxFileBytes = 1 << 20;

    /// <summary>Empty when none is set. Throws <see cref="SettingException"/>.</summary>
    /// <param name="options">What the operator has set.</param>
    /// <param name="warning">What is wrong with a file that can be used; null when nothing is.</param>
    public static KeyRing Load(ServerOptions options, out string? warning)
    {
        warning = null;
        if (options.EncryptionKeysPath is not { } path)
            return options.MasterKey ?? KeyRing.Empty;
        if (options.MasterKey is not null)
        {
            throw new SettingException("RUSTFS_MASTER_KEY and RUSTFS_ENCRYPTION_KEYS (--encryption-keys) are both set: put the key into the "
                + "file as a line of its own, below newer ones");
        }

        if (KeyRing.Parse(Read(path), out string error) is not { } keys)
            throw Unusable($"{path}: {error}");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0)
            warning = $"{path} can be read by everyone on this machine: chmod o-r {path}";
        return keys;
    }

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
