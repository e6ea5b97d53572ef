using System.Diagnostics;
using System.Text;

namespace RustFs.Signing;

/// <summary>
/// Takes aws-chunked framing off a body, with or without chunk signatures and trailers. One per connection, reused; not thread-safe.
/// <code>
/// body       = *chunk last-chunk *( trailer CRLF ) CRLF
/// chunk      = size [ signature ] CRLF payload CRLF
/// last-chunk = 1*"0" [ signature ] CRLF
/// size       = 1*16HEXDIG
/// signature  = ";chunk-signature=" 64HEXDIG
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks" and "Including Trailing
/// Headers". Signatures are there in the signed modes and only there, trailers in the trailer modes; signed trailers end with
/// x-amz-trailer-signature. Three departures of clients are let through:
/// minio-go ends a trailer with LF CRLF; AWS's own example puts an empty line between the last chunk and signed trailers; and the last
/// empty line may be missing, which only <see cref="Finish"/> can tell.
/// </summary>
/// <remarks>
/// A chunk's payload is handed out before its signature is known, all but its last piece: nothing of the body may be committed before
/// <see cref="AwsChunkedStatus.End"/>.
/// </remarks>
public sealed class AwsChunkedDecoder
{
    private enum State : byte { ChunkLine, Payload, PayloadEnd, Trailers, LastLine, Ended, Failed }

    private readonly TrailerFields _trailers = new();
    private ChunkSignatureChain? _chain;

    /// <summary>The part of a line that earlier input ended with.</summary>
    private byte[] _line = new byte[SigningLimits.ChunkLineBytes];
    private int _lineLength;
    private State _state = State.Ended;
    private AwsChunkedStatus _failure;
    private bool _isSigned;
    private bool _hasTrailers;
    private long _decodedRemaining;
    private long _chunkRemaining;
    private long _chunkLength;
    private int _trailersLength;
    private bool _hasTrailerSignature;

    /// <summary>The trailer line before ended with a bare LF, so that a CRLF still belongs to it.</summary>
    private bool _isBareLineEnd;
    private bool _hasSkippedEmptyLine;

    public int TrailerCount => _trailers.Count;

    /// <summary>Starts a body. The context must be of the request just verified, and of one of the streaming modes.</summary>
    /// <param name="context">Must not change until the body is read.</param>
    /// <param name="decodedLengthBytes">x-amz-decoded-content-length.</param>
    public void Reset(SignatureContext context, long decodedLengthBytes)
    {
        PayloadMode mode = context.PayloadMode;
        Debug.Assert(mode is PayloadMode.StreamingSigned or PayloadMode.StreamingSignedTrailer or PayloadMode.StreamingUnsignedTrailer);
        Debug.Assert(decodedLengthBytes >= 0);
        _isSigned = mode is PayloadMode.StreamingSigned or PayloadMode.StreamingSignedTrailer;
        _hasTrailers = mode is PayloadMode.StreamingSignedTrailer or PayloadMode.StreamingUnsignedTrailer;
        if (_isSigned)
            (_chain ??= new ChunkSignatureChain()).Reset(context);
        _decodedRemaining = decodedLengthBytes;
        _state = State.ChunkLine;
        _chunkLength = 0;
        _lineLength = 0;
        _trailers.Clear();
        _trailersLength = 0;
        _hasTrailerSignature = false;
        _isBareLineEnd = false;
        _hasSkippedEmptyLine = false;
    }

    /// <summary>
    /// Decodes from the front of <paramref name="input"/>. Call again with what was not consumed until NeedMore, End or an error.
    /// </summary>
    /// <param name="consumedBytes">How much of the input is done with, payload included.</param>
    /// <param name="payload">Where in the input the payload lies, when the status is Payload.</param>
    public AwsChunkedStatus Decode(ReadOnlySpan<byte> input, out int consumedBytes, out Range payload)
    {
        consumedBytes = 0;
        payload = default;
        while (true)
        {
            switch (_state)
            {
                case State.Ended:
                    return AwsChunkedStatus.End;
                case State.Failed:
                    return _failure;
                case State.Payload:
                    return TakePayload(input, ref consumedBytes, out payload);
            }

            int limit = _state == State.Trailers ? SigningLimits.TrailersBytes - _trailersLength : SigningLimits.ChunkLineBytes;
            AwsChunkedStatus status = TakeLine(input, limit, ref consumedBytes, out ReadOnlySpan<byte> line);
            if (status != AwsChunkedStatus.Payload)
                return status;
            status = _state switch
            {
                State.ChunkLine => ReadChunkLine(line),
                State.Trailers => ReadTrailerLine(line),
                _ => ReadEmptyLine(line),
            };
            if (status is not (AwsChunkedStatus.NeedMore or AwsChunkedStatus.End))
                return Fail(status);
        }
    }

