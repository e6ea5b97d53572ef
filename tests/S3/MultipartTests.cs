using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

public abstract class MultipartTests : StoreTests
{
    private const int MinPartBytes = 5 << 20;

    private static readonly byte[] Large = RandomNumberGenerator.GetBytes(MinPartBytes);
    private static readonly byte[] Small = RandomNumberGenerator.GetBytes(1234);

    private protected MultipartTests(StoreKind kind)
        : base(kind)
    {
    }

    [Fact]
    public async Task Parts_become_an_object_whose_tag_is_that_of_their_tags()
    {
        string id = await CreateAsync("dir/key one");
        string first = await Server.PutPartAsync("dir/key one", id, 1, Large);
        string second = await Server.PutPartAsync("dir/key one", id, 7, Small);
        XmlAnswer answer = XmlAnswer.Of(await CompleteAsync("dir/key%20one", id, [(1, first), (7, second)]));
        Assert.Equal("CompleteMultipartUploadResult", answer.RootName);
        Assert.Equal(["Location", "Bucket", "Key", "ETag"], answer.Names);
        Assert.Equal("http://s3.test/bucket/dir/key%20one", answer["Location"]);
        Assert.Equal("bucket", answer["Bucket"]);
        Assert.Equal("dir/key one", answer["Key"]);
        Assert.Equal(TagOf([first, second]), answer["ETag"]);
        ObjectRecord record = Record("dir/key one");
        Assert.Equal(MinPartBytes + 1234, record.SizeBytes);
        Assert.Equal(2, record.PartCount);
        Assert.Equal("NoSuchUpload", (await Server.SendAsync("GET", $"/bucket/dir/key%20one?uploadId={id}")).ErrorCode);
    }

    [Fact]
    public async Task The_fields_of_the_upload_become_those_of_the_object()
    {
        string id = await CreateAsync("key", "Content-Type: text/x-test", "x-amz-meta-Colour: blue");
        string tag = await Server.PutPartAsync("key", id, 1, Small);
        XmlAnswer.Of(await CompleteAsync("key", id, [(1, tag)]));
        StoredFields fields = Record("key").Fields;
        Assert.True(fields.TryGet(StoredFieldId.ContentType, out ReadOnlySpan<byte> type));
        Assert.Equal("text/x-test", Encoding.UTF8.GetString(type));
        var metadata = new List<string>();
        foreach (StoredField field in fields)
        {
            if (field.Id == StoredFieldId.UserMetadata)
                metadata.Add($"{Encoding.UTF8.GetString(field.Name)}={Encoding.UTF8.GetString(field.Value)}");
        }

        Assert.Equal(["colour=blue"], metadata);
    }

    [Fact]
    public async Task A_repeated_completion_has_the_same_success()
    {
        string id = await CreateAsync("key");
        string tag = await Server.PutPartAsync("key", id, 1, Small);
        TestResponse first = await CompleteAsync("key", id, [(1, tag)], "If-None-Match: *");
        TestResponse second = await CompleteAsync("key", id, [(1, tag)], "If-None-Match: *");
        Assert.Equal(200, second.Status);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal("NoSuchUpload", (await CompleteAsync("key", id, [(2, tag), (3, tag)])).ErrorCode);

        await Server.PutAsync("key");
        Assert.Equal("NoSuchUpload", (await CompleteAsync("key", id, [(1, tag)])).ErrorCode);
    }

