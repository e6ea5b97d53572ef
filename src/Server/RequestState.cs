using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Body;
using RustFs.Storage;
using RustFs.Transport;

namespace RustFs.Server;

/// <summary>
/// All that a connection needs only while it has something to say: receive buffer, parsed head, request and response. Rented from <see
/// cref="RequestStatePool"/>, so that an idle connection holds none of it.
/// </summary>
internal sealed class RequestState : IWire, IDisposable
{
    /// <summary>
    /// What one counts for: 8 KiB received, 16 KiB of response head or stored fields, and some 8 KiB of head, target, query, signature and
    /// asynchronous frames.
    /// </summary>
    private const int PlainBytes = 32 * 1024;

    /// <summary>With TLS: room for two records of up to 16 KiB each way, in the pipes and in the stream above them.</summary>
    private const int TlsBytes = PlainBytes + 64 * 1024;

    private ConnectionWire? _wire;

    public RequestState(S3Service service) => Request = new S3Request(service, Head, Received, this);

    public static int CountedBytes(bool isSecure) => isSecure ? TlsBytes : PlainBytes;

    public ReceiveBuffer Received { get; } = new();
    public RequestHead Head { get; } = new();
    public S3Request Request { get; }

    public void Attach(ConnectionWire wire, bool isSecure)
    {
        _wire = wire;
        Request.IsSecure = isSecure;
    }

    public void Detach()
    {
        Request.Release();
        Head.Reset();
        Received.Reset();
        _wire = null;
    }

    public void Dispose()
    {
        Request.Dispose();
        Received.Dispose();
    }

    ValueTask<int> IWire.ReceiveAsync(Memory<byte> buffer) => _wire!.ReceiveAsync(buffer);
    ValueTask<bool> IWire.SendAsync(ReadOnlyMemory<byte> bytes) => _wire!.SendAsync(bytes);
    ValueTask<bool> IWire.SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => _wire!.SendAsync(first, second);
    void IWire.Abort() => _wire!.Abort();
    void IWire.ShutdownSend() => _wire!.ShutdownSend();
}

/// <summary>Request states for reuse, each counted against the memory budget while it is rented. Thread-safe.</summary>
internal sealed class RequestStatePool(S3Service service)
{
    // As many requests as two cores have under way with small objects; each idle state keeps some 16 KiB.
    private const int MaxIdle = 256;

    private readonly Lock _lock = new();
    private readonly RequestState[] _idle = new RequestState[MaxIdle];
    private int _idleCount;

    /// <summary>Null when the budget has no room for another request.</summary>
    public RequestState? TryRent(ConnectionWire wire, bool isSecure)
    {
        if (!service.Memory.TryTake(MemoryUse.Request, RequestState.CountedBytes(isSecure)))
            return null;
        RequestState? state = null;
        lock (_lock)
        {
            if (_idleCount > 0)
                state = _idle[--_idleCount];
        }

        state ??= new RequestState(service);
        state.Attach(wire, isSecure);
        return state;
    }

    public void Return(RequestState state)
    {
        int countedBytes = RequestState.CountedBytes(state.Request.IsSecure);
        state.Detach();
        service.Memory.Give(MemoryUse.Request, countedBytes);
        lock (_lock)
        {
            if (_idleCount < MaxIdle)
            {
                _idle[_idleCount++] = state;
                return;
            }
        }

        state.Dispose();
    }
}
