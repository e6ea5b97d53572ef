using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.S3;

public abstract class DeleteObjectsTests : StoreTests
{
    private protected DeleteObjectsTests(StoreKind kind)
        : base(kind)
    {
    }

    [Fact]
    public async Task Named_keys_go_and_no_others()
    {
        await Server.PutAsync("folder/", "folder/child", "other");
        XmlAnswer answer = await DeleteAsync("<Delete><Object><Key>folder/</Key></Object><Object><Key>absent</Key></Object></Delete>");
        Assert.Equal("DeleteResult", answer.RootName);
        Assert.Equal(["folder/", "absent"], answer.All("Deleted", "Key"));
        Assert.Empty(answer.All("Error"));
        Assert.False(Server.Has("folder/"));
        Assert.True(Server.Has("folder/child"));
        Assert.True(Server.Has("other"));
    }

    [Fact]
    public async Task A_thousand_keys_go_in_one_request()
    {
        string[] keys = [.. Enumerable.Range(0, 1000).Select(number => $"key-{number}")];
        await Server.PutAsync(keys);
        XmlAnswer answer = await DeleteAsync(Document(keys));
        Assert.Equal(keys, answer.All("Deleted", "Key"));
        Assert.Equal("0", XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?list-type=2"))["KeyCount"]);
        Assert.Equal("MalformedXML", (await SendAsync(Document([.. keys, "one more"]))).ErrorCode);
    }

    [Theory]
    [InlineData("true", 0)]
    [InlineData("false", 1)]
    public async Task Quiet_mode_reports_only_errors(string quiet, int deleted)
    {
        await Server.PutAsync("a");
        string tooLong = new('k', 1025);
        XmlAnswer answer = await DeleteAsync(
            $"<Delete><Object><Key>a</Key></Object><Object><Key>{tooLong}</Key></Object><Quiet>{quiet}</Quiet></Delete>");
        Assert.Equal(deleted, answer.All("Deleted").Count);
        Assert.Equal(["KeyTooLongError"], answer.All("Error", "Code"));
        Assert.Equal([tooLong], answer.All("Error", "Key"));
        Assert.False(Server.Has("a"));
    }

    [Theory]
    [InlineData("&#65;&#x2F;b", "A/b")]
    [InlineData("&lt;x&gt;&amp;&quot;&apos;", "<x>&\"'")]
    [InlineData("<![CDATA[<raw>&]]>", "<raw>&")]
    [InlineData("&#x1;control&#13;&#10;", "\u0001control\r\n")]
    [InlineData("ключ/🔑", "ключ/🔑")]
    [InlineData(" spaces ", " spaces ")]
    public async Task Keys_are_read_as_xml_text(string text, string key)
    {
        await Server.PutAsync(key);
        // Quiet, since no XML 1.0 document can name a key with control characters back.
        await DeleteAsync($"<Delete><Quiet>true</Quiet><Object><Key>{text}</Key></Object></Delete>");
        Assert.False(Server.Has(key));
    }

    [Fact]
    public async Task Namespaces_and_unknown_elements_make_no_difference()
    {
        await Server.PutAsync("a", "b");
        string document = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/">
              <s3:Object><s3:Key>a</s3:Key><s3:Unknown><s3:Key>b</s3:Key></s3:Unknown></s3:Object>
              <s3:Unknown><s3:Object><s3:Key>b</s3:Key></s3:Object></s3:Unknown>
            </s3:Delete>
            """;
        await DeleteAsync(document);
        Assert.False(Server.Has("a"));
        Assert.True(Server.Has("b"));
    }

    [Theory]
    [InlineData("<Delete></Delete>")]
    [InlineData("<Delete/>")]
    [InlineData("<Delete><Object/></Delete>")]
    [InlineData("<Delete><Object><Key/></Object></Delete>")]
    [InlineData("<Delete><Object><Key>a</Key></Object>")]
    [InlineData("<Delete><Object><Key>a</Key></Object></Delete><More/>")]
    [InlineData("<Delete><Object><Key>a</Key></Object></Delete>more")]
    [InlineData("<Delete>text<Object><Key>a</Key></Object></Delete>")]
    [InlineData("<Delete><Object><Key>a<b/></Key></Object></Delete>")]
    [InlineData("<Delete><Object><Key>&#xD800;</Key></Object></Delete>")]
    [InlineData("<Delete><Object><Key>&unknown;</Key></Object></Delete>")]
    [InlineData("<!DOCTYPE d [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><Delete><Object><Key>&e;</Key></Object></Delete>")]
    [InlineData("{\"Objects\":[]}")]
    public async Task What_is_not_the_document_deletes_nothing(string document)
    {
        await Server.PutAsync("a");
        TestResponse response = await SendAsync(document);
        Assert.Equal(400, response.Status);
        Assert.Equal("MalformedXML", response.ErrorCode);
        Assert.True(Server.Has("a"));
    }

    [Fact]
    public async Task A_digest_of_the_body_is_demanded()
    {
        await Server.PutAsync("a");
        string document = Document(["a"]);
        TestResponse response = await Server.SendAsync("POST", "/bucket?delete", document);
        Assert.Equal("InvalidRequest", response.ErrorCode);
        Assert.Contains("Content-MD5", response.Element("Message"));
        Assert.Equal("MissingRequestBodyError", (await SendAsync("")).ErrorCode);
        Assert.True(Server.Has("a"));
    }

    [Theory]
    [InlineData(ChecksumKind.Crc32, "x-amz-checksum-crc32")]
    [InlineData(ChecksumKind.Crc32C, "x-amz-checksum-crc32c")]
    [InlineData(ChecksumKind.Crc64Nvme, "x-amz-checksum-crc64nvme")]
    [InlineData(ChecksumKind.Sha1, "x-amz-checksum-sha1")]
    [InlineData(ChecksumKind.Sha256, "x-amz-checksum-sha256")]
    public async Task Any_checksum_of_the_body_is_verified(ChecksumKind kind, string header)
    {
        await Server.PutAsync("a", "b");
        string digest = Convert.ToBase64String(StoreContents.Digest(kind, Encoding.UTF8.GetBytes(Document(["a"]))));
        TestResponse wrong = await Server.SendAsync("POST", "/bucket?delete", Document(["b"]), $"{header}: {digest}");
        Assert.Equal("BadDigest", wrong.ErrorCode);
        Assert.True(Server.Has("b"));
        TestResponse malformed = await Server.SendAsync("POST", "/bucket?delete", Document(["b"]), $"{header}: AAA=");
        Assert.Equal("InvalidRequest", malformed.ErrorCode);
        TestResponse right = await Server.SendAsync("POST", "/bucket?delete", Document(["a"]), $"{header}: {digest}");
        Assert.Equal(200, right.Status);
        Assert.False(Server.Has("a"));
    }

    [Fact]
    public async Task Content_md5_and_the_signed_hash_are_verified()
    {
        await Server.PutAsync("a");
        byte[] document = Encoding.UTF8.GetBytes(Document(["a"]));
        string md5 = "Content-MD5: " + Convert.ToBase64String(MD5.HashData(document));
        Assert.Equal("BadDigest", (await Server.SendAsync("POST", "/bucket?delete", [.. document, (byte)' '], md5)).ErrorCode);
        Assert.Equal("InvalidDigest", (await Server.SendAsync("POST", "/bucket?delete", document, "Content-MD5: AAAA")).ErrorCode);
        string sha256 = "x-amz-content-sha256: " + Convert.ToHexStringLower(SHA256.HashData([1]));
        Assert.Equal("XAmzContentSHA256Mismatch", (await Server.SendAsync("POST", "/bucket?delete", document, md5, sha256)).ErrorCode);
        Assert.True(Server.Has("a"));
        const string Unsigned = "x-amz-content-sha256: UNSIGNED-PAYLOAD";
        Assert.Equal(200, (await Server.SendAsync("POST", "/bucket?delete", document, md5, Unsigned)).Status);
        Assert.False(Server.Has("a"));
    }

    [Fact]
    public async Task An_etag_is_a_condition_on_its_key()
    {
        await Server.PutAsync("a", "b", "c");
        string tag = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes("body of a")));
        XmlAnswer answer = await DeleteAsync($"""
            <Delete>
              <Object><Key>a</Key><ETag>&quot;{tag}&quot;</ETag></Object>
              <Object><Key>b</Key><ETag>{tag}</ETag></Object>
              <Object><Key>c</Key><ETag>*</ETag></Object>
              <Object><Key>d</Key><ETag>*</ETag></Object>
            </Delete>
            """);
        Assert.Equal(["a", "c"], answer.All("Deleted", "Key"));
        Assert.Equal(["b", "d"], answer.All("Error", "Key"));
        Assert.Equal(["PreconditionFailed", "NoSuchKey"], answer.All("Error", "Code"));
        Assert.True(Server.Has("b"));
        Assert.False(Server.Has("c"));
    }

    [Fact]
    public async Task Only_the_null_version_exists()
    {
        await Server.PutAsync("a", "b", "c");
        XmlAnswer answer = await DeleteAsync("""
            <Delete>
              <Object><Key>a</Key><VersionId>null</VersionId></Object>
              <Object><Key>b</Key><VersionId>3sL4kqtJlcpXroDTDmJ</VersionId></Object>
              <Object><Key>c</Key><Size>1</Size></Object>
            </Delete>
            """);
        Assert.Equal(["null"], answer.All("Deleted", "VersionId"));
        Assert.Equal(["NoSuchVersion", "PreconditionFailed"], answer.All("Error", "Code"));
        Assert.False(Server.Has("a"));
        Assert.True(Server.Has("b"));
        Assert.True(Server.Has("c"));
    }

    [Fact]
    public async Task A_document_over_the_limit_is_refused()
    {
        byte[] document = new byte[(8 << 20) + 1];
        Array.Fill(document, (byte)' ');
        Assert.Equal("MaxMessageLengthExceeded", (await SendAsync(Encoding.ASCII.GetString(document))).ErrorCode);
    }

    private static string Document(IEnumerable<string> keys)
        => "<Delete>" + string.Concat(keys.Select(key => $"<Object><Key>{key}</Key></Object>")) + "</Delete>";

    private Task<TestResponse> SendAsync(string document)
    {
        byte[] body = Encoding.UTF8.GetBytes(document);
        return Server.SendAsync("POST", "/bucket?delete", body, "Content-MD5: " + Convert.ToBase64String(MD5.HashData(body)));
    }

    private async Task<XmlAnswer> DeleteAsync(string document) => XmlAnswer.Of(await SendAsync(document));
}

/// <summary>Alone: what the process allocates is measured, and other tests allocate too.</summary>
[Collection(nameof(Storage.EngineAllocationTests))]
public sealed class DeepDocumentTests
{
    [Fact]
    public async Task A_deep_document_is_refused_at_little_cost()
    {
        byte[] document = Encoding.UTF8.GetBytes("<Delete>" + string.Concat(Enumerable.Repeat("<a>", 2_000_000)));
        var server = new S3TestServer();
        string digest = Convert.ToBase64String(MD5.HashData(document));
        long before = GC.GetTotalAllocatedBytes();
        TestResponse response = await server.SendAsync("POST", "/bucket?delete", document, "Content-MD5: " + digest);
        Assert.Equal("MalformedXML", response.ErrorCode);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100 << 20);
    }
}
