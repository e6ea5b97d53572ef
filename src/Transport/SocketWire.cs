using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RustFs.Http1;

namespace RustFs.Transport;

/// <summary>
/// Cleartext bytes straight from and to a socket: bodies are received into the caller's own buffers, with no pipe in between.
/// </summary>
public sealed class SocketWire(Socket socket) : ConnectionWire, IDisposable
{
    private readonly SocketOperation _receive = new();
    private readonly SocketOperation _send = new();
    private readonly ArraySegment<byte>[] _pieces = new ArraySegment<byte>[2];
    private int _isClosed;

    public override bool IsReceiving => _receive.IsPending;
    public override bool IsSending => _send.IsPending;

    public override long AcknowledgedBytes => TcpProgress.AcknowledgedBytes(socket, SentBytes);

    // A receive into nothing completes when the socket is readable.
    public override ValueTask<int> WaitAsync()
    {
        if (Volatile.Read(ref _isClosed) != 0)
            return ValueTask.FromResult(0);
        try
        {
            return _receive.ReceiveAsync(socket, default);
        }
        catch (ObjectDisposedException)
        {
            return ValueTask.FromResult(0);
        }
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (Volatile.Read(ref _isClosed) != 0)
            return ValueTask.FromResult(0);
        ValueTask<int> receiving;
        try
        {
            receiving = _receive.ReceiveAsync(socket, buffer);
        }
        catch (ObjectDisposedException)
        {
            // Abort on another thread came between the check and the call.
            return ValueTask.FromResult(0);
        }

        return receiving.IsCompletedSuccessfully ? ValueTask.FromResult(Received(receiving.Result)) : AwaitReceive(receiving);
    }

    public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (Volatile.Read(ref _isClosed) != 0)
            return ValueTask.FromResult(false);
        ValueTask<int> sending;
        try
        {
            sending = _send.SendAsync(socket, bytes);
        }
        catch (ObjectDisposedException)
        {
            return ValueTask.FromResult(false);
        }

        return sending.IsCompletedSuccessfully
            ? ValueTask.FromResult(Sent(sending.Result, bytes.Length))
            : AwaitSend(sending, bytes.Length);
    }

    public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        // A gathered send takes arrays only; other memory goes out in two sends.
        if (!MemoryMarshal.TryGetArray(first, out _pieces[0]) || !MemoryMarshal.TryGetArray(second, out _pieces[1]))
            return SendInTurn(first, second);
        if (Volatile.Read(ref _isClosed) != 0)
            return ValueTask.FromResult(false);
        ValueTask<int> sending;
        try
        {
            sending = _send.SendAsync(socket, _pieces);
        }
        catch (ObjectDisposedException)
        {
            return ValueTask.FromResult(false);
        }

        int length = first.Length + second.Length;
        return sending.IsCompletedSuccessfully ? ValueTask.FromResult(Sent(sending.Result, length)) : AwaitSend(sending, length);
    }

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            socket.Dispose();
    }

    public override void ShutdownSend() => Shutdown(SocketShutdown.Send);

    public override void StopReceiving() => Shutdown(SocketShutdown.Receive);

    public void Dispose()
    {
        Abort();
        if (!_receive.IsPending)
            _receive.Dispose();
        if (!_send.IsPending)
            _send.Dispose();
    }

    private void Shutdown(SocketShutdown side)
    {
        try
        {
            socket.Shutdown(side);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer or Abort was quicker: there is nobody left to tell.
        }
    }

    private async ValueTask<bool> SendInTurn(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) =>
        await SendAsync(first).ConfigureAwait(false) && await SendAsync(second).ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitReceive(ValueTask<int> receiving) => Received(await receiving.ConfigureAwait(false));

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<bool> AwaitSend(ValueTask<int> sending, int lengthBytes) =>
        Sent(await sending.ConfigureAwait(false), lengthBytes);

    private int Received(int bytes)
    {
        if (bytes <= 0)
            return 0;
        CountReceived(bytes);
        return bytes;
    }

    private bool Sent(int bytes, int lengthBytes)
    {
        if (bytes > 0)
            CountSent(bytes);
        return bytes == lengthBytes;
    }
}
