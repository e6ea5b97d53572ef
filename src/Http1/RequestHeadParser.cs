using System.Numerics;

namespace RustFs.Http1;

public enum ParseStatus : byte { NeedMore, Done, Rejected }

/// <summary>
/// HTTP-message = start-line CRLF *( field-line CRLF ) CRLF (RFC 9112 §2.1), read strictly: a line ends in CRLF and nothing else.
/// It keeps nothing between calls: a head that arrives in pieces is parsed again from its start, which Http1Limits.HeadBytes bounds.
/// A rejection is final: more bytes never turn it into anything else.
/// </summary>
public static class RequestHeadParser
{
    /// <summary>
    /// Parses one head from the front of <paramref name="buffer"/>. Leading empty lines (CRLF) are skipped and counted as consumed.
    /// Never throws on input. Unless the status is Done, nothing is consumed and the head is empty.
    /// </summary>
    public static ParseStatus Parse(ReadOnlyMemory<byte> buffer, RequestHead head, out int consumedBytes, out RequestRejection rejection)
    {
        head.Begin(buffer);
        rejection = RequestRejection.None;
        int position = 0;
        ReadOnlySpan<byte> bytes = buffer.Span;
        if (bytes.Length > Http1Limits.HeadBytes)
        {
            bytes = bytes[..Http1Limits.HeadBytes];
        }

        ParseStatus status = ParseLines(bytes, ref position, head, ref rejection);
        if (status == ParseStatus.Done)
        {
            consumedBytes = position;
            return ParseStatus.Done;
        }

        if (status == ParseStatus.NeedMore && bytes.Length == Http1Limits.HeadBytes)
        {
            status = Reject(RequestRejection.HeadTooLarge, ref rejection);
        }

        head.Reset();
        consumedBytes = 0;
        return status;
    }

    /// <summary>Sets the reason; returns Rejected.</summary>
    internal static ParseStatus Reject(RequestRejection reason, ref RequestRejection rejection)
    {
        rejection = reason;
        return ParseStatus.Rejected;
    }

    /// <summary>
    /// Whether the line ends at <paramref name="control"/>, where its first control character stands: Done when that begins a CRLF,
    /// otherwise the reason why the control character may not be there.
    /// </summary>
    internal static ParseStatus EndLine(ReadOnlySpan<byte> bytes, int control, RequestRejection reason, ref RequestRejection rejection)
    {
        if (bytes[control] != ByteClasses.Cr)
        {
            return Reject(bytes[control] == ByteClasses.Lf ? RequestRejection.BareLineFeed : reason, ref rejection);
        }

        if (control + 1 == bytes.Length)
        {
            return ParseStatus.NeedMore;
        }

        return bytes[control + 1] == ByteClasses.Lf ? ParseStatus.Done : Reject(RequestRejection.BareCarriageReturn, ref rejection);
    }

    private static ParseStatus ParseLines(ReadOnlySpan<byte> bytes, ref int position, RequestHead head, ref RequestRejection rejection)
    {
        ParseStatus status = SkipEmptyLines(bytes, ref position, ref rejection);
        if (status == ParseStatus.Done)
        {
            status = RequestLineParser.Parse(bytes, ref position, head, out AbsoluteTarget absolute, ref rejection);
            if (status == ParseStatus.Done)
            {
                status = ParseFields(bytes, ref position, head, ref rejection);
                if (status == ParseStatus.Done)
                {
                    rejection = MessageFraming.Resolve(head, absolute.Authority(bytes));
                    return rejection == RequestRejection.None ? ParseStatus.Done : ParseStatus.Rejected;
                }
            }
        }

        return status;
    }

    /// <summary>RFC 9112 §2.2: a server should ignore at least one empty line before the request line.</summary>
    private static ParseStatus SkipEmptyLines(ReadOnlySpan<byte> bytes, ref int position, ref RequestRejection rejection)
    {
        while (position < bytes.Length)
        {
            if (bytes[position] is not (ByteClasses.Cr or ByteClasses.Lf))
            {
                return ParseStatus.Done;
            }

            ParseStatus status = EndLine(bytes, position, RequestRejection.BadRequestLine, ref rejection);
            if (status != ParseStatus.Done)
            {
                return status;
            }

            position += 2;
        }

        return ParseStatus.NeedMore;
    }

