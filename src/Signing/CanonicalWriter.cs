namespace RustFs.Signing;

/// <summary>Appends to a span that was made large enough beforehand.</summary>
internal ref struct CanonicalWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Length { get; private set; }
    public readonly ReadOnlySpan<byte> Written => _destination[..Length];

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Length..]);
        Length += bytes.Length;
    }

    public void Append(byte value) => _destination[Length++] = value;

    public void AppendHex(scoped ReadOnlySpan<byte> bytes)
    {
        Hex.Encode(bytes, _destination.Slice(Length, bytes.Length * 2));
        Length += bytes.Length * 2;
    }

    public void AppendPath(scoped ReadOnlySpan<byte> path) => Length += UriEncoding.EncodePath(path, _destination[Length..]);
}
