using System.Buffers.Binary;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>
/// A stored form. Each input is decoded as it stands and again under a right seal, as a record that was written wrong would be; what is
/// accepted comes through another encoding unchanged.
/// </summary>
internal sealed class RecordTarget(string name, Func<byte[], string?> decode, params byte[][] seeds) : FuzzTarget
{
    private const int SealAt = 4;
    private const int SealEnd = 8;

    public override string Name => "record-" + name;
    public override int MaxInputBytes => 512;
    public override int ShortFormExecutions => 15_000;
    public override IEnumerable<byte[]> Seeds => seeds;
    public override IEnumerable<byte[]> Tokens =>
        [[1], [0, 0, 0, 0], [1, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF], [0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80], new byte[20]];

    public override ulong Run(byte[] input)
    {
        decode(input);
        byte[] sealedInput = [.. input];
        if (input.Length >= SealEnd)
        {
            uint seal = Crc32C.Append(Crc32C.Append(0, input.AsSpan(0, SealAt)), input.AsSpan(SealEnd));
            BinaryPrimitives.WriteUInt32LittleEndian(sealedInput.AsSpan(SealAt), seal);
        }

        var signature = new OutcomeSignature();
        signature.Add(decode(sealedInput) ?? "refused");
        return signature.Value;
    }
}

/// <summary>The stored forms: how each is decoded, encoded again, and told apart.</summary>
internal static class RecordTargets
{
    private static readonly Bucket SomeBucket = new() { Id = 1, Name = "bucket", Created = DateTimeOffset.UnixEpoch, Region = "" };
    private static readonly byte[] SomeFields = [1, 0, 3, 0, (byte)'a', (byte)'/', (byte)'b', 32, 1, 1, 0, (byte)'n', (byte)'v'];

    public static IEnumerable<FuzzTarget> All =>
    [
        new RecordTarget("object", DecodeObject, ObjectSeed(0, 1), ObjectSeed(3, 2),
            ObjectSeed(3, 2, VersionId.Create(5)), ObjectSeed(0, 0, VersionId.CreateNull(6), isDeleteMarker: true)),
        new RecordTarget("upload", DecodeUpload, UploadSeed()),
        new RecordTarget("part", DecodePart, PartSeed()),
        new RecordTarget("bucket", DecodeBucket, BucketRecordCodec.Encode(SomeBucket)),
        new RecordTarget("bucket-configuration", DecodeConfiguration, BucketConfigurationCodec.Encode("Enabled"u8)),
        new RecordTarget("segment", DecodeSegment, SegmentSeed()),
        new RecordTarget("stored-fields", DecodeFields, SomeFields),
        new RecordTarget("owners", DecodeOwners, [0, 3, 0, 1, 2, 3, 1, 0, 0]),
        new RecordTarget("block-checksums", DecodeBlockChecksums, [7, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
        new RecordTarget("index-key", DecodeIndexKey, UploadKeySeed(), VersionKeySeed()),
    ];

    private static string? DecodeObject(byte[] encoded)
    {
        bool hasSummary = ObjectRecordCodec.TryDecodeSummary(encoded, out ObjectSummary summary);
        if (hasSummary)
            CheckTime(summary.LastModifiedMs);
        if (!ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? record))
            return hasSummary ? "summary" : null;
        Oracle.Holds(hasSummary, "A record that can be read has a summary.");
        var content = new ObjectRecordContent
        {
            SizeBytes = record!.SizeBytes,
            LastModifiedMs = record.LastModifiedMs,
            ETag = record.ETag,
            Checksum = record.Checksum,
            UploadId = record.UploadId,
            VersionId = record.VersionId,
            IsDeleteMarker = record.IsDeleteMarker,
            Fields = record.Fields.Encoded.Span,
            Parts = [.. Enumerable.Range(0, record.PartCount).Select(record.Part)],
            Extents = [.. Enumerable.Range(0, record.ExtentCount).Select(record.Extent)],
        };
        byte[] again = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, again);
        Oracle.Holds(ObjectRecordCodec.TryDecode(again, out StoredObjectRecord? copy), "What was decoded can be encoded.");
        bool isSame = Describe(record) == Describe(copy!);
        Oracle.Holds(isSame, "A record survives being encoded again.");
        bool isVersion = ObjectRecordCodec.TryDecodeVersion(encoded, out _, out VersionId id, out bool isDeleteMarker);
        Oracle.Holds(isVersion && id == record.VersionId && isDeleteMarker == record.IsDeleteMarker, "A listing shows the same version.");
        return $"{record.Checksum.Kind} {record.Checksum.Type} {record.PartCount is 0} {Math.Min(record.ExtentCount, 3)} "
            + $"{record.UploadId == default} {record.VersionId == default} {record.IsDeleteMarker} {record.Fields.Encoded.Length == 0}";
    }

