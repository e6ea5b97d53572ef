using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>Everything an object record encodes, for the committer to write.</summary>
internal readonly ref struct ObjectRecordContent
{
    public required long SizeBytes { get; init; }
    public required long LastModifiedMs { get; init; }
    public required ETag ETag { get; init; }
    public ObjectChecksum Checksum { get; init; }
    public UploadId UploadId { get; init; }
    public VersionId VersionId { get; init; }
    public bool IsDeleteMarker { get; init; }
    public ReadOnlySpan<byte> Fields { get; init; }
    public ReadOnlySpan<ObjectPart> Parts { get; init; }
    public ReadOnlySpan<Extent> Extents { get; init; }

    /// <summary>What a record says, to be written with some of it changed.</summary>
    public static ObjectRecordContent Of(StoredObjectRecord record)
    {
        var parts = new ObjectPart[record.PartCount];
        for (int part = 0; part < parts.Length; part++) parts[part] = record.Part(part);
        var extents = new Extent[record.ExtentCount];
        for (int extent = 0; extent < extents.Length; extent++) extents[extent] = record.Extent(extent);
        return new ObjectRecordContent
        {
            SizeBytes = record.SizeBytes,
            LastModifiedMs = record.LastModifiedMs,
            ETag = record.ETag,
            Checksum = record.Checksum,
            UploadId = record.UploadId,
            VersionId = record.VersionId,
            IsDeleteMarker = record.IsDeleteMarker,
            Fields = record.Fields.Encoded.Span,
            Parts = parts,
            Extents = extents,
        };
    }
}

/// <summary>
/// The stored form of object records; described in docs/data-format.md. Every decode is bounds-checked: a bad record is Corrupt, never an
/// exception.
/// </summary>
/// <remarks>
/// Little-endian. Head: version (1) flags (1) checksum kind (1) checksum type (1) CRC-32C of all other bytes (4) size (8) modified ms (8)
/// ETag digest (16) ETag part count (2) part count (2) fields length (4) extent count (4) part digest length (1) storage class (1)
/// zero (2).
/// Then: checksum digest, upload id and version id (16 each, big-endian, when flagged), fields, parts, extents. Format 1 has neither
/// version ids nor delete markers, format 2 no encryption, and both are still written where there is none: whatever knows only them does
/// not take encrypted bytes for an object's.
/// </remarks>
internal static class ObjectRecordCodec
{
    /// <summary>The highest; records that need no more are of format 1.</summary>
    public const byte FormatVersion = 3;

    internal const int KindAt = 2;
    internal const int TypeAt = 3;
    internal const int SizeAt = 8;
    internal const int ModifiedAt = 16;
    internal const int DigestAt = 24;
    internal const int ETagPartCountAt = 40;
    internal const int PartCountAt = 42;
    internal const int FieldsLengthAt = 44;
    internal const int ExtentCountAt = 48;
    internal const int PartDigestLengthAt = 52;
    internal const int StorageClassAt = 53;
    internal const int HeadBytes = 56;

    /// <summary>
    /// Number (2), checksum kind (1) and type (1), size (8); the digest follows, padded to the longest one of the record.
    /// </summary>
    internal const int PartHeadBytes = 12;

    private const int FlagsAt = 1;
    private const byte HasUploadIdFlag = 1;
    private const byte HasVersionIdFlag = 2;
    private const byte DeleteMarkerFlag = 4;
    private const byte EncryptedFlag = 8;
    private const byte FormatOneFlags = HasUploadIdFlag;
    private const byte FormatTwoFlags = HasUploadIdFlag | HasVersionIdFlag | DeleteMarkerFlag;
    private const byte FormatThreeFlags = FormatTwoFlags | EncryptedFlag;

