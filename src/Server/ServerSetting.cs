using System.Globalization;
using System.Net;
using RustFs.S3.Encryption;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>A setting that cannot be used; the message names it and says what it takes.</summary>
internal sealed class SettingException(string message) : Exception(message);

/// <summary>
/// One setting: its flag, its environment variable, and how its text becomes an option. A flag wins over the variable; there is none, and
/// its name is empty, for what must not stand in the list of processes.
/// </summary>
internal sealed record ServerSetting(
    string Flag, string Variable, string Value, string Help, Func<ServerOptions, string, ServerOptions> Apply)
{
    public static IReadOnlyList<ServerSetting> All { get; } =
    [
        new("--address", "RUSTFS_ADDRESS", "HOST:PORT", "where to listen; without a host, everywhere (default :9000)",
            (options, text) => options with { Address = ParseAddress(text) }),
        new("--access-key", "RUSTFS_ACCESS_KEY", "KEY", "access key, 3 to 128 characters (default rustfsadmin)",
            (options, text) => options with { AccessKey = ParseKey(text, minLength: 3) }),
        new("--secret-key", "RUSTFS_SECRET_KEY", "KEY", "secret key, 8 to 128 characters (default rustfsadmin)",
            (options, text) => options with { SecretKey = ParseKey(text, minLength: 8) }),
        new("--region", "RUSTFS_REGION", "NAME", "region told to clients; any region is accepted (default us-east-1)",
            (options, text) => options with { Region = ParseRegion(text) }),
        new("--server-domains", "RUSTFS_SERVER_DOMAINS", "LIST", "domains for virtual-hosted buckets, separated by commas",
            (options, text) => options with { ServerDomains = ParseDomains(text) }),
        new("--tls-path", "RUSTFS_TLS_PATH", "DIR", "directory with rustfs_cert.pem and rustfs_key.pem: serve HTTPS",
            (options, text) => options with { TlsPath = text }),
        new("--encryption-keys", "RUSTFS_ENCRYPTION_KEYS", "FILE", "keys to encrypt objects with, a line NAME = BASE64 for each; new ones "
            + "first",
            (options, text) => options with { EncryptionKeysPath = text }),
        new("", "RUSTFS_MASTER_KEY", "KEY", "one key to encrypt objects with, 32 random bytes in base64, in place of such a file",
            (options, text) => options with { MasterKey = KeyRing.OfMaster(text, out string error) ?? throw new SettingException(error) }),
        new("--io", "RUSTFS_IO", "MODE", "auto, uring or sockets: auto takes io_uring where it works (default auto)",
            (options, text) => options with { Io = ParseIo(text) }),
        new("--durability", "RUSTFS_DURABILITY", "MODE", "synced, or none for benchmarks: a crash may then lose acknowledged writes "
            + "(default synced)",
            (options, text) => options with { Durability = ParseDurability(text) }),
        new("--memory-limit", "RUSTFS_MEMORY_LIMIT", "SIZE", "ceiling on memory; past it requests are told to slow down (default a "
            + "quarter of the machine's, 256MiB to 4GiB; at least 256MiB)",
            (options, text) => options with { MemoryLimitBytes = ParseSize(text, MemoryPlan.MinLimitBytes) }),
        new("--reserve", "RUSTFS_RESERVE", "SIZE", "space kept free on each disk; below it writes are refused (default 256MiB, at "
            + "least 16MiB)",
            (options, text) => options with { ReserveBytes = ParseSize(text, minBytes: 16L << 20) }),
        new("--scrub-rate", "RUSTFS_SCRUB_RATE", "SIZE", "bytes a second at which stored objects are checked in the background, such as "
            + "32MiB; 0 for not at all (default 8MiB; scrub and verify: no bound)",
            (options, text) => options with { ScrubBytesPerSecond = text == "0" ? 0 : ParseSize(text, minBytes: 1L << 20) }),
        new("--lifecycle-interval", "RUSTFS_LIFECYCLE_INTERVAL", "SECONDS", "from one run of the buckets' lifecycle rules to the next, "
            + "counted from midnight UTC, 1 to 86400 (default 21600: six hours)",
            (options, text) => options with { LifecycleInterval = TimeSpan.FromSeconds(ParseNumber(text, 1, 86_400)) }),
        new("--shutdown-timeout", "RUSTFS_SHUTDOWN_TIMEOUT", "SECONDS", "how long a stop waits for requests in flight, 0 to 3600 "
            + "(default 30)",
            (options, text) => options with { ShutdownTimeout = TimeSpan.FromSeconds(ParseNumber(text, 0, 3600)) }),
    ];

    private static IPEndPoint ParseAddress(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw new SettingException("expected HOST:PORT or :PORT with a port from 0 to 65535");
        string host = text[..colon].TrimStart('[').TrimEnd(']');
        if (host.Length == 0)
            return new IPEndPoint(System.Net.Sockets.Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port);
        if (IPAddress.TryParse(host, out IPAddress? address))
            return new IPEndPoint(address, port);
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return new IPEndPoint(IPAddress.Loopback, port);
        throw new SettingException($"'{host}' is not an IP address or localhost");
    }

    private static string ParseKey(string text, int minLength)
    {
        const int MaxLength = 128;
        if (text.Length < minLength || text.Length > MaxLength || text.Any(character => character is <= ' ' or > '~' or ',' or '='))
            throw new SettingException($"expected {minLength} to {MaxLength} printable ASCII characters without spaces, commas and "
                + $"equals signs");
        return text;
    }

    private static string ParseRegion(string text)
    {
        if (text.Length is 0 or > 64 || text.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')))
            throw new SettingException("expected letters, digits, hyphens and underscores, such as us-east-1");
        return text;
    }

    private static string[] ParseDomains(string text)
    {
        string[] domains = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string domain in domains)
        {
            if (Uri.CheckHostName(domain) != UriHostNameType.Dns)
                throw new SettingException($"'{domain}' is not a domain name");
        }

        return domains;
    }

    private static IoMode ParseIo(string text) => text switch
    {
        "auto" => IoMode.Auto,
        "uring" => IoMode.Uring,
        "sockets" => IoMode.Sockets,
        _ => throw new SettingException("expected auto, uring or sockets"),
    };

    private static Durability ParseDurability(string text) => text switch
    {
        "synced" => Durability.Synced,
        "none" => Durability.None,
        _ => throw new SettingException("expected synced or none"),
    };

    private static int ParseNumber(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new SettingException($"expected a number from {min} to {max}");

    private static long ParseSize(string text, long minBytes)
    {
        (string Suffix, int Shift)[] units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
        foreach ((string suffix, int shift) in units)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && int.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                && (long)count << shift >= minBytes)
                return (long)count << shift;
        }

        throw new SettingException($"expected a whole number with KiB, MiB, GiB or TiB, at least {minBytes >> 20}MiB");
    }
}
