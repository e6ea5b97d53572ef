using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The stored form of uploaded parts. Little-endian: version (1) flags (1; 1 = encrypted) checksum kind (1) checksum type (1)
/// CRC-32C (4) size (8) modified ms (8) ETag digest (16), checksum digest, extents to the end. Upload id and part number are in the index
/// key.
/// </summary>
internal static class PartRecordCodec
{
    public const byte FormatVersion = 1;
    internal const int SizeAt = 8;
    internal const int ModifiedAt = 16;
    internal const int DigestAt = 24;
    internal const int HeadBytes = 40;

    public static int EncodedLength(in ObjectChecksum checksum, ReadOnlySpan<Extent> extents) =>
        HeadBytes + ObjectChecksum.DigestBytes(checksum.Kind) + extents.Length * Extent.EncodedBytes;

    private const byte EncryptedFlag = 1;

    /// <param name="etag">A part's tag has no part count of its own.</param>
    public static void Encode(
        long sizeBytes, long lastModifiedMs, ETag etag, in ObjectChecksum checksum, ReadOnlySpan<Extent> extents, Span<byte> destination,
        bool isEncrypted = false)
    {
        Span<byte> record = destination[..EncodedLength(checksum, extents)];
        record[0] = FormatVersion;
        record[1] = isEncrypted ? EncryptedFlag : (byte)0;
        record[2] = (byte)checksum.Kind;
        record[3] = (byte)checksum.Type;
        BinaryPrimitives.WriteInt64LittleEndian(record[SizeAt..], sizeBytes);
        BinaryPrimitives.WriteInt64LittleEndian(record[ModifiedAt..], lastModifiedMs);
        etag.WriteDigest(record[DigestAt..]);
        int at = HeadBytes + checksum.CopyTo(record[HeadBytes..]);
        foreach (ref readonly Extent extent in extents)
        {
            extent.Write(record[at..]);
            at += Extent.EncodedBytes;
        }
        RecordSeal.Write(record);
    }

    /// <param name="encoded">Kept, not copied.</param>
    /// <param name="partNumber">From the index key.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> encoded, int partNumber, out StoredPartRecord? part)
    {
        part = null;
        ReadOnlySpan<byte> bytes = encoded.Span;
        if (bytes.Length < HeadBytes || bytes[0] != FormatVersion || bytes[1] > EncryptedFlag)
        {
            return false;
        }
        int digestLength = ObjectChecksum.DigestBytes((ChecksumKind)bytes[2]);
        int extentsAt = HeadBytes + digestLength;
        if (digestLength < 0 || bytes[3] > (byte)ChecksumType.Composite
            || bytes.Length < extentsAt || (bytes.Length - extentsAt) % Extent.EncodedBytes != 0
            || BinaryPrimitives.ReadInt64LittleEndian(bytes[SizeAt..]) < 0
            || !RecordTime.IsValid(BinaryPrimitives.ReadInt64LittleEndian(bytes[ModifiedAt..]))
            || !RecordSeal.IsIntact(bytes))
        {
            return false;
        }
        part = new StoredPartRecord(encoded, partNumber, extentsAt);
        return true;
    }
}

/// <summary>A part over its encoded bytes, which <see cref="PartRecordCodec.TryDecode"/> has checked.</summary>
internal sealed class StoredPartRecord : PartRecord
{
    private readonly ReadOnlyMemory<byte> _encoded;
    private readonly int _extentsAt;

    internal StoredPartRecord(ReadOnlyMemory<byte> encoded, int partNumber, int extentsAt)
    {
        _encoded = encoded;
        _extentsAt = extentsAt;
        PartNumber = partNumber;
    }

    public ReadOnlyMemory<byte> Encoded => _encoded;
    public override int PartNumber { get; }
    public override long SizeBytes => BinaryPrimitives.ReadInt64LittleEndian(_encoded.Span[PartRecordCodec.SizeAt..]);
    public override bool IsEncrypted => _encoded.Span[1] != 0;
    public override long LastModifiedMs => BinaryPrimitives.ReadInt64LittleEndian(_encoded.Span[PartRecordCodec.ModifiedAt..]);
    public override ETag ETag => ETag.FromDigest(_encoded.Span.Slice(PartRecordCodec.DigestAt, 16));

    public override ObjectChecksum Checksum
    {
        get
        {
            ReadOnlySpan<byte> bytes = _encoded.Span;
            return new ObjectChecksum((ChecksumKind)bytes[2], (ChecksumType)bytes[3], bytes[PartRecordCodec.HeadBytes.._extentsAt]);
        }
    }

    public int ExtentCount => (_encoded.Length - _extentsAt) / Storage.Extent.EncodedBytes;

    public Extent Extent(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ExtentCount, nameof(index));
        return Storage.Extent.Read(_encoded.Span.Slice(_extentsAt + index * Storage.Extent.EncodedBytes, Storage.Extent.EncodedBytes));
    }
}
