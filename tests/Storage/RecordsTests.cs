using System.Buffers.Binary;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Stored records: what is encoded comes back, a flipped bit does not pass, and no bytes make a decoder throw.</summary>
public sealed class RecordsTests
{
    private static readonly ChecksumKind[] Kinds =
    [
        ChecksumKind.None, ChecksumKind.Md5, ChecksumKind.Sha1, ChecksumKind.Sha256,
        ChecksumKind.Crc32, ChecksumKind.Crc32C, ChecksumKind.Crc64Nvme,
    ];

    [Fact]
    public void ObjectRecordsComeBackAsTheyWere()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] encoded = RandomRecord(
                random, out ObjectPart[] parts, out Extent[] extents, out ObjectChecksum checksum, out byte[] fields);
            Assert.True(ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? record));
            Assert.True(ObjectRecordCodec.TryDecodeSummary(encoded, out ObjectSummary summary));
            Assert.Equal(checksum, record!.Checksum);
            Assert.Equal(fields, record.Fields.Encoded.ToArray());
            Assert.Equal(parts, Enumerable.Range(0, record.PartCount).Select(record.Part));
            Assert.Equal(extents, Enumerable.Range(0, record.ExtentCount).Select(record.Extent));
            Assert.Equal(new ObjectSummary(record.SizeBytes, record.LastModifiedMs, record.ETag, checksum.Kind, checksum.Type), summary);
        }
    }

    [Fact]
    public void TheStoredFormOfASimpleObjectIsFixed()
    {
        var content = new ObjectRecordContent
        {
            SizeBytes = 0x0102,
            LastModifiedMs = 0x0304,
            ETag = new ETag(0xA1, 7),
            Checksum = new ObjectChecksum(ChecksumKind.Crc32C, ChecksumType.Composite, [1, 2, 3, 4]),
            UploadId = new UploadId(0xB2),
            Fields = "\x01\x00\x01\x00x"u8,
            Parts = [new ObjectPart(3, 0x0102, default)],
            Extents = [new Extent(1, 2, 3, 4, 5)],
        };
        byte[] encoded = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, encoded);

        uint seal = Crc32C.Append(0, [.. encoded[..4], .. encoded[8..]]);
        Assert.Equal(
            "01011001" + Convert.ToHexStringLower(BitConverter.GetBytes(seal)) + "0201000000000000" + "0403000000000000"
            + "000000000000000000000000000000a1" + "0700" + "0100" + "05000000" + "01000000" + "00" + "000000"
            + "01020304" + "000000000000000000000000000000b2" + "0100010078"
            + "030000000201000000000000"
            + "0100000002000000030000000400000005000000",
            Convert.ToHexStringLower(encoded));
    }

    /// <summary>A program from before encryption must not take encrypted bytes for an object's: it does not know these versions.</summary>
    [Fact]
    public void RecordsOfWhatIsEncryptedAreOfAVersionOfTheirOwn()
    {
        byte[] fields = EngineEncryptionTests.Fields(1).Encoded.ToArray();
        var content = new ObjectRecordContent
        {
            SizeBytes = 5, LastModifiedMs = 6, ETag = default, Fields = fields, Extents = [new Extent(1, 2, 3, 53, 5)],
        };
        byte[] encoded = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, encoded);
        Assert.Equal((3, 8), (encoded[0], encoded[1]));
        Assert.True(ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? record));
        Assert.Equal((true, 5L, 53L), (record!.IsEncrypted, record.SizeBytes, record.StoredBytes));
        // The flag and the field go together, and earlier versions have neither.
        foreach ((byte version, byte flags) in ((byte, byte)[])[(3, 0), (2, 8), (1, 8), (1, 0), (4, 8), (3, 16)])
        {
            (encoded[0], encoded[1]) = (version, flags);
            RecordSeal.Write(encoded);
            Assert.False(ObjectRecordCodec.TryDecode(encoded, out _), $"{version} {flags}");
        }

        var bucket = new Bucket { Id = 9, Name = "b", Created = default, Region = "" };
        byte[] upload = new byte[UploadRecordCodec.EncodedLength(fields)];
        UploadRecordCodec.Encode(77, 88, default, default, fields, upload);
        Assert.Equal(2, upload[0]);
        Assert.True(UploadRecordCodec.TryDecode(upload, bucket, "k"u8.ToArray(), new UploadId(5), out _));
        upload[0] = 1;
        RecordSeal.Write(upload);
        Assert.False(UploadRecordCodec.TryDecode(upload, bucket, "k"u8.ToArray(), new UploadId(5), out _));

        byte[] part = new byte[PartRecordCodec.EncodedLength(default, [])];
        PartRecordCodec.Encode(13, 99, default, default, [], part, isEncrypted: true);
        Assert.Equal(1, part[1]);
        Assert.True(PartRecordCodec.TryDecode(part, 1, out StoredPartRecord? read));
        Assert.True(read!.IsEncrypted);
        part[1] = 2;
        RecordSeal.Write(part);
        Assert.False(PartRecordCodec.TryDecode(part, 1, out _));
    }

    [Fact]
    public void AnEncryptionFieldThatIsNoneMakesFieldsDamaged()
    {
        byte[] good = EngineEncryptionTests.Fields(1).Encoded.ToArray();
        Assert.True(StoredFields.IsWellFormed(good));
        // Its version, scheme, flags, and the lengths of name and context.
        foreach ((int at, byte value) in ((int, byte)[])[(4, 0), (4, 2), (5, 0), (5, 4), (5, 2), (6, 2), (7, 1), (8, 1), (9, 1)])
        {
            byte[] bad = [.. good];
            bad[at] = value;
            Assert.False(StoredFields.IsWellFormed(bad), $"{at} {value}");
        }

        for (int length = 0; length < good.Length - 4; length++)
        {
            byte[] cut = good[..(4 + length)];
            BinaryPrimitives.WriteUInt16LittleEndian(cut.AsSpan(2), (ushort)length);
            Assert.False(StoredFields.IsWellFormed(cut), $"{length}");
        }
    }

    [Fact]
    public void EveryFlippedBitOfARecordIsNoticed()
    {
        byte[] encoded = RandomRecord(new Random(4), out _, out _, out _, out _);
        for (int bit = 0; bit < encoded.Length * 8; bit++)
        {
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(ObjectRecordCodec.TryDecode(encoded, out _));
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(ObjectRecordCodec.TryDecode(encoded, out _));
    }

    [Fact]
    public void NoBytesMakeADecoderThrow()
    {
        var random = new Random(5);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = i % 2 == 0 ? new byte[random.Next(0, 120)] : RandomRecord(random, out _, out _, out _, out _);
            if (i % 2 == 0)
            {
                random.NextBytes(bytes);
            }
            for (int edit = random.Next(4); edit > 0 && bytes.Length > 0; edit--)
            {
                bytes[random.Next(Math.Min(bytes.Length, 60))] = (byte)random.Next(0, 5);
            }
            bytes = bytes[..random.Next(bytes.Length + 1)];
            if (bytes.Length > 8)
            {
                // A right checksum, so that the checks behind it are met too.
                bytes[0] = 1;
                uint seal = Crc32C.Append(Crc32C.Append(0, bytes.AsSpan(0, 4)), bytes.AsSpan(8));
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), seal);
            }
            DecodeAsEverything(bytes);
        }
    }

    [Fact]
    public void AccessorsDoNotAllocate()
    {
        byte[] encoded = RandomRecord(new Random(6), out _, out _, out _, out _);
        Assert.True(ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? record));
        Touch(record!);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Touch(record!);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void UploadPartBucketAndSegmentRecordsComeBackAsTheyWere()
    {
        DateTimeOffset created = DateTimeOffset.FromUnixTimeMilliseconds(123_456);
        var bucket = new Bucket { Id = 9, Name = "bücket", Created = created, Region = "eu-west-3" };
        Assert.True(BucketRecordCodec.TryDecode("bücket"u8, BucketRecordCodec.Encode(bucket), out Bucket? readBucket));
        Assert.Equal((9u, "bücket", created, "eu-west-3"), (readBucket!.Id, readBucket.Name, readBucket.Created, readBucket.Region));

        byte[] fields = Fields((StoredFieldId.ContentType, "", "text/plain"));
        byte[] upload = new byte[UploadRecordCodec.EncodedLength(fields)];
        UploadRecordCodec.Encode(77, 88, ChecksumKind.Sha256, ChecksumType.Composite, fields, upload);
        Assert.True(UploadRecordCodec.TryDecode(upload, bucket, "k"u8.ToArray(), new UploadId(5), out UploadRecord? readUpload));
        Assert.Equal((77L, 88L, ChecksumKind.Sha256, ChecksumType.Composite),
            (readUpload!.InitiatedMs, readUpload.Revision, readUpload.ChecksumKind, readUpload.ChecksumType));
        Assert.Equal(fields, readUpload.Fields.Encoded.ToArray());

        var checksum = new ObjectChecksum(ChecksumKind.Crc64Nvme, ChecksumType.FullObject, [1, 2, 3, 4, 5, 6, 7, 8]);
        Extent[] extents = [new(1, 2, 3, 4, 5), new(6, 7, 8, 9, 10)];
        byte[] part = new byte[PartRecordCodec.EncodedLength(checksum, extents)];
        PartRecordCodec.Encode(13, 99, new ETag(42, 0), checksum, extents, part);
        Assert.True(PartRecordCodec.TryDecode(part, 10_000, out StoredPartRecord? readPart));
        Assert.Equal((10_000, 13L, 99L, new ETag(42, 0), checksum),
            (readPart!.PartNumber, readPart.SizeBytes, readPart.LastModifiedMs, readPart.ETag, readPart.Checksum));
        Assert.Equal((extents[0], extents[1], 2), (readPart.Extent(0), readPart.Extent(1), readPart.ExtentCount));

        var segment = new SegmentRecord(SegmentState.Sealed, 3, 4, 5L << 32, 6);
        byte[] encodedSegment = new byte[SegmentRecord.EncodedBytes];
        segment.Write(encodedSegment);
        Assert.True(SegmentRecord.TryRead(encodedSegment, out SegmentRecord readSegment));
        Assert.Equal(segment, readSegment);
    }

    [Fact]
    public void OwnerListsAndBlockChecksumsComeBackAsTheyWere()
    {
        byte[] owners = new byte[64];
        int written = 0;
        Assert.True(OwnerList.TryAppend(owners, ref written, Keyspace.Objects, "key"u8));
        Assert.True(OwnerList.TryAppend(owners, ref written, Keyspace.Uploads, ""u8));
        Assert.False(OwnerList.TryAppend(owners, ref written, Keyspace.Uploads, new byte[64]));
        var read = new List<(Keyspace, string)>();
        foreach (OwnerList.Owner owner in new OwnerList(owners.AsSpan(0, written)))
        {
            read.Add((owner.Keyspace, Encoding.UTF8.GetString(owner.Key)));
        }
        Assert.Equal([(Keyspace.Objects, "key"), (Keyspace.Uploads, "")], read);

        var extent = new Extent(1, 7, 0, 3 * Extent.BlockBytes - 1, 0);
        byte[] list = new byte[BlockChecksums.EncodedLength(BlockChecksums.BlockCount(extent.LengthBytes))];
        BlockChecksums.Write(7, [10, 20, 30], list);
        Assert.True(BlockChecksums.TryRead(list, extent, out BlockChecksums checksums));
        Assert.Equal((3, 10u, 30u), (checksums.Count, checksums[0], checksums[2]));
        Assert.False(BlockChecksums.TryRead(list, extent with { Generation = 8 }, out _));
        Assert.False(BlockChecksums.TryRead(list, extent with { LengthBytes = Extent.BlockBytes * 4 }, out _));
    }

    [Fact]
    public void StoredFieldsKeepOrderAndRefuseWhatDoesNotFit()
    {
        byte[] encoded = Fields(
            (StoredFieldId.ContentType, "", "a/b"), (StoredFieldId.UserMetadata, "x", ""), (StoredFieldId.UserMetadata, "y", "z"));
        var fields = new StoredFields(encoded);
        var read = new List<string>();
        foreach (StoredField field in fields)
        {
            read.Add($"{field.Id}|{Encoding.UTF8.GetString(field.Name)}|{Encoding.UTF8.GetString(field.Value)}");
        }
        Assert.Equal(["ContentType||a/b", "UserMetadata|x|", "UserMetadata|y|z"], read);
        Assert.True(fields.TryGet(StoredFieldId.ContentType, out ReadOnlySpan<byte> type));
        Assert.Equal("a/b"u8.ToArray(), type.ToArray());
        Assert.False(fields.TryGet(StoredFieldId.Expires, out _));

        var writer = new StoredFieldsWriter(new byte[70_000]);
        Assert.False(writer.TryAdd(StoredFieldId.UserMetadata, new byte[256], default));
        Assert.False(writer.TryAdd(StoredFieldId.UserMetadata, default, new byte[65_536]));
        Assert.True(writer.TryAdd(StoredFieldId.UserMetadata, new byte[255], new byte[65_535]));
        Assert.Equal(4 + 255 + 65_535, writer.WrittenBytes);
        Assert.False(writer.TryAdd(StoredFieldId.UserMetadata, default, new byte[5_000]));
    }

    [Theory]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e", 0)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-1", 1)]
    [InlineData("000000000000000000000000000000ff-10000", 10_000)]
    public void ETagsAreWrittenAsTheyAreRead(string text, int partCount)
    {
        Assert.True(ETag.TryParse(Encoding.ASCII.GetBytes(text.ToUpperInvariant()), out ETag tag));
        Assert.Equal(partCount, tag.PartCount);
        byte[] buffer = new byte[ETag.MaxTextBytes];
        Assert.Equal(text, Encoding.ASCII.GetString(buffer, 0, tag.Format(buffer)));
        byte[] digest = new byte[16];
        tag.WriteDigest(digest);
        Assert.Equal(text[..32], Convert.ToHexStringLower(digest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427g")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-01")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-1x")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e1")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e-123456")]
    public void OtherTextIsNoETag(string text) => Assert.False(ETag.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void UploadIdsSortByTimeAndReadBack()
    {
        var early = UploadId.Create(1_700_000_000_000);
        var late = UploadId.Create(1_700_000_000_001);
        Assert.True(late.Value > early.Value);
        Assert.True(UploadId.TryParse(Encoding.ASCII.GetBytes(early.ToString()), out UploadId read));
        Assert.Equal(early, read);
        Assert.False(UploadId.TryParse("12"u8, out _));
        Assert.False(UploadId.TryParse("0000000000000000000000000000000g"u8, out _));
        Assert.False(UploadId.TryParse(" 000000000000000000000000000000a"u8, out _));
    }

    private static void Touch(StoredObjectRecord record)
    {
        _ = record.ETag;
        _ = record.Checksum;
        _ = record.UploadId;
        foreach (StoredField field in record.Fields)
        {
            _ = field.Value.Length;
        }
        for (int i = 0; i < record.PartCount; i++)
        {
            _ = record.Part(i);
        }
        for (int i = 0; i < record.ExtentCount; i++)
        {
            _ = record.Extent(i);
        }
    }

    private static void DecodeAsEverything(byte[] bytes)
    {
        ObjectRecordCodec.TryDecodeSummary(bytes, out _);
        if (ObjectRecordCodec.TryDecode(bytes, out StoredObjectRecord? record))
        {
            Touch(record!);
        }
        if (PartRecordCodec.TryDecode(bytes, 1, out StoredPartRecord? part))
        {
            _ = part!.Checksum;
            _ = part.ExtentCount == 0 ? default : part.Extent(part.ExtentCount - 1);
        }
        if (UploadRecordCodec.TryDecode(bytes, null!, default, default, out UploadRecord? upload))
        {
            upload!.Fields.TryGet(StoredFieldId.Tagging, out _);
        }
        BucketRecordCodec.TryDecode("b"u8, bytes, out _);
        SegmentRecord.TryRead(bytes, out _);
        foreach (OwnerList.Owner owner in new OwnerList(bytes))
        {
            _ = owner.Key.Length;
        }
        BlockChecksums.TryRead(bytes, default, out _);
        IndexKeys.TryReadUpload(bytes, new byte[16], out _, out _, out _);
        IndexKeys.TryReadObject(bytes, out _, out _);
        IndexKeys.TryReadPart(bytes, out _, out _);
        IndexKeys.TryReadSegment(bytes, out _);
    }

    private static byte[] RandomRecord(
        Random random, out ObjectPart[] parts, out Extent[] extents, out ObjectChecksum checksum, out byte[] fields)
    {
        parts = [.. Enumerable.Range(1, random.Next(0, 4))
            .Select(number => new ObjectPart(number, random.NextInt64(1L << 40), RandomChecksum(random)))];
        extents = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => new Extent(Word(), Word(), Word(), Word(), Word()))];
        checksum = RandomChecksum(random);
        fields = random.Next(2) == 0 ? [] : Fields((StoredFieldId.ContentType, "", "x/y"), (StoredFieldId.UserMetadata, "name", "value"));
        var content = new ObjectRecordContent
        {
            SizeBytes = random.NextInt64(),
            LastModifiedMs = random.NextInt64(1L << 47),
            ETag = new ETag(new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()), random.Next(0, 10_001)),
            Checksum = checksum,
            UploadId = random.Next(2) == 0 ? default : UploadId.Create(random.NextInt64()),
            Fields = fields,
            Parts = parts,
            Extents = extents,
        };
        byte[] encoded = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, encoded);
        return encoded;

        uint Word() => (uint)random.NextInt64(1L << 32);
    }

    private static ObjectChecksum RandomChecksum(Random random)
    {
        ChecksumKind kind = Kinds[random.Next(Kinds.Length)];
        byte[] digest = new byte[ObjectChecksum.DigestBytes(kind)];
        random.NextBytes(digest);
        return new ObjectChecksum(kind, (ChecksumType)random.Next(2), digest);
    }

    private static byte[] Fields(params (StoredFieldId Id, string Name, string Value)[] fields)
    {
        byte[] buffer = new byte[1024];
        var writer = new StoredFieldsWriter(buffer);
        foreach ((StoredFieldId id, string name, string value) in fields)
        {
            Assert.True(writer.TryAdd(id, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value)));
        }
        return buffer[..writer.WrittenBytes];
    }
}
