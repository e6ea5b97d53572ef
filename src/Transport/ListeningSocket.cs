using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace RustFs.Transport;

/// <summary>Opens the socket that both transports accept on.</summary>
internal static class ListeningSocket
{
    // What the kernel may hold for us between two accepts; it caps the value at net.core.somaxconn by itself.
    private const int Backlog = 4096;

    /// <summary>Throws <see cref="AddressInUseException"/> when another process has the address.</summary>
    public static Socket Open(IPEndPoint endPoint)
    {
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // The any-address of IPv6 serves IPv4 clients as well.
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
                listener.DualMode = true;
            // Responses leave in whole sends: waiting to coalesce them only adds latency. What is accepted inherits it.
            listener.NoDelay = true;
            listener.Bind(endPoint);
            listener.Listen(Backlog);
            return listener;
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            if (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
                throw new AddressInUseException($"{endPoint} is in use by another process: stop it or choose another address.", exception);
            throw;
        }
    }
}