    public static int EncodedLength(in ObjectRecordContent content) =>
        HeadBytes
        + ObjectChecksum.DigestBytes(content.Checksum.Kind)
        + (content.UploadId == default ? 0 : UploadId.EncodedBytes)
        + (content.VersionId == default ? 0 : VersionId.EncodedBytes)
        + content.Fields.Length
        + content.Parts.Length * (PartHeadBytes + LongestDigest(content.Parts))
        + content.Extents.Length * Extent.EncodedBytes;

    /// <param name="content">At most 65,535 parts, numbered to 65,535.</param>
    /// <param name="destination">Exactly <see cref="EncodedLength"/> bytes are written.</param>
    public static void Encode(in ObjectRecordContent content, Span<byte> destination)
    {
        Span<byte> record = destination[..EncodedLength(content)];
        int partDigestLength = LongestDigest(content.Parts);
        int flags = (content.UploadId == default ? 0 : HasUploadIdFlag) | (content.VersionId == default ? 0 : HasVersionIdFlag)
            | (content.IsDeleteMarker ? DeleteMarkerFlag : 0) | (ObjectEncryption.IsAmong(content.Fields) ? EncryptedFlag : 0);
        record[0] = (flags & ~FormatOneFlags) == 0 ? (byte)1 : (flags & ~FormatTwoFlags) == 0 ? (byte)2 : FormatVersion;
        record[FlagsAt] = (byte)flags;
        record[KindAt] = (byte)content.Checksum.Kind;
        record[TypeAt] = (byte)content.Checksum.Type;
        BinaryPrimitives.WriteInt64LittleEndian(record[SizeAt..], content.SizeBytes);
        BinaryPrimitives.WriteInt64LittleEndian(record[ModifiedAt..], content.LastModifiedMs);
        content.ETag.WriteDigest(record[DigestAt..]);
        BinaryPrimitives.WriteUInt16LittleEndian(record[ETagPartCountAt..], checked((ushort)content.ETag.PartCount));
        BinaryPrimitives.WriteUInt16LittleEndian(record[PartCountAt..], checked((ushort)content.Parts.Length));
        BinaryPrimitives.WriteInt32LittleEndian(record[FieldsLengthAt..], content.Fields.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[ExtentCountAt..], content.Extents.Length);
        record[PartDigestLengthAt] = (byte)partDigestLength;
        record[StorageClassAt] = (byte)StorageClassNames.Of(content.Fields);
        record[(StorageClassAt + 1)..HeadBytes].Clear();

        int at = HeadBytes;
        at += content.Checksum.CopyTo(record[at..]);
        if (content.UploadId != default)
        {
            BinaryPrimitives.WriteUInt128BigEndian(record[at..], content.UploadId.Value);
            at += UploadId.EncodedBytes;
        }
        if (content.VersionId != default)
        {
            BinaryPrimitives.WriteUInt128BigEndian(record[at..], content.VersionId.Value);
            at += VersionId.EncodedBytes;
        }
        content.Fields.CopyTo(record[at..]);
        at += content.Fields.Length;
        foreach (ref readonly ObjectPart part in content.Parts)
        {
            WritePart(part, record.Slice(at, PartHeadBytes + partDigestLength));
            at += PartHeadBytes + partDigestLength;
        }
        foreach (ref readonly Extent extent in content.Extents)
        {
            extent.Write(record[at..]);
            at += Extent.EncodedBytes;
        }
        RecordSeal.Write(record);
    }

    /// <summary>Wraps encoded bytes (kept, not copied) as a record; false when they are not a valid record.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> encoded, out StoredObjectRecord? record)
    {
        var decoded = new StoredObjectRecord();
        record = TryDecode(encoded, decoded) ? decoded : null;
        return record is not null;
    }

