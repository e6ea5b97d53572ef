using System.Buffers.Binary;
using System.Text;

namespace RustFs.Storage;

/// <summary>
/// The stored form of buckets. Little-endian: version (1) zero (3) CRC-32C (4) bucket id (4) created ms (8), region in UTF-8 to the end.
/// The name is in the index key.
/// </summary>
internal static class BucketRecordCodec
{
    public const byte FormatVersion = 1;
    private const int IdAt = 8;
    private const int CreatedAt = 12;
    private const int HeadBytes = 20;

    public static byte[] Encode(Bucket bucket)
    {
        byte[] record = new byte[HeadBytes + Encoding.UTF8.GetByteCount(bucket.Region)];
        record[0] = FormatVersion;
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(IdAt), bucket.Id);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(CreatedAt), bucket.Created.ToUnixTimeMilliseconds());
        Encoding.UTF8.GetBytes(bucket.Region, record.AsSpan(HeadBytes));
        RecordSeal.Write(record);
        return record;
    }

    public static bool TryDecode(ReadOnlySpan<byte> name, ReadOnlySpan<byte> encoded, out Bucket? bucket)
    {
        bucket = null;
        if (encoded.Length < HeadBytes || encoded[0] != FormatVersion || !RecordSeal.IsIntact(encoded))
        {
            return false;
        }
        long createdMs = BinaryPrimitives.ReadInt64LittleEndian(encoded[CreatedAt..]);
        if (createdMs < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || createdMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return false;
        }
        bucket = new Bucket
        {
            Id = BinaryPrimitives.ReadUInt32LittleEndian(encoded[IdAt..]),
            Name = Encoding.UTF8.GetString(name),
            Created = DateTimeOffset.FromUnixTimeMilliseconds(createdMs),
            Region = Encoding.UTF8.GetString(encoded[HeadBytes..]),
        };
        return true;
    }
}
