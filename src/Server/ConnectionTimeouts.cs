namespace RustFs.Server;

/// <summary>How long a connection may wait for its peer, by what it waits for.</summary>
internal sealed record ConnectionTimeouts
{
    public static ConnectionTimeouts Default { get; } = new();

    /// <summary>Between requests.</summary>
    public TimeSpan Idle { get; init; } = ServerLimits.IdleTimeout;

    /// <summary>From the first byte of a request head to its last.</summary>
    public TimeSpan Head { get; init; } = ServerLimits.HeadTimeout;

    /// <summary>The window over which a body's rate is taken.</summary>
    public TimeSpan ReceiveWindow { get; init; } = ServerLimits.ReceiveWindow;

    /// <summary>The window over which a response's rate is taken.</summary>
    public TimeSpan SendWindow { get; init; } = ServerLimits.SendWindow;

    /// <summary>The least rate over a whole window.</summary>
    public int MinBytesPerSecond { get; init; } = ServerLimits.MinBytesPerSecond;

    /// <summary>Reading on after an answer that ends the connection.</summary>
    public TimeSpan Linger { get; init; } = ServerLimits.LingerTimeout;

    /// <summary>How often they are checked.</summary>
    public TimeSpan Tick { get; init; } = ServerLimits.WatchTick;
}
