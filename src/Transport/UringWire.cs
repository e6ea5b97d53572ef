using RustFs.Uring;

namespace RustFs.Transport;

/// <summary>
/// Cleartext bytes through a ring. All of its state belongs to the ring's thread, where completions resume the connection inline; calls
/// from other threads are handed over by a <see cref="WireMailbox"/>. Waiting holds no memory: a head arrives in a buffer that the kernel
/// chose and is copied out at once; a body is received straight into the caller's memory. Small sends are copied and leave with the next
/// submission, together with the next receive.
/// </summary>
internal sealed class UringWire : ConnectionWire
{
    private readonly UringReceive _receive;
    private readonly UringSend _send;
    private readonly WireMailbox _mailbox;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isClosed;

    public UringWire(RingLoop loop, ConnectedSocket socket)
    {
        Loop = loop;
        Socket = socket;
        _receive = new UringReceive(this);
        _send = new UringSend(this);
        _mailbox = new WireMailbox(this);
        loop.AddLoad(1);
    }

    public RingLoop Loop { get; }
    public ConnectedSocket Socket { get; }

    /// <summary>Nothing new is begun.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    /// <summary>The socket is closed after the last completion. On the ring's thread.</summary>
    public bool IsEnding { get; private set; }

    public override bool IsReceiving => _receive.IsAwaited;
    public override bool IsSending => _send.IsAwaited;
    public override long AcknowledgedBytes => Socket.AcknowledgedBytes(SentBytes);

    public override ValueTask<int> WaitAsync() => _receive.WaitAsync();

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => _receive.ReceiveAsync(buffer);

    public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes) => _send.SendAsync(bytes, default);

    public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => _send.SendAsync(first, second);

    public override ValueTask<bool> FlushAsync() => _send.FlushAsync();

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            Ask(WireRequests.Abort);
    }

    public override void ShutdownSend() => Ask(WireRequests.ShutdownSend);

    public override void StopReceiving() => Ask(WireRequests.StopReceiving);

    /// <summary>Ends what is under way and closes the socket after the last completion.</summary>
    public Task CloseAsync()
    {
        Volatile.Write(ref _isClosed, 1);
        Ask(WireRequests.Close);
        return _ended.Task;
    }

    /// <summary>Has the ring's thread do it: at once when this is that thread. When the ring has ended, nothing is under way.</summary>
    public void Ask(WireRequests requests)
    {
        if (Loop.IsCurrent)
            Answer(requests);
        else if (!_mailbox.TryPost(requests))
            AnswerWithoutRing(requests);
    }

    /// <summary>On the ring's thread.</summary>
    public void Answer(WireRequests requests)
    {
        if ((requests & WireRequests.ReturnBuffer) != 0)
            _receive.ReturnBuffer();
        if ((requests & WireRequests.Receive) != 0)
            _receive.Begin();
        if ((requests & WireRequests.Send) != 0)
            _send.BeginPosted();
        if ((requests & WireRequests.ShutdownSend) != 0)
            _send.Shutdown();
        if ((requests & WireRequests.StopReceiving) != 0 && !Socket.IsClosed)
            Socket.ShutdownReceive();
        if ((requests & WireRequests.Abort) != 0 && !Socket.IsClosed)
            Socket.ShutdownBoth();
        if ((requests & WireRequests.Close) != 0)
            Close();
    }

    /// <summary>Called by both directions after an operation's last completion.</summary>
    public void OperationEnded()
    {
        if (IsEnding && !_receive.IsBusy && !_send.IsBusy)
            End();
    }

    public void AddReceived(int bytes) => CountReceived(bytes);

    public void AddSent(int bytes) => CountSent(bytes);

    private void Close()
    {
        if (IsEnding)
            return;
        IsEnding = true;
        if (_receive.IsBusy || _send.IsStuck)
            Socket.ShutdownBoth();
        else
            OperationEnded();
    }

    private void End()
    {
        if (Socket.IsClosed)
            return;
        _receive.ReturnBuffer();
        _send.Release();
        Socket.Dispose();
        Loop.AddLoad(-1);
        _ended.TrySetResult();
    }

    private void AnswerWithoutRing(WireRequests requests)
    {
        if ((requests & WireRequests.Receive) != 0)
            _receive.Finish(0);
        if ((requests & WireRequests.Send) != 0)
            _send.Finish(false);
        if ((requests & WireRequests.Close) == 0)
            return;
        Socket.Dispose();
        _ended.TrySetResult();
    }
}