    /// <summary>
    /// Says what a body amounts to that ended while more was needed: End when nothing is missing but the last empty line, which some
    /// clients leave out, an error when its trailers are wrong, NeedMore when it was cut short.
    /// </summary>
    public AwsChunkedStatus Finish()
    {
        bool isLineEmpty = _lineLength == 0 || (_lineLength == 1 && _line[0] == '\r');
        if (isLineEmpty && _state is State.Trailers or State.LastLine)
        {
            if (_state == State.Trailers && _isSigned && !_hasTrailerSignature)
                return AwsChunkedStatus.NeedMore;
            AwsChunkedStatus status = EndBody();
            return status == AwsChunkedStatus.End ? status : Fail(status);
        }

        return _state switch
        {
            State.Ended => AwsChunkedStatus.End,
            State.Failed => _failure,
            _ => AwsChunkedStatus.NeedMore,
        };
    }

    /// <summary>A trailer's name in lower case.</summary>
    public ReadOnlySpan<byte> TrailerName(int index) => _trailers.Name(index);

    public ReadOnlySpan<byte> TrailerValue(int index) => _trailers.Value(index);

    private AwsChunkedStatus TakePayload(ReadOnlySpan<byte> input, ref int consumedBytes, out Range payload)
    {
        payload = default;
        int length = (int)Math.Min(_chunkRemaining, input.Length - consumedBytes);
        if (length == 0)
            return AwsChunkedStatus.NeedMore;

        if (_isSigned)
            _chain!.Append(input.Slice(consumedBytes, length));
        _chunkRemaining -= length;
        if (_chunkRemaining == 0)
        {
            if (_isSigned && !_chain!.VerifyChunk())
                return Fail(AwsChunkedStatus.ChunkSignatureMismatch);
            _state = State.PayloadEnd;
        }

        payload = consumedBytes..(consumedBytes + length);
        consumedBytes += length;
        return AwsChunkedStatus.Payload;
    }

    /// <summary>Takes a line up to its LF. Payload here means that there is one; it may end in CR and is valid until the next.</summary>
    private AwsChunkedStatus TakeLine(ReadOnlySpan<byte> input, int limit, ref int consumedBytes, out ReadOnlySpan<byte> line)
    {
        line = default;
        ReadOnlySpan<byte> rest = input[consumedBytes..];
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> piece = end < 0 ? rest : rest[..end];
        if (_lineLength + piece.Length >= limit)
            return Fail(_state == State.Trailers ? AwsChunkedStatus.ChunkTooLarge : AwsChunkedStatus.Malformed);
        consumedBytes += end < 0 ? piece.Length : piece.Length + 1;
        if (end >= 0 && _lineLength == 0)
        {
            line = piece;
            return AwsChunkedStatus.Payload;
        }

        if (_lineLength + piece.Length > _line.Length)
            Array.Resize(ref _line, SigningLimits.TrailersBytes);
        piece.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += piece.Length;
        if (end < 0)
            return AwsChunkedStatus.NeedMore;
        line = _line.AsSpan(0, _lineLength);
        _lineLength = 0;
        return AwsChunkedStatus.Payload;
    }

