using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using RustFs.Http1;
using RustFs.Transport;
using RustFs.Uring;
using Xunit;

namespace RustFs.Tests.Transport;

/// <summary>A listener of one of our transports without a server behind it: pairs of a client's socket and the server's wire.</summary>
internal sealed class WireRig : IAsyncDisposable
{
    private readonly RingSet? _rings;
    private readonly IConnectionListener _listener;

    private WireRig(RingSet? rings, IConnectionListener listener) => (_rings, _listener) = (rings, listener);

    public IConnectionListener Listener => _listener;
    public RingSet Rings => _rings!;

    public static async Task<WireRig> StartAsync(string io, RingLoopOptions? options = null, int rings = 1)
    {
        RingSet? set = null;
        if (io == "uring")
            Assert.Null(RingSet.TryStart(rings, options ?? new RingLoopOptions(), out set));
        IConnectionListenerFactory factory = set is null ? new SocketTransportFactory() : new UringTransportFactory(set);
        return new WireRig(set, await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0)));
    }

    public async Task<WirePair> ConnectAsync(int clientBufferBytes = 0)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (clientBufferBytes > 0)
            client.ReceiveBufferSize = clientBufferBytes;
        await client.ConnectAsync(_listener.EndPoint);
        ConnectionContext? connection = await _listener.AcceptAsync();
        return new WirePair(client, connection!);
    }

    public async ValueTask DisposeAsync()
    {
        // A test may have gone on on a ring's thread, which cannot wait for its own end.
        await Task.Yield();
        await _listener.UnbindAsync();
        await _listener.DisposeAsync();
        _rings?.Dispose();
    }
}

/// <summary>Both ends of one connection.</summary>
internal sealed class WirePair(Socket client, ConnectionContext connection) : IAsyncDisposable
{
    private bool _isClosed;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public Socket Client => client;
    public ConnectionContext Connection => connection;
    public ConnectionWire Wire { get; } = (ConnectionWire)connection.Features.Get<IWire>()!;

    /// <summary>What the client receives until the server ends its side, or that many bytes.</summary>
    public async Task<byte[]> ClientReceivesAsync(int limitBytes = int.MaxValue)
    {
        var received = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (received.Length < limitBytes)
        {
            int room = (int)Math.Min(buffer.Length, limitBytes - received.Length);
            int bytes = await client.ReceiveAsync(buffer.AsMemory(0, room)).AsTask().WaitAsync(Patience);
            if (bytes == 0)
                break;
            received.Write(buffer, 0, bytes);
        }

        return received.ToArray();
    }

    /// <summary>Ends the client's side by a reset.</summary>
    public void ResetClient()
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }

    /// <summary>Ends the server's side, as Kestrel does once.</summary>
    public async Task CloseAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        await connection.DisposeAsync().AsTask().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        client.Dispose();
    }
}
