namespace RustFs.Storage;

/// <summary>Compares keys by their bytes, also with spans of others: a lookup makes no array.</summary>
internal sealed class ByteKeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly ByteKeyComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);
    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);
    public int GetHashCode(byte[] key) => GetHashCode((ReadOnlySpan<byte>)key);
    public int GetHashCode(ReadOnlySpan<byte> key) => (int)KeyHash.Compute(0, key);
    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
