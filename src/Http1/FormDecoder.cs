namespace RustFs.Http1;

/// <summary>
/// Takes multipart/form-data apart as it arrives:
/// <code>
/// multipart-body    = [ preamble CRLF ] dash-boundary transport-padding CRLF body-part
///                     *( delimiter transport-padding CRLF body-part ) close-delimiter [ epilogue ]
/// dash-boundary     = "--" boundary
/// delimiter         = CRLF dash-boundary
/// close-delimiter   = delimiter "--"
/// transport-padding = *( SP / HTAB )
/// body-part         = *( field-line CRLF ) [ CRLF *OCTET ]
/// </code>
/// RFC 2046 §5.1.1 and RFC 7578. Lines end in CRLF and nothing else. A line that begins with the boundary is a delimiter whatever follows,
/// as RFC 2046 has it; when that is neither "--" nor the line's end, the form is rejected, so that no two readers can see two different
/// forms. The caller gives the same input again, from where it was not consumed, with more behind it.
/// </summary>
public sealed class FormDecoder
{
    public enum Status : byte
    {
        /// <summary>More input is needed; what was not consumed must be given again.</summary>
        NeedMore,
        /// <summary>The payload is the head of a part: whole field lines. The part's data follows, which may be none.</summary>
        PartHead,
        /// <summary>The payload is data of the part.</summary>
        PartData,
        /// <summary>The part's data has ended.</summary>
        PartEnd,
        /// <summary>The close delimiter was read; what follows is no part of the form.</summary>
        End,
        Rejected,
    }

    /// <summary>A part's head has two or three lines; a name or file name of a kilobyte, percent-encoded, fits.</summary>
    public const int PartHeadBytes = 8 * 1024;

    /// <summary>Nothing writes any today, and none is needed.</summary>
    private const int PaddingBytes = 64;

    /// <summary>Mail programs explained themselves there. It is skipped within this bound.</summary>
    private const int PreambleBytes = 1024;

    private readonly byte[] _delimiter = new byte[4 + FormBoundary.MaxBytes];
    private int _delimiterLength;
    private State _state;
    private int _preambleBytes;

    private enum State : byte { Start, Preamble, AfterDelimiter, Head, DataStart, Data, End, Rejected }

    private ReadOnlySpan<byte> Delimiter => _delimiter.AsSpan(0, _delimiterLength);

    /// <summary>The most that NeedMore leaves unconsumed while data is read: less than a delimiter.</summary>
    public int HeldBackBytes => _delimiterLength - 1;

    public void Reset(ReadOnlySpan<byte> boundary)
    {
        "\r\n--"u8.CopyTo(_delimiter);
        boundary.CopyTo(_delimiter.AsSpan(4));
        _delimiterLength = 4 + boundary.Length;
        _state = State.Start;
        _preambleBytes = 0;
    }

    /// <param name="consumedBytes">How much of the input is done with, payload included.</param>
    /// <param name="payload">Where in the input the payload lies; empty for other statuses than PartHead and PartData.</param>
    public Status Decode(ReadOnlySpan<byte> input, out int consumedBytes, out Range payload)
    {
        consumedBytes = 0;
        payload = default;
        while (true)
        {
            ReadOnlySpan<byte> rest = input[consumedBytes..];
            Status? status = _state switch
            {
                State.Start => Start(rest, ref consumedBytes),
                State.Preamble => Preamble(rest, ref consumedBytes),
                State.AfterDelimiter => AfterDelimiter(rest, ref consumedBytes),
                State.Head => Head(rest, ref consumedBytes, ref payload),
                State.DataStart => DataStart(rest, ref consumedBytes),
                State.Data => Data(rest, ref consumedBytes, ref payload),
                State.End => Status.End,
                _ => Reject(),
            };
            if (status is { } known)
                return known;
        }
    }

    /// <summary>
    /// The number of data bytes up to the delimiter, when it is in the input; −1 when it is not. Only while a part's data is read.
    /// </summary>
    public int DataLength(ReadOnlySpan<byte> input) => IsEmptyPart(input) ? 0 : input[DataOffset(input)..].IndexOf(Delimiter);