    /// <summary>NeedMore when the line was good, as with the other readers of lines.</summary>
    private AwsChunkedStatus ReadChunkLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[^1] != '\r')
            return AwsChunkedStatus.Malformed;
        line = line[..^1];
        ReadOnlySpan<byte> size = line;
        if (_isSigned)
        {
            int semicolon = line.IndexOf((byte)';');
            if (semicolon < 0 || !line[semicolon..].StartsWith(";chunk-signature="u8))
                return AwsChunkedStatus.Malformed;
            size = line[..semicolon];
            ReadOnlySpan<byte> signature = line[(semicolon + ";chunk-signature=".Length)..];
            if (signature.Length != 64)
                return AwsChunkedStatus.Malformed;
            if (!_chain!.TryExpect(signature))
                return AwsChunkedStatus.ChunkSignatureMismatch;
        }

        AwsChunkedStatus status = ReadSize(size, out long length);
        if (status != AwsChunkedStatus.NeedMore)
            return status;
        if (length > _decodedRemaining || (length == 0 && _decodedRemaining != 0))
            return AwsChunkedStatus.DecodedLengthMismatch;
        if (length != 0)
        {
            if (_chunkLength is > 0 and < SigningLimits.ChunkMinimumBytes)
                return AwsChunkedStatus.ChunkTooSmall;
            _decodedRemaining -= length;
            _chunkLength = length;
            _chunkRemaining = length;
            _state = State.Payload;
            return AwsChunkedStatus.NeedMore;
        }

        _state = _hasTrailers ? State.Trailers : State.LastLine;
        return _isSigned && !_chain!.VerifyChunk() ? AwsChunkedStatus.ChunkSignatureMismatch : AwsChunkedStatus.NeedMore;
    }

    private static AwsChunkedStatus ReadSize(ReadOnlySpan<byte> digits, out long length)
    {
        length = 0;
        if (digits.Length is 0 or > 16)
            return AwsChunkedStatus.Malformed;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
                return AwsChunkedStatus.Malformed;
            length = (length << 4) | (long)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        // Sixteen digits fill the sign as well.
        return length is < 0 or > SigningLimits.ChunkMaximumBytes ? AwsChunkedStatus.ChunkTooLarge : AwsChunkedStatus.NeedMore;
    }

    private AwsChunkedStatus ReadTrailerLine(ReadOnlySpan<byte> line)
    {
        _trailersLength += line.Length + 1;
        bool isBare = line.IsEmpty || line[^1] != '\r';
        if (!isBare)
            line = line[..^1];
        if (line.IsEmpty)
        {
            if (isBare)
                return AwsChunkedStatus.Malformed;
            bool isRestOfLineEnd = _isBareLineEnd;
            _isBareLineEnd = false;
            if (isRestOfLineEnd)
                return AwsChunkedStatus.NeedMore;
            if (_isSigned && _trailers.Count == 0 && !_hasTrailerSignature && !_hasSkippedEmptyLine)
            {
                _hasSkippedEmptyLine = true;
                return AwsChunkedStatus.NeedMore;
            }

            return EndBody();
        }

        _isBareLineEnd = isBare;
        if (_hasTrailerSignature || !TrailerFields.TrySplit(line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
            return AwsChunkedStatus.Malformed;
        if (_isSigned && Ascii.EqualsIgnoreCase(name, "x-amz-trailer-signature"u8))
        {
            _hasTrailerSignature = true;
            return _chain!.TryExpect(value) ? AwsChunkedStatus.NeedMore : AwsChunkedStatus.TrailerSignatureMismatch;
        }

        return _trailers.TryAdd(name, value) ? AwsChunkedStatus.NeedMore : AwsChunkedStatus.Malformed;
    }

    private AwsChunkedStatus ReadEmptyLine(ReadOnlySpan<byte> line)
    {
        if (!line.SequenceEqual("\r"u8))
            return AwsChunkedStatus.Malformed;
        if (_state == State.LastLine)
            return EndBody();
        _state = State.ChunkLine;
        return AwsChunkedStatus.NeedMore;
    }

    private AwsChunkedStatus EndBody()
    {
        if (_state == State.Trailers && _isSigned)
        {
            if (!_hasTrailerSignature)
                return AwsChunkedStatus.Malformed;
            _trailers.AppendCanonical(_chain!);
            if (!_chain!.VerifyTrailer())
                return AwsChunkedStatus.TrailerSignatureMismatch;
        }

        _state = State.Ended;
        return AwsChunkedStatus.End;
    }

    /// <summary>Every later call says the same.</summary>
    private AwsChunkedStatus Fail(AwsChunkedStatus failure)
    {
        _state = State.Failed;
        _failure = failure;
        return failure;
    }
}
