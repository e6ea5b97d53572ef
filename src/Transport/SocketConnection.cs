using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using RustFs.Http1;

namespace RustFs.Transport;

/// <summary>
/// One accepted socket as Kestrel sees it. The cleartext handler takes the <see cref="IWire"/> feature and never touches <see
/// cref="Transport"/>; UseHttps reads Transport, which is made then: a pipe over the socket's stream, read on demand, with no pump of its
/// own.
/// </summary>
internal sealed class SocketConnection
    : ConnectionContext, IConnectionLifetimeFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionIdFeature
{
    private static long _lastId;

    private readonly Socket _socket;
    private readonly SocketWire _wire;
    private readonly CancellationTokenSource _closed = new();
    private IDuplexPipe? _transport;
    private IDictionary<object, object?>? _items;

    public SocketConnection(Socket socket)
    {
        _socket = socket;
        _wire = new SocketWire(socket);
        ConnectionId = Interlocked.Increment(ref _lastId).ToString("x");
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features.Set<IWire>(_wire);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionIdFeature>(this);
    }

    public override string ConnectionId { get; set; }
    public override IFeatureCollection Features { get; } = new FeatureCollection();
    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override IDuplexPipe Transport
    {
        get => _transport ??= OverStream();
        set => _transport = value;
    }

    public override CancellationToken ConnectionClosed { get; set; }
    public override EndPoint? LocalEndPoint { get; set; }
    public override EndPoint? RemoteEndPoint { get; set; }

    public override void Abort(ConnectionAbortedException abortReason) => _wire.Abort();

    public override void Abort() => _wire.Abort();

    public override async ValueTask DisposeAsync()
    {
        if (_transport is not null)
        {
            await _transport.Input.CompleteAsync().ConfigureAwait(false);
            await _transport.Output.CompleteAsync().ConfigureAwait(false);
        }

        _wire.ShutdownSend();
        _wire.Dispose();
        await _closed.CancelAsync().ConfigureAwait(false);
        _closed.Dispose();
    }

    private StreamDuplexPipe OverStream()
    {
        // The pipe of a TLS connection: 32 KiB holds two TLS records (RFC 8446 §5.1: at most 16 KiB of plaintext each).
        const int TlsBufferBytes = 32 * 1024;
        var stream = new NetworkStream(_socket, ownsSocket: false);
        return new StreamDuplexPipe(
            // Zero-byte reads: while a connection is idle it holds no buffer.
            PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: TlsBufferBytes, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: TlsBufferBytes, leaveOpen: true)));
    }

    private sealed record StreamDuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
