// unsafe: the caller's memory, pinned from the submission to its completion.
using System.Buffers;
using System.Threading.Tasks.Sources;
using RustFs.Uring;

namespace RustFs.Transport;

/// <summary>The receiving direction of a <see cref="UringWire"/>: one receive at a time, awaited by the connection.</summary>
internal sealed unsafe class UringReceive(UringWire wire) : RingOperation, IValueTaskSource<int>
{
    // A piece that is longer belongs to a large body: hashing it takes longer than answering a small request.
    private const int LongBytes = 32 * 1024;

    private const int NoBuffer = -1;

    private ManualResetValueTaskSourceCore<int> _source;
    private RetryWork? _retry;
    private Memory<byte> _destination;
    private MemoryHandle _pin;
    private volatile bool _isAwaited;
    private bool _isBusy;

    // The peer has finished or is gone.
    private bool _hasEnded;

    // Received in a buffer that the kernel chose, and not taken yet.
    private int _buffer = NoBuffer;
    private int _bufferStart;
    private int _bufferEnd;

    /// <summary>The connection waits for the peer.</summary>
    public bool IsAwaited => _isAwaited;

    /// <summary>A completion is still to come, or to be handled.</summary>
    public bool IsBusy => _isBusy;

    private int BufferedBytes => _bufferEnd - _bufferStart;

    public ValueTask<int> WaitAsync() => wire.IsClosed || BufferedBytes > 0 ? ValueTask.FromResult(0) : Start(default);

    public ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        if (wire.IsClosed)
            return ValueTask.FromResult(0);
        return BufferedBytes > 0 ? ValueTask.FromResult(TakeBuffered(destination.Span)) : Start(destination);
    }

    /// <summary>On the ring's thread.</summary>
    public void Begin()
    {
        if (wire.IsClosed || _hasEnded || wire.Loop.IsStopping)
            Finish(0);
        else
            Submit();
    }

    /// <summary>Gives an emptied buffer back to the kernel. On the ring's thread.</summary>
    public void ReturnBuffer()
    {
        if (_buffer == NoBuffer)
            return;
        wire.Loop.ReceiveBuffers.Return(_buffer);
        _buffer = NoBuffer;
        _bufferStart = _bufferEnd = 0;
    }

    /// <summary>Lets the connection go on.</summary>
    public void Finish(int bytes)
    {
        _destination = default;
        _isAwaited = false;
        _source.SetResult(bytes);
    }

    protected override bool IsLong(int result) => result > LongBytes;

    protected override void Complete(int result, CompletionFlags flags)
    {
        _isBusy = false;
        _pin.Dispose();
        _pin = default;
        if ((flags & CompletionFlags.Buffer) != 0)
        {
            _buffer = wire.Loop.ReceiveBuffers.Take(flags);
            (_bufferStart, _bufferEnd) = (0, Math.Max(result, 0));
        }

        if (result is -ErrorNumber.ENOBUFS or -ErrorNumber.EINTR or -ErrorNumber.EAGAIN && !wire.IsClosed)
        {
            Retry(result);
            return;
        }

        if (result > 0)
            wire.AddReceived(result);
        else
            _hasEnded = true;
        if (_buffer != NoBuffer && BufferedBytes == 0)
            ReturnBuffer();
        Finish(_destination.IsEmpty ? 0 : Math.Max(result, 0));
        wire.OperationEnded();
    }

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private ValueTask<int> Start(Memory<byte> destination)
    {
        _source.Reset();
        _destination = destination;
        _isAwaited = true;
        short version = _source.Version;
        wire.Ask(WireRequests.Receive);
        return new ValueTask<int>(this, version);
    }

    private void Submit()
    {
        _isBusy = true;
        ref Submission submission = ref wire.Loop.Prepare(this, RingOpcode.Receive, wire.Socket.Descriptor);
        if (_destination.IsEmpty)
        {
            // After an answer the next request is hardly ever there yet.
            submission.SocketFlags = SocketFlags.PollFirst;
            submission.Flags = SubmissionFlags.BufferSelect;
            submission.BufferGroup = BufferRing.Group;
            submission.LengthBytes = (uint)wire.Loop.ReceiveBuffers.BufferBytes;
            return;
        }

        _pin = _destination.Pin();
        submission.Address = (ulong)_pin.Pointer;
        submission.LengthBytes = (uint)_destination.Length;
    }

    private void Retry(int result)
    {
        _isBusy = true;
        _retry ??= new RetryWork(this);
        if (result != -ErrorNumber.ENOBUFS || !wire.Loop.ReceiveBuffers.TryWait(_retry))
            Submit();
    }

    private void SubmitAgain()
    {
        _isBusy = false;
        Begin();
        wire.OperationEnded();
    }

    private int TakeBuffered(Span<byte> destination)
    {
        int length = Math.Min(BufferedBytes, destination.Length);
        wire.Loop.ReceiveBuffers.Bytes(_buffer, _bufferStart, length).CopyTo(destination);
        _bufferStart += length;
        if (BufferedBytes == 0)
            wire.Ask(WireRequests.ReturnBuffer);
        return length;
    }

    private sealed class RetryWork(UringReceive receive) : RingWork
    {
        protected override void Run() => receive.SubmitAgain();
    }
}
