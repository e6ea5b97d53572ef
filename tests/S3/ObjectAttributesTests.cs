using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>GetObjectAttributes, and the storage class wherever it shows.</summary>
public abstract class ObjectAttributesTests : StoreTests
{
    private const string All = "x-amz-object-attributes: ETag,Checksum,ObjectParts,StorageClass,ObjectSize";

    private protected ObjectAttributesTests(StoreKind kind)
        : base(kind)
    {
    }

    [Fact]
    public async Task A_simple_object_has_no_parts()
    {
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", "body", "x-amz-checksum-algorithm: CRC32");
        TestResponse response = await Server.SendAsync("GET", "/bucket/key?attributes", (byte[]?)null, All);
        XmlAnswer attributes = XmlAnswer.Of(response);
        Assert.Equal("GetObjectAttributesResponse", attributes.RootName);
        Assert.Equal(["ETag", "Checksum", "StorageClass", "ObjectSize"], attributes.Names);
        Assert.Equal(put["ETag"]!.Trim('"'), attributes["ETag"]);
        Assert.Equal(put["x-amz-checksum-crc32"], attributes["Checksum", "ChecksumCRC32"]);
        Assert.Equal("FULL_OBJECT", attributes["Checksum", "ChecksumType"]);
        Assert.Equal(("STANDARD", "4"), (attributes["StorageClass"], attributes["ObjectSize"]));
        Assert.Equal((await Server.SendAsync("HEAD", "/bucket/key"))["Last-Modified"], response["Last-Modified"]);
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_answered()
    {
        await Server.PutAsync("key");
        // Without a checksum there is none to tell of.
        Assert.Empty(XmlAnswer.Of(await AttributesAsync("key", "x-amz-object-attributes: Checksum")).Names);
        TestResponse two = await AttributesAsync("key", "x-amz-object-attributes: ObjectSize", "x-amz-object-attributes: ETag , ");
        Assert.Equal(["ETag", "ObjectSize"], XmlAnswer.Of(two).Names);
        Assert.Equal("InvalidRequest", (await AttributesAsync("key")).ErrorCode);
        Assert.Equal("InvalidRequest", (await AttributesAsync("key", "x-amz-object-attributes:")).ErrorCode);
        Assert.Equal("InvalidArgument", (await AttributesAsync("key", "x-amz-object-attributes: ETag,Owner")).ErrorCode);
        Assert.Equal("InvalidArgument", (await AttributesAsync("key", All, "x-amz-max-parts: -1")).ErrorCode);
        Assert.Equal("InvalidArgument", (await AttributesAsync("key", All, "x-amz-part-number-marker: x")).ErrorCode);
        Assert.Equal("NoSuchKey", (await AttributesAsync("missing", All)).ErrorCode);
    }

    [Fact]
    public async Task Parts_with_checksums_come_in_pages()
    {
        byte[][] bodies = [new byte[5 << 20], new byte[5 << 20], [1, 2, 3]];
        string id = XmlAnswer.Of(await Server.SendAsync("POST", "/bucket/key?uploads", (byte[]?)null,
            "x-amz-checksum-algorithm: SHA256", "x-amz-storage-class: STANDARD_IA"))["UploadId"]!;
        int[] numbers = [2, 5, 9];
        string parts = "";
        for (int i = 0; i < bodies.Length; i++)
        {
            string tag = await Server.PutPartAsync("key", id, numbers[i], bodies[i], ChecksumKind.Sha256);
            string sum = Convert.ToBase64String(StoreContents.Digest(ChecksumKind.Sha256, bodies[i]));
            parts += $"<Part><PartNumber>{numbers[i]}</PartNumber><ETag>{tag}</ETag><ChecksumSHA256>{sum}</ChecksumSHA256></Part>";
        }

        XmlAnswer listed = XmlAnswer.Of(await Server.SendAsync("GET", $"/bucket/key?uploadId={id}"));
        Assert.Equal("STANDARD_IA", listed["StorageClass"]);
        Assert.Equal("STANDARD_IA", XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?uploads"))["Upload", "StorageClass"]);
        TestResponse done = await Server.SendAsync("POST", $"/bucket/key?uploadId={id}",
            $"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        Assert.EndsWith("-3", XmlAnswer.Of(done)["ChecksumSHA256"]);

        XmlAnswer whole = XmlAnswer.Of(await AttributesAsync("key", All));
        Assert.Equal(XmlAnswer.Of(done)["ChecksumSHA256"], whole["Checksum", "ChecksumSHA256"] + "-3");
        Assert.Equal("COMPOSITE", whole["Checksum", "ChecksumType"]);
        Assert.Equal(
            ["PartsCount", "PartNumberMarker", "NextPartNumberMarker", "MaxParts", "IsTruncated", "Part", "Part", "Part"],
            whole.NamesIn("ObjectParts"));
        Assert.Equal(("3", "STANDARD_IA"), (whole["ObjectParts", "PartsCount"], whole["StorageClass"]));
        Assert.Equal(["2", "5", "9"], whole.All("ObjectParts", "Part", "PartNumber"));
        Assert.Equal(["5242880", "5242880", "3"], whole.All("ObjectParts", "Part", "Size"));
        Assert.Equal(Convert.ToBase64String(StoreContents.Digest(ChecksumKind.Sha256, bodies[2])),
            whole.All("ObjectParts", "Part", "ChecksumSHA256")[2]);

        XmlAnswer first = XmlAnswer.Of(await AttributesAsync("key", All, "x-amz-max-parts: 2"));
        Assert.Equal(["2", "5"], first.All("ObjectParts", "Part", "PartNumber"));
        Assert.Equal(("true", "5", "2"),
            (first["ObjectParts", "IsTruncated"], first["ObjectParts", "NextPartNumberMarker"], first["ObjectParts", "MaxParts"]));
        XmlAnswer second = XmlAnswer.Of(await AttributesAsync("key", All, "x-amz-max-parts: 2", "x-amz-part-number-marker: 5"));
        Assert.Equal(["9"], second.All("ObjectParts", "Part", "PartNumber"));
        Assert.Equal(("false", "5"), (second["ObjectParts", "IsTruncated"], second["ObjectParts", "PartNumberMarker"]));
    }

    [Fact]
    public async Task Parts_without_checksums_are_counted_only()
    {
        string id = XmlAnswer.Of(await Server.SendAsync("POST", "/bucket/key?uploads"))["UploadId"]!;
        string tag = await Server.PutPartAsync("key", id, 1, [1]);
        await Server.SendAsync("POST", $"/bucket/key?uploadId={id}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>");
        Assert.Equal(["PartsCount"], XmlAnswer.Of(await AttributesAsync("key", All)).NamesIn("ObjectParts"));
    }

    [Theory]
    [InlineData("STANDARD", null)]
    [InlineData("GLACIER_IR", "GLACIER_IR")]
    [InlineData("REDUCED_REDUNDANCY", "REDUCED_REDUNDANCY")]
    public async Task The_storage_class_shows_in_listings_and_heads(string asked, string? headed)
    {
        string[] headers = ["x-amz-storage-class: " + asked, "x-amz-meta-a: 1", "Content-Type: text/plain"];
        await Server.SendAsync("PUT", "/bucket/key", "body", headers);
        Assert.Equal(headed, (await Server.SendAsync("HEAD", "/bucket/key"))["x-amz-storage-class"]);
        foreach (string listing in new[] { "/bucket", "/bucket?list-type=2" })
            Assert.Equal(asked, XmlAnswer.Of(await Server.SendAsync("GET", listing))["Contents", "StorageClass"]);
        // Other tags are no other class; a copy has the class that it asks for.
        await Server.SendAsync("PUT", "/bucket/key?tagging", "<Tagging><TagSet/></Tagging>");
        Assert.Equal(asked, XmlAnswer.Of(await Server.SendAsync("GET", "/bucket"))["Contents", "StorageClass"]);
        await Server.SendAsync("PUT", "/bucket/key", (byte[]?)null, "x-amz-copy-source: bucket/key", "x-amz-storage-class: ONEZONE_IA");
        Assert.Equal("ONEZONE_IA", XmlAnswer.Of(await Server.SendAsync("GET", "/bucket"))["Contents", "StorageClass"]);
    }

    private Task<TestResponse> AttributesAsync(string key, params string[] headers) =>
        Server.SendAsync("GET", $"/bucket/{key}?attributes", (byte[]?)null, headers);
}
