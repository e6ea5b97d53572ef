using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using RustFs.Http1;

namespace RustFs.Transport;

/// <summary>
/// Bytes over a duplex pipe: TLS connections, and transports other than ours. One copy more than <see cref="SocketWire"/>.
/// </summary>
public sealed class PipeWire(IDuplexPipe pipe, Action abort) : ConnectionWire
{
    private volatile bool _isReceiving;
    private volatile bool _isSending;

    /// <summary>The socket under TLS, whose progress counts; null when there is none of ours.</summary>
    public ConnectionWire? Under { get; init; }

    public override long AcknowledgedBytes => Under?.AcknowledgedBytes ?? SentBytes;
    public override bool IsReceiving => _isReceiving;
    public override bool IsSending => _isSending;

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public override async ValueTask<int> WaitAsync()
    {
        _isReceiving = true;
        try
        {
            ReadResult read = await pipe.Input.ReadAsync().ConfigureAwait(false);
            pipe.Input.AdvanceTo(read.Buffer.Start);
            return 0;
        }
        catch (Exception exception) when (IsConnectionGone(exception))
        {
            return 0;
        }
        finally
        {
            _isReceiving = false;
        }
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        _isReceiving = true;
        try
        {
            ReadResult read = await pipe.Input.ReadAsync().ConfigureAwait(false);
            // The sequence is void once the reader has advanced: its length must be taken before.
            int lengthBytes = (int)Math.Min(read.Buffer.Length, buffer.Length);
            ReadOnlySequence<byte> bytes = read.Buffer.Slice(0, lengthBytes);
            bytes.CopyTo(buffer.Span);
            pipe.Input.AdvanceTo(bytes.End);
            CountReceived(lengthBytes);
            return lengthBytes;
        }
        catch (Exception exception) when (IsConnectionGone(exception))
        {
            return 0;
        }
        finally
        {
            _isReceiving = false;
        }
    }

    public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes) => SendAsync(bytes, default);

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        _isSending = true;
        try
        {
            pipe.Output.Write(first.Span);
            FlushResult flush = await pipe.Output.WriteAsync(second).ConfigureAwait(false);
            CountSent(first.Length + second.Length);
            return !flush.IsCompleted && !flush.IsCanceled;
        }
        catch (Exception exception) when (IsConnectionGone(exception))
        {
            return false;
        }
        finally
        {
            _isSending = false;
        }
    }

    public override void Abort() => abort();

    public override void ShutdownSend() => pipe.Output.Complete();

    // Pipes and the TLS stream under them tell of a lost connection by exceptions, and of a pipe completed by Abort by
    // InvalidOperationException.
    private static bool IsConnectionGone(Exception exception) =>
        exception is IOException or OperationCanceledException or InvalidOperationException;
}
