using RustFs.Http1;

namespace RustFs.S3.Routing;

/// <summary>
/// The query string split into names and values, as ranges over the received bytes; decoded only where an operation asks for a value.
/// One per connection, reused.
/// </summary>
/// <remarks>query = *( "&amp;" ) [ pair *( 1*"&amp;" pair ) ], pair = name [ "=" value ] (the form of RFC 3986 §3.4 that the S3 API
/// uses).</remarks>
public sealed class QueryParameters
{
    private readonly (int NameStart, int NameLength, int ValueStart, int ValueLength)[] _pairs =
        new (int, int, int, int)[S3Limits.QueryParameters];

    private RequestHead? _head;

    public int Count { get; private set; }

    /// <summary>Splits the query; false when it has too many parameters.</summary>
    internal bool TryReset(RequestHead head)
    {
        _head = head;
        Count = 0;
        ReadOnlySpan<byte> query = head.Query;
        int start = 0;
        while (start < query.Length)
        {
            int length = query[start..].IndexOf((byte)'&');
            if (length < 0)
                length = query.Length - start;
            if (length > 0)
            {
                if (Count == _pairs.Length)
                    return false;
                int equals = query.Slice(start, length).IndexOf((byte)'=');
                _pairs[Count++] = equals < 0
                    ? (start, length, start + length, 0)
                    : (start, equals, start + equals + 1, length - equals - 1);
            }

            start += length + 1;
        }

        return true;
    }

    public ReadOnlySpan<byte> RawName(int index) => Raw.Slice(_pairs[index].NameStart, _pairs[index].NameLength);
    public ReadOnlySpan<byte> RawValue(int index) => Raw.Slice(_pairs[index].ValueStart, _pairs[index].ValueLength);

    /// <summary>The first parameter of that name; -1 when absent.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> raw = Raw;
        for (int i = 0; i < Count; i++)
        {
            ref readonly var pair = ref _pairs[i];
            if (pair.NameLength == name.Length && raw.Slice(pair.NameStart, pair.NameLength).SequenceEqual(name))
                return i;
        }

        return -1;
    }

    public bool Has(ReadOnlySpan<byte> name) => IndexOf(name) >= 0;

    /// <summary>The raw value of the first parameter of that name.</summary>
    public bool TryGetRaw(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int index = IndexOf(name);
        value = index < 0 ? default : RawValue(index);
        return index >= 0;
    }

    /// <summary>
    /// The decoded bytes of the first parameter of that name in a new array; null when absent. False when the encoding is broken.
    /// </summary>
    public bool TryDecode(ReadOnlySpan<byte> name, out byte[]? value)
    {
        value = null;
        if (!TryGetRaw(name, out ReadOnlySpan<byte> raw))
            return true;
        byte[] decoded = new byte[raw.Length];
        int length = PercentEncoding.Decode(raw, decoded, plusIsSpace: true);
        if (length < 0)
            return false;
        value = length == decoded.Length ? decoded : decoded[..length];
        return true;
    }

    /// <summary>
    /// A decimal number of the first parameter of that name; null when absent. False when it is not a number from 0 to 2^31−1.
    /// </summary>
    public bool TryGetInt32(ReadOnlySpan<byte> name, out int? value)
    {
        value = null;
        if (!TryGetRaw(name, out ReadOnlySpan<byte> raw))
            return true;
        if (!int.TryParse(raw, System.Globalization.NumberStyles.None, null, out int number))
            return false;
        value = number;
        return true;
    }

    private ReadOnlySpan<byte> Raw => _head is null ? default : _head.Query;
}
