using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace RustFs.Transport;

/// <summary>Accepts connections on one endpoint.</summary>
internal sealed class SocketListener : IConnectionListener
{
    // What the kernel may hold for us between two accepts; it caps the value at net.core.somaxconn by itself.
    private const int Backlog = 4096;

    private readonly Socket _listener;

    public SocketListener(IPEndPoint endPoint)
    {
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // The any-address of IPv6 serves IPv4 clients as well.
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
                _listener.DualMode = true;
            _listener.Bind(endPoint);
            _listener.Listen(Backlog);
        }
        catch (SocketException exception)
        {
            _listener.Dispose();
            if (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
                throw new AddressInUseException($"{endPoint} is in use by another process: stop it or choose another address.", exception);
            throw;
        }

        EndPoint = _listener.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                // Responses leave in whole sends: waiting to coalesce them only adds latency.
                socket.NoDelay = true;
                return new SocketConnection(socket);
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
