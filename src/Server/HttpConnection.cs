using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Body;
using RustFs.Transport;

namespace RustFs.Server;

/// <summary>
/// One connection: reads heads, has each request answered, and ends in one place. Requests are answered in order; pipelined ones wait in
/// the receive buffer.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly ConnectionWire _wire;
    private readonly S3Service _service;
    private readonly OperatorEndpoints _endpoints;
    private readonly RequestObserver _observer;
    private readonly ReceiveBuffer _received = new();
    private readonly RequestHead _head = new();
    private readonly S3Request _request;
    private readonly ConnectionWatch _watch;
    private volatile bool _isClosing;

    public HttpConnection(ConnectionWire wire, bool isSecure, S3Service service, OperatorEndpoints endpoints, RequestObserver observer)
    {
        _wire = wire;
        _service = service;
        _endpoints = endpoints;
        _observer = observer;
        _request = new S3Request(service, _head, _received, wire) { IsSecure = isSecure };
        _watch = new ConnectionWatch(wire, service.Time);
    }

    /// <summary>Called once a second by the watchdog, on its own thread.</summary>
    public void Watch() => _watch.Check();

    /// <summary>Asks for an orderly end: at once when idle, after the request under way otherwise.</summary>
    public void RequestClose()
    {
        _isClosing = true;
        if (_watch.Phase == ConnectionPhase.Idle)
            _wire.Abort();
    }

    public async Task RunAsync()
    {
        while (await ReceiveHeadAsync().ConfigureAwait(false))
        {
            _watch.Enter(ConnectionPhase.Request);
            if (!await AnswerAsync().ConfigureAwait(false))
                return;
            _watch.Enter(ConnectionPhase.Idle);
            if (_isClosing && _received.Unused.IsEmpty)
                return;
        }
    }

    public void Dispose()
    {
        _request.Dispose();
        _received.Dispose();
    }

    /// <summary>False when the connection is over: closed by the peer, timed out, or refused.</summary>
    private async ValueTask<bool> ReceiveHeadAsync()
    {
        _received.Rewind();
        while (true)
        {
            switch (RequestHeadParser.Parse(_received.Unused, _head, out int consumed, out RequestRejection rejection))
            {
                case ParseStatus.Done:
                    _received.Use(consumed);
                    return true;
                case ParseStatus.Rejected:
                    await RejectAsync(rejection).ConfigureAwait(false);
                    return false;
            }

            if (!_received.Unused.IsEmpty)
                _watch.Enter(ConnectionPhase.Head);
            if (await _received.ReceiveAsync(_wire, Http1Limits.HeadBytes + 1).ConfigureAwait(false) == 0)
                return false;
        }
    }

    /// <summary>True when another request may follow.</summary>
    private async ValueTask<bool> AnswerAsync()
    {
        long started = _service.Time.GetTimestamp();
        _request.IsLast = _isClosing;
        if (!await _endpoints.TryAnswerAsync(_request).ConfigureAwait(false))
            await _service.HandleAsync(_request).ConfigureAwait(false);
        _observer.Completed(_request, started);
        _request.End();
        return await EndRequestAsync().ConfigureAwait(false);
    }

    /// <summary>Leaves the connection at the start of the next request, or ends it without losing the answer.</summary>
    private async ValueTask<bool> EndRequestAsync()
    {
        S3Response response = _request.Response;
        if (response.IsBroken)
        {
            _wire.Abort();
            return false;
        }

        if (!response.ClosesConnection)
        {
            if (_request.Body.IsDrained || await _request.Body.DrainAsync().ConfigureAwait(false))
                return true;
        }
        else if (_request.Body.IsDrained)
        {
            return false;
        }

        await LingerAsync().ConfigureAwait(false);
        return false;
    }

    private async ValueTask RejectAsync(RequestRejection rejection)
    {
        long started = _service.Time.GetTimestamp();
        _request.BeginRejected(RequestId.Next());
        await S3Service.AnswerErrorAsync(_request, RejectionErrors.Of(rejection)).ConfigureAwait(false);
        _observer.Completed(_request, started);
        _request.End();
        await LingerAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Closing with unread bytes would reset the connection and take the answer with it: FIN first, then read on within bounds.
    /// </summary>
    private async ValueTask LingerAsync()
    {
        _watch.Enter(ConnectionPhase.Linger);
        _wire.ShutdownSend();
        byte[] sink = System.Buffers.ArrayPool<byte>.Shared.Rent(64 * 1024);
        long left = ServerLimits.LingerBytes;
        while (left > 0)
        {
            int bytes = await _wire.ReceiveAsync(sink).ConfigureAwait(false);
            if (bytes == 0)
                break;
            left -= bytes;
        }

        System.Buffers.ArrayPool<byte>.Shared.Return(sink);
    }
}
