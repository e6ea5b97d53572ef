namespace RustFs.Http1;

/// <summary>
/// Takes Transfer-Encoding: chunked off a body: RFC 9112 §7.1. Mutable struct; keep it in a field. Input may be split anywhere.
/// Trailer fields are checked, bounded and discarded. The default value is ready for use.
/// </summary>
public struct ChunkedDecoder
{
    public enum Status : byte { NeedMore, Payload, End, Rejected }

    private State _state;
    private RequestRejection _rejection;
    private byte _sizeDigits;
    private int _extensionBytes;
    private int _extensionTotalBytes;
    private int _trailerBytes;

    // While the size is read: its value so far. In the data: what is still to come.
    private long _chunkBytes;

    /// <summary>What the next byte belongs to.</summary>
    private enum State : byte
    {
        Size, GapBeforeExtension, ExtensionNameStart, ExtensionName, GapAfterExtensionName, ExtensionValueStart, ExtensionValue,
        QuotedString, QuotedPair, AfterQuotedString, SizeLineFeed,
        Data, DataCarriageReturn, DataLineFeed,
        TrailerStart, TrailerName, TrailerValue, TrailerLineFeed, EndLineFeed,
        End, Rejected,
    }

    /// <summary>Makes ready for another body.</summary>
    public void Reset() => this = default;

    /// <summary>
    /// Decodes from the front of <paramref name="input"/>; call again with what was not consumed until NeedMore, End or Rejected.
    /// With Payload, <paramref name="payload"/> is a range of the input and lies within what was consumed; otherwise it is empty.
    /// NeedMore has consumed everything. End and Rejected repeat themselves until Reset; what follows the end is left alone.
    /// </summary>
    public Status Decode(ReadOnlySpan<byte> input, out int consumedBytes, out Range payload, out RequestRejection rejection)
    {
        payload = default;
        int position = 0;
        while (position < input.Length && _state < State.End)
        {
            if (_state == State.Data)
            {
                int end = position + (int)Math.Min(_chunkBytes, input.Length - position);
                payload = position..end;
                _chunkBytes -= end - position;
                _state = _chunkBytes == 0 ? State.DataCarriageReturn : State.Data;
                consumedBytes = end;
                rejection = RequestRejection.None;
                return Status.Payload;
            }

            _rejection = Step(input[position]);
            if (_rejection != RequestRejection.None)
            {
                _state = State.Rejected;
                break;
            }

            position++;
        }

        consumedBytes = position;
        rejection = _rejection;
        return _state switch
        {
            State.End => Status.End,
            State.Rejected => Status.Rejected,
            _ => Status.NeedMore,
        };
    }

    private RequestRejection Step(byte value) => _state switch
    {
        State.Size => StepSize(value),
        State.SizeLineFeed => StepSizeLineFeed(value),
        State.DataCarriageReturn => Expect(ByteClasses.Cr, value, State.DataLineFeed),
        State.DataLineFeed => Expect(ByteClasses.Lf, value, State.Size),
        State.EndLineFeed => Expect(ByteClasses.Lf, value, State.End),
        >= State.TrailerStart => StepTrailer(value),
        _ => StepExtension(value),
    };

    /// <summary>chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF; chunk-size = 1*HEXDIG.</summary>
    private RequestRejection StepSize(byte value)
    {
        if (char.IsAsciiHexDigit((char)value))
        {
            if (_sizeDigits == Http1Limits.ChunkSizeDigits || _chunkBytes > long.MaxValue >> 4)
            {
                return RequestRejection.BadChunkSize;
            }

            _sizeDigits++;
            _chunkBytes = (_chunkBytes << 4) | (uint)HexValue(value);
            return RequestRejection.None;
        }

        if (_sizeDigits == 0)
        {
            return RequestRejection.BadChunkSize;
        }

        switch (value)
        {
            case ByteClasses.Cr:
                return Go(State.SizeLineFeed);
            case ByteClasses.Lf:
                return RequestRejection.BadChunkTerminator;
            case (byte)';' or ByteClasses.Space or ByteClasses.Tab:
                _state = State.GapBeforeExtension;
                return StepExtension(value);
            default:
                return RequestRejection.BadChunkSize;
        }
    }