    private static string Describe(StoredObjectRecord record) =>
        $"{record.SizeBytes} {record.LastModifiedMs} {record.ETag} {Describe(record.Checksum)} {record.UploadId} {record.PartCount} "
        + $"{record.VersionId.Value} {record.IsDeleteMarker} {record.IsEncrypted} {record.StoredBytes - record.SizeBytes} "
        + $"{Convert.ToHexString(record.Fields.Encoded.Span)} "
        + string.Join(' ', Enumerable.Range(0, record.PartCount).Select(record.Part)
            .Select(part => $"{part.PartNumber} {part.SizeBytes} {Describe(part.Checksum)}"))
        + string.Join(' ', Enumerable.Range(0, record.ExtentCount).Select(record.Extent));

    private static string Describe(ObjectChecksum checksum)
    {
        Span<byte> digest = stackalloc byte[32];
        return $"{checksum.Kind} {checksum.Type} {Convert.ToHexString(digest[..checksum.CopyTo(digest)])}";
    }

    private static string? DecodeUpload(byte[] encoded)
    {
        bool hasHead = UploadRecordCodec.TryDecodeHead(encoded, out long initiatedMs, out ChecksumKind kind, out ChecksumType type, out _);
        if (hasHead)
            CheckTime(initiatedMs);
        if (!UploadRecordCodec.TryDecode(encoded, SomeBucket, "key"u8.ToArray(), new UploadId(5), out UploadRecord? upload))
            return hasHead ? "head" : null;
        byte[] again = new byte[UploadRecordCodec.EncodedLength(upload!.Fields.Encoded.Span)];
        UploadRecordCodec.Encode(upload.InitiatedMs, upload.Revision, upload.ChecksumKind, upload.ChecksumType,
            upload.Fields.Encoded.Span, again);
        Oracle.Same(again, encoded, "An upload survives being encoded again.");
        return $"{kind} {type} {Walk(upload.Fields)}";
    }

    private static string? DecodePart(byte[] encoded)
    {
        if (!PartRecordCodec.TryDecode(encoded, 7, out StoredPartRecord? part))
            return null;
        CheckTime(part!.LastModifiedMs);
        Extent[] extents = [.. Enumerable.Range(0, part.ExtentCount).Select(part.Extent)];
        byte[] again = new byte[PartRecordCodec.EncodedLength(part.Checksum, extents)];
        PartRecordCodec.Encode(part.SizeBytes, part.LastModifiedMs, part.ETag, part.Checksum, extents, again, part.IsEncrypted);
        Oracle.Same(again, encoded, "A part survives being encoded again.");
        return $"{part.Checksum.Kind} {part.Checksum.Type} {Math.Min(extents.Length, 3)}";
    }

