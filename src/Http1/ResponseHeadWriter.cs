using System.Globalization;

namespace RustFs.Http1;

/// <summary>
/// Writes a response head into one span. Overflow is remembered, not thrown: check it once at the end. Each call writes all of its
/// line or nothing; after the first that did not fit, nothing more is written.
/// </summary>
public ref struct ResponseHeadWriter
{
    private const int MinStatusCode = 100;
    private const int MaxStatusCode = 999;

    // "HTTP/1.1 nnn \r\n": the space stays when there is no reason phrase (RFC 9112 §4).
    private const int PhraselessStatusLineBytes = 15;
    private const int StatusCodeOffset = 9;

    private const int SeparatorBytes = 2;
    private const int LineEndBytes = 2;

    // The decimal form of long.MinValue.
    private const int MaxNumberBytes = 20;

    private Span<byte> _destination;
    private int _position;

    public ResponseHeadWriter(Span<byte> destination) => _destination = destination;

    public readonly int WrittenBytes => _position;
    public bool Overflowed { readonly get; private set; }

    /// <summary>"HTTP/1.1 200 OK\r\n". A code from 100 to 999 without a reason phrase here is written without one; others throw.</summary>
    public void Status(int statusCode)
    {
        ReadOnlySpan<byte> line = StatusLines.Find(statusCode);
        if (!line.IsEmpty)
        {
            Raw(line);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, MinStatusCode);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, MaxStatusCode);
        Span<byte> phraseless = stackalloc byte[PhraselessStatusLineBytes];
        "HTTP/1.1 nnn \r\n"u8.CopyTo(phraseless);
        statusCode.TryFormat(phraseless[StatusCodeOffset..], out _, default, CultureInfo.InvariantCulture);
        Raw(phraseless);
    }

    /// <summary>
    /// One field line. Control characters other than a tab, CR and LF among them, become spaces, in the name and in the value
    /// (RFC 9110 §5.5), so that nothing given here can begin another line.
    /// </summary>
    public void Header(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> line = Reserve((long)name.Length + value.Length + SeparatorBytes + LineEndBytes);
        if (line.IsEmpty)
        {
            return;
        }

        name.CopyTo(line);
        line[name.Length] = (byte)':';
        line[name.Length + 1] = ByteClasses.Space;
        value.CopyTo(line[(name.Length + SeparatorBytes)..]);
        BlankControls(line[..^LineEndBytes]);
        line[^2] = ByteClasses.Cr;
        line[^1] = ByteClasses.Lf;
    }

    /// <summary>One field line with a decimal number.</summary>
    public void Header(scoped ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[MaxNumberBytes];
        value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
        Header(name, digits[..length]);
    }

    /// <summary>An IMF-fixdate (RFC 9110 §5.6.7).</summary>
    public void DateHeader(scoped ReadOnlySpan<byte> name, DateTimeOffset value)
    {
        Span<byte> date = stackalloc byte[HttpDate.LengthBytes];
        HttpDate.Write(value, date);
        Header(name, date);
    }

    /// <summary>Bytes that already are whole field lines, each ending in CRLF.</summary>
    public void Raw(scoped ReadOnlySpan<byte> fieldLines)
    {
        Span<byte> lines = Reserve(fieldLines.Length);
        if (!lines.IsEmpty)
        {
            fieldLines.CopyTo(lines);
        }
    }

    /// <summary>The empty line that ends the head.</summary>
    public void End() => Raw("\r\n"u8);

    /// <summary>The next so many bytes; empty when they do not fit, which also takes away the room for all that follows.</summary>
    private Span<byte> Reserve(long lengthBytes)
    {
        if (lengthBytes > _destination.Length - _position)
        {
            Overflowed = true;
            _destination = _destination[.._position];
            return default;
        }

        Span<byte> reserved = _destination.Slice(_position, (int)lengthBytes);
        _position += reserved.Length;
        return reserved;
    }

    private static void BlankControls(Span<byte> line)
    {
        for (int at = line.IndexOfAny(ByteClasses.Control); at >= 0; at = line.IndexOfAny(ByteClasses.Control))
        {
            line[at] = ByteClasses.Space;
            line = line[(at + 1)..];
        }
    }
}
