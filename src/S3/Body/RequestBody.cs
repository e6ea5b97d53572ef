using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using RustFs.Http1;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.S3.Body;

/// <summary>
/// A request's payload: the transfer framing and aws-chunked are taken off as it is read. The first read answers "Expect: 100-continue",
/// which is why a body is only read once the request is authorised. One per connection, reused. Not thread-safe.
/// </summary>
/// <remarks>
/// A body of known length without aws-chunked is received straight into the caller's memory and never beyond its end. Any other is received
/// into a buffer of its own, decoded from there, and what was received beyond its end is given back to the <see cref="ReceiveBuffer"/>.
/// </remarks>
public sealed class RequestBody(ReceiveBuffer received, IWire wire, MemoryBudget memory) : IDisposable
{
    /// <summary>
    /// Two of the 64 KiB chunks that the SDKs send, so that a receive brings whole chunks; held only while such a body is read.
    /// </summary>
    private const int InputBytes = 128 * 1024;

    /// <summary>How much is decoded at a time when only the end and the trailers are expected.</summary>
    private const int FinishBytes = 512;

    private static readonly byte[] ContinueResponse = Encoding.ASCII.GetBytes("HTTP/1.1 100 Continue\r\n\r\n");

    private RequestHead? _head;
    private BodyFraming _framing;
    private ChunkedDecoder _chunked;
    private AwsChunkedDecoder? _aws;
    private bool _isAwsChunked;
    private bool _awsEnded;
    private bool _awaitsContinue;

    // Whether the transfer framing has reached its end; with ContentLength framing, the bytes it has left.
    private bool _wireEnded;
    private long _wireLeft;
    private long _payloadBytes;

    // Received but not decoded, after all that the receive buffer holds.
    private byte[]? _input;
    private int _inputStart;
    private int _inputEnd;

    /// <summary>The payload's length in bytes: decoded when aws-chunked. Null when the request did not say.</summary>
    public long? LengthBytes { get; private set; }

    /// <summary>What went wrong while reading; null so far.</summary>
    public S3Error? Error { get; private set; }

    /// <summary>Trailers of an aws-chunked body, once read to the end.</summary>
    public AwsChunkedDecoder? Trailers => _isAwsChunked && _awsEnded ? _aws : null;

    /// <summary>True when nothing of the body is left on the connection, so that the next request can follow.</summary>
    public bool IsDrained => _wireEnded;

    private bool IsPlain => _framing == BodyFraming.ContentLength && !_isAwsChunked;

    /// <summary>The payload was read to its end, trailers included.</summary>
    private bool IsAtEnd => _wireEnded && (!_isAwsChunked || _awsEnded);

    /// <summary>What is received and not decoded: what the receive buffer holds, then what was received here.</summary>
    private ReadOnlySpan<byte> Input =>
        received.Unused.IsEmpty ? _input.AsSpan(_inputStart, _inputEnd - _inputStart) : received.Unused.Span;

    internal void Reset(RequestHead head)
    {
        ReleaseInput();
        _head = head;
        _framing = head.Framing;
        _wireLeft = head.ContentLength;
        _wireEnded = _framing == BodyFraming.None || (_framing == BodyFraming.ContentLength && _wireLeft == 0);
        _chunked.Reset();
        _isAwsChunked = false;
        _awsEnded = false;
        _awaitsContinue = head.ExpectContinue;
        _payloadBytes = 0;
        LengthBytes = _framing == BodyFraming.ContentLength ? head.ContentLength : null;
        Error = null;
    }

