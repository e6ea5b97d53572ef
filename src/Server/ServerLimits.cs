namespace RustFs.Server;

/// <summary>Every bound on connections and waiting, with its reason.</summary>
internal static class ServerLimits
{
    /// <summary>Twice the ten thousand idle clients that are an aim; less where the memory limit or the descriptors ask for it.</summary>
    public const int Connections = 20_000;

    /// <summary>A whole request head must arrive in this time: Kestrel's own default.</summary>
    public static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// An idle connection is closed after this: longer than the pools of the SDKs keep one (boto3: 60 s by its users' proxies).
    /// </summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(130);

    /// <summary>Bodies and responses slower than this, over a whole window, hold buffers for nothing: Kestrel's own default rate.</summary>
    public const int MinBytesPerSecond = 240;

    /// <summary>The window over which a body's rate is taken: a mobile client may stall for some seconds.</summary>
    public static readonly TimeSpan ReceiveWindow = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The window over which a response's rate is taken. A receiver opens its TCP window by whole segments of up to 64 KiB, so that one who
    /// reads 1 KiB a second is heard of once a minute (RFC 9293 §3.8.6.2.2).
    /// </summary>
    public static readonly TimeSpan SendWindow = TimeSpan.FromSeconds(120);

    /// <summary>Timeouts are seconds; a finer tick would only cost.</summary>
    public static readonly TimeSpan WatchTick = TimeSpan.FromSeconds(1);

    /// <summary>
    /// After an answer to a large refused body our side is closed and this much more read, so that a client in the middle of its upload
    /// sees the answer instead of a reset.
    /// </summary>
    public const long LingerBytes = 256L << 20;

    /// <summary>And for at most this long.</summary>
    public static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(10);
}
