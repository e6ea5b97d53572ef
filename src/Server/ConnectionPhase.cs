namespace RustFs.Server;

/// <summary>What a connection is doing, for its timeouts.</summary>
internal enum ConnectionPhase
{
    /// <summary>Waiting for the first byte of a request.</summary>
    Idle,
    /// <summary>Receiving a head.</summary>
    Head,
    /// <summary>A request is being answered: bodies both ways.</summary>
    Request,
    /// <summary>Reading what a refused client still sends.</summary>
    Linger,
}
