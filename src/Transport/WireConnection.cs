using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using RustFs.Http1;

namespace RustFs.Transport;

/// <summary>
/// One accepted connection as Kestrel sees it. The cleartext handler takes the <see cref="IWire"/> feature and never touches <see
/// cref="Transport"/>; UseHttps reads Transport, which is made then: a pipe over the connection's stream, read on demand, with no pump of
/// its own.
/// </summary>
internal abstract class WireConnection
    : ConnectionContext, IConnectionLifetimeFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionIdFeature
{
    private static long _lastId;

    private readonly ConnectionWire _wire;
    private readonly CancellationTokenSource _closed = new();
    private IDuplexPipe? _transport;
    private IDictionary<object, object?>? _items;

    protected WireConnection(ConnectionWire wire)
    {
        _wire = wire;
        ConnectionId = Interlocked.Increment(ref _lastId).ToString("x");
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
        await CloseWireAsync().ConfigureAwait(false);
        await _closed.CancelAsync().ConfigureAwait(false);
        _closed.Dispose();
    }

    /// <summary>The bytes of the connection, for TLS.</summary>
    protected abstract Stream OpenStream();

    /// <summary>Ends both directions and gives the socket back.</summary>
    protected abstract ValueTask CloseWireAsync();

    private StreamDuplexPipe OverStream()
    {
        // The pipe of a TLS connection: 32 KiB holds two TLS records (RFC 8446 §5.1: at most 16 KiB of plaintext each).
        const int TlsBufferBytes = 32 * 1024;
        Stream stream = OpenStream();
        return new StreamDuplexPipe(
            // Zero-byte reads: while a connection is idle it holds no buffer.
            PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: TlsBufferBytes, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: TlsBufferBytes, leaveOpen: true)));
    }

    private sealed record StreamDuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
