using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace RustFs.Transport;

/// <summary>Accepts connections on one endpoint.</summary>
internal sealed class SocketListener : IConnectionListener
{
    private readonly Socket _listener;

    public SocketListener(IPEndPoint endPoint)
    {
        _listener = ListeningSocket.Open(endPoint);
        EndPoint = _listener.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                return new SocketConnection(await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (SocketException exception) when (IsOfTheConnection(exception.SocketErrorCode))
            {
                // That client went away before it was accepted; others wait.
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                // Out of file descriptors: connections that end give some back.
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                // Unbound: null ends Kestrel's accept loop.
                return null;
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _listener.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return default;
    }

    private static bool IsOfTheConnection(SocketError error) =>
        error is SocketError.ConnectionReset or SocketError.ConnectionAborted
            or SocketError.NetworkUnreachable or SocketError.HostUnreachable;
}