    private static string? DecodeBucket(byte[] encoded)
    {
        if (!BucketRecordCodec.TryDecode("name"u8, encoded, out Bucket? bucket))
            return null;
        byte[] again = BucketRecordCodec.Encode(bucket!);
        Oracle.Holds(BucketRecordCodec.TryDecode("name"u8, again, out Bucket? copy), "What was decoded can be encoded.");
        Oracle.Holds(
            copy!.Id == bucket!.Id && copy.Region == bucket.Region && copy.Created == bucket.Created,
                "A bucket survives being encoded again.");
        return $"{bucket.Region.Length is 0} {bucket.Created.Year < 1970}";
    }

    private static string? DecodeConfiguration(byte[] encoded)
    {
        if (!BucketConfigurationCodec.TryDecode(encoded, out byte[] value))
            return null;
        Oracle.Same(BucketConfigurationCodec.Encode(value), encoded, "A configuration survives being encoded again.");
        return $"{Math.Min(value.Length, 3)}";
    }

    private static string? DecodeSegment(byte[] encoded)
    {
        if (!SegmentRecord.TryRead(encoded, out SegmentRecord record))
            return null;
        byte[] again = new byte[SegmentRecord.EncodedBytes];
        record.Write(again);
        Oracle.Same(again, encoded, "A segment's record survives being encoded again.");
        return $"{record.State} {record.LiveBytes > record.WatermarkBytes}";
    }

    private static string? DecodeFields(byte[] encoded)
    {
        var fields = new StoredFields(encoded);
        int count = Walk(fields);
        foreach (StoredFieldId id in Enum.GetValues<StoredFieldId>())
            fields.TryGet(id, out _);
        if (!StoredFields.IsWellFormed(encoded))
            return null;
        byte[] again = new byte[encoded.Length];
        var writer = new StoredFieldsWriter(again);
        foreach (StoredField field in fields)
            Oracle.Holds(writer.TryAdd(field.Id, field.Name, field.Value), "What was read fits where it came from.");
        Oracle.Holds(writer.WrittenBytes == encoded.Length, "Well-formed fields are all read.");
        Oracle.Same(again, encoded, "Fields survive being encoded again.");
        return Math.Min(count, 5).ToString();
    }

    private static int Walk(StoredFields fields)
    {
        int count = 0;
        foreach (StoredField field in fields)
            count += field.Name.Length + field.Value.Length >= 0 ? 1 : 0;
        return count;
    }

    private static string? DecodeOwners(byte[] encoded)
    {
        byte[] again = new byte[encoded.Length];
        int written = 0;
        OwnerList.Enumerator owners = new OwnerList(encoded).GetEnumerator();
        int count = 0;
        for (; owners.MoveNext(); count++)
            Oracle.Holds(OwnerList.TryAppend(again, ref written, owners.Current.Keyspace, owners.Current.Key), "What was read fits again.");
        Oracle.Same(again.AsSpan(0, written), encoded.AsSpan(0, written), "Owners survive being encoded again.");
        Oracle.Holds(owners.IsAtEnd == (written == encoded.Length), "The end is told from a broken entry.");
        return $"{Math.Min(count, 5)} {owners.IsAtEnd}";
    }

    private static string? DecodeBlockChecksums(byte[] encoded)
    {
        uint lengthBytes = encoded.Length < 8 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(encoded.AsSpan(4));
        foreach (uint length in (uint[])[lengthBytes, 0, 1, (uint)Extent.BlockBytes * 2, uint.MaxValue])
        {
            var extent = new Extent(1, encoded.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(encoded), 0, length, 0);
            if (!BlockChecksums.TryRead(encoded, extent, out BlockChecksums checksums))
                continue;
            Oracle.Holds(checksums.Count == BlockChecksums.BlockCount(length), "There is a checksum for each block.");
            for (int i = 0; i < checksums.Count; i++)
                _ = checksums[i];
            return checksums.Count.ToString();
        }

        return null;
    }

