using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using RustFs.Uring;

namespace RustFs.Transport;

/// <summary>
/// Accepts connections on one endpoint through the first ring and deals them to the ring that has the fewest: listeners of each ring's own
/// (SO_REUSEPORT) would spread a handful of connections by a hash, and let a second server share the port unnoticed.
/// </summary>
internal sealed class UringListener : IConnectionListener
{
    private readonly RingSet _rings;
    private readonly Socket _socket;
    private readonly UringAccept _accept;
    private readonly Channel<ConnectionContext> _accepted =
        Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });

    public UringListener(IPEndPoint endPoint, RingSet rings)
    {
        _rings = rings;
        _socket = ListeningSocket.Open(endPoint);
        EndPoint = _socket.LocalEndPoint!;
        _accept = new UringAccept(rings.Loops[0], _socket.SafeHandle, Accepted);
        _accept.Start();
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out ConnectionContext? connection))
                return connection;
        }

        // Unbound: null ends Kestrel's accept loop.
        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _accept.StopAsync().ConfigureAwait(false);
        _accepted.Writer.TryComplete();
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        // Nobody came for these.
        while (_accepted.Reader.TryRead(out ConnectionContext? connection))
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>On the accepting ring's thread.</summary>
    private void Accepted(int descriptor) =>
        _accepted.Writer.TryWrite(new UringConnection(new UringWire(_rings.LeastLoaded(), new ConnectedSocket(descriptor))));
}
