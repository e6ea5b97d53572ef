using System.Net;
using RustFs.S3.Encryption;
using RustFs.S3.Lifecycle;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>How input and output are done; Auto takes io_uring where it works.</summary>
internal enum IoMode { Auto, Uring, Sockets }

/// <summary>What the program is to do with the directories.</summary>
internal enum ServerCommand { Serve, Verify, Scrub, Rewrap }

/// <summary>Everything an operator may set, from the command line or the environment.</summary>
internal sealed record ServerOptions
{
    public const string DefaultKey = "rustfsadmin";
    public const int DefaultPort = 9000;

    /// <summary>Leaves the disks to requests: a terabyte takes a day and a half.</summary>
    public const long DefaultScrubBytesPerSecond = 8L << 20;

    public ServerCommand Command { get; init; }
    public IReadOnlyList<string> Directories { get; init; } = [];
    public IPEndPoint Address { get; init; } = new(IPAddress.IPv6Any, DefaultPort);
    public string AccessKey { get; init; } = DefaultKey;
    public string SecretKey { get; init; } = DefaultKey;

    /// <summary>The region told to clients that ask; requests signed for any other are served too.</summary>
    public string Region { get; init; } = "us-east-1";
    public IReadOnlyList<string> ServerDomains { get; init; } = [];

    /// <summary>A directory with rustfs_cert.pem and rustfs_key.pem; null for cleartext.</summary>
    public string? TlsPath { get; init; }

    /// <summary>A file of keys to encrypt objects with; null for none.</summary>
    public string? EncryptionKeysPath { get; init; }

    /// <summary>One such key by itself; null for none.</summary>
    public KeyRing? MasterKey { get; init; }
    public IoMode Io { get; init; }
    public Durability Durability { get; init; }

    /// <summary>The ceiling on the process's resident memory.</summary>
    public long MemoryLimitBytes { get; init; } = MemoryPlan.DefaultLimitBytes;

    /// <summary>Bytes kept free on each directory's file system.</summary>
    public long ReserveBytes { get; init; } = 256L << 20;

    /// <summary>
    /// How fast stored bytes are checked, in bytes a second; 0 for not at all. Null when not set: the server's default, or no bound
    /// offline.
    /// </summary>
    public long? ScrubBytesPerSecond { get; init; }

    /// <summary>From one run of the buckets' lifecycle rules to the next.</summary>
    public TimeSpan LifecycleInterval { get; init; } = new LifecycleOptions().Interval;

    /// <summary>How long a stop waits for requests in flight.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public bool UsesDefaultKeys => AccessKey == DefaultKey && SecretKey == DefaultKey;
}
