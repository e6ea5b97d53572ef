using System.Text;

namespace RustFs.Http1;

/// <summary>The methods that have a meaning here; any other token is Other, see <see cref="RequestHead.MethodBytes"/>.</summary>
public enum RequestMethod : byte { Other, Get, Head, Put, Post, Delete, Options }

public enum BodyFraming : byte { None, ContentLength, Chunked }

/// <summary>
/// One parsed request head: ranges over the bytes as received; nothing decoded, nothing copied. One per connection, reused.
/// The bytes must stay where they are until the request is done. Empty unless the last parse gave Done.
/// </summary>
public sealed class RequestHead
{
    // Offsets and lengths fit 16 bits because a head is at most Http1Limits.HeadBytes long.
    private readonly Field[] _fields = new Field[Http1Limits.HeaderCount];

    // By KnownHeader: the index of the first such field plus one; 0 when absent.
    private readonly byte[] _firstIndexPlusOne = new byte[(int)KnownHeader.Count];

    private ReadOnlyMemory<byte> _bytes;
    private int _fieldCount;
    private Extent _method;
    private Extent _path;
    private Extent _query;

    public RequestMethod Method { get; internal set; }
    public ReadOnlySpan<byte> MethodBytes => Bytes(_method);

    /// <summary>
    /// The origin-form path, still percent-encoded, always starting with a slash: absolute-form targets are reduced to it.
    /// OPTIONS * gives "*".
    /// </summary>
    public ReadOnlySpan<byte> Path => Bytes(_path);

    /// <summary>What follows the question mark, still encoded; empty when absent.</summary>
    public ReadOnlySpan<byte> Query => Bytes(_query);

    /// <summary>0 or 1: the y of HTTP/1.y.</summary>
    public int MinorVersion { get; internal set; }
    public int HeaderCount => _fieldCount;
    public ReadOnlySpan<byte> HeaderName(int index) => Bytes(FieldAt(index).Name);

    /// <summary>Without surrounding white space.</summary>
    public ReadOnlySpan<byte> HeaderValue(int index) => Bytes(FieldAt(index).Value);
    public KnownHeader HeaderId(int index) => FieldAt(index).Id;

    public BodyFraming Framing { get; internal set; }

    /// <summary>Bytes; 0 unless Framing is ContentLength.</summary>
    public long ContentLength { get; internal set; }

    /// <summary>Whether the client lets the connection live on (HTTP/1.1 without close, or HTTP/1.0 with keep-alive).</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>Whether the client waits for 100 (Continue) before it sends the body: RFC 9110 §10.1.1. Never with HTTP/1.0.</summary>
    public bool ExpectContinue { get; internal set; }

    /// <summary>The first field of that name; false when absent. A field that is present and empty gives true and an empty span.</summary>
    public bool TryGet(KnownHeader header, out ReadOnlySpan<byte> value)
    {
        int indexPlusOne = _firstIndexPlusOne[(int)header];
        if (indexPlusOne == 0)
        {
            value = default;
            return false;
        }

        value = Bytes(_fields[indexPlusOne - 1].Value);
        return true;
    }

    /// <summary>The first field of that lower-case name.</summary>
    public bool TryGet(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> bytes = _bytes.Span;
        foreach (ref readonly Field field in _fields.AsSpan(0, _fieldCount))
        {
            if (field.Name.Length == lowerCaseName.Length && Ascii.EqualsIgnoreCase(field.Name.Of(bytes), lowerCaseName))
            {
                value = field.Value.Of(bytes);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>How many fields of that known name were sent.</summary>
    public int CountOf(KnownHeader header)
    {
        if (_firstIndexPlusOne[(int)header] == 0)
        {
            return 0;
        }

        int count = 0;
        foreach (ref readonly Field field in _fields.AsSpan(0, _fieldCount))
        {
            count += field.Id == header ? 1 : 0;
        }

        return count;
    }

    /// <summary>Forgets the request and lets go of its bytes.</summary>
    public void Reset() => Begin(default);

    internal void Begin(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        _fieldCount = 0;
        _method = default;
        _path = default;
        _query = default;
        Array.Clear(_firstIndexPlusOne);
        Method = RequestMethod.Other;
        MinorVersion = 0;
        Framing = BodyFraming.None;
        ContentLength = 0;
        KeepAlive = false;
        ExpectContinue = false;
    }

    internal void SetMethod(RequestMethod method, int offset, int length)
    {
        Method = method;
        _method = new Extent(offset, length);
    }

    internal void SetPath(int offset, int length) => _path = new Extent(offset, length);
    internal void SetQuery(int offset, int length) => _query = new Extent(offset, length);

    /// <summary>The caller has made sure that there is room. False when a field of that known name is there already.</summary>
    internal bool Add(KnownHeader id, int nameOffset, int nameLength, int valueOffset, int valueLength)
    {
        _fields[_fieldCount++] = new Field(new Extent(nameOffset, nameLength), new Extent(valueOffset, valueLength), id);
        if (id == KnownHeader.Unknown)
        {
            return true;
        }

        ref byte first = ref _firstIndexPlusOne[(int)id];
        if (first != 0)
        {
            return false;
        }

        first = (byte)_fieldCount;
        return true;
    }

    private ReadOnlySpan<byte> Bytes(Extent extent) => extent.Of(_bytes.Span);

    private ref readonly Field FieldAt(int index) => ref _fields.AsSpan(0, _fieldCount)[index];

    /// <summary>A range of the bytes.</summary>
    private readonly struct Extent(int offset, int length)
    {
        private readonly ushort _offset = (ushort)offset;
        private readonly ushort _length = (ushort)length;

        public int Length => _length;
        public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> bytes) => bytes.Slice(_offset, _length);
    }

    private readonly struct Field(Extent name, Extent value, KnownHeader id)
    {
        public readonly Extent Name = name;
        public readonly Extent Value = value;
        public readonly KnownHeader Id = id;
    }
}
