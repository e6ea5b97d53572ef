using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>Whose key an object's data key is wrapped with. Stored: never renumber.</summary>
public enum EncryptionScheme : byte
{
    None = 0,

    /// <summary>SSE-S3: the server's master key.</summary>
    S3 = 1,

    /// <summary>SSE-KMS: a named key of the server, and a context that the client gives.</summary>
    Kms = 2,

    /// <summary>SSE-C: a key that only the client has.</summary>
    Customer = 3,
}

/// <summary>
/// How an object or upload is encrypted, as one of its stored fields: all that is needed to unwrap its data key, but the key that it is
/// wrapped with. The engine keeps it and knows by it that the bytes it stores are not as many as the object has.
/// </summary>
/// <remarks>
/// Little-endian: version (1) scheme (1) flags (1) key name length (1) context length (2), key name, context; of these the wrapped key is
/// authenticated. Then: key check (8), salt (32), wrapped key (32), tag (16).
/// </remarks>
public readonly ref struct ObjectEncryption
{
    public const byte FormatVersion = 1;

    /// <summary>A name of a key, as keys are named in the key file.</summary>
    public const int MaxKeyNameBytes = 64;

    /// <summary>The encryption context: JSON. As long as a content header may be.</summary>
    public const int MaxContextBytes = 1024;

    public const int KeyCheckBytes = 8;
    public const int SaltBytes = 32;
    public const int KeyBytes = 32;
    public const int TagBytes = 16;

    /// <summary>The longest such field's value.</summary>
    public const int MaxBytes = HeadBytes + MaxKeyNameBytes + MaxContextBytes + WrapBytes;

    private const int HeadBytes = 6;
    private const int WrapBytes = KeyCheckBytes + SaltBytes + KeyBytes + TagBytes;
    private const byte BucketKeyFlag = 1;

    private readonly ReadOnlySpan<byte> _value;

    private ObjectEncryption(ReadOnlySpan<byte> value) => _value = value;

    public EncryptionScheme Scheme => (EncryptionScheme)_value[1];

    /// <summary>The client asked for an S3 Bucket Key, which changes nothing here but what it is told.</summary>
    public bool HasBucketKey => (_value[2] & BucketKeyFlag) != 0;

    /// <summary>Of SSE-KMS only.</summary>
    public ReadOnlySpan<byte> KeyName => _value.Slice(HeadBytes, _value[3]);

    /// <summary>Of SSE-KMS only: the JSON that the client gave; empty for none.</summary>
    public ReadOnlySpan<byte> Context => _value.Slice(HeadBytes + _value[3], BinaryPrimitives.ReadUInt16LittleEndian(_value[4..]));

    /// <summary>What the tag covers beside the wrapped key.</summary>
    public ReadOnlySpan<byte> Authenticated => _value[..^WrapBytes];

    /// <summary>Tells which of several keys the data key is wrapped with; zero for a customer's.</summary>
    public ReadOnlySpan<byte> KeyCheck => _value.Slice(_value.Length - WrapBytes, KeyCheckBytes);

    public ReadOnlySpan<byte> Salt => _value.Slice(_value.Length - WrapBytes + KeyCheckBytes, SaltBytes);
    public ReadOnlySpan<byte> WrappedKey => _value.Slice(_value.Length - TagBytes - KeyBytes, KeyBytes);
    public ReadOnlySpan<byte> Tag => _value[^TagBytes..];

    /// <summary>False when the fields have none: what they belong to is not encrypted.</summary>
    public static bool TryRead(StoredFields fields, out ObjectEncryption encryption)
    {
        bool isEncrypted = fields.TryGet(StoredFieldId.Encryption, out ReadOnlySpan<byte> value);
        encryption = new ObjectEncryption(value);
        return isEncrypted;
    }

    /// <summary>
    /// Writes all but key check, salt, wrapped key and tag, for which the rest of the value has room: <see cref="Read"/> gives their
    /// places.
    /// </summary>
    /// <param name="destination">At least <see cref="MaxBytes"/>.</param>
    /// <returns>The length of the value.</returns>
    public static int WriteHead(
        EncryptionScheme scheme, bool hasBucketKey, ReadOnlySpan<byte> keyName, ReadOnlySpan<byte> context, Span<byte> destination)
    {
        destination[0] = FormatVersion;
        destination[1] = (byte)scheme;
        destination[2] = hasBucketKey ? BucketKeyFlag : (byte)0;
        destination[3] = checked((byte)keyName.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], checked((ushort)context.Length));
        keyName.CopyTo(destination[HeadBytes..]);
        context.CopyTo(destination[(HeadBytes + keyName.Length)..]);
        return HeadBytes + keyName.Length + context.Length + WrapBytes;
    }

    /// <param name="value">Of a field that <see cref="IsWellFormed"/>.</param>
    public static ObjectEncryption Read(ReadOnlySpan<byte> value) => new(value);

    /// <summary>Whether a stored field of that kind is one; true for all other fields.</summary>
    internal static bool IsWellFormed(StoredField field)
    {
        if (field.Id != StoredFieldId.Encryption) return true;
        ReadOnlySpan<byte> value = field.Value;
        if (value.Length < HeadBytes + WrapBytes || value[0] != FormatVersion || (value[2] & ~BucketKeyFlag) != 0) return false;
        int contextBytes = BinaryPrimitives.ReadUInt16LittleEndian(value[4..]);
        if (value[3] > MaxKeyNameBytes || contextBytes > MaxContextBytes || value.Length != HeadBytes + value[3] + contextBytes + WrapBytes)
            return false;
        bool isNamed = value[3] > 0;
        return (EncryptionScheme)value[1] switch
        {
            EncryptionScheme.Kms => isNamed,
            EncryptionScheme.S3 or EncryptionScheme.Customer => !isNamed && contextBytes == 0,
            _ => false,
        };
    }

    /// <summary>Whether encoded fields say that what they belong to is encrypted.</summary>
    internal static bool IsAmong(ReadOnlySpan<byte> encodedFields)
    {
        StoredFields.Enumerator fields = StoredFields.Enumerate(encodedFields);
        while (fields.MoveNext())
        {
            if (fields.Current.Id == StoredFieldId.Encryption) return true;
        }
        return false;
    }
}
