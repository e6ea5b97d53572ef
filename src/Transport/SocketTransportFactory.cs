using System.Net;
using Microsoft.AspNetCore.Connections;

namespace RustFs.Transport;

/// <summary>Kestrel's way to our socket transport. Registered after Kestrel's own, it is asked first.</summary>
public sealed class SocketTransportFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new SocketListener((IPEndPoint)endpoint));
}
