// unsafe: the caller's memory, pinned from the submission to its completion, and one native allocation that lives until Release.
using System.Buffers;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using RustFs.Uring;

namespace RustFs.Transport;

/// <summary>
/// The sending direction of a <see cref="UringWire"/>. What fits a buffer of the ring is copied there and counts as sent, as bytes in a
/// socket's own buffer do; it leaves with the next submission. What does not fit is sent from the caller's memory and awaited. One
/// submission at a time, so that bytes stay in order.
/// </summary>
internal sealed unsafe class UringSend(UringWire wire) : RingOperation, IValueTaskSource<bool>
{
    // socket.h: fail at once instead of waiting; wait until all is sent; an error instead of a signal when the peer is gone.
    private const uint DontWait = 0x40;
    private const uint WaitForAll = 0x100;
    private const uint NoSignal = 0x4000;

    private const int NoBuffer = -1;

    private readonly FlushWork _flush = new();
    private ManualResetValueTaskSourceCore<bool> _source;
    private volatile bool _isAwaited;
    private bool _isBusy;
    private bool _hasFailed;
    private bool _mayWait;
    private bool _isUnawaited;
    private bool _shutsDownAfter;

    // Copied, in a buffer of the ring.
    private int _buffer = NoBuffer;
    private int _bufferStart;
    private int _bufferEnd;
    private bool _isFlushQueued;

    // The caller's, awaited.
    private bool _hasPieces;
    private ReadOnlyMemory<byte> _first;
    private ReadOnlyMemory<byte> _second;
    private MemoryHandle _firstPin;
    private MemoryHandle _secondPin;
    private Gather* _gather;

    /// <summary>The connection waits for the peer.</summary>
    public bool IsAwaited => _isAwaited;

    /// <summary>A completion is still to come, or something is about to be submitted.</summary>
    public bool IsBusy => _isBusy || _isFlushQueued;

    /// <summary>The kernel waits for the peer to take what was sent.</summary>
    public bool IsStuck => _isBusy && _mayWait;

    private int BufferedBytes => _bufferEnd - _bufferStart;

    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        if (wire.IsClosed)
            return ValueTask.FromResult(false);
        if (first.Length + second.Length == 0)
            return ValueTask.FromResult(true);
        if (wire.Loop.IsCurrent)
        {
            if (_hasFailed || wire.Loop.IsStopping)
                return ValueTask.FromResult(false);
            if (TryCopy(first.Span, second.Span))
                return ValueTask.FromResult(true);
        }