    private bool IsEmptyPart(ReadOnlySpan<byte> input) => _state == State.DataStart && input.StartsWith(Delimiter);

    private int DataOffset(ReadOnlySpan<byte> input) => _state == State.DataStart ? Math.Min(2, input.Length) : 0;

    /// <summary>The first delimiter needs no CRLF before it where the body begins.</summary>
    private Status? Start(ReadOnlySpan<byte> input, ref int consumed)
    {
        ReadOnlySpan<byte> dashBoundary = Delimiter[2..];
        if (input.StartsWith(dashBoundary))
        {
            consumed += dashBoundary.Length;
            _state = State.AfterDelimiter;
            return null;
        }

        if (dashBoundary.StartsWith(input))
            return Status.NeedMore;
        _state = State.Preamble;
        return null;
    }

    private Status? Preamble(ReadOnlySpan<byte> input, ref int consumed)
    {
        int start = input.IndexOf(Delimiter);
        int skipped = start >= 0 ? start : Math.Max(0, input.Length - HeldBackBytes);
        _preambleBytes += skipped;
        if (_preambleBytes > PreambleBytes)
            return Reject();
        consumed += skipped;
        if (start < 0)
            return Status.NeedMore;
        consumed += _delimiterLength;
        _state = State.AfterDelimiter;
        return null;
    }

    private Status? AfterDelimiter(ReadOnlySpan<byte> input, ref int consumed)
    {
        if (input.StartsWith("--"u8))
        {
            consumed += 2;
            _state = State.End;
            return null;
        }

        int padding = input.IndexOfAnyExcept(ByteClasses.Space, ByteClasses.Tab);
        if (padding > PaddingBytes || (padding < 0 && input.Length > PaddingBytes))
            return Reject();
        ReadOnlySpan<byte> end = padding < 0 ? default : input[padding..];
        if (end.StartsWith("\r\n"u8))
        {
            consumed += padding + 2;
            _state = State.Head;
            return null;
        }

        bool mayGoOn = "\r\n"u8.StartsWith(end) || (padding == 0 && input.SequenceEqual("-"u8));
        return mayGoOn ? Status.NeedMore : Reject();
    }

    /// <summary>The CRLF that ends the last field line stays in the head, the one of the empty line is left: it may begin a delimiter.</summary>
    private Status? Head(ReadOnlySpan<byte> input, ref int consumed, ref Range payload)
    {
        // A part of a form names its field: one without any field line is none.
        int end = input.IndexOf("\r\n\r\n"u8);
        if (end > PartHeadBytes || (end < 0 && input.Length > PartHeadBytes))
            return Reject();
        if (end < 0)
            return Status.NeedMore;
        payload = consumed..(consumed + end + 2);
        consumed += end + 2;
        _state = State.DataStart;
        return Status.PartHead;
    }

    private Status? DataStart(ReadOnlySpan<byte> input, ref int consumed)
    {
        if (input.StartsWith(Delimiter))
            return EndPart(ref consumed);
        if (Delimiter.StartsWith(input))
            return Status.NeedMore;
        consumed += 2;
        _state = State.Data;
        return null;
    }

    private Status? Data(ReadOnlySpan<byte> input, ref int consumed, ref Range payload)
    {
        int end = input.IndexOf(Delimiter);
        if (end == 0)
            return EndPart(ref consumed);
        int length = end > 0 ? end : input.Length - HeldBackBytes;
        if (length <= 0)
            return Status.NeedMore;
        payload = consumed..(consumed + length);
        consumed += length;
        return Status.PartData;
    }

    private Status EndPart(ref int consumed)
    {
        consumed += _delimiterLength;
        _state = State.AfterDelimiter;
        return Status.PartEnd;
    }

    private Status Reject()
    {
        _state = State.Rejected;
        return Status.Rejected;
    }
}
