using RustFs.Http1;

namespace RustFs.Transport;

/// <summary>A wire that counts what passes, so that a watchdog can tell a slow peer from a busy one.</summary>
public abstract class ConnectionWire : IWire
{
    private long _receivedBytes;
    private long _sentBytes;

    /// <summary>Bytes received since the connection began. Written by the connection, read by anyone.</summary>
    public long ReceivedBytes => Volatile.Read(ref _receivedBytes);

    /// <summary>Bytes handed to the kernel since the connection began.</summary>
    public long SentBytes => Volatile.Read(ref _sentBytes);

    /// <summary>True while a receive waits for the peer.</summary>
    public abstract bool IsReceiving { get; }

    /// <summary>True while a send waits for the peer.</summary>
    public abstract bool IsSending { get; }

    /// <summary>
    /// Bytes that the peer has acknowledged, where the kernel tells: a send that waits moves without completing. Otherwise <see
    /// cref="SentBytes"/>. Read by the watchdog, while the connection may be ending.
    /// </summary>
    public virtual long AcknowledgedBytes => SentBytes;

    /// <summary>
    /// Waits until there is something to receive, or the peer has finished or is gone, and holds no memory meanwhile. The result means
    /// nothing: the next receive tells.
    /// </summary>
    public abstract ValueTask<int> WaitAsync();
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);
    public abstract ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes);
    public abstract ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second);
    public abstract void Abort();
    public abstract void ShutdownSend();

    /// <summary>
    /// Completes when all that was sent is with the kernel; false when the connection is gone. A wire may take a small send for done before
    /// that, so that its connection need not wait for it.
    /// </summary>
    public virtual ValueTask<bool> FlushAsync() => ValueTask.FromResult(true);

    /// <summary>
    /// Asks for an end: what waits to receive returns 0 once all that has arrived was received; what is sent is still sent. Idempotent,
    /// thread-safe, never blocks.
    /// </summary>
    public virtual void StopReceiving() => Abort();

    // One receive and one send at a time: a plain store is enough, and cheaper than an interlocked add.
    protected void CountReceived(long bytes) => Volatile.Write(ref _receivedBytes, _receivedBytes + bytes);
    protected void CountSent(long bytes) => Volatile.Write(ref _sentBytes, _sentBytes + bytes);
}
