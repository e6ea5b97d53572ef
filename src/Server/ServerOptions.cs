using System.Net;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>How input and output are done.</summary>
internal enum IoMode { Auto, Sockets }

/// <summary>Everything an operator may set, from the command line or the environment.</summary>
internal sealed record ServerOptions
{
    public const string DefaultKey = "rustfsadmin";
    public const int DefaultPort = 9000;

    public IReadOnlyList<string> Directories { get; init; } = [];
    public IPEndPoint Address { get; init; } = new(IPAddress.IPv6Any, DefaultPort);
    public string AccessKey { get; init; } = DefaultKey;
    public string SecretKey { get; init; } = DefaultKey;

    /// <summary>The region told to clients that ask; requests signed for any other are served too.</summary>
    public string Region { get; init; } = "us-east-1";
    public IReadOnlyList<string> ServerDomains { get; init; } = [];

    /// <summary>A directory with rustfs_cert.pem and rustfs_key.pem; null for cleartext.</summary>
    public string? TlsPath { get; init; }
    public IoMode Io { get; init; }
    public Durability Durability { get; init; }

    /// <summary>The ceiling on the process's resident memory.</summary>
    public long MemoryLimitBytes { get; init; } = MemoryPlan.DefaultLimitBytes;

    /// <summary>Bytes kept free on each directory's file system.</summary>
    public long ReserveBytes { get; init; } = 256L << 20;

    /// <summary>How long a stop waits for requests in flight.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public bool UsesDefaultKeys => AccessKey == DefaultKey && SecretKey == DefaultKey;
}
