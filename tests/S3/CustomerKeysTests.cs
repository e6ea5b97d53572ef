using System.Security.Cryptography;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Encryption with keys that only the client has: SSE-C.</summary>
public abstract class CustomerKeysTests : StoreTests
{
    private const string Algorithm = "x-amz-server-side-encryption-customer-algorithm: AES256";

    private protected CustomerKeysTests(StoreKind kind)
        : base(kind)
    {
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(65_536)]
    [InlineData(200_001)]
    public async Task OnlyWhoHasTheKeyReads(int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", payload, TestKeys.Customer(1));
        Assert.Equal((200, "AES256", TestKeys.Md5(1)), Shown(put));
        Assert.Null(put["x-amz-server-side-encryption"]);
        Assert.NotEqual($"\"{Convert.ToHexStringLower(MD5.HashData(payload))}\"", put["ETag"]);
        TestResponse get = await Server.SendAsync("GET", "/bucket/key", null, TestKeys.Customer(1));
        Assert.Equal((200, "AES256", TestKeys.Md5(1)), Shown(get));
        Assert.Equal(payload, get.Body);
        TestResponse head = await Server.SendAsync("HEAD", "/bucket/key", null, TestKeys.Customer(1));
        Assert.Equal((200, "AES256", TestKeys.Md5(1)), Shown(head));
        Assert.Equal((size.ToString(), put["ETag"]), (head["Content-Length"], head["ETag"]));
        await RangesAreRight("/bucket/key", payload, TestKeys.Customer(1));

        foreach (string method in (string[])["GET", "HEAD"])
        {
            TestResponse without = await Server.SendAsync(method, "/bucket/key");
            Assert.Equal(400, without.Status);
            TestResponse other = await Server.SendAsync(method, "/bucket/key", null, TestKeys.Customer(2));
            Assert.Equal(403, other.Status);
            if (method == "GET")
                Assert.Equal(("InvalidRequest", "AccessDenied"), (without.ErrorCode, other.ErrorCode));
            else
                Assert.Null(other["ETag"]);
        }

        TestResponse attributes = await Server.SendAsync("GET", "/bucket/key?attributes", null, "x-amz-object-attributes: ObjectSize");
        Assert.Equal((400, "InvalidRequest"), (attributes.Status, attributes.ErrorCode));
        attributes = await Server.SendAsync(
            "GET", "/bucket/key?attributes", null, ["x-amz-object-attributes: ObjectSize", .. TestKeys.Customer(1)]);
        Assert.Equal(size.ToString(), attributes.Element("ObjectSize"));
        Assert.Contains($"<Size>{size}</Size>", (await Server.SendAsync("GET", "/bucket")).Text);
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket/key")).Status);
    }

    [Fact]
    public async Task KeysNeedASecureConnection()
    {
        string[] headers = [.. TestKeys.Customer(1).Where(header => header != TestKeys.Secure)];
        foreach (string? scheme in (string?[])[null, "http"])
        {
            string[] sent = scheme is null ? headers : [.. headers, "X-Forwarded-Proto: " + scheme];
            TestResponse put = await Server.SendAsync("PUT", "/bucket/key", "body", sent);
            Assert.Equal((400, "InvalidRequest"), (put.Status, put.ErrorCode));
            Assert.Contains("secure connection", put.Text);
        }

        await Server.SendAsync("PUT", "/bucket/key", "body", TestKeys.Customer(1));
        TestResponse get = await Server.SendAsync("GET", "/bucket/key", null, headers);
        Assert.Equal((400, "InvalidRequest"), (get.Status, get.ErrorCode));
    }

    [Theory]
    [InlineData("InvalidEncryptionAlgorithmError", "algorithm: DES", "key", "md5")]
    [InlineData("InvalidArgument", "", "key", "md5")]
    [InlineData("InvalidArgument", "algorithm: AES256", "", "md5")]
    [InlineData("InvalidArgument", "algorithm: AES256", "key", "")]
    [InlineData("InvalidArgument", "algorithm: AES256", "key: c2hvcnQ=", "md5")]
    [InlineData("InvalidArgument", "algorithm: AES256", "key: ???", "md5")]
    [InlineData("InvalidArgument", "algorithm: AES256", "key", "key-MD5: DWygnHRtgiJ77HCm+1rvHw==")]
    public async Task KeysAreChecked(string code, string algorithm, string key, string md5)
    {
        key = key == "key" ? "key: " + TestKeys.Text(1) : key;
        md5 = md5 == "md5" ? "key-MD5: " + TestKeys.Md5(1) : md5;
        string[] given = [.. ((string[])[algorithm, key, md5]).Where(header => header.Length > 0)
            .Select(header => "x-amz-server-side-encryption-customer-" + header)];
        TestResponse put = await Server.SendAsync("PUT", "/bucket/key", "body", [TestKeys.Secure, .. given]);
        Assert.Equal((400, code), (put.Status, put.ErrorCode));
        Assert.DoesNotContain(TestKeys.Text(1), put.Text);
        Assert.Equal(404, (await Server.SendAsync("GET", "/bucket/key")).Status);
    }