        return Start(first, second);
    }

    public ValueTask<bool> FlushAsync() => wire.IsClosed ? ValueTask.FromResult(false) : Start(default, default);

    /// <summary>A send that another thread began.</summary>
    public void BeginPosted()
    {
        if (wire.IsClosed || _hasFailed || wire.Loop.IsStopping)
            Finish(false);
        else if (_first.Length + _second.Length > 0 && TryCopy(_first.Span, _second.Span))
            Finish(true);
        else
            BeginPieces();
    }

    /// <summary>Sends FIN after all that was sent.</summary>
    public void Shutdown()
    {
        _shutsDownAfter = true;
        if (!_isBusy)
            Continue();
    }

    /// <summary>Lets the connection go on.</summary>
    public void Finish(bool isSent)
    {
        (_first, _second) = (default, default);
        _isAwaited = false;
        _source.SetResult(isSent);
    }

    /// <summary>After the last completion, on the ring's thread.</summary>
    public void Release()
    {
        ReturnBuffer();
        NativeMemory.Free(_gather);
        _gather = null;
    }

    protected override bool CompletesAtOnce => _isUnawaited;

    protected override void Complete(int result, CompletionFlags flags)
    {
        _isBusy = false;
        if (result > 0)
            wire.AddSent(result);
        else if (result is not (-ErrorNumber.EAGAIN or -ErrorNumber.EINTR))
            _hasFailed = true;
        // A send that was cancelled half way must not go on.
        _hasFailed |= wire.Loop.IsStopping;
        _mayWait = true;
        if (_buffer != NoBuffer)
            EndBuffered(Math.Max(result, 0));
        else
            EndPieces(Math.Max(result, 0));
        if (!_isBusy)
            wire.OperationEnded();
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private ValueTask<bool> Start(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        _source.Reset();
        (_first, _second) = (first, second);
        _isAwaited = true;
        short version = _source.Version;
        if (wire.Loop.IsCurrent)
            BeginPieces();
        else
            wire.Ask(WireRequests.Send);
        return new ValueTask<bool>(this, version);
    }

    private bool TryCopy(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        NativeBuffers buffers = wire.Loop.SendBuffers;
        if (_isBusy || _hasPieces || first.Length + second.Length > buffers.BufferBytes - _bufferEnd)
            return false;
        if (_buffer == NoBuffer)
        {
            _buffer = buffers.TryRent();
            if (_buffer == NoBuffer)
                return false;
        }

        Span<byte> room = buffers.Bytes(_buffer)[_bufferEnd..];
        first.CopyTo(room);
        second.CopyTo(room[first.Length..]);
        _bufferEnd += first.Length + second.Length;
        if (_isFlushQueued)
            return true;
        _isFlushQueued = true;
        _flush.Send = this;
        wire.Loop.BeforeSubmit(_flush);
        return true;
    }

    /// <summary>Just before the ring submits.</summary>
    private void Flush()
    {
        _isFlushQueued = false;
        if (_isBusy || _buffer == NoBuffer)
        {
            wire.OperationEnded();
            return;
        }

        // The usual case: the kernel takes it all at once, and nobody waits for that.
        _mayWait = false;
        _isUnawaited = !_hasPieces && !_shutsDownAfter && !wire.IsEnding;
        SubmitBuffered();
        _isUnawaited = false;
    }

    private void SubmitBuffered()
    {
        _isBusy = true;
        ref Submission submission = ref wire.Loop.Prepare(this, RingOpcode.Send, wire.Socket.Descriptor);
        submission.Address = (ulong)(wire.Loop.SendBuffers.Address(_buffer) + _bufferStart);
        submission.LengthBytes = (uint)BufferedBytes;
        submission.OperationFlags = NoSignal | (_mayWait ? WaitForAll : DontWait);
    }

    private void EndBuffered(int sentBytes)
    {
        _bufferStart += sentBytes;
        if (BufferedBytes > 0 && !_hasFailed && !wire.IsEnding)
        {
            SubmitBuffered();
            return;
        }

        ReturnBuffer();
        Continue();
    }

    private void ReturnBuffer()
    {
        if (_buffer == NoBuffer)
            return;
        wire.Loop.SendBuffers.Return(_buffer);
        _buffer = NoBuffer;
        _bufferStart = _bufferEnd = 0;
    }

    private void BeginPieces()
    {
        _hasPieces = true;
        // What was copied goes first.
        if (!_isBusy && _buffer == NoBuffer)
            Continue();
    }

    /// <summary>Nothing is under way: what waits for that is begun.</summary>
    private void Continue()
    {
        if (_buffer != NoBuffer)
            return;
        if (_hasPieces)
        {
            if (!_hasFailed && _first.Length + _second.Length > 0)
            {
                SubmitPieces();
                return;
            }

            _hasPieces = false;
            Finish(!_hasFailed);
        }

        if (_shutsDownAfter && !_isBusy && _buffer == NoBuffer && !wire.Socket.IsClosed)
            wire.Socket.ShutdownSend();
    }

    private void SubmitPieces()
    {
        _isBusy = true;
        _mayWait = true;
        ReadOnlyMemory<byte> only = _first.IsEmpty ? _second : _first;
        bool isGathered = !_first.IsEmpty && !_second.IsEmpty;
        ref Submission submission = ref wire.Loop.Prepare(
            this, isGathered ? RingOpcode.SendMessage : RingOpcode.Send, wire.Socket.Descriptor);
        submission.OperationFlags = NoSignal | WaitForAll;
        _firstPin = only.Pin();
        submission.Address = (ulong)_firstPin.Pointer;
        submission.LengthBytes = (uint)only.Length;
        if (!isGathered)
            return;
        _secondPin = _second.Pin();
        if (_gather is null)
            _gather = (Gather*)NativeMemory.AllocZeroed((nuint)sizeof(Gather));
        _gather->First = new IoVector { Address = (nint)_firstPin.Pointer, LengthBytes = _first.Length };
        _gather->Second = new IoVector { Address = (nint)_secondPin.Pointer, LengthBytes = _second.Length };
        _gather->Header.Vectors = (nint)(&_gather->First);
        _gather->Header.VectorCount = 2;
        submission.Address = (ulong)&_gather->Header;
        submission.LengthBytes = 1;
    }

    private void EndPieces(int sentBytes)
    {
        _firstPin.Dispose();
        _secondPin.Dispose();
        (_firstPin, _secondPin) = (default, default);
        int ofFirst = Math.Min(sentBytes, _first.Length);
        _first = _first[ofFirst..];
        _second = _second[(sentBytes - ofFirst)..];
        Continue();
    }

    /// <summary>What a gathered send points to until it completes.</summary>
    private struct Gather
    {
        public MessageHeader Header;
        public IoVector First;
        public IoVector Second;
    }

    private sealed class FlushWork : RingWork
    {
        public UringSend? Send { get; set; }

        protected override void Run() => Send!.Flush();
    }
}