    /// <summary>The same over an instance that is nobody else's.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> encoded, StoredObjectRecord record)
    {
        ReadOnlySpan<byte> bytes = encoded.Span;
        if (!TryDecodeSummary(bytes, out _))
        {
            return false;
        }
        int partCount = BinaryPrimitives.ReadUInt16LittleEndian(bytes[PartCountAt..]);
        uint fieldsLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[FieldsLengthAt..]);
        uint extentCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ExtentCountAt..]);
        int partBytes = PartHeadBytes + bytes[PartDigestLengthAt];

        // In 64 bits none of these sums can overflow.
        long uploadIdAt = HeadBytes + ObjectChecksum.DigestBytes((ChecksumKind)bytes[KindAt]);
        long versionIdAt = uploadIdAt + ((bytes[FlagsAt] & HasUploadIdFlag) != 0 ? UploadId.EncodedBytes : 0);
        long fieldsAt = versionIdAt + ((bytes[FlagsAt] & HasVersionIdFlag) != 0 ? VersionId.EncodedBytes : 0);
        long partsAt = fieldsAt + fieldsLength;
        long extentsAt = partsAt + (long)partCount * partBytes;
        if (extentsAt + (long)extentCount * Extent.EncodedBytes != bytes.Length
            || !StoredFields.IsWellFormed(bytes[(int)fieldsAt..(int)partsAt])
            || !StorageClassNames.IsConsistent(bytes[StorageClassAt], bytes[(int)fieldsAt..(int)partsAt])
            || IsEncrypted(bytes) != ObjectEncryption.IsAmong(bytes[(int)fieldsAt..(int)partsAt])
            || !ArePartsValid(bytes[(int)partsAt..(int)extentsAt], partBytes))
        {
            return false;
        }
        record.Wrap(encoded, (int)uploadIdAt, (int)versionIdAt, (int)fieldsAt, (int)partsAt, (int)extentsAt);
        return true;
    }

    /// <summary>Reads what a listing of versions shows beside the summary.</summary>
    public static bool TryDecodeVersion(ReadOnlySpan<byte> encoded, out ObjectSummary summary, out VersionId id, out bool isDeleteMarker)
    {
        (id, isDeleteMarker) = (default, false);
        if (!TryDecodeSummary(encoded, out summary)) return false;
        isDeleteMarker = IsDeleteMarker(encoded);
        if ((encoded[FlagsAt] & HasVersionIdFlag) == 0) return true;
        int at = HeadBytes + ObjectChecksum.DigestBytes(summary.ChecksumKind)
            + ((encoded[FlagsAt] & HasUploadIdFlag) != 0 ? UploadId.EncodedBytes : 0);
        if (encoded.Length < at + VersionId.EncodedBytes) return false;
        id = new VersionId(BinaryPrimitives.ReadUInt128BigEndian(encoded[at..]));
        return true;
    }

    /// <summary>
    /// Whether a record that cannot be read was that of a version: so that its owner can delete it by its id. Damage in one place leaves
    /// one half of the id, and no other record of the key has either half. Of a null version, which has no such id, its head must say it.
    /// </summary>
    public static bool WasOfVersion(ReadOnlySpan<byte> damaged, VersionId id)
    {
        Span<byte> value = stackalloc byte[VersionId.EncodedBytes];
        if (!id.IsNull)
        {
            BinaryPrimitives.WriteUInt128BigEndian(value, id.Value);
            ReadOnlySpan<byte> rest = damaged[Math.Min(HeadBytes, damaged.Length)..];
            return rest.IndexOf(value[..sizeof(ulong)]) >= 0 || rest.IndexOf(value[sizeof(ulong)..]) >= 0;
        }
        if (damaged.Length < HeadBytes || ObjectChecksum.DigestBytes((ChecksumKind)damaged[KindAt]) is not (>= 0 and int digestBytes))
            return false;
        // Format 1 has no ids, and format 2 is for those that have one.
        if ((damaged[FlagsAt] & HasVersionIdFlag) == 0) return damaged[0] is 1 or FormatVersion;
        int at = HeadBytes + digestBytes + ((damaged[FlagsAt] & HasUploadIdFlag) != 0 ? UploadId.EncodedBytes : 0);
        return damaged.Length >= at + VersionId.EncodedBytes
            && new VersionId(BinaryPrimitives.ReadUInt128BigEndian(damaged[at..])).IsNull;
    }

    internal static bool IsEncrypted(ReadOnlySpan<byte> encoded) => (encoded[FlagsAt] & EncryptedFlag) != 0;

    internal static bool IsDeleteMarker(ReadOnlySpan<byte> encoded) => (encoded[FlagsAt] & DeleteMarkerFlag) != 0;

    /// <summary>Reads only what a listing shows, of a record whose checksum is right.</summary>
    public static bool TryDecodeSummary(ReadOnlySpan<byte> encoded, out ObjectSummary summary)
    {
        summary = default;
        if (encoded.Length < HeadBytes || encoded[0] is 0 or > FormatVersion || (encoded[FlagsAt] & ~FlagsOf(encoded[0])) != 0)
        {
            return false;
        }
        var kind = (ChecksumKind)encoded[KindAt];
        var type = (ChecksumType)encoded[TypeAt];
        long size = BinaryPrimitives.ReadInt64LittleEndian(encoded[SizeAt..]);
        long modifiedMs = BinaryPrimitives.ReadInt64LittleEndian(encoded[ModifiedAt..]);
        if (ObjectChecksum.DigestBytes(kind) < 0 || type > ChecksumType.Composite || size < 0 || !RecordTime.IsValid(modifiedMs)
            || encoded[StorageClassAt] > (byte)StorageClass.GlacierIr || !RecordSeal.IsIntact(encoded))
        {
            return false;
        }
        summary = new ObjectSummary(size, modifiedMs, ReadETag(encoded), kind, type, (StorageClass)encoded[StorageClassAt]);
        return true;
    }

    private static byte FlagsOf(byte formatVersion) => formatVersion switch
    {
        1 => FormatOneFlags,
        2 => FormatTwoFlags,
        _ => FormatThreeFlags,
    };

    internal static ETag ReadETag(ReadOnlySpan<byte> encoded) =>
        ETag.FromDigest(encoded[DigestAt..], BinaryPrimitives.ReadUInt16LittleEndian(encoded[ETagPartCountAt..]));

    internal static ObjectPart ReadPart(ReadOnlySpan<byte> part)
    {
        var kind = (ChecksumKind)part[2];
        return new ObjectPart(
            BinaryPrimitives.ReadUInt16LittleEndian(part),
            BinaryPrimitives.ReadInt64LittleEndian(part[4..]),
            new ObjectChecksum(kind, (ChecksumType)part[3], part.Slice(PartHeadBytes, ObjectChecksum.DigestBytes(kind))));
    }

    private static void WritePart(in ObjectPart part, Span<byte> destination)
    {
        destination.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(destination, checked((ushort)part.PartNumber));
        destination[2] = (byte)part.Checksum.Kind;
        destination[3] = (byte)part.Checksum.Type;
        BinaryPrimitives.WriteInt64LittleEndian(destination[4..], part.SizeBytes);
        part.Checksum.CopyTo(destination[PartHeadBytes..]);
    }

    private static bool ArePartsValid(ReadOnlySpan<byte> parts, int partBytes)
    {
        for (; !parts.IsEmpty; parts = parts[partBytes..])
        {
            int digestLength = ObjectChecksum.DigestBytes((ChecksumKind)parts[2]);
            if (digestLength < 0 || digestLength > partBytes - PartHeadBytes || parts[3] > (byte)ChecksumType.Composite)
            {
                return false;
            }
        }
        return true;
    }

    private static int LongestDigest(ReadOnlySpan<ObjectPart> parts)
    {
        int longest = 0;
        foreach (ref readonly ObjectPart part in parts)
        {
            longest = Math.Max(longest, ObjectChecksum.DigestBytes(part.Checksum.Kind));
        }
        return longest;
    }
}
