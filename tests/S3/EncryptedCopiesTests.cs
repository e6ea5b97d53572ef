using System.Security.Cryptography;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Copies from every encryption to every other.</summary>
public abstract class EncryptedCopiesTests : StoreTests
{
    private const int CustomerNumber = 5;
    private const int OtherCustomerNumber = 6;

    private protected EncryptedCopiesTests(StoreKind kind)
        : base(kind, TestKeys.Ring)
    {
    }

    public static TheoryData<string, string, int> Pairs()
    {
        var pairs = new TheoryData<string, string, int>();
        string[] ways = ["plain", "s3", "kms", "finance", "customer"];
        foreach (string from in ways)
        {
            foreach (string to in ways)
            {
                foreach (int size in (int[])[0, 100, 200_000])
                    pairs.Add(from, to, size);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task ACopyIsEncryptedAsItsRequestSays(string from, string to, int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        string sum = AwsChunkedBody.Checksum(ChecksumKind.Crc32, payload);
        Assert.Equal(200, (await Server.SendAsync(
            "PUT", "/bucket/from", payload, ["x-amz-checksum-crc32: " + sum, "x-amz-meta-a: 1", .. Write(from, CustomerNumber)])).Status);
        TestResponse copy = await Server.SendAsync("PUT", "/bucket/to", null,
            ["x-amz-copy-source: bucket/from", .. Write(to, OtherCustomerNumber), .. ReadSource(from)]);
        Assert.Equal(200, copy.Status);
        await IsReadAs("to", to, OtherCustomerNumber, payload);
        TestResponse get = await Server.SendAsync(
            "GET", "/bucket/to", null, ["x-amz-checksum-mode: ENABLED", .. Read(to, OtherCustomerNumber)]);
        Assert.Equal((sum, "1"), (get["x-amz-checksum-crc32"], get["x-amz-meta-a"]));
        string md5 = $"\"{Convert.ToHexStringLower(MD5.HashData(payload))}\"";
        Assert.Equal(to is "plain" or "s3", get["ETag"] == md5);
        Assert.Equal(get["ETag"], copy.Element("ETag")!.Replace("&quot;", "\"", StringComparison.Ordinal));
        // The source may go: whatever is shared stays.
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket/from")).Status);
        await IsReadAs("to", to, OtherCustomerNumber, payload);
    }

    [Theory]
    [InlineData("plain", "s3")]
    [InlineData("s3", "plain")]
    [InlineData("customer", "customer")]
    [InlineData("kms", "s3")]
    [InlineData("s3", "s3")]
    public async Task PartsAreCopiedFromRanges(string from, string to)
    {
        byte[] payload = AwsChunkedBody.Payload(200_000);
        await Server.SendAsync("PUT", "/bucket/from", payload, Write(from, CustomerNumber));
        string id = (await Server.SendAsync("POST", "/bucket/big?uploads", null, Write(to, OtherCustomerNumber))).Element("UploadId")!;
        string[] target = to == "customer" ? TestKeys.Customer(OtherCustomerNumber) : [];
        TestResponse part = await Server.SendAsync("PUT", $"/bucket/big?partNumber=3&uploadId={id}", null,
            ["x-amz-copy-source: bucket/from", "x-amz-copy-source-range: bytes=65530-140000", .. target, .. ReadSource(from)]);
        Assert.Equal(200, part.Status);
        string tag = part.Element("ETag")!;
        if (to is "plain" or "s3")
            Assert.Equal($"&quot;{Convert.ToHexStringLower(MD5.HashData(payload.AsSpan(65_530, 74_471)))}&quot;", tag);
        Assert.Equal(200, (await Server.SendAsync("POST", $"/bucket/big?uploadId={id}",
            $"<CompleteMultipartUpload><Part><PartNumber>3</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>")).Status);
        await IsReadAs("big", to, OtherCustomerNumber, payload[65_530..140_001]);
        // An object of one part that is not the first is encrypted as that part: its copy is read all the same.
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/copy", null,
            ["x-amz-copy-source: bucket/big", .. Write(to, CustomerNumber), .. ReadSource(to, OtherCustomerNumber)])).Status);
        await IsReadAs("copy", to, CustomerNumber, payload[65_530..140_001]);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("finance")]
    public async Task ACopyThatIsEncryptedAlikeSharesItsBytes(string way)
    {
        byte[] payload = AwsChunkedBody.Payload(300_000);
        await Server.SendAsync("PUT", "/bucket/from", payload, Write(way, 0));
        long written = Server.Store.Statistics.BytesWritten;
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/to", null, ["x-amz-copy-source: bucket/from", .. Write(way, 0)])).Status);
        Assert.Equal(written, Server.Store.Statistics.BytesWritten);
        await IsReadAs("to", way, 0, payload);
        // Each goes on by itself under the key that both have.
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/to", "more", "x-amz-write-offset-bytes: 300000")).Status);
        await IsReadAs("to", way, 0, [.. payload, .. "more"u8]);
        await IsReadAs("from", way, 0, payload);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task ACopyOntoItselfMayChangeTheEncryption(int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        await Server.SendAsync("PUT", "/bucket/key", payload);
        TestResponse same = await Server.SendAsync("PUT", "/bucket/key", null, "x-amz-copy-source: bucket/key");
        Assert.Equal((400, "InvalidRequest"), (same.Status, same.ErrorCode));
        foreach (string way in (string[])["s3", "kms", "finance", "s3", "s3"])
        {
            TestResponse copy = await Server.SendAsync("PUT", "/bucket/key", null, ["x-amz-copy-source: bucket/key", .. Write(way, 0)]);
            Assert.Equal(200, copy.Status);
            await IsReadAs("key", way, 0, payload);
        }

        // Other metadata alone leaves the encryption as it is.
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/key", null, "x-amz-copy-source: bucket/key",
            "x-amz-metadata-directive: REPLACE", "x-amz-meta-b: 2")).Status);
        await IsReadAs("key", "s3", 0, payload);
        Assert.Equal("2", (await Server.SendAsync("HEAD", "/bucket/key"))["x-amz-meta-b"]);
    }

    [Fact]
    public async Task ACustomersKeyIsChangedByACopy()
    {
        byte[] payload = AwsChunkedBody.Payload(100_000);
        await Server.SendAsync("PUT", "/bucket/key", payload, Write("customer", 1));
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/key", null,
            ["x-amz-copy-source: bucket/key", .. Write("customer", 2), .. ReadSource("customer", 1)])).Status);
        await IsReadAs("key", "customer", 2, payload);
        Assert.Equal(403, (await Server.SendAsync("GET", "/bucket/key", null, Read("customer", 1))).Status);
    }

    [Fact]
    public async Task ASourceNeedsItsKey()
    {
        await Server.SendAsync("PUT", "/bucket/from", "body", Write("customer", 1));
        TestResponse without = await Server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from");
        Assert.Equal((400, "InvalidRequest"), (without.Status, without.ErrorCode));
        TestResponse other = await Server.SendAsync(
            "PUT", "/bucket/to", null, ["x-amz-copy-source: bucket/from", .. ReadSource("customer", 2)]);
        Assert.Equal((403, "AccessDenied"), (other.Status, other.ErrorCode));
        await Server.SendAsync("PUT", "/bucket/plain", "body");
        TestResponse needless = await Server.SendAsync(
            "PUT", "/bucket/to", null, ["x-amz-copy-source: bucket/plain", .. ReadSource("customer", 1)]);
        Assert.Equal((400, "InvalidRequest"), (needless.Status, needless.ErrorCode));
    }

    [Fact]
    public async Task VersionsOfOneKeyMayBeEncryptedInEveryWay()
    {
        const string enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket?versioning", enabled)).Status);
        string[] ways = ["plain", "s3", "customer", "finance"];
        var versions = new List<string>();
        foreach (string way in ways)
            versions.Add((await Server.SendAsync("PUT", "/bucket/key", $"as {way}", Write(way, 3)))["x-amz-version-id"]!);
        for (int index = 0; index < ways.Length; index++)
        {
            TestResponse get = await Server.SendAsync("GET", "/bucket/key?versionId=" + versions[index], null, Read(ways[index], 3));
            Assert.Equal($"as {ways[index]}", get.Text);
        }

        // Restored by a copy onto its key.
        TestResponse copy = await Server.SendAsync("PUT", "/bucket/key", null,
            [$"x-amz-copy-source: bucket/key?versionId={versions[2]}", .. ReadSource("customer", 3)]);
        Assert.Equal(200, copy.Status);
        Assert.Equal("as customer", (await Server.SendAsync("GET", "/bucket/key")).Text);
        // A copy onto itself in such a bucket makes a new version, encrypted as the one it is of.
        copy = await Server.SendAsync("PUT", "/bucket/key", null, $"x-amz-copy-source: bucket/key?versionId={versions[1]}");
        Assert.Equal((200, "AES256"), (copy.Status, copy["x-amz-server-side-encryption"]));
        Assert.Equal("as s3", (await Server.SendAsync("GET", "/bucket/key")).Text);
    }

    private async Task IsReadAs(string key, string way, int customer, byte[] payload)
    {
        TestResponse get = await Server.SendAsync("GET", "/bucket/" + key, null, Read(way, customer));
        Assert.Equal(200, get.Status);
        Assert.True(payload.AsSpan().SequenceEqual(get.Body));
        string? method = way switch { "s3" => "AES256", "kms" or "finance" => "aws:kms", _ => null };
        Assert.Equal(method, get["x-amz-server-side-encryption"]);
        Assert.Equal(way != "plain", RecordOf(key).IsEncrypted);
        Assert.Equal(payload.Length, RecordOf(key).SizeBytes);
    }

    private static string[] Write(string way, int customer) => way switch
    {
        "s3" => ["x-amz-server-side-encryption: AES256"],
        "kms" => ["x-amz-server-side-encryption: aws:kms"],
        "finance" => ["x-amz-server-side-encryption: aws:kms", "x-amz-server-side-encryption-aws-kms-key-id: finance"],
        "customer" => TestKeys.Customer(customer),
        _ => [],
    };

    private static string[] Read(string way, int customer) => way == "customer" ? TestKeys.Customer(customer) : [];

    private static string[] ReadSource(string way, int customer = CustomerNumber) =>
        way == "customer" ? [.. TestKeys.CustomerOfSource(customer).Where(header => header != TestKeys.Secure), TestKeys.Secure] : [];
}
