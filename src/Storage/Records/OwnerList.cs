using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// The index keys of records that came to refer to a segment in one commit group: compaction finds a segment's live extents through them
/// and
/// verifies each against the index, since an owner may have gone since. Each entry: keyspace (1), key length (2, little-endian), key.
/// </summary>
internal readonly ref struct OwnerList(ReadOnlySpan<byte> encoded)
{
    private const int EntryHeadBytes = 3;

    private readonly ReadOnlySpan<byte> _encoded = encoded;

    public static int EntryLength(ReadOnlySpan<byte> key) => EntryHeadBytes + key.Length;

    /// <summary>Appends an entry; false when it does not fit or the key is longer than 65,535 bytes.</summary>
    public static bool TryAppend(Span<byte> destination, ref int writtenBytes, Keyspace keyspace, ReadOnlySpan<byte> key)
    {
        Span<byte> room = destination[writtenBytes..];
        if (key.Length > ushort.MaxValue || room.Length < EntryLength(key))
        {
            return false;
        }
        room[0] = (byte)keyspace;
        BinaryPrimitives.WriteUInt16LittleEndian(room[1..], (ushort)key.Length);
        key.CopyTo(room[EntryHeadBytes..]);
        writtenBytes += EntryLength(key);
        return true;
    }

    public Enumerator GetEnumerator() => new(_encoded);

    public readonly ref struct Owner(Keyspace keyspace, ReadOnlySpan<byte> key)
    {
        public Keyspace Keyspace { get; } = keyspace;
        public ReadOnlySpan<byte> Key { get; } = key;
    }

    /// <summary>Stops at bytes that are not a whole entry; then <see cref="IsAtEnd"/> is false.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> encoded) => _rest = encoded;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public Owner Current { readonly get; private set; }

        public bool MoveNext()
        {
            if (_rest.Length < EntryHeadBytes || _rest[0] > (byte)Keyspace.Versions)
            {
                return false;
            }
            int end = EntryHeadBytes + BinaryPrimitives.ReadUInt16LittleEndian(_rest[1..]);
            if (_rest.Length < end)
            {
                return false;
            }
            Current = new Owner((Keyspace)_rest[0], _rest[EntryHeadBytes..end]);
            _rest = _rest[end..];
            return true;
        }
    }
}
