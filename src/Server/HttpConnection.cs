using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Body;
using RustFs.Transport;

namespace RustFs.Server;

/// <summary>
/// One connection: reads heads, has each request answered, and ends in one place. Requests are answered in order; pipelined ones wait in
/// the receive buffer. Between requests it holds nothing but itself.
/// </summary>
internal sealed class HttpConnection
{
    private readonly ConnectionWire _wire;
    private readonly bool _isSecure;
    private readonly S3Service _service;
    private readonly OperatorEndpoints _endpoints;
    private readonly RequestObserver _observer;
    private readonly RequestStatePool _states;
    private readonly ConnectionWatch _watch;
    private volatile bool _isClosing;

    public HttpConnection(
        ConnectionWire wire,
        bool isSecure,
        S3Service service,
        OperatorEndpoints endpoints,
        RequestObserver observer,
        RequestStatePool states,
        ConnectionTimeouts timeouts)
    {
        _wire = wire;
        _isSecure = isSecure;
        _service = service;
        _endpoints = endpoints;
        _observer = observer;
        _states = states;
        _watch = new ConnectionWatch(wire, service.Time, timeouts);
    }

    /// <summary>What to do with the connection after a request.</summary>
    private enum Next
    {
        KeepAlive,
        Close,
        Abort,

        /// <summary>Close, but only after reading what the client still sends.</summary>
        Linger,
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
        while (true)
        {
            await _wire.WaitAsync().ConfigureAwait(false);
            Next next = await AnswerReceivedAsync().ConfigureAwait(false);
            if (next == Next.KeepAlive && !_isClosing)
                continue;
            if (next == Next.Abort)
                _wire.Abort();
            else if (next == Next.Linger)
                await LingerAsync().ConfigureAwait(false);
            return;
        }
    }

    /// <summary>Answers the request that has begun to arrive, and those that came with it.</summary>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<Next> AnswerReceivedAsync()
    {
        RequestState? state = _states.TryRent(_wire, _isSecure);
        if (state is null)
            return await RefuseAsync().ConfigureAwait(false);
        try
        {
            while (true)
            {
                ParseStatus status = await ReceiveHeadAsync(state).ConfigureAwait(false);
                if (status == ParseStatus.NeedMore)
                    return Next.Close;
                if (status == ParseStatus.Rejected)
                    return Next.Linger;
                _watch.Enter(ConnectionPhase.Request);
                Next next = await AnswerAsync(state).ConfigureAwait(false);
                if (next != Next.KeepAlive)
                    return next;
                _watch.Enter(ConnectionPhase.Idle);
                if (state.Received.Unused.IsEmpty)
                    return next;
            }
        }
        finally
        {
            _states.Return(state);
        }
    }

    /// <summary>Done, Rejected and answered, or NeedMore when the connection is over: closed by the peer or timed out.</summary>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<ParseStatus> ReceiveHeadAsync(RequestState state)
    {
        state.Received.Rewind();
        while (true)
        {
            if (!state.Received.Unused.IsEmpty)
            {
                ParseStatus status = RequestHeadParser.Parse(
                    state.Received.Unused, state.Head, out int consumed, out RequestRejection rejection);
                if (status == ParseStatus.Done)
                {
                    state.Received.Use(consumed);
                    return status;
                }

                if (status == ParseStatus.Rejected)
                {
                    await RejectAsync(state.Request, rejection).ConfigureAwait(false);
                    return status;
                }

                _watch.Enter(ConnectionPhase.Head);
            }

            if (await state.Received.ReceiveAsync(_wire, Http1Limits.HeadBytes + 1).ConfigureAwait(false) == 0)
                return ParseStatus.NeedMore;
        }
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<Next> AnswerAsync(RequestState state)
    {
        long started = _service.Time.GetTimestamp();
        S3Request request = state.Request;
        request.IsLast = _isClosing;
        if (!await _endpoints.TryAnswerAsync(request).ConfigureAwait(false))
            await _service.HandleAsync(request).ConfigureAwait(false);
        _observer.Completed(request, started);
        request.End();

        S3Response response = request.Response;
        if (response.IsBroken)
            return Next.Abort;
        if (response.ClosesConnection)
            return request.Body.IsDrained ? Next.Close : Next.Linger;
        // Leaves the connection at the start of the next request, or ends it without losing the answer.
        return request.Body.IsDrained || await request.Body.DrainAsync().ConfigureAwait(false) ? Next.KeepAlive : Next.Linger;
    }

    private async ValueTask RejectAsync(S3Request request, RequestRejection rejection)
    {
        long started = _service.Time.GetTimestamp();
        request.BeginRejected(RequestId.Next());
        await S3Service.AnswerErrorAsync(request, RejectionErrors.Of(rejection)).ConfigureAwait(false);
        _observer.Completed(request, started);
        request.End();
    }

    /// <summary>There is no memory for even one more request: answered without being read.</summary>
    private async ValueTask<Next> RefuseAsync()
    {
        _observer.Refused();
        return await _wire.SendAsync(RejectionErrors.OutOfMemory).ConfigureAwait(false) ? Next.Linger : Next.Abort;
    }

    /// <summary>
    /// Closing with unread bytes would reset the connection and take the answer with it: FIN first, then read on within bounds.
    /// </summary>
    private async ValueTask LingerAsync()
    {
        _watch.Enter(ConnectionPhase.Linger);
        _wire.ShutdownSend();
        long left = ServerLimits.LingerBytes;
        while (left > 0)
        {
            int bytes = await _wire.ReceiveAsync(DroppedBytes.Memory).ConfigureAwait(false);
            if (bytes == 0)
                break;
            left -= bytes;
        }
    }
}