    [Theory]
    [InlineData(ChecksumKind.Crc32, "CRC32")]
    [InlineData(ChecksumKind.Crc32C, "CRC32C")]
    [InlineData(ChecksumKind.Crc64Nvme, "CRC64NVME")]
    public async Task A_full_object_checksum_is_that_of_the_joined_bytes(ChecksumKind kind, string algorithm)
    {
        string id = await CreateAsync("key", "x-amz-checksum-algorithm: " + algorithm, "x-amz-checksum-type: FULL_OBJECT");
        string first = await Server.PutPartAsync("key", id, 1, Large, kind);
        string second = await Server.PutPartAsync("key", id, 2, Small, kind);
        string whole = Convert.ToBase64String(StoreContents.Digest(kind, [.. Large, .. Small]));
        string header = $"x-amz-checksum-{algorithm.ToLowerInvariant()}: ";
        (int, string)[] parts = [(1, first), (2, second)];
        string wrong = Convert.ToBase64String(StoreContents.Digest(kind, Small));
        Assert.Equal("BadDigest", (await CompleteAsync("key", id, parts, header + wrong)).ErrorCode);
        XmlAnswer answer = XmlAnswer.Of(await CompleteAsync("key", id, parts, header + whole, "x-amz-checksum-type: FULL_OBJECT"));
        Assert.Equal(whole, answer["Checksum" + algorithm]);
        Assert.Equal("FULL_OBJECT", answer["ChecksumType"]);
        Assert.Equal(ChecksumType.FullObject, Record("key").Checksum.Type);
    }

    [Theory]
    [InlineData(ChecksumKind.Crc32, "CRC32")]
    [InlineData(ChecksumKind.Crc32C, "CRC32C")]
    [InlineData(ChecksumKind.Sha1, "SHA1")]
    [InlineData(ChecksumKind.Sha256, "SHA256")]
    public async Task A_composite_checksum_is_that_of_the_parts_checksums(ChecksumKind kind, string algorithm)
    {
        string id = await CreateAsync("key", "x-amz-checksum-algorithm: " + algorithm);
        byte[][] bodies = [Large, Small];
        byte[][] digests = [.. bodies.Select(body => StoreContents.Digest(kind, body))];
        string parts = "";
        for (int i = 0; i < bodies.Length; i++)
        {
            string tag = await Server.PutPartAsync("key", id, i + 1, bodies[i], kind);
            string checksum = $"<Checksum{algorithm}>{Convert.ToBase64String(digests[i])}</Checksum{algorithm}>";
            parts += $"<Part><ETag>{tag}</ETag>{checksum}<PartNumber>{i + 1}</PartNumber></Part>";
        }

        string expected = Convert.ToBase64String(StoreContents.Digest(kind, [.. digests[0], .. digests[1]])) + "-2";
        TestResponse response = await Server.SendAsync("POST", $"/bucket/key?uploadId={id}",
            $"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>",
            $"x-amz-checksum-{algorithm.ToLowerInvariant()}: {expected}");
        XmlAnswer answer = XmlAnswer.Of(response);
        Assert.Equal(expected, answer["Checksum" + algorithm]);
        Assert.Equal("COMPOSITE", answer["ChecksumType"]);
    }

    [Fact]
    public async Task A_wrong_checksum_of_a_part_is_an_invalid_part()
    {
        string id = await CreateAsync("key", "x-amz-checksum-algorithm: CRC32");
        string tag = await Server.PutPartAsync("key", id, 1, Small, ChecksumKind.Crc32);
        string[] elements =
            ["<ChecksumCRC32>AAAAAA==</ChecksumCRC32>", "<ChecksumCRC32>?</ChecksumCRC32>", "<ChecksumSHA1>AAAAAA==</ChecksumSHA1>"];
        foreach (string element in elements)
        {
            string part = $"<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag>{element}</Part>";
            string document = $"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>";
            Assert.Equal("InvalidPart", (await Server.SendAsync("POST", $"/bucket/key?uploadId={id}", document)).ErrorCode);
        }

        TestResponse missing = await CompleteAsync("key", id, [(1, tag)]);
        Assert.Equal("InvalidRequest", missing.ErrorCode);
        Assert.Contains("missing for part 1", missing.Text);
    }

    [Fact]
    public async Task A_checksum_announced_at_the_end_is_proved_or_refused()
    {
        string id = await CreateAsync("key");
        string first = await Server.PutPartAsync("key", id, 1, Large, ChecksumKind.Crc32);
        string second = await Server.PutPartAsync("key", id, 2, Small);
        string whole = "x-amz-checksum-crc32: " + Convert.ToBase64String(StoreContents.Digest(ChecksumKind.Crc32, [.. Large, .. Small]));
        Assert.Equal("InvalidPart", (await CompleteAsync("key", id, [(1, first), (2, second)], whole)).ErrorCode);
        second = await Server.PutPartAsync("key", id, 2, Small, ChecksumKind.Crc32);
        Assert.Equal("FULL_OBJECT", XmlAnswer.Of(await CompleteAsync("key", id, [(1, first), (2, second)], whole))["ChecksumType"]);
    }