    private static string? DecodeIndexKey(byte[] encoded)
    {
        Span<byte> key = stackalloc byte[64];
        bool isObject = IndexKeys.TryReadObject(encoded, out _, out _);
        bool isPart = IndexKeys.TryReadPart(encoded, out UploadId upload, out int number);
        bool isSegment = IndexKeys.TryReadSegment(encoded, out uint segment);
        bool isUpload = IndexKeys.TryReadUpload(encoded, key, out uint bucketId, out int keyLength, out UploadId id);
        byte[] again = new byte[encoded.Length + 256];
        if (isPart)
            Oracle.Same(again.AsSpan(0, IndexKeys.Part(upload, number, again)), encoded, "A part's key survives being encoded again.");
        if (isSegment)
            Oracle.Same(again.AsSpan(0, IndexKeys.Segment(segment, again)), encoded, "A segment's key survives being encoded again.");
        if (isUpload)
        {
            int length = IndexKeys.Upload(bucketId, key[..keyLength], id, again);
            Oracle.Same(again.AsSpan(0, length), encoded, "An upload's key survives being encoded again.");
        }

        bool isVersion = IndexKeys.TryReadVersion(encoded, key, out bucketId, out int versionKeyLength, out ulong sequence);
        if (isVersion)
        {
            int length = IndexKeys.Version(bucketId, key[..versionKeyLength], sequence, again);
            Oracle.Same(again.AsSpan(0, length), encoded, "A version's key survives being encoded again.");
        }

        return $"{isObject} {isPart} {isSegment} {isUpload} {isVersion} {keyLength > 0}";
    }

    /// <summary>Times of records are written as dates: one that is none would end the request that shows it.</summary>
    private static void CheckTime(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs);

    private static byte[] ObjectSeed(int parts, int extents, VersionId version = default, bool isDeleteMarker = false)
    {
        var content = new ObjectRecordContent
        {
            SizeBytes = 1000,
            LastModifiedMs = 1_700_000_000_000,
            ETag = new ETag(42, parts),
            Checksum = new ObjectChecksum(ChecksumKind.Crc32C, ChecksumType.FullObject, [1, 2, 3, 4]),
            UploadId = parts == 0 ? default : new UploadId(77),
            VersionId = version,
            IsDeleteMarker = isDeleteMarker,
            Fields = SomeFields,
            Parts = [.. Enumerable.Range(1, parts).Select(number => new ObjectPart(number, 10, default))],
            Extents = [.. Enumerable.Range(1, extents).Select(number => new Extent((uint)number, 1, 4096, 100, 9))],
        };
        byte[] encoded = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, encoded);
        return encoded;
    }

    private static byte[] UploadSeed()
    {
        byte[] encoded = new byte[UploadRecordCodec.EncodedLength(SomeFields)];
        UploadRecordCodec.Encode(1_700_000_000_000, 3, ChecksumKind.Sha256, ChecksumType.Composite, SomeFields, encoded);
        return encoded;
    }

    private static byte[] PartSeed()
    {
        var checksum = new ObjectChecksum(ChecksumKind.Crc64Nvme, ChecksumType.FullObject, [1, 2, 3, 4, 5, 6, 7, 8]);
        Extent[] extents = [new(1, 2, 3, 4, 5), new(6, 7, 8, 9, 10)];
        byte[] encoded = new byte[PartRecordCodec.EncodedLength(checksum, extents)];
        PartRecordCodec.Encode(13, 1_700_000_000_000, new ETag(42, 0), checksum, extents, encoded);
        return encoded;
    }

    private static byte[] SegmentSeed()
    {
        byte[] encoded = new byte[SegmentRecord.EncodedBytes];
        new SegmentRecord(SegmentState.Sealed, 3, 4, 5L << 32, 6).Write(encoded);
        return encoded;
    }

    private static byte[] VersionKeySeed()
    {
        byte[] key = new byte[256];
        return key[..IndexKeys.Version(1, "k\0ey"u8, 9, key)];
    }

    private static byte[] UploadKeySeed()
    {
        byte[] key = new byte[256];
        return key[..IndexKeys.Upload(1, "k\0ey"u8, new UploadId(9), key)];
    }
}
