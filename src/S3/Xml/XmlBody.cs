using System.Buffers;
using System.Globalization;
using System.Text;
using RustFs.Storage;

namespace RustFs.S3.Xml;

/// <summary>
/// Writes a response document as UTF-8 into a pooled buffer: no tree, no characters in between. Element names come from us and are never
/// escaped; text always is.
/// </summary>
internal sealed class XmlBody : IDisposable
{
    // Most documents fit: errors, a multipart answer, a page of ten keys.
    private const int InitialBytes = 4 * 1024;

    // The characters that text must not hold (XML 1.0 §2.4) and the controls that parsers would normalise or refuse (§2.2, §2.11).
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [(byte)'&', (byte)'<', (byte)'>', (byte)'"', .. Enumerable.Range(0, 32).Select(value => (byte)value), 0x7F]);

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>The memory it holds.</summary>
    public int CapacityBytes => _buffer.Length;

    public void Declaration() => Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8);

    public void Open(ReadOnlySpan<byte> name)
    {
        Span<byte> room = Room(name.Length + 2);
        room[0] = (byte)'<';
        name.CopyTo(room[1..]);
        room[name.Length + 1] = (byte)'>';
        _length += name.Length + 2;
    }

    /// <summary>The document element of every S3 answer but errors, with its namespace.</summary>
    public void OpenRoot(ReadOnlySpan<byte> name)
    {
        Declaration();
        Raw("<"u8);
        Raw(name);
        Raw(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"u8);
    }

    public void Close(ReadOnlySpan<byte> name)
    {
        Span<byte> room = Room(name.Length + 3);
        room[0] = (byte)'<';
        room[1] = (byte)'/';
        name.CopyTo(room[2..]);
        room[name.Length + 2] = (byte)'>';
        _length += name.Length + 3;
    }

    public void Element(ReadOnlySpan<byte> name, ReadOnlySpan<byte> utf8Text)
    {
        Open(name);
        Text(utf8Text);
        Close(name);
    }

    public void Element(ReadOnlySpan<byte> name, string text)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, rented);
        Element(name, rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
    }

    public void Element(ReadOnlySpan<byte> name, long number)
    {
        Open(name);
        Span<byte> room = Room(20);
        number.TryFormat(room, out int written, default, CultureInfo.InvariantCulture);
        _length += written;
        Close(name);
    }

    public void Element(ReadOnlySpan<byte> name, bool value) => Element(name, value ? "true"u8 : "false"u8);

    /// <summary>A time as S3 writes it in XML: 2009-10-12T17:50:30.000Z.</summary>
    public void TimeElement(ReadOnlySpan<byte> name, long unixMs)
    {
        Open(name);
        _length += Iso8601.Write(unixMs, Room(Iso8601.LengthBytes));
        Close(name);
    }

    /// <summary>An ETag in the escaped quotes that S3 puts in XML.</summary>
    public void ETagElement(ETag tag)
    {
        Raw("<ETag>&quot;"u8);
        _length += tag.Format(Room(ETag.MaxTextBytes));
        Raw("&quot;</ETag>"u8);
    }

    /// <summary>Bytes that already are markup.</summary>
    public void Raw(ReadOnlySpan<byte> markup)
    {
        markup.CopyTo(Room(markup.Length));
        _length += markup.Length;
    }

    /// <summary>
    /// Room for at least so many bytes, to be written in place and then taken with <see cref="Advance"/>: one check for many small pieces.
    /// </summary>
    public Span<byte> Reserve(int lengthBytes) => Room(lengthBytes);

    /// <summary>Grows the buffer once to what the whole document will probably take, with some bytes to spare for its end.</summary>
    public void Expect(int lengthBytes)
    {
        int capacityBytes = lengthBytes + lengthBytes / 16;
        if (capacityBytes > _buffer.Length)
            Grow(capacityBytes);
    }

    public void Advance(int lengthBytes) => _length += lengthBytes;

    public void Text(ReadOnlySpan<byte> utf8)
    {
        while (true)
        {
            int run = utf8.IndexOfAny(Escaped);
            if (run < 0)
            {
                Raw(utf8);
                return;
            }

            Raw(utf8[..run]);
            Escape(utf8[run]);
            utf8 = utf8[(run + 1)..];
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Escape(byte value)
    {
        switch (value)
        {
            case (byte)'&':
                Raw("&amp;"u8);
                break;
            case (byte)'<':
                Raw("&lt;"u8);
                break;
            case (byte)'>':
                Raw("&gt;"u8);
                break;
            case (byte)'"':
                Raw("&quot;"u8);
                break;
            default:
                // A character reference, as AWS writes control characters; those that XML 1.0 cannot hold are why clients ask for
                // encoding-type=url.
                Raw("&#x"u8);
                Span<byte> room = Room(2);
                value.TryFormat(room, out int written, "x", CultureInfo.InvariantCulture);
                _length += written;
                Raw(";"u8);
                break;
        }
    }

    private Span<byte> Room(int lengthBytes)
    {
        if (_buffer.Length - _length < lengthBytes)
            Grow(Math.Max(_buffer.Length * 2, _length + lengthBytes));
        return _buffer.AsSpan(_length);
    }

    private void Grow(int capacityBytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(capacityBytes);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
