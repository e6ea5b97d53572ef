using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Hostile;

/// <summary>What fuzzing found in stored forms, each as a plain test. What it found in requests stands with the other requests.</summary>
public sealed class FindingsTests
{
    public static TheoryData<long> TimesThatAreNoDates => [-1, long.MinValue, long.MaxValue, 253_402_300_800_000];

    /// <summary>A listing reads the summary without the record's checksum: a flipped bit of the time ended the request.</summary>
    [Theory]
    [MemberData(nameof(TimesThatAreNoDates))]
    public void A_record_whose_time_is_no_date_is_refused(long unixMs)
    {
        var content = new ObjectRecordContent { SizeBytes = 1, LastModifiedMs = unixMs, ETag = default };
        byte[] record = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, record);
        Assert.False(ObjectRecordCodec.TryDecodeSummary(record, out _));
        Assert.False(ObjectRecordCodec.TryDecode(record, out _));

        byte[] part = new byte[PartRecordCodec.EncodedLength(default, [])];
        PartRecordCodec.Encode(1, unixMs, default, default, [], part);
        Assert.False(PartRecordCodec.TryDecode(part, 1, out _));

        byte[] upload = new byte[UploadRecordCodec.EncodedLength([])];
        UploadRecordCodec.Encode(unixMs, 1, default, default, [], upload);
        Assert.False(UploadRecordCodec.TryDecodeHead(upload, out _, out _, out _, out _));
    }

    /// <summary>Listings show the class of a record's head, heads and copies that of its fields: they must agree.</summary>
    [Fact]
    public void A_storage_class_that_the_fields_do_not_name_is_refused()
    {
        byte[] fields = new byte[64];
        var writer = new StoredFieldsWriter(fields);
        writer.TryAdd(StoredFieldId.StorageClass, default, "GLACIER"u8);
        ReadOnlySpan<byte> named = fields.AsSpan(0, writer.WrittenBytes);
        var content = new ObjectRecordContent { SizeBytes = 1, LastModifiedMs = 5, ETag = default, Fields = named };
        byte[] record = new byte[ObjectRecordCodec.EncodedLength(content)];
        ObjectRecordCodec.Encode(content, record);
        byte[] upload = new byte[UploadRecordCodec.EncodedLength(named)];
        UploadRecordCodec.Encode(5, 1, default, default, named, upload);
        var bucket = new Bucket { Id = 1, Name = "bucket", Created = default, Region = "" };
        foreach ((StorageClass claimed, bool isRead) in new[]
        {
            (StorageClass.Glacier, true), (StorageClass.Standard, true), (StorageClass.DeepArchive, false), ((StorageClass)8, false),
        })
        {
            record[ObjectRecordCodec.StorageClassAt] = (byte)claimed;
            RecordSeal.Write(record);
            Assert.Equal(isRead, ObjectRecordCodec.TryDecode(record, out _));
            upload[1] = (byte)claimed;
            RecordSeal.Write(upload);
            Assert.Equal(isRead, UploadRecordCodec.TryDecode(upload, bucket, default, default, out _));
        }
    }

    [Fact]
    public void The_last_millisecond_of_9999_is_a_date()
    {
        byte[] part = new byte[PartRecordCodec.EncodedLength(default, [])];
        PartRecordCodec.Encode(1, 253_402_300_799_999, default, default, [], part);
        Assert.True(PartRecordCodec.TryDecode(part, 1, out _));
    }

    [Fact]
    public void An_upload_id_has_32_digits_and_no_NUL()
    {
        Assert.True(UploadId.TryParse("d41d8cd98f00b204e9800998ecf8427e"u8, out _));
        Assert.False(UploadId.TryParse("d41d8cd98f00b204e9800998ecf8427\0"u8, out _));
        Assert.False(UploadId.TryParse("d41d8cd98f00b204e9800998ecf84\0\0\0"u8, out _));
    }
}
