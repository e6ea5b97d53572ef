using Microsoft.AspNetCore.Connections;
using RustFs.Transport;
using RustFs.Uring;

namespace RustFs.Server;

/// <summary>What won when io_uring was tried: the rings that everything shares, or sockets.</summary>
internal sealed class IoBackend : IDisposable
{
    private IoBackend(RingSet? rings, string? fault) => (Rings, Fault) = (rings, fault);

    /// <summary>Null with sockets.</summary>
    public RingSet? Rings { get; }

    /// <summary>Why io_uring was tried and not taken; null when it was taken or not tried.</summary>
    public string? Fault { get; }

    /// <summary>As the setting names it.</summary>
    public string Name => Rings is null ? "sockets" : "uring";

    /// <summary>Throws <see cref="SettingException"/> when io_uring was asked for by name and cannot start.</summary>
    public static IoBackend Start(IoMode mode)
    {
        if (mode == IoMode.Sockets)
            return new IoBackend(null, null);
        // One for each core that this process may run on.
        RingFault? fault = RingSet.TryStart(Environment.ProcessorCount, new RingLoopOptions(), out RingSet? rings);
        if (fault is not null && mode == IoMode.Uring)
            throw new SettingException($"RUSTFS_IO (--io): {fault.Explanation}");
        return new IoBackend(rings, fault?.Explanation);
    }

    public IConnectionListenerFactory CreateTransport() =>
        Rings is null ? new SocketTransportFactory() : new UringTransportFactory(Rings);

    /// <summary>After everything that uses the rings.</summary>
    public void Dispose() => Rings?.Dispose();
}