    private RequestRejection StepSizeLineFeed(byte value)
    {
        _sizeDigits = 0;
        _extensionBytes = 0;
        return Expect(ByteClasses.Lf, value, _chunkBytes == 0 ? State.TrailerStart : State.Data);
    }

    /// <summary>
    /// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ); chunk-ext-name = token;
    /// chunk-ext-val = token / quoted-string (RFC 9112 §7.1.1, RFC 9110 §5.6.4). White space before the CRLF is not in the grammar.
    /// </summary>
    private RequestRejection StepExtension(byte value)
    {
        bool mayEnd = _state is State.ExtensionName or State.ExtensionValue or State.AfterQuotedString;
        if (value == ByteClasses.Cr && mayEnd)
        {
            return Go(State.SizeLineFeed);
        }

        _extensionBytes++;
        _extensionTotalBytes++;
        if (_extensionBytes > Http1Limits.ChunkExtensionBytes || _extensionTotalBytes > Http1Limits.ChunkExtensionTotalBytes)
        {
            return RequestRejection.ChunkExtensionTooLong;
        }

        return NextInExtension(value) is var next and not State.Rejected ? Go(next) : RequestRejection.BadChunkExtension;
    }

    /// <summary>Rejected when the byte cannot stand there.</summary>
    private readonly State NextInExtension(byte value)
    {
        bool isSpace = ByteClasses.IsWhiteSpace(value);
        bool isToken = ByteClasses.Token.Contains(value);
        return (_state, value) switch
        {
            (State.QuotedString, (byte)'"') => State.AfterQuotedString,
            (State.QuotedString, (byte)'\\') => State.QuotedPair,
            (State.QuotedString or State.QuotedPair, _) => ByteClasses.IsControl(value) ? State.Rejected : State.QuotedString,
            (State.ExtensionNameStart or State.ExtensionValueStart, _) when isSpace => _state,
            (State.ExtensionNameStart or State.ExtensionName, _) when isToken => State.ExtensionName,
            (State.ExtensionValueStart or State.ExtensionValue, _) when isToken => State.ExtensionValue,
            (State.ExtensionValueStart, (byte)'"') => State.QuotedString,
            (State.ExtensionNameStart or State.ExtensionValueStart, _) => State.Rejected,
            (_, (byte)';') => State.ExtensionNameStart,
            (State.ExtensionName or State.GapAfterExtensionName, (byte)'=') => State.ExtensionValueStart,
            (State.ExtensionName or State.GapAfterExtensionName, _) when isSpace => State.GapAfterExtensionName,
            (State.ExtensionValue or State.AfterQuotedString or State.GapBeforeExtension, _) when isSpace => State.GapBeforeExtension,
            _ => State.Rejected,
        };
    }

    /// <summary>
    /// trailer-section = *( field-line CRLF ) and the CRLF that ends the body (RFC 9112 §7.1.2), as strict as the fields of a head.
    /// </summary>
    private RequestRejection StepTrailer(byte value)
    {
        if (_state == State.TrailerStart && value == ByteClasses.Cr)
        {
            return Go(State.EndLineFeed);
        }

        if (++_trailerBytes > Http1Limits.TrailerBytes)
        {
            return RequestRejection.TrailersTooLarge;
        }

        State next = (_state, value) switch
        {
            (State.TrailerName, (byte)':') => State.TrailerValue,
            (State.TrailerStart or State.TrailerName, _) when ByteClasses.Token.Contains(value) => State.TrailerName,
            (State.TrailerValue, ByteClasses.Cr) => State.TrailerLineFeed,
            (State.TrailerValue, _) when !ByteClasses.IsControl(value) => State.TrailerValue,
            (State.TrailerLineFeed, ByteClasses.Lf) => State.TrailerStart,
            _ => State.Rejected,
        };
        return next == State.Rejected ? RequestRejection.BadTrailer : Go(next);
    }

    private RequestRejection Go(State next)
    {
        _state = next;
        return RequestRejection.None;
    }

    private RequestRejection Expect(byte expected, byte value, State next) =>
        value == expected ? Go(next) : RequestRejection.BadChunkTerminator;

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