    private static ParseStatus ParseFields(ReadOnlySpan<byte> bytes, ref int position, RequestHead head, ref RequestRejection rejection)
    {
        while (position < bytes.Length)
        {
            byte first = bytes[position];
            if (first <= ByteClasses.Space)
            {
                // White space at the start of a line is obs-fold (RFC 9112 §5.2), or before the first field of no grammar at all (§2.2).
                if (ByteClasses.IsWhiteSpace(first))
                {
                    return Reject(RequestRejection.ObsoleteFold, ref rejection);
                }

                ParseStatus end = EndLine(bytes, position, RequestRejection.BadHeaderName, ref rejection);
                position += end == ParseStatus.Done ? 2 : 0;
                return end;
            }

            if (head.HeaderCount == Http1Limits.HeaderCount)
            {
                return Reject(RequestRejection.TooManyHeaders, ref rejection);
            }

            ParseStatus status = ParseField(bytes, ref position, head, ref rejection);
            if (status != ParseStatus.Done)
            {
                return status;
            }
        }

        return ParseStatus.NeedMore;
    }

    /// <summary>
    /// field-line = field-name ":" OWS field-value OWS (RFC 9112 §5); field-name = token; field-value = *( VCHAR / obs-text / SP / HTAB )
    /// without white space around it (RFC 9110 §5.5). No white space stands before the colon (RFC 9112 §5.1).
    /// </summary>
    private static ParseStatus ParseField(ReadOnlySpan<byte> bytes, ref int position, RequestHead head, ref RequestRejection rejection)
    {
        int start = position;
        ByteClasses.ScanWindow(bytes, start, out ulong colons, out ulong controls);
        int colon = colons != 0 ? start + BitOperations.TrailingZeroCount(colons) : -1;
        int control = controls != 0
            ? start + BitOperations.TrailingZeroCount(controls)
            : IndexOfControl(bytes, start + ByteClasses.WindowBytes);
        int valueLimit = control >= 0 ? control : bytes.Length;
        if (colon < 0 || colon > valueLimit)
        {
            int further = bytes[start..valueLimit].IndexOf((byte)':');
            if (further < 0)
            {
                return EndWithoutColon(bytes, control, ref rejection);
            }

            colon = start + further;
        }

        KnownHeader id = KnownHeaders.Find(bytes[start..colon]);
        if (id == KnownHeader.Unknown && !ByteClasses.IsToken(bytes[start..colon]))
        {
            bool spaced = colon > start && ByteClasses.IsWhiteSpace(bytes[colon - 1]);
            return Reject(spaced ? RequestRejection.SpaceBeforeColon : RequestRejection.BadHeaderName, ref rejection);
        }

        if (control < 0)
        {
            return ParseStatus.NeedMore;
        }

        ParseStatus status = EndLine(bytes, control, RequestRejection.BadHeaderValue, ref rejection);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        int valueStart = colon + 1;
        int valueEnd = control;
        while (valueStart < valueEnd && ByteClasses.IsWhiteSpace(bytes[valueStart]))
        {
            valueStart++;
        }

        while (valueEnd > valueStart && ByteClasses.IsWhiteSpace(bytes[valueEnd - 1]))
        {
            valueEnd--;
        }

        position = control + 2;
        return head.Add(id, start, colon - start, valueStart, valueEnd - valueStart) ? ParseStatus.Done : Repeat(id, ref rejection);
    }

    private static int IndexOfControl(ReadOnlySpan<byte> bytes, int from)
    {
        if (from >= bytes.Length)
        {
            return -1;
        }

        int index = bytes[from..].IndexOfAny(ByteClasses.Control);
        return index < 0 ? -1 : from + index;
    }

    private static ParseStatus EndWithoutColon(ReadOnlySpan<byte> bytes, int control, ref RequestRejection rejection)
    {
        if (control < 0)
        {
            return ParseStatus.NeedMore;
        }

        ParseStatus status = EndLine(bytes, control, RequestRejection.BadHeaderName, ref rejection);
        return status == ParseStatus.Done ? Reject(RequestRejection.BadHeaderName, ref rejection) : status;
    }

    /// <summary>A field that frames the message or names its host may not be repeated, even with the same value; others may.</summary>
    private static ParseStatus Repeat(KnownHeader id, ref RequestRejection rejection) => id switch
    {
        KnownHeader.Host => Reject(RequestRejection.DuplicateHost, ref rejection),
        KnownHeader.ContentLength => Reject(RequestRejection.DuplicateContentLength, ref rejection),
        KnownHeader.TransferEncoding => Reject(RequestRejection.BadTransferEncoding, ref rejection),
        _ => ParseStatus.Done,
    };
}