    [Theory]
    [InlineData("x-amz-checksum-algorithm: CRC16")]
    [InlineData("x-amz-checksum-algorithm: MD5")]
    [InlineData("x-amz-checksum-algorithm: XXHASH64")]
    [InlineData("x-amz-checksum-type: COMPOSITE")]
    [InlineData("x-amz-checksum-algorithm: SHA256|x-amz-checksum-type: FULL_OBJECT")]
    [InlineData("x-amz-checksum-algorithm: CRC64NVME|x-amz-checksum-type: COMPOSITE")]
    [InlineData("x-amz-checksum-algorithm: CRC32|x-amz-checksum-type: HALF")]
    public async Task A_checksum_that_cannot_be_is_refused_at_creation(string headers)
    {
        TestResponse response = await Server.SendAsync("POST", "/bucket/key?uploads", (byte[]?)null, headers.Split('|'));
        Assert.Equal("InvalidRequest", response.ErrorCode);
        Assert.Empty(XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?uploads")).All("Upload"));
    }

    [Theory]
    [InlineData("x-amz-acl: public-read", "AccessControlListNotSupported")]
    [InlineData("x-amz-server-side-encryption: AES256", "NotImplemented")]
    [InlineData("x-amz-storage-class: COLDEST", "InvalidStorageClass")]
    public async Task What_the_object_would_not_get_is_refused_at_creation(string header, string code)
        => Assert.Equal(code, (await Server.SendAsync("POST", "/bucket/key?uploads", (byte[]?)null, header)).ErrorCode);

    [Fact]
    public async Task The_checksum_asked_for_is_answered_at_creation()
    {
        TestResponse response = await Server.SendAsync("POST", "/bucket/key?uploads", (byte[]?)null, "x-amz-checksum-algorithm: crc32c");
        Assert.Equal("CRC32C", response["x-amz-checksum-algorithm"]);
        Assert.Equal("COMPOSITE", response["x-amz-checksum-type"]);
        XmlAnswer answer = XmlAnswer.Of(response);
        Assert.Equal(["Bucket", "Key", "UploadId"], answer.Names);
        Assert.Null((await Server.SendAsync("POST", "/bucket/key?uploads"))["x-amz-checksum-algorithm"]);
    }

    [Theory]
    [InlineData("0", "InvalidArgument")]
    [InlineData("-1", "InvalidArgument")]
    [InlineData("10001", "InvalidArgument")]
    [InlineData("one", "MalformedXML")]
    [InlineData("", "MalformedXML")]
    [InlineData("2", "InvalidPart")]
    public async Task A_number_that_is_no_part_is_refused(string number, string code)
    {
        string id = await CreateAsync("key");
        string tag = await Server.PutPartAsync("key", id, 1, Small);
        string part = $"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>";
        string document = $"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>";
        TestResponse response = await Server.SendAsync("POST", $"/bucket/key?uploadId={id}", document);
        Assert.Equal(400, response.Status);
        Assert.Equal(code, response.ErrorCode);
        Assert.False(Server.Has("key"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("not a tag at all, and longer than any tag could ever be")]
    public async Task A_tag_of_other_bytes_is_an_invalid_part(string tag)
    {
        string id = await CreateAsync("key");
        await Server.PutPartAsync("key", id, 1, Small);
        TestResponse response = await CompleteAsync("key", id, [(1, tag)]);
        Assert.Equal("InvalidPart", response.ErrorCode);
        Assert.Equal("1", response.Element("PartNumber"));
    }

    [Fact]
    public async Task Parts_are_listed_in_ascending_order_each_once()
    {
        string id = await CreateAsync("key");
        string first = await Server.PutPartAsync("key", id, 1, Large);
        string second = await Server.PutPartAsync("key", id, 2, Large);
        Assert.Equal("InvalidPartOrder", (await CompleteAsync("key", id, [(2, second), (1, first)])).ErrorCode);
        Assert.Equal("InvalidPartOrder", (await CompleteAsync("key", id, [(1, first), (1, first)])).ErrorCode);
        Assert.Equal("MalformedXML", (await CompleteAsync("key", id, [])).ErrorCode);
        Assert.Equal("MissingRequestBodyError", (await Server.SendAsync("POST", $"/bucket/key?uploadId={id}")).ErrorCode);
        IEnumerable<(int, string)> tooMany = Enumerable.Range(1, 10_001).Select(number => (number, first));
        Assert.Equal("MalformedXML", (await CompleteAsync("key", id, tooMany)).ErrorCode);
        Assert.False(Server.Has("key"));
    }

    [Fact]
    public async Task Every_part_but_the_last_has_five_mebibytes()
    {
        string id = await CreateAsync("key");
        string first = await Server.PutPartAsync("key", id, 3, Small);
        string second = await Server.PutPartAsync("key", id, 4, Small);
        TestResponse response = await CompleteAsync("key", id, [(3, first), (4, second)]);
        Assert.Equal("EntityTooSmall", response.ErrorCode);
        Assert.Equal("1234", response.Element("ProposedSize"));
        Assert.Equal("5242880", response.Element("MinSizeAllowed"));
        Assert.Equal("3", response.Element("PartNumber"));
        Assert.Equal(first, response.Element("ETag"));
        Assert.Equal(200, (await CompleteAsync("key", id, [(4, second)])).Status);
    }

    [Fact]
    public async Task The_announced_size_is_verified()
    {
        string id = await CreateAsync("key");
        string tag = await Server.PutPartAsync("key", id, 1, Small);
        Assert.Equal("InvalidRequest", (await CompleteAsync("key", id, [(1, tag)], "x-amz-mp-object-size: 1233")).ErrorCode);
        Assert.Equal("InvalidRequest", (await CompleteAsync("key", id, [(1, tag)], "x-amz-mp-object-size: many")).ErrorCode);
        Assert.Equal(200, (await CompleteAsync("key", id, [(1, tag)], "x-amz-mp-object-size: 1234")).Status);
    }

    [Fact]
    public async Task What_a_presigned_completion_announces_is_verified()
    {
        string id = await CreateAsync("key", "x-amz-checksum-algorithm: CRC32", "x-amz-checksum-type: FULL_OBJECT");
        string tag = await Server.PutPartAsync("key", id, 1, Small, ChecksumKind.Crc32);
        string whole = Uri.EscapeDataString(Convert.ToBase64String(StoreContents.Digest(ChecksumKind.Crc32, Small)));
        string wrong = Uri.EscapeDataString(Convert.ToBase64String(StoreContents.Digest(ChecksumKind.Crc32, [1])));
        Assert.Equal("BadDigest", await Complete("x-amz-checksum-crc32=" + wrong));
        Assert.Equal("InvalidRequest", await Complete("x-amz-checksum-type=COMPOSITE"));
        Assert.Equal("InvalidRequest", await Complete("x-amz-checksum-xxhash64=AAAAAAAAAAA%3D"));
        Assert.Equal("InvalidRequest", await Complete("x-amz-mp-object-size=1233"));
        Assert.Equal("InvalidRequest", (await CompleteAsync("key", id, [(1, tag)], "x-amz-checksum-sha512: AAAA")).ErrorCode);
        Assert.False(Server.Has("key"));
        Assert.Null(await Complete($"x-amz-checksum-crc32={whole}&x-amz-checksum-type=FULL_OBJECT&x-amz-mp-object-size=1234"));

        async Task<string?> Complete(string parameters) => (await Server.SendPresignedAsync(
            "POST", $"/bucket/key?uploadId={id}&{parameters}", Encoding.UTF8.GetBytes(Document([(1, tag)])))).ErrorCode;
    }

    [Fact]
    public async Task Conditions_are_decided_at_commit()
    {
        string id = await CreateAsync("key");
        string tag = await Server.PutPartAsync("key", id, 1, Small);
        Assert.Equal("NoSuchKey", (await CompleteAsync("key", id, [(1, tag)], "If-Match: \"" + tag + "\"")).ErrorCode);
        await Server.PutAsync("key");
        Assert.Equal("PreconditionFailed", (await CompleteAsync("key", id, [(1, tag)], "If-None-Match: *")).ErrorCode);
        string current = Convert.ToHexStringLower(MD5.HashData("body of key"u8));
        Assert.Equal(200, (await CompleteAsync("key", id, [(1, tag)], "If-Match: " + current)).Status);
    }

    [Fact]
    public async Task The_upload_belongs_to_its_key_and_bucket()
    {
        string id = await CreateAsync("key");
        string tag = await Server.PutPartAsync("key", id, 1, Small);
        await Server.SendAsync("PUT", "/other");
        string[] targets = [$"/bucket/kez?uploadId={id}", $"/other/key?uploadId={id}", "/bucket/key?uploadId=x", "/bucket/key?uploadId="];
        foreach (string target in targets)
        {
            Assert.Equal("NoSuchUpload", (await Server.SendAsync("GET", target)).ErrorCode);
            Assert.Equal("NoSuchUpload", (await Server.SendAsync("DELETE", target)).ErrorCode);
            Assert.Equal("NoSuchUpload", (await Server.SendAsync("POST", target, Document([(1, tag)]))).ErrorCode);
        }

        Assert.Equal(204, (await Server.SendAsync("DELETE", $"/bucket/key?uploadId={id}")).Status);
        TestResponse again = await Server.SendAsync("DELETE", $"/bucket/key?uploadId={id}");
        Assert.Equal(404, again.Status);
        Assert.Equal("NoSuchUpload", again.ErrorCode);
        Assert.Equal("NoSuchUpload", (await CompleteAsync("key", id, [(1, tag)])).ErrorCode);
    }

    [Fact]
    public async Task An_upload_without_parts_has_an_empty_list()
    {
        string id = await CreateAsync("dir/key");
        XmlAnswer list = XmlAnswer.Of(await Server.SendAsync("GET", $"/bucket/dir/key?uploadId={id}"));
        Assert.Equal("ListPartsResult", list.RootName);
        Assert.Equal(
            ["Bucket", "Key", "UploadId", "Initiator", "Owner", "StorageClass", "PartNumberMarker",
                "NextPartNumberMarker", "MaxParts", "IsTruncated"],
            list.Names);
        Assert.Equal("dir/key", list["Key"]);
        Assert.Equal(id, list["UploadId"]);
        Assert.Equal("1000", list["MaxParts"]);
        Assert.Equal("false", list["IsTruncated"]);
        Assert.NotEmpty(list["Initiator", "DisplayName"]!);
        Assert.Equal(list["Owner", "ID"], list["Initiator", "ID"]);
    }

    [Fact]
    public async Task Parts_are_listed_in_pages()
    {
        string id = await CreateAsync("key", "x-amz-checksum-algorithm: SHA256");
        foreach (int number in new[] { 10_000, 2, 5 })
            await Server.PutPartAsync("key", id, number, [(byte)number], ChecksumKind.Sha256);
        XmlAnswer first = XmlAnswer.Of(await Server.SendAsync("GET", $"/bucket/key?uploadId={id}&max-parts=2"));
        Assert.Equal(["2", "5"], first.All("Part", "PartNumber"));
        Assert.Equal(["PartNumber", "LastModified", "ETag", "Size", "ChecksumSHA256"], first.NamesIn("Part"));
        Assert.Equal(Convert.ToBase64String(SHA256.HashData([2])), first["Part", "ChecksumSHA256"]);
        Assert.Equal("SHA256", first["ChecksumAlgorithm"]);
        Assert.Equal("COMPOSITE", first["ChecksumType"]);
        Assert.Equal("true", first["IsTruncated"]);
        Assert.Equal("5", first["NextPartNumberMarker"]);
        XmlAnswer second = XmlAnswer.Of(await Server.SendAsync("GET", $"/bucket/key?uploadId={id}&max-parts=2&part-number-marker=5"));
        Assert.Equal(["10000"], second.All("Part", "PartNumber"));
        Assert.Equal("5", second["PartNumberMarker"]);
        Assert.Equal("false", second["IsTruncated"]);
        Assert.Equal("InvalidArgument", (await Server.SendAsync("GET", $"/bucket/key?uploadId={id}&max-parts=-1")).ErrorCode);
        Assert.Equal("InvalidArgument", (await Server.SendAsync("GET", $"/bucket/key?uploadId={id}&part-number-marker=x")).ErrorCode);
    }

    [Fact]
    public async Task Uploads_are_listed_in_pages_by_key_and_age()
    {
        string[] first = [await CreateAsync("b"), await CreateAsync("a")];
        // Ids of one millisecond stand in any order.
        await Task.Delay(2);
        string[] ids = [.. first, await CreateAsync("b", "x-amz-checksum-algorithm: CRC64NVME"), await CreateAsync("c/1")];
        XmlAnswer whole = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?uploads"));
        Assert.Equal("ListMultipartUploadsResult", whole.RootName);
        Assert.Equal(
            ["Bucket", "KeyMarker", "UploadIdMarker", "Prefix", "MaxUploads",
                "Upload", "IsTruncated", "NextKeyMarker", "NextUploadIdMarker"],
            whole.Names);
        Assert.Equal(["Key", "UploadId", "Initiator", "Owner", "StorageClass", "Initiated"], whole.NamesIn("Upload"));
        Assert.Equal([ids[1], ids[0], ids[2], ids[3]], whole.All("Upload", "UploadId"));
        Assert.Equal(["FULL_OBJECT"], whole.All("Upload", "ChecksumType"));
        Assert.Equal("1000", whole["MaxUploads"]);

        var seen = new List<string>();
        string after = "";
        do
        {
            XmlAnswer page = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?uploads&max-uploads=1" + after));
            seen.AddRange(page.All("Upload", "UploadId"));
            after = page["IsTruncated"] == "true"
                ? $"&key-marker={page["NextKeyMarker"]}&upload-id-marker={page["NextUploadIdMarker"]}"
                : "";
        }
        while (after.Length > 0);
        Assert.Equal(whole.All("Upload", "UploadId"), seen);

        XmlAnswer keyOnly = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?uploads&key-marker=b"));
        Assert.Equal([ids[3]], keyOnly.All("Upload", "UploadId"));
        XmlAnswer grouped = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?uploads&delimiter=/&encoding-type=url&prefix=c"));
        Assert.Equal(["c/"], grouped.All("CommonPrefixes", "Prefix"));
        Assert.Empty(grouped.All("Upload"));
        Assert.Equal("InvalidArgument", (await Server.SendAsync("GET", "/bucket?uploads&key-marker=b&upload-id-marker=x")).ErrorCode);
        Assert.Equal(200, (await Server.SendAsync("GET", "/bucket?uploads&upload-id-marker=x")).Status);
    }

    private static string TagOf(string[] tags)
        => $"\"{Convert.ToHexStringLower(MD5.HashData([.. tags.SelectMany(Convert.FromHexString)]))}-{tags.Length}\"";

    private static string Document(IEnumerable<(int Number, string Tag)> parts)
    {
        IEnumerable<string> elements = parts.Select(part =>
            $"<Part><PartNumber>{part.Number}</PartNumber><ETag>\"{part.Tag}\"</ETag></Part>");
        return "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            + string.Concat(elements) + "</CompleteMultipartUpload>";
    }

    private ObjectRecord Record(string key)
    {
        Bucket bucket = Server.Store.FindBucket("bucket"u8)!;
        Assert.Equal(StoreStatus.Ok, Server.Store.TryGetObject(bucket, Encoding.UTF8.GetBytes(key), out ObjectRecord? record));
        return record!;
    }

    private async Task<string> CreateAsync(string key, params string[] headers)
    {
        string path = Uri.EscapeDataString(key).Replace("%2F", "/");
        TestResponse response = await Server.SendAsync("POST", $"/bucket/{path}?uploads", (byte[]?)null, headers);
        return XmlAnswer.Of(response)["UploadId"]!;
    }

    private Task<TestResponse> CompleteAsync(
        string encodedKey, string id, IEnumerable<(int Number, string Tag)> parts, params string[] headers)
        => Server.SendAsync("POST", $"/bucket/{encodedKey}?uploadId={id}", Document(parts), headers);
}
