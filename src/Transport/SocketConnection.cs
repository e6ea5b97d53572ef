using System.Net;
using System.Net.Sockets;

namespace RustFs.Transport;

/// <summary>A connection over a socket of the platform.</summary>
internal sealed class SocketConnection : WireConnection
{
    private readonly Socket _socket;
    private readonly SocketWire _wire;

    public SocketConnection(Socket socket)
        : this(socket, new SocketWire(socket))
    {
    }

    private SocketConnection(Socket socket, SocketWire wire)
        : base(wire)
    {
        (_socket, _wire) = (socket, wire);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    public override EndPoint? LocalEndPoint { get; set; }
    public override EndPoint? RemoteEndPoint { get; set; }

    protected override Stream OpenStream() => new NetworkStream(_socket, ownsSocket: false);

    protected override ValueTask CloseWireAsync()
    {
        _wire.Dispose();
        return default;
    }
}
