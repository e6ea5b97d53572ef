using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Encryption with the server's keys: SSE-S3, SSE-KMS and the default of a bucket.</summary>
public abstract class EncryptionTests : StoreTests
{
    private const string S3 = "x-amz-server-side-encryption: AES256";
    private const string Kms = "x-amz-server-side-encryption: aws:kms";
    private const string FinanceArn = "arn:aws:kms:us-east-1:000000000000:key/finance";

    private protected EncryptionTests(StoreKind kind)
        : base(kind, TestKeys.Ring)
    {
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16_384)]
    [InlineData(65_487)]
    [InlineData(65_488)]
    [InlineData(65_489)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_072)]
    [InlineData(3_000_001)]
    public async Task WhatIsPutIsReadWholeAndInRanges(int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        string sum = AwsChunkedBody.Checksum(ChecksumKind.Crc32C, payload);
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", payload, S3, "x-amz-checksum-crc32c: " + sum, "x-amz-meta-a: 1");
        Assert.Equal((200, "AES256"), (put.Status, put["x-amz-server-side-encryption"]));
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(payload))}\"", put["ETag"]);
        Assert.Equal(sum, put["x-amz-checksum-crc32c"]);

        for (int round = 0; round < 3; round++)
        {
            TestResponse get = await Server.SendAsync("GET", "/bucket/key", null, "x-amz-checksum-mode: ENABLED");
            Assert.Equal((200, "AES256"), (get.Status, get["x-amz-server-side-encryption"]));
            Assert.Equal(payload, get.Body);
            Assert.Equal((put["ETag"], sum, "1"), (get["ETag"], get["x-amz-checksum-crc32c"], get["x-amz-meta-a"]));
        }

        TestResponse head = await Server.SendAsync("HEAD", "/bucket/key");
        Assert.Equal((200, size.ToString(), "AES256"), (head.Status, head["Content-Length"], head["x-amz-server-side-encryption"]));
        TestResponse list = await Server.SendAsync("GET", "/bucket?list-type=2");
        Assert.Equal(size.ToString(), list.Element("Size"));
        await RangesAreRight("/bucket/key", payload);
    }

    [Fact]
    public async Task WhatIsStoredIsNotWhatWasPut()
    {
        byte[] payload = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("not for everyone's eyes ", 4000)));
        await Server.SendAsync("PUT", "/bucket/key", payload, S3);
        ObjectRecord record = RecordOf("key");
        Assert.True(record.IsEncrypted);
        byte[] stored = await StoredBytes(record, payload.Length);
        Assert.Equal(-1, stored.AsSpan().IndexOf("everyone"u8));
        Assert.Equal(payload.Length, record.SizeBytes);
    }

    [Fact]
    public async Task ConditionsAreThoseOfTheObjectInTheClear()
    {
        byte[] payload = AwsChunkedBody.Payload(70_000);
        string tag = (await Server.SendAsync("PUT", "/bucket/key", payload, S3))["ETag"]!;
        Assert.Equal(304, (await Server.SendAsync("GET", "/bucket/key", null, "If-None-Match: " + tag)).Status);
        Assert.Equal(412, (await Server.SendAsync("GET", "/bucket/key", null, "If-Match: \"00000000000000000000000000000000\"")).Status);
        TestResponse get = await Server.SendAsync("GET", "/bucket/key", null, "If-Range: " + tag, "Range: bytes=65530-65539");
        Assert.Equal(payload[65_530..65_540], get.Body);
        Assert.Equal(412, (await Server.SendAsync("PUT", "/bucket/key", payload, S3, "If-None-Match: *")).Status);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/key", payload, S3, "If-Match: " + tag)).Status);
        get = await Server.SendAsync("GET", "/bucket/key", null, "Range: bytes=70000-");
        Assert.Equal((416, "bytes */70000"), (get.Status, get["Content-Range"]));
    }

    /// <summary>Two objects of the same bytes have nothing in common that is stored.</summary>
    [Fact]
    public async Task EveryObjectHasAKeyOfItsOwn()
    {
        byte[] payload = new byte[100_000];
        await Server.SendAsync("PUT", "/bucket/a", payload, S3);
        await Server.SendAsync("PUT", "/bucket/b", payload, S3);
        byte[] a = await StoredBytes(RecordOf("a"), 100_000), b = await StoredBytes(RecordOf("b"), 100_000);
        Assert.InRange(a.Zip(b).Count(pair => pair.First == pair.Second), 0, 1000);
    }

    [Theory]
    [InlineData("finance")]
    [InlineData("alias/finance")]
    [InlineData("arn:aws:kms:eu-west-1:123456789012:key/finance")]
    [InlineData("arn:aws:kms:eu-west-1:123456789012:alias/finance")]
    public async Task KmsKeysAreNamedAsOnAws(string keyId)
    {
        byte[] payload = AwsChunkedBody.Payload(70_000);
        string context = Convert.ToBase64String("{\"project\": \"x\"}"u8);
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", payload, Kms,
            "x-amz-server-side-encryption-aws-kms-key-id: " + keyId, "x-amz-server-side-encryption-context: " + context,
            "x-amz-server-side-encryption-bucket-key-enabled: true");
        Assert.Equal((200, "aws:kms", FinanceArn), Shown(put));
        Assert.Equal((context, "true"),
            (put["x-amz-server-side-encryption-context"], put["x-amz-server-side-encryption-bucket-key-enabled"]));
        Assert.NotEqual($"\"{Convert.ToHexStringLower(MD5.HashData(payload))}\"", put["ETag"]);
        TestResponse get = await Server.SendAsync("GET", "/bucket/key");
        Assert.Equal((200, "aws:kms", FinanceArn), Shown(get));
        Assert.Null(get["x-amz-server-side-encryption-context"]);
        Assert.Equal(payload, get.Body);
        Assert.Equal(put["ETag"], get["ETag"]);
        await RangesAreRight("/bucket/key", payload);
    }

    [Theory]
    [InlineData()]
    [InlineData("x-amz-server-side-encryption-aws-kms-key-id: alias/aws/s3")]
    [InlineData("x-amz-server-side-encryption-aws-kms-key-id: arn:aws:kms:us-east-1:123456789012:alias/aws/s3")]
    public async Task TheFirstKeyStandsForTheOneThatAwsManages(params string[] headers)
    {
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", "body", [Kms, .. headers]);
        Assert.Equal((200, "aws:kms", "arn:aws:kms:us-east-1:000000000000:key/first"), Shown(put));
    }

    [Theory]
    [InlineData("InvalidArgument", "x-amz-server-side-encryption: DES")]
    [InlineData("NotImplemented", "x-amz-server-side-encryption: aws:kms:dsse")]
    [InlineData("NotImplemented", "x-amz-server-side-encryption-else: 1")]
    [InlineData("KMS.NotFoundException", Kms, "x-amz-server-side-encryption-aws-kms-key-id: nobody")]
    [InlineData("InvalidArgument", S3, "x-amz-server-side-encryption-aws-kms-key-id: finance")]
    [InlineData("InvalidArgument", "x-amz-server-side-encryption-aws-kms-key-id: finance")]
    [InlineData("InvalidArgument", Kms, "x-amz-server-side-encryption-context: e30=x")]
    [InlineData("InvalidArgument", Kms, "x-amz-server-side-encryption-context: W10=")]
    [InlineData("InvalidArgument", Kms, "x-amz-server-side-encryption-context: eyJhIjoxfQ==")]
    [InlineData("InvalidArgument", Kms, "x-amz-server-side-encryption-bucket-key-enabled: maybe")]
    public async Task WhatCannotBeDoneIsRefused(string code, params string[] headers)
    {
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", "body", headers);
        Assert.Equal((code == "NotImplemented" ? 501 : 400, code), (put.Status, put.ErrorCode));
        Assert.Equal(404, (await Server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Fact]
    public async Task AServerWithoutKeysSaysWhichSettingIsMissing()
    {
        var keyless = new S3TestServer();
        foreach (string header in (string[])[S3, Kms])
        {
            TestResponse put = await keyless.SendAsync("PUT", "/bucket/key", "body", header);
            Assert.Equal((501, "NotImplemented"), (put.Status, put.ErrorCode));
            Assert.Contains("RUSTFS_ENCRYPTION_KEYS", put.Text);
        }

        TestResponse configured = await keyless.SendAsync("PUT", "/bucket?encryption", Configuration("AES256"));
        Assert.Equal((501, "NotImplemented"), (configured.Status, configured.ErrorCode));
    }

    [Fact]
    public async Task ContentMd5IsThatOfTheBodyInTheClear()
    {
        byte[] payload = AwsChunkedBody.Payload(70_000);
        string right = "Content-MD5: " + Convert.ToBase64String(MD5.HashData(payload));
        string wrong = "Content-MD5: " + Convert.ToBase64String(MD5.HashData([1]));
        foreach (string method in (string[])[S3, Kms])
        {
            Assert.Equal("BadDigest", (await Server.SendAsync("PUT", "/bucket/md5", payload, method, wrong)).ErrorCode);
            Assert.Equal(404, (await Server.SendAsync("HEAD", "/bucket/md5")).Status);
        }

        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/md5", payload, Kms, right)).Status);
        Assert.Equal("BadDigest", (await Server.SendAsync("PUT", "/bucket/md5", payload, S3,
            "x-amz-checksum-crc32: AAAAAA==")).ErrorCode);
    }

    [Theory]
    [InlineData(S3, "AES256")]
    [InlineData(Kms, "aws:kms")]
    public async Task PartsAreStretchesOfTheirOwn(string header, string method)
    {
        byte[] large = AwsChunkedBody.Payload(5_300_000);
        byte[][] parts = [large, [.. large.Reverse()], AwsChunkedBody.Payload(70_001)];
        TestResponse created = await Server.SendAsync("POST", "/bucket/big?uploads", null, header);
        Assert.Equal((200, method), (created.Status, created["x-amz-server-side-encryption"]));
        string id = created.Element("UploadId")!;
        string list = "";
        int[] numbers = [2, 5, 9];
        for (int index = 0; index < parts.Length; index++)
        {
            TestResponse part = await Server.SendAsync("PUT", $"/bucket/big?partNumber={numbers[index]}&uploadId={id}", parts[index]);
            Assert.Equal((200, method), (part.Status, part["x-amz-server-side-encryption"]));
            list += $"<Part><PartNumber>{numbers[index]}</PartNumber><ETag>{part["ETag"]}</ETag></Part>";
        }

        TestResponse listed = await Server.SendAsync("GET", $"/bucket/big?uploadId={id}");
        Assert.Contains("<Size>70001</Size>", listed.Text);
        TestResponse completed = await Server.SendAsync("POST", $"/bucket/big?uploadId={id}",
            $"<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        Assert.Equal((200, method), (completed.Status, completed["x-amz-server-side-encryption"]));
        byte[] whole = [.. parts.SelectMany(part => part)];
        TestResponse get = await Server.SendAsync("GET", "/bucket/big");
        Assert.Equal((whole.Length.ToString(), method), (get["Content-Length"], get["x-amz-server-side-encryption"]));
        Assert.True(whole.AsSpan().SequenceEqual(get.Body));
        if (header == S3)
        {
            byte[] digests = [.. parts.SelectMany(MD5.HashData)];
            Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(digests))}-3\"", get["ETag"]);
        }

        await RangesAreRight("/bucket/big", whole);
        for (int index = 0; index < parts.Length; index++)
        {
            get = await Server.SendAsync("GET", $"/bucket/big?partNumber={numbers[index]}");
            Assert.Equal((206, "3"), (get.Status, get["x-amz-mp-parts-count"]));
            Assert.True(parts[index].AsSpan().SequenceEqual(get.Body));
        }

        TestResponse attributes = await Server.SendAsync("GET", "/bucket/big?attributes", null, "x-amz-object-attributes: ObjectSize");
        Assert.Equal(whole.Length.ToString(), attributes.Element("ObjectSize"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(70_000)]
    public async Task AppendsGoOnUnderTheObjectsKey(int firstSize)
    {
        byte[] first = AwsChunkedBody.Payload(firstSize), second = AwsChunkedBody.Payload(66_000), third = AwsChunkedBody.Payload(7);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/log", first, S3)).Status);
        TestResponse append = await Server.SendAsync("PUT", "/bucket/log", second, $"x-amz-write-offset-bytes: {firstSize}");
        Assert.Equal((200, "AES256"), (append.Status, append["x-amz-server-side-encryption"]));
        Assert.Equal((firstSize + 66_000).ToString(), append["x-amz-object-size"]);
        append = await Server.SendAsync("PUT", "/bucket/log", third, S3, $"x-amz-write-offset-bytes: {firstSize + 66_000}");
        Assert.Equal(200, append.Status);
        append = await Server.SendAsync("PUT", "/bucket/log", third, Kms, $"x-amz-write-offset-bytes: {firstSize + 66_007}");
        Assert.Equal((400, "InvalidRequest"), (append.Status, append.ErrorCode));
        byte[] whole = [.. first, .. second, .. third];
        Assert.Equal(whole, (await Server.SendAsync("GET", "/bucket/log")).Body);
        await RangesAreRight("/bucket/log", whole);
    }

    [Fact]
    public async Task AnAppendThatCreatesIsEncryptedAsAsked()
    {
        TestResponse created = await Server.SendAsync("PUT", "/bucket/log", "one", S3, "x-amz-write-offset-bytes: 0");
        Assert.Equal((200, "AES256"), (created.Status, created["x-amz-server-side-encryption"]));
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/log", "two", "x-amz-write-offset-bytes: 3")).Status);
        Assert.Equal("onetwo", (await Server.SendAsync("GET", "/bucket/log")).Text);
        Assert.True(RecordOf("log").IsEncrypted);
    }

    [Fact]
    public async Task ABucketHasADefault()
    {
        TestResponse none = await Server.SendAsync("GET", "/bucket?encryption");
        Assert.Equal((404, "ServerSideEncryptionConfigurationNotFoundError"), (none.Status, none.ErrorCode));
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket?encryption", Configuration("AES256"))).Status);
        TestResponse get = await Server.SendAsync("GET", "/bucket?encryption");
        Assert.Equal(("AES256", "false"), (get.Element("SSEAlgorithm"), get.Element("BucketKeyEnabled")));
        Assert.Equal("AES256", (await Server.SendAsync("PUT", "/bucket/key", "body"))["x-amz-server-side-encryption"]);
        Assert.Equal("aws:kms", (await Server.SendAsync("PUT", "/bucket/kms", "body", Kms))["x-amz-server-side-encryption"]);
        Assert.Equal("AES256", (await Server.SendAsync("POST", "/bucket/up?uploads"))["x-amz-server-side-encryption"]);
        Assert.Equal("AES256", (await Server.SendAsync("PUT", "/bucket/app", "body", "x-amz-write-offset-bytes: 0"))
            ["x-amz-server-side-encryption"]);

        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket?encryption",
            Configuration("aws:kms", "alias/finance", "<BucketKeyEnabled>true</BucketKeyEnabled>"))).Status);
        get = await Server.SendAsync("GET", "/bucket?encryption");
        Assert.Equal(("aws:kms", "alias/finance", "true"),
            (get.Element("SSEAlgorithm"), get.Element("KMSMasterKeyID"), get.Element("BucketKeyEnabled")));
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", "body");
        Assert.Equal((200, "aws:kms", FinanceArn), Shown(put));
        Assert.Equal("true", put["x-amz-server-side-encryption-bucket-key-enabled"]);

        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket?encryption")).Status);
        Assert.Equal(404, (await Server.SendAsync("GET", "/bucket?encryption")).Status);
        Assert.Null((await Server.SendAsync("PUT", "/bucket/key", "body"))["x-amz-server-side-encryption"]);
        Assert.False(RecordOf("key").IsEncrypted);
        Assert.Equal("body", (await Server.SendAsync("GET", "/bucket/kms")).Text);
    }

    [Theory]
    [InlineData("MalformedXML", "<X/>")]
    [InlineData("MalformedXML", "<ServerSideEncryptionConfiguration></ServerSideEncryptionConfiguration>")]
    [InlineData("MalformedXML", "<ServerSideEncryptionConfiguration><Rule></Rule></ServerSideEncryptionConfiguration>")]
    [InlineData("MalformedXML", "DES", "")]
    [InlineData("NotImplemented", "aws:kms:dsse", "")]
    [InlineData("InvalidArgument", "AES256", "finance")]
    [InlineData("KMS.NotFoundException", "aws:kms", "nobody")]
    [InlineData("MalformedXML", "AES256", "", "<BucketKeyEnabled>perhaps</BucketKeyEnabled>")]
    [InlineData("MalformedXML", "AES256", "", "<BucketKeyEnabled>true</BucketKeyEnabled><BucketKeyEnabled>false</BucketKeyEnabled>")]
    [InlineData("NotImplemented", "AES256", "",
        "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>")]
    public async Task ADefaultThatCannotBeIsRefused(string code, string document, string? keyId = null, string more = "")
    {
        TestResponse put = await Server.SendAsync(
            "PUT", "/bucket?encryption", keyId is null ? document : Configuration(document, keyId, more));
        Assert.Equal(code, put.ErrorCode);
        Assert.Equal(404, (await Server.SendAsync("GET", "/bucket?encryption")).Status);
    }

    [Fact]
    public async Task PresignedRequestsMayHaveThemInTheQuery()
    {
        TestResponse put = await Server.SendPresignedAsync("PUT",
            "/bucket/key?X-Amz-Server-Side-Encryption=aws%3Akms&x-amz-server-side-encryption-aws-kms-key-id=finance", "body"u8.ToArray());
        Assert.Equal((200, "aws:kms", FinanceArn), Shown(put));
        Assert.Equal("body", (await Server.SendPresignedAsync("GET", "/bucket/key")).Text);
    }

    [Fact]
    public async Task FieldsAndTagsChangeWithoutTheBytes()
    {
        byte[] payload = AwsChunkedBody.Payload(100);
        await Server.SendAsync("PUT", "/bucket/key", payload, S3, "x-amz-tagging: a=1");
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/key?tagging",
            "<Tagging><TagSet><Tag><Key>b</Key><Value>2</Value></Tag></TagSet></Tagging>")).Status);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/other?renameObject", null, "x-amz-rename-source: key")).Status);
        TestResponse get = await Server.SendAsync("GET", "/bucket/other");
        Assert.Equal(("AES256", "1"), (get["x-amz-server-side-encryption"], get["x-amz-tagging-count"]));
        Assert.Equal(payload, get.Body);
    }

    private static string Configuration(string algorithm, string keyId = "", string more = "") =>
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        + $"<SSEAlgorithm>{algorithm}</SSEAlgorithm>{(keyId.Length > 0 ? $"<KMSMasterKeyID>{keyId}</KMSMasterKeyID>" : "")}"
        + $"</ApplyServerSideEncryptionByDefault>{more}</Rule></ServerSideEncryptionConfiguration>";

    private static (int Status, string? Method, string? KeyId) Shown(TestResponse response) =>
        (response.Status, response["x-amz-server-side-encryption"], response["x-amz-server-side-encryption-aws-kms-key-id"]);
}
