using System.Net;
using Microsoft.AspNetCore.Connections;
using RustFs.Uring;

namespace RustFs.Transport;

/// <summary>Kestrel's way to our io_uring transport. Registered after Kestrel's own, it is asked first.</summary>
public sealed class UringTransportFactory(RingSet rings) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new UringListener((IPEndPoint)endpoint, rings));
}
