using System.Text;

namespace RustFs.Http1;

/// <summary>
/// What the fields say about the message as a whole: its host, how long its body is (RFC 9112 §6), whether the connection lives on (§9.3)
/// and whether the client waits for 100 (Continue). Whatever two servers could read differently is refused.
/// </summary>
internal static class MessageFraming
{
    /// <summary>None when all is well. The authority is that of an absolute-form target, otherwise empty.</summary>
    public static RequestRejection Resolve(RequestHead head, ReadOnlySpan<byte> authority)
    {
        RequestRejection rejection = CheckHost(head, authority);
        if (rejection == RequestRejection.None)
        {
            rejection = ResolveBody(head);
        }

        head.KeepAlive = ResolveKeepAlive(head);
        head.ExpectContinue = head.MinorVersion > 0
            && head.TryGet(KnownHeader.Expect, out ReadOnlySpan<byte> expectation) && Ascii.EqualsIgnoreCase(expectation, "100-continue"u8);
        return rejection;
    }

    /// <summary>
    /// RFC 9112 §3.2: HTTP/1.1 needs a Host field. §3.2.2: it says the same as the authority of an absolute-form target; a difference is
    /// refused, since it is the field that a signature covers.
    /// </summary>
    private static RequestRejection CheckHost(RequestHead head, ReadOnlySpan<byte> authority)
    {
        if (!head.TryGet(KnownHeader.Host, out ReadOnlySpan<byte> host))
        {
            return head.MinorVersion > 0 ? RequestRejection.MissingHost : RequestRejection.None;
        }

        bool agrees = authority.IsEmpty || Ascii.EqualsIgnoreCase(authority, host);
        return agrees && HostField.IsValid(host) ? RequestRejection.None : RequestRejection.BadHost;
    }

    private static RequestRejection ResolveBody(RequestHead head)
    {
        bool hasLength = head.TryGet(KnownHeader.ContentLength, out ReadOnlySpan<byte> length);
        if (head.TryGet(KnownHeader.TransferEncoding, out ReadOnlySpan<byte> codings))
        {
            if (hasLength)
            {
                return RequestRejection.ContentLengthWithTransferEncoding;
            }

            head.Framing = BodyFraming.Chunked;
            return CheckTransferEncoding(codings, head.MinorVersion);
        }

        if (!hasLength)
        {
            return RequestRejection.None;
        }

        head.Framing = BodyFraming.ContentLength;
        if (!TryParseContentLength(length, out long lengthBytes))
        {
            return RequestRejection.BadContentLength;
        }

        head.ContentLength = lengthBytes;
        return RequestRejection.None;
    }

    /// <summary>Content-Length = 1*DIGIT (RFC 9110 §8.6): no sign, no list, no more than fits 63 bits.</summary>
    private static bool TryParseContentLength(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            int number = digit - '0';
            if ((uint)number > 9 || value > (long.MaxValue - number) / 10)
            {
                return false;
            }

            value = value * 10 + number;
        }

        return !text.IsEmpty;
    }

    /// <summary>
    /// Transfer-Encoding = #transfer-coding (RFC 9112 §6.1). Only "chunked" alone is read; other codings before a final "chunked" are
    /// well-formed and answered 501, anything else leaves the end of the body unknown. HTTP/1.0 has no transfer codings.
    /// </summary>
    private static RequestRejection CheckTransferEncoding(ReadOnlySpan<byte> codings, int minorVersion)
    {
        if (minorVersion == 0)
        {
            return RequestRejection.BadTransferEncoding;
        }

        if (Ascii.EqualsIgnoreCase(codings, "chunked"u8))
        {
            return RequestRejection.None;
        }

        int elements = 0;
        while (NextElement(ref codings, out ReadOnlySpan<byte> coding))
        {
            elements++;
            bool isLast = codings.IsEmpty;
            if (!ByteClasses.IsToken(coding) || isLast != Ascii.EqualsIgnoreCase(coding, "chunked"u8))
            {
                return RequestRejection.BadTransferEncoding;
            }
        }

        return elements > 1 ? RequestRejection.TransferEncodingNotImplemented : RequestRejection.BadTransferEncoding;
    }

    /// <summary>Connection = #connection-option, case-insensitive; "close" outweighs all else (RFC 9112 §9.3).</summary>
    private static bool ResolveKeepAlive(RequestHead head)
    {
        bool keepAlive = head.MinorVersion > 0;
        if (!head.TryGet(KnownHeader.Connection, out _))
        {
            return keepAlive;
        }

        for (int i = 0; i < head.HeaderCount; i++)
        {
            if (head.HeaderId(i) != KnownHeader.Connection)
            {
                continue;
            }

            ReadOnlySpan<byte> options = head.HeaderValue(i);
            while (NextElement(ref options, out ReadOnlySpan<byte> option))
            {
                if (Ascii.EqualsIgnoreCase(option, "close"u8))
                {
                    return false;
                }

                keepAlive |= Ascii.EqualsIgnoreCase(option, "keep-alive"u8);
            }
        }

        return keepAlive;
    }

    /// <summary>Takes one element, without white space around it, off the front of a comma-separated list; false at its end.</summary>
    private static bool NextElement(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> element)
    {
        if (list.IsEmpty)
        {
            element = default;
            return false;
        }

        int comma = list.IndexOf((byte)',');
        element = (comma < 0 ? list : list[..comma]).Trim(" \t"u8);
        list = comma < 0 ? default : list[(comma + 1)..];
        return true;
    }
}
