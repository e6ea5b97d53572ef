using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>What a stored field is. Stored: never renumber.</summary>
public enum StoredFieldId : byte
{
    ContentType = 1,
    CacheControl = 2,
    ContentDisposition = 3,
    ContentEncoding = 4,
    ContentLanguage = 5,
    Expires = 6,
    WebsiteRedirectLocation = 7,
    StorageClass = 8,
    Tagging = 9,
    /// <summary>See <see cref="ObjectLock"/>.</summary>
    Retention = 10,
    /// <summary>See <see cref="ObjectLock"/>.</summary>
    LegalHold = 11,
    /// <summary>See <see cref="ObjectEncryption"/>.</summary>
    Encryption = 12,
    /// <summary>x-amz-meta-*: the name is stored without that prefix, in lower case.</summary>
    UserMetadata = 32,
}

/// <summary>
/// The header fields kept with an object, encoded as they are stored. Enumerates without allocating.
/// Each field: id (1), name length (1), value length (2, little-endian), name, value.
/// </summary>
public readonly struct StoredFields(ReadOnlyMemory<byte> encoded)
{
    internal const int FieldHeadBytes = 4;

    public ReadOnlyMemory<byte> Encoded => encoded;

    /// <summary>The first field with an id.</summary>
    public bool TryGet(StoredFieldId id, out ReadOnlySpan<byte> value)
    {
        foreach (StoredField field in this)
        {
            if (field.Id == id)
            {
                value = field.Value;
                return true;
            }
        }
        value = default;
        return false;
    }

    public Enumerator GetEnumerator() => new(encoded.Span);

    /// <summary>The fields of encoded bytes that are not in memory of their own.</summary>
    internal static Enumerator Enumerate(ReadOnlySpan<byte> encoded) => new(encoded);

    /// <summary>Whether encoded bytes are whole fields, nothing missing and nothing left over, and those that the engine reads can be
    /// read.</summary>
    internal static bool IsWellFormed(ReadOnlySpan<byte> encoded)
    {
        var fields = new Enumerator(encoded);
        while (fields.MoveNext())
        {
            if (!ObjectLock.IsWellFormed(fields.Current) || !ObjectEncryption.IsWellFormed(fields.Current)) return false;
        }
        return fields.IsAtEnd;
    }

    /// <summary>Stops at bytes that are not a whole field.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> encoded) => _rest = encoded;

        internal readonly bool IsAtEnd => _rest.IsEmpty;

        public bool MoveNext()
        {
            if (_rest.Length < FieldHeadBytes)
            {
                return false;
            }
            int nameLength = _rest[1];
            int valueLength = BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]);
            if (_rest.Length < FieldHeadBytes + nameLength + valueLength)
            {
                return false;
            }
            Current = new StoredField
            {
                Id = (StoredFieldId)_rest[0],
                Name = _rest.Slice(FieldHeadBytes, nameLength),
                Value = _rest.Slice(FieldHeadBytes + nameLength, valueLength),
            };
            _rest = _rest[(FieldHeadBytes + nameLength + valueLength)..];
            return true;
        }

        public StoredField Current { readonly get; private set; }
    }
}

public readonly ref struct StoredField
{
    public StoredFieldId Id { get; init; }

    /// <summary>Empty but for <see cref="StoredFieldId.UserMetadata"/>.</summary>
    public ReadOnlySpan<byte> Name { get; init; }
    public ReadOnlySpan<byte> Value { get; init; }
}

/// <summary>Encodes stored fields into a caller's buffer. Names up to 255 bytes, values up to 65,535.</summary>
public ref struct StoredFieldsWriter
{
    private readonly Span<byte> _destination;

    public StoredFieldsWriter(Span<byte> destination) => _destination = destination;

    /// <summary>False when the buffer is full or a length is out of range.</summary>
    public bool TryAdd(StoredFieldId id, scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> room = _destination[WrittenBytes..];
        if (name.Length > byte.MaxValue || value.Length > ushort.MaxValue
            || StoredFields.FieldHeadBytes + name.Length + value.Length > room.Length)
        {
            return false;
        }
        room[0] = (byte)id;
        room[1] = (byte)name.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(room[2..], (ushort)value.Length);
        name.CopyTo(room[StoredFields.FieldHeadBytes..]);
        value.CopyTo(room[(StoredFields.FieldHeadBytes + name.Length)..]);
        WrittenBytes += StoredFields.FieldHeadBytes + name.Length + value.Length;
        return true;
    }

    public int WrittenBytes { readonly get; private set; }
}
