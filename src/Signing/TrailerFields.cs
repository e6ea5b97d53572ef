using System.Buffers;
using System.Text;

namespace RustFs.Signing;

/// <summary>
/// The trailer fields of one body, kept until the next.
/// <code>
/// trailer = name ":" OWS value OWS
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header: Including Trailing Headers".
/// </summary>
internal sealed class TrailerFields
{
    /// <summary>RFC 9110 §5.6.2.</summary>
    private static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Room for one checksum; more is made as more comes.</summary>
    private byte[] _bytes = new byte[128];
    private readonly Field[] _fields = new Field[SigningLimits.Trailers];
    private int _length;

    private struct Field
    {
        public int NameOffset;
        public int NameLength;
        public int ValueLength;
    }

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Name(int index)
    {
        Field field = FieldAt(index);
        return _bytes.AsSpan(field.NameOffset, field.NameLength);
    }

    public ReadOnlySpan<byte> Value(int index)
    {
        Field field = FieldAt(index);
        return _bytes.AsSpan(field.NameOffset + field.NameLength, field.ValueLength);
    }

    public void Clear()
    {
        Count = 0;
        _length = 0;
    }

    /// <summary>Splits a line without its end into name and value; false when it is not a field.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int colon = line.IndexOf((byte)':');
        name = colon < 0 ? default : line[..colon];
        value = colon < 0 ? default : line[(colon + 1)..].Trim(" \t"u8);
        return !name.IsEmpty && !name.ContainsAnyExcept(Token)
            && !value.ContainsAnyInRange((byte)0, (byte)0x1F) && !value.Contains((byte)0x7F);
    }

    /// <summary>Keeps a field, its name in lower case; false when there are too many of them or one has that name already.</summary>
    public bool TryAdd(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Count == SigningLimits.Trailers)
            return false;
        for (int i = 0; i < Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(Name(i), name))
                return false;
        }

        int needed = _length + name.Length + value.Length;
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        Ascii.ToLower(name, _bytes.AsSpan(_length), out _);
        value.CopyTo(_bytes.AsSpan(_length + name.Length));
        _fields[Count++] = new Field { NameOffset = _length, NameLength = name.Length, ValueLength = value.Length };
        _length = needed;
        return true;
    }

    /// <summary>Hashes the canonical trailers: name ":" value LF in the order of the names, as the AWS SDKs sort them.</summary>
    public void AppendCanonical(ChunkSignatureChain chain)
    {
        Span<byte> order = stackalloc byte[Count];
        for (int i = 0; i < order.Length; i++)
        {
            int at = i;
            for (; at > 0 && Name(order[at - 1]).SequenceCompareTo(Name(i)) > 0; at--)
                order[at] = order[at - 1];
            order[at] = (byte)i;
        }

        foreach (byte index in order)
        {
            chain.Append(Name(index));
            chain.Append(":"u8);
            chain.Append(Value(index));
            chain.Append("\n"u8);
        }
    }

    private Field FieldAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return _fields[index];
    }
}
