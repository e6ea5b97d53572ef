using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The stored form of uploads in progress. Little-endian: version (1) storage class (1) checksum kind (1) checksum type (1) CRC-32C (4)
/// initiated ms (8) revision (8), fields to the end. Bucket, key and upload id are in the index key.
/// </summary>
internal static class UploadRecordCodec
{
    /// <summary>Of uploads that are encrypted; others are of format 1, which knows nothing of that.</summary>
    public const byte FormatVersion = 2;
    private const int InitiatedAt = 8;
    private const int RevisionAt = 16;
    private const int HeadBytes = 24;

    public static int EncodedLength(ReadOnlySpan<byte> fields) => HeadBytes + fields.Length;

    public static void Encode(
        long initiatedMs, long revision, ChecksumKind kind, ChecksumType type, ReadOnlySpan<byte> fields, Span<byte> destination)
    {
        Span<byte> record = destination[..EncodedLength(fields)];
        record[0] = ObjectEncryption.IsAmong(fields) ? FormatVersion : (byte)1;
        record[1] = (byte)StorageClassNames.Of(fields);
        record[2] = (byte)kind;
        record[3] = (byte)type;
        BinaryPrimitives.WriteInt64LittleEndian(record[InitiatedAt..], initiatedMs);
        BinaryPrimitives.WriteInt64LittleEndian(record[RevisionAt..], revision);
        fields.CopyTo(record[HeadBytes..]);
        RecordSeal.Write(record);
    }

    /// <param name="key">Kept, not copied; so is <paramref name="encoded"/>.</param>
    public static bool TryDecode(
        ReadOnlyMemory<byte> encoded, Bucket bucket, ReadOnlyMemory<byte> key, UploadId id, out UploadRecord? upload)
    {
        upload = null;
        ReadOnlySpan<byte> bytes = encoded.Span;
        if (!TryDecodeHead(bytes, out long initiatedMs, out ChecksumKind kind, out ChecksumType type, out _)
            || !StoredFields.IsWellFormed(bytes[HeadBytes..])
            || ObjectEncryption.IsAmong(bytes[HeadBytes..]) != (bytes[0] == FormatVersion)
            || !StorageClassNames.IsConsistent(bytes[1], bytes[HeadBytes..]))
        {
            return false;
        }
        upload = new UploadRecord
        {
            Bucket = bucket,
            Key = key,
            Id = id,
            InitiatedMs = initiatedMs,
            Fields = new StoredFields(encoded[HeadBytes..]),
            ChecksumKind = kind,
            ChecksumType = type,
            Revision = BinaryPrimitives.ReadInt64LittleEndian(bytes[RevisionAt..]),
        };
        return true;
    }

    /// <summary>Reads what a listing shows, of a record whose checksum is right.</summary>
    public static bool TryDecodeHead(
        ReadOnlySpan<byte> encoded, out long initiatedMs, out ChecksumKind kind, out ChecksumType type, out StorageClass storageClass)
    {
        (initiatedMs, kind, type, storageClass) = (0, default, default, default);
        if (encoded.Length < HeadBytes || encoded[0] is 0 or > FormatVersion || encoded[1] > (byte)StorageClass.GlacierIr
            || ObjectChecksum.DigestBytes((ChecksumKind)encoded[2]) < 0 || encoded[3] > (byte)ChecksumType.Composite
            || !RecordSeal.IsIntact(encoded))
        {
            return false;
        }
        initiatedMs = BinaryPrimitives.ReadInt64LittleEndian(encoded[InitiatedAt..]);
        if (!RecordTime.IsValid(initiatedMs))
        {
            return false;
        }
        kind = (ChecksumKind)encoded[2];
        type = (ChecksumType)encoded[3];
        storageClass = (StorageClass)encoded[1];
        return true;
    }
}