    /// <summary>Learns from the verified request whether the body is aws-chunked.</summary>
    internal S3Error? Open(SignatureContext signature)
    {
        RequestHead head = _head!;
        _isAwsChunked = signature.PayloadMode
            is PayloadMode.StreamingSigned or PayloadMode.StreamingSignedTrailer or PayloadMode.StreamingUnsignedTrailer;
        long? decoded = null;
        if (head.TryGet(KnownHeader.AmzDecodedContentLength, out ReadOnlySpan<byte> text))
        {
            if (!long.TryParse(text, System.Globalization.NumberStyles.None, null, out long number))
                return BodyErrors.BadDecodedLength;
            decoded = number;
        }

        if (!_isAwsChunked)
        {
            // The payload hash says what the framing is; a body framed in a way it does not name must not be stored with its frames.
            if (decoded is not null && HasAwsChunkedEncoding(head))
                return BodyErrors.UnnamedFraming;
            LengthBytes ??= _framing == BodyFraming.Chunked ? decoded : null;
            return null;
        }

        if (decoded is null || _framing == BodyFraming.None)
            return S3Errors.MissingContentLength;
        LengthBytes = decoded;
        _aws ??= new AwsChunkedDecoder();
        _aws.Reset(signature, decoded.Value);
        return null;
    }

    /// <summary>
    /// The whole payload when it already stands in the receive buffer, as one piece: it is then read, and stays valid until the request
    /// ends.
    /// </summary>
    public bool TryTakeReceived(out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        if (!IsPlain || received.Unused.Length < _wireLeft)
            return false;
        payload = received.Unused[..(int)_wireLeft];
        Consume(payload.Length);
        return true;
    }

