using System.Security.Cryptography;
using System.Text;
using RustFs.S3;
using RustFs.Tests.S3;
using Xunit;

namespace RustFs.Tests.Hostile;

/// <summary>Bodies that are XML, or nearly: bombs, floods, and documents that two readers would read differently.</summary>
[Collection(HostileCollection.Name)]
public sealed class HostileXmlTests
{
    private readonly S3TestServer _server = new();
    private readonly HostileConnection _connection;

    public HostileXmlTests() => _connection = new HostileConnection(_server.Service);

    public static TheoryData<string, string, string> Deletes => new()
    {
        { "entity bomb", "<!DOCTYPE d [<!ENTITY a \"victim\"><!ENTITY b \"&a;&a;\">]>" + Delete("<Key>&b;</Key>"), "MalformedXML" },
        { "entity of a file", "<!DOCTYPE d [<!ENTITY a SYSTEM \"file:///etc/hostname\">]>" + Delete("<Key>&a;</Key>"), "MalformedXML" },
        { "unknown entity", Delete("<Key>&a;</Key>"), "MalformedXML" },
        { "deep", string.Concat(Enumerable.Repeat("<Delete>", 100_000)), "MalformedXML" },
        { "deep in an object", Delete(string.Concat(Enumerable.Repeat("<a>", 50_000)) + "<Key>victim</Key>"), "MalformedXML" },
        { "attributes that touch", Delete("<Key " + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"a{i}=''")) + ">victim</Key>"),
            "MalformedXML" },
        { "1001 objects", "<Delete>" + string.Concat(Enumerable.Repeat("<Object><Key>victim</Key></Object>", 1001)) + "</Delete>",
            "MalformedXML" },
        { "two keys", Delete("<Key>other</Key><Key>victim</Key>"), "MalformedXML" },
        { "two versions", Delete("<Key>victim</Key><VersionId>1</VersionId><VersionId>null</VersionId>"), "MalformedXML" },
        { "two conditions", Delete("<Key>victim</Key><ETag>x</ETag><ETag>*</ETag>"), "MalformedXML" },
        { "two documents", Delete("<Key>victim</Key>") + Delete("<Key>victim</Key>"), "MalformedXML" },
        { "text behind", Delete("<Key>victim</Key>") + "x", "MalformedXML" },
        { "text between", Delete("x<Key>victim</Key>"), "MalformedXML" },
        { "elements in a key", Delete("<Key><b>victim</b></Key>"), "MalformedXML" },
        { "no key", Delete(""), "MalformedXML" },
        { "empty key", Delete("<Key></Key>"), "MalformedXML" },
        { "no objects", "<Delete></Delete>", "MalformedXML" },
        { "another root", "<Delet><Object><Key>victim</Key></Object></Delet>", "MalformedXML" },
        { "not closed", Delete("<Key>victim</Key>")[..^1], "MalformedXML" },
        { "lone surrogate", Delete("<Key>&#xD800;</Key>"), "MalformedXML" },
        { "utf-7", "<?xml version=\"1.0\" encoding=\"utf-7\"?>" + Delete("<Key>victim</Key>"), "MalformedXML" },
        { "unknown encoding", "<?xml version=\"1.0\" encoding=\"x-none\"?>" + Delete("<Key>victim</Key>"), "MalformedXML" },
        { "not UTF-8", Delete("<Key>victim\u00FF</Key>"), "MalformedXML" },
        { "mark of UTF-8, not UTF-8", "\u00EF\u00BB\u00BF\u00BE" + Delete("<Key>victim</Key>"), "MalformedXML" },
        { "mark of UTF-16, cut", "\u00FE\u00FF<", "MalformedXML" },
        { "NUL", "\0" + Delete("<Key>victim</Key>"), "MalformedXML" },
        { "json", "{\"Delete\":{}}", "MalformedXML" },
        { "too long", new string(' ', S3Limits.DeleteObjectsXmlBytes) + Delete("<Key>victim</Key>"), "MaxMessageLengthExceeded" },
        { "nothing", "", "MissingRequestBodyError" },
    };

    [Theory]
    [MemberData(nameof(Deletes))]
    public async Task DeleteObjects_refuses_it_whole(string what, string document, string code)
    {
        await _server.PutAsync("victim");
        byte[] body = Encoding.Latin1.GetBytes(document);
        Conversation conversation = await _connection.ExchangeAsync(
            _server.Request("POST", "/bucket?delete", body, "Content-MD5: " + Convert.ToBase64String(MD5.HashData(body))));
        Assert.True(conversation.Responses is [{ Status: 400 } only] && only.ErrorCode == code, $"{what}: {conversation}");
        Assert.Equal(["victim"], StoreLeftovers.Of(_server.Store));
    }

    [Theory]
    [InlineData("<Key>  </Key>", "  ")]
    [InlineData("<Key> a<!-- c -->b </Key>", " ab ")]
    [InlineData("<Key><![CDATA[ <a> ]]></Key>", " <a> ")]
    [InlineData("<Key>&#x1;</Key>", "\u0001")]
    [InlineData("\n<Key>a\n</Key>\n", "a\n")]
    public async Task DeleteObjects_takes_the_key_as_it_stands(string xml, string key)
    {
        await _server.PutAsync(key, "bystander");
        byte[] body = Encoding.UTF8.GetBytes(Delete(xml));
        Conversation conversation = await _connection.ExchangeAsync(
            _server.Request("POST", "/bucket?delete", body, "Content-MD5: " + Convert.ToBase64String(MD5.HashData(body))));
        Assert.Equal("200", conversation.ToString());
        Assert.Equal(["bystander"], StoreLeftovers.Of(_server.Store));
    }

    public static TheoryData<string, string, string> PartLists => new()
    {
        { "10,001 parts", string.Concat(Enumerable.Range(1, 10_001).Select(number => Part(number.ToString()))), "MalformedXML" },
        { "no parts", "", "MalformedXML" },
        { "0", Part("0"), "InvalidArgument" },
        { "-1", Part("-1"), "InvalidArgument" },
        { "10001", Part("10001"), "InvalidArgument" },
        { "beyond 32 bits", Part("4294967297"), "MalformedXML" },
        { "hexadecimal", Part("0x1"), "MalformedXML" },
        { "with a NUL", Part("1&#0;"), "MalformedXML" },
        { "with a point", Part("1.0"), "MalformedXML" },
        { "twice", Part("1") + Part("1"), "InvalidPartOrder" },
        { "backwards", Part("2") + Part("1"), "InvalidPartOrder" },
        { "never uploaded", Part("1") + Part("3"), "InvalidPart" },
        { "another tag", Part("1", "00000000000000000000000000000000"), "InvalidPart" },
        { "no tag of ours", Part("1", "../x"), "InvalidPart" },
        { "two numbers", Part("2</PartNumber><PartNumber>1"), "MalformedXML" },
        { "two tags", Part("1", "x</ETag><ETag>y"), "MalformedXML" },
        { "two checksums", Part("1", "(tag)", "<ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumSHA1>AA==</ChecksumSHA1>"), "MalformedXML" },
        { "bad base64", Part("1", "(tag)", "<ChecksumCRC32>!</ChecksumCRC32>"), "InvalidPart" },
        { "bomb", "<!DOCTYPE d [<!ENTITY a \"1\">]>" + Part("&a;"), "MalformedXML" },
    };

    [Theory]
    [MemberData(nameof(PartLists))]
    public async Task CompleteMultipartUpload_refuses_it_and_the_upload_goes_on(string what, string parts, string code)
    {
        Conversation created = await _connection.ExchangeAsync(_server.Request("POST", "/bucket/k?uploads", []));
        string id = System.Xml.Linq.XDocument.Parse(created.Responses[0].Text).Root!.Elements().Single(e =>
            e.Name.LocalName == "UploadId").Value;
        string tag = await _server.PutPartAsync("k", id, 1, "x"u8.ToArray());
        string document = $"<CompleteMultipartUpload>{parts.Replace("(tag)", tag)}</CompleteMultipartUpload>";
        if (parts.StartsWith("<!DOCTYPE", StringComparison.Ordinal))
            document = parts;
        Conversation conversation = await _connection.ExchangeAsync(
            _server.Request("POST", $"/bucket/k?uploadId={id}", Encoding.UTF8.GetBytes(document)));
        Assert.True(conversation.Responses is [{ Status: 400 } only] && only.ErrorCode == code, $"{what}: {conversation}");
        Assert.Equal(["upload of k"], StoreLeftovers.Of(_server.Store));
    }

    [Theory]
    [InlineData("<LocationConstraint>a</LocationConstraint><LocationConstraint>b</LocationConstraint>", "MalformedXML")]
    [InlineData("<LocationConstraint><a/></LocationConstraint>", "MalformedXML")]
    [InlineData("<LocationConstraint>a/../b</LocationConstraint>", "InvalidLocationConstraint")]
    [InlineData("<LocationConstraint>&#x0;</LocationConstraint>", "InvalidLocationConstraint")]
    [InlineData("x", "MalformedXML")]
    [InlineData("<Tags/>", "NotImplemented")]
    public async Task CreateBucket_refuses_it_and_makes_none(string xml, string code)
    {
        byte[] body = Encoding.UTF8.GetBytes($"<CreateBucketConfiguration>{xml}</CreateBucketConfiguration>");
        Conversation conversation = await _connection.ExchangeAsync(_server.Request("PUT", "/another", body));
        Assert.Equal(code, conversation.Responses[0].ErrorCode);
        Assert.Null(_server.Store.FindBucket("another"u8));
    }

    private static string Delete(string inObject) => $"<Delete><Object>{inObject}</Object></Delete>";

    private static string Part(string number, string tag = "(tag)", string checksums = "") =>
        $"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag>{checksums}</Part>";
}