    [Fact]
    public async Task AKeyForWhatHasNoneIsRefused()
    {
        await Server.SendAsync("PUT", "/bucket/plain", "body");
        TestResponse get = await Server.SendAsync("GET", "/bucket/plain", null, TestKeys.Customer(1));
        Assert.Equal((400, "InvalidRequest"), (get.Status, get.ErrorCode));
        Assert.Equal(400, (await Server.SendAsync("HEAD", "/bucket/plain", null, TestKeys.Customer(1))).Status);
        TestResponse both = await Server.SendAsync(
            "PUT", "/bucket/key", "body", [.. TestKeys.Customer(1), "x-amz-server-side-encryption: AES256"]);
        Assert.Equal((400, "InvalidArgument"), (both.Status, both.ErrorCode));
        Assert.Equal((400, "InvalidArgument"), Error(await Server.SendAsync("PUT", "/bucket/key", "body", TestKeys.Secure, Algorithm)));
        // Only what reads may not bring it: no object is asked for by how it is encrypted.
        Assert.Equal((400, "InvalidArgument"), Error(await Server.SendAsync(
            "GET", "/bucket/plain", null, "x-amz-server-side-encryption: AES256")));
    }

    [Fact]
    public async Task PartsNeedTheKeyOfTheirUpload()
    {
        TestResponse created = await Server.SendAsync("POST", "/bucket/big?uploads", null, TestKeys.Customer(1));
        Assert.Equal((200, "AES256", TestKeys.Md5(1)), Shown(created));
        string id = created.Element("UploadId")!;
        byte[][] parts = [AwsChunkedBody.Payload(5_300_000), AwsChunkedBody.Payload(70_000)];
        Assert.Equal((400, "InvalidRequest"), Error(await Server.SendAsync("PUT", $"/bucket/big?partNumber=1&uploadId={id}", parts[1])));
        Assert.Equal((403, "AccessDenied"),
            Error(await Server.SendAsync("PUT", $"/bucket/big?partNumber=1&uploadId={id}", parts[1], TestKeys.Customer(2))));
        string list = "";
        for (int number = 1; number <= 2; number++)
        {
            TestResponse part = await Server.SendAsync(
                "PUT", $"/bucket/big?partNumber={number}&uploadId={id}", parts[number - 1], TestKeys.Customer(1));
            Assert.Equal((200, "AES256", TestKeys.Md5(1)), Shown(part));
            list += $"<Part><PartNumber>{number}</PartNumber><ETag>{part["ETag"]}</ETag></Part>";
        }

        string document = $"<CompleteMultipartUpload>{list}</CompleteMultipartUpload>";
        Assert.Equal(200, (await Server.SendAsync("POST", $"/bucket/big?uploadId={id}", document)).Status);
        Assert.Equal(400, (await Server.SendAsync("GET", "/bucket/big")).Status);
        byte[] whole = [.. parts.SelectMany(part => part)];
        TestResponse get = await Server.SendAsync("GET", "/bucket/big", null, TestKeys.Customer(1));
        Assert.True(whole.AsSpan().SequenceEqual(get.Body));
        Assert.EndsWith("-2\"", get["ETag"]);
        await RangesAreRight("/bucket/big", whole, TestKeys.Customer(1));

        id = (await Server.SendAsync("POST", "/bucket/plain?uploads")).Element("UploadId")!;
        Assert.Equal((400, "InvalidRequest"),
            Error(await Server.SendAsync("PUT", $"/bucket/plain?partNumber=1&uploadId={id}", parts[1], TestKeys.Customer(1))));
    }

    [Fact]
    public async Task AppendsNeedTheKeyToo()
    {
        await Server.SendAsync("PUT", "/bucket/log", "one", TestKeys.Customer(1));
        Assert.Equal((400, "InvalidRequest"), Error(await Server.SendAsync("PUT", "/bucket/log", "two", "x-amz-write-offset-bytes: 3")));
        Assert.Equal((403, "AccessDenied"),
            Error(await Server.SendAsync("PUT", "/bucket/log", "two", ["x-amz-write-offset-bytes: 3", .. TestKeys.Customer(2)])));
        TestResponse append = await Server.SendAsync("PUT", "/bucket/log", "two", ["x-amz-write-offset-bytes: 3", .. TestKeys.Customer(1)]);
        Assert.Equal((200, "AES256", TestKeys.Md5(1)), Shown(append));
        Assert.Equal("onetwo", (await Server.SendAsync("GET", "/bucket/log", null, TestKeys.Customer(1))).Text);
        await Server.SendAsync("PUT", "/bucket/plain", "one");
        Assert.Equal((400, "InvalidRequest"),
            Error(await Server.SendAsync("PUT", "/bucket/plain", "two", ["x-amz-write-offset-bytes: 3", .. TestKeys.Customer(1)])));
    }

    [Fact]
    public async Task AnAppendToWhatWasReplacedMeanwhileIsRefused()
    {
        if (Server.Store is not MemoryObjectStore store)
            return;
        await Server.SendAsync("PUT", "/bucket/log", "one", TestKeys.Customer(1));
        Bucket bucket = store.FindBucket("bucket"u8)!;
        store.BeforeCommit = () =>
        {
            store.BeforeCommit = null;
            store.PutObjectAsync(bucket, "log"u8.ToArray(), store.WriterOver("new"u8.ToArray()), new ObjectAttributes { ETag = null }, null)
                .AsTask().GetAwaiter().GetResult();
        };
        TestResponse append = await Server.SendAsync("PUT", "/bucket/log", "two", ["x-amz-write-offset-bytes: 3", .. TestKeys.Customer(1)]);
        Assert.Equal((409, "ConditionalRequestConflict"), Error(append));
        Assert.Equal("new", (await Server.SendAsync("GET", "/bucket/log")).Text);
    }

    private static (int Status, string? Code) Error(TestResponse response) => (response.Status, response.ErrorCode);

    private static (int Status, string? Algorithm, string? Md5) Shown(TestResponse response) =>
        (response.Status, response["x-amz-server-side-encryption-customer-algorithm"],
            response["x-amz-server-side-encryption-customer-key-MD5"]);
}