    /// <summary>Reads payload straight into the destination where the framing allows.</summary>
    /// <returns>At least 1; 0 at the end; −1 when <see cref="Error"/> is set.</returns>
    public ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        if (Error is not null)
            return ValueTask.FromResult(-1);
        if (IsAtEnd || destination.IsEmpty)
            return ValueTask.FromResult(0);
        return IsPlain ? ReadPlainAsync(destination) : ReadDecodedAsync(destination);
    }

    /// <summary>
    /// Reads to the end of a body of which all payload was read: the last chunk and the trailers. False when <see cref="Error"/> is set.
    /// </summary>
    public ValueTask<bool> FinishAsync() => IsAtEnd && Error is null ? ValueTask.FromResult(true) : FinishDecodedAsync();

    /// <summary>
    /// True when what is left will be read after the answer, so that the connection lives on. Not for a client that still waits for 100
    /// (Continue): it may never send its body, and botocore takes a final answer without a 100 for that of its next request.
    /// </summary>
    public bool IsDrainable =>
        !(_awaitsContinue && received.Unused.IsEmpty)
        && (_wireEnded || _framing != BodyFraming.ContentLength || _wireLeft <= S3Limits.DrainBytes);

    /// <summary>An empty body is never read: a client that asked is told here to go on. False when the connection is gone.</summary>
    internal ValueTask<bool> ContinueIfEmptyAsync() => _wireEnded && _awaitsContinue ? ContinueAsync() : ValueTask.FromResult(true);

    /// <summary>Reads and drops what is left, within <see cref="S3Limits.DrainBytes"/>. True when the body is then drained.</summary>
    public ValueTask<bool> DrainAsync()
    {
        if (_wireEnded)
            return ValueTask.FromResult(true);
        return IsDrainable ? DropAsync(S3Limits.DrainBytes) : ValueTask.FromResult(false);
    }

    /// <summary>Gives back what is held while a body is read.</summary>
    internal void Release()
    {
        ReleaseInput();
        _head = null;
    }

    public void Dispose() => ReleaseInput();

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadPlainAsync(Memory<byte> destination)
    {
        if (destination.Length > _wireLeft)
            destination = destination[..(int)_wireLeft];
        int length = Math.Min(received.Unused.Length, destination.Length);
        if (length > 0)
        {
            received.Unused.Span[..length].CopyTo(destination.Span);
            Consume(length);
            return length;
        }

        if (!await ContinueAsync().ConfigureAwait(false))
            return -1;
        length = await wire.ReceiveAsync(destination).ConfigureAwait(false);
        if (length == 0)
        {
            Error = S3Errors.IncompleteBody;
            return -1;
        }

        TakeFromWire(length);
        return length;
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadDecodedAsync(Memory<byte> destination)
    {
        while (true)
        {
            int length = Decode(destination.Span);
            if (Error is not null)
                return -1;
            if (length > 0 || IsAtEnd)
                return length;
            if (!await ReceiveInputAsync().ConfigureAwait(false))
                return -1;
        }
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FinishDecodedAsync()
    {
        while (Error is null && !IsAtEnd)
        {
            if (DecodeNoPayload() && !IsAtEnd)
                await ReceiveInputAsync().ConfigureAwait(false);
        }

        return Error is null;
    }

    private bool DecodeNoPayload()
    {
        Span<byte> scratch = stackalloc byte[FinishBytes];
        if (Decode(scratch) > 0)
            Error ??= BodyErrors.LengthMismatch;
        return Error is null;
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<bool> DropAsync(long limitBytes)
    {
        while (true)
        {
            while (!_wireEnded && !Input.IsEmpty)
            {
                // The receive buffer first, then our own input: both together shrink by what is taken.
                int before = received.Unused.Length + _inputEnd - _inputStart;
                if (!TryTakeFramed(Input, out _))
                    return false;
                limitBytes -= _wireEnded ? 0 : before - (received.Unused.Length + _inputEnd - _inputStart);
            }

            if (_wireEnded)
            {
                ReleaseInput();
                return true;
            }

            if (limitBytes <= 0)
                return false;
            bool isReceived = _framing == BodyFraming.ContentLength ? await DropPieceAsync().ConfigureAwait(false)
                : await ReceiveInputAsync().ConfigureAwait(false);
            if (!isReceived)
                return false;
        }
    }

    /// <summary>
    /// Decodes what is received until the destination is full, more must be received, the body ends or <see cref="Error"/> is set.
    /// </summary>
    private int Decode(Span<byte> destination)
    {
        int written = 0;
        while (Error is null && !_wireEnded && written < destination.Length)
        {
            // No more input than room: a decoder's payload is a part of its input, so it always fits.
            ReadOnlySpan<byte> input = Input;
            if (input.IsEmpty)
                break;
            if (input.Length > destination.Length - written)
                input = input[..(destination.Length - written)];
            if (!TryTakeFramed(input, out ReadOnlySpan<byte> run))
            {
                Error = BodyErrors.BadFraming;
                break;
            }

            written += _isAwsChunked ? DecodeAwsChunked(run, destination[written..]) : Copy(run, destination[written..]);
        }

        _payloadBytes += written;
        if (_wireEnded)
            CheckEnd();
        else if (_payloadBytes > LengthBytes)
            Error ??= BodyErrors.LengthMismatch;
        return written;
    }

    /// <summary>Takes the transfer framing off the front of the input and marks that as used. The run stays where it is.</summary>
    private bool TryTakeFramed(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> run)
    {
        if (_framing == BodyFraming.ContentLength)
        {
            run = input.Length > _wireLeft ? input[..(int)_wireLeft] : input;
            Consume(run.Length);
            return true;
        }

        ChunkedDecoder.Status status = _chunked.Decode(input, out int consumedBytes, out Range payload, out _);
        run = status == ChunkedDecoder.Status.Payload ? input[payload] : default;
        UseInput(consumedBytes);
        if (status == ChunkedDecoder.Status.End)
        {
            _wireEnded = true;
            GiveBackInput();
        }

        return status != ChunkedDecoder.Status.Rejected;
    }

    private int DecodeAwsChunked(ReadOnlySpan<byte> run, Span<byte> destination)
    {
        int written = 0;
        while (true)
        {
            if (_awsEnded)
            {
                if (!run.IsEmpty)
                    Error = BodyErrors.BadFraming;
                return written;
            }

            AwsChunkedStatus status = _aws!.Decode(run, out int consumedBytes, out Range payload);
            switch (status)
            {
                case AwsChunkedStatus.Payload:
                    written += Copy(run[payload], destination[written..]);
                    break;
                case AwsChunkedStatus.End:
                    _awsEnded = true;
                    break;
                case AwsChunkedStatus.NeedMore:
                    return written;
                default:
                    Error = BodyErrors.Of(status);
                    return written;
            }

            run = run[consumedBytes..];
        }
    }

    private void CheckEnd()
    {
        ReleaseInput();
        // Some clients leave the last empty line out, which only the end of the transfer framing tells.
        if (_isAwsChunked && !_awsEnded && Error is null)
        {
            AwsChunkedStatus status = _aws!.Finish();
            _awsEnded = status == AwsChunkedStatus.End;
            Error = status switch
            {
                AwsChunkedStatus.End => null,
                AwsChunkedStatus.NeedMore => S3Errors.IncompleteBody,
                _ => BodyErrors.Of(status),
            };
        }
        else if (LengthBytes is not null && _payloadBytes != LengthBytes)
            Error ??= BodyErrors.LengthMismatch;
    }

    private static int Copy(ReadOnlySpan<byte> run, Span<byte> destination)
    {
        run.CopyTo(destination);
        return run.Length;
    }

    /// <summary>Marks input as used, of the receive buffer or of our own.</summary>
    private void UseInput(int lengthBytes)
    {
        if (lengthBytes > 0)
            _awaitsContinue = false;
        if (received.Unused.IsEmpty)
            _inputStart += lengthBytes;
        else
            received.Use(lengthBytes);
    }

    private void Consume(int lengthBytes)
    {
        UseInput(lengthBytes);
        TakeFromWire(lengthBytes);
    }

    private void TakeFromWire(int lengthBytes)
    {
        _wireLeft -= lengthBytes;
        _wireEnded = _wireLeft == 0;
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ContinueAsync()
    {
        if (!_awaitsContinue)
            return true;
        _awaitsContinue = false;
        if (await wire.SendAsync(ContinueResponse).ConfigureAwait(false))
            return true;
        Error = S3Errors.IncompleteBody;
        return false;
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReceiveInputAsync()
    {
        // Before 100 (Continue): a client that is told to slow down must not have sent its body.
        if (_input is null && !TryRentInput())
            return false;
        if (!await ContinueAsync().ConfigureAwait(false))
            return false;
        int limit = _framing == BodyFraming.ContentLength ? (int)Math.Min(_wireLeft, _input!.Length) : _input!.Length;
        _inputStart = 0;
        _inputEnd = await wire.ReceiveAsync(_input.AsMemory(0, limit)).ConfigureAwait(false);
        if (_inputEnd == 0)
            Error ??= S3Errors.IncompleteBody;
        return _inputEnd > 0;
    }

    private bool TryRentInput()
    {
        if (!memory.TryTake(MemoryUse.Body, InputBytes))
        {
            Error ??= S3Errors.SlowDown;
            return false;
        }

        _input = ArrayPool<byte>.Shared.Rent(InputBytes);
        return true;
    }

    /// <summary>Receives and forgets the next bytes of a body of known length.</summary>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<bool> DropPieceAsync()
    {
        Memory<byte> dropped = DroppedBytes.Memory;
        int length = await wire.ReceiveAsync(dropped[..(int)Math.Min(_wireLeft, dropped.Length)]).ConfigureAwait(false);
        TakeFromWire(length);
        return length > 0;
    }

    private void GiveBackInput()
    {
        if (_inputEnd > _inputStart)
            received.GiveBack(_input.AsSpan(_inputStart, _inputEnd - _inputStart));
        ReleaseInput();
    }

    private void ReleaseInput()
    {
        _inputStart = _inputEnd = 0;
        if (_input is null)
            return;
        ArrayPool<byte>.Shared.Return(_input);
        memory.Give(MemoryUse.Body, InputBytes);
        _input = null;
    }

    /// <summary>Content-Encoding = #content-coding (RFC 9110 §8.4).</summary>
    private static bool HasAwsChunkedEncoding(RequestHead head)
    {
        if (!head.TryGet(KnownHeader.ContentEncoding, out ReadOnlySpan<byte> codings))
            return false;
        foreach (Range range in codings.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(codings[range].Trim(" \t"u8), "aws-chunked"u8))
                return true;
        }

        return false;
    }
}
