using System.Text;
using RustFs.Tests.S3;
using Xunit;

namespace RustFs.Tests.Hostile;

/// <summary>Well-formed HTTP, rightly signed, and hostile all the same: each is answered with its S3 error and leaves nothing
/// behind.</summary>
[Collection(HostileCollection.Name)]
public sealed class HostileRequestTests
{
    private const string Digits = "99999999999999999999999999";

    private readonly S3TestServer _server = new();
    private readonly HostileConnection _connection;

    public HostileRequestTests() => _connection = new HostileConnection(_server.Service);

    public static TheoryData<string, string, int, string> Targets => new()
    {
        // Keys and buckets
        { "PUT", "/bucket/%FF", 400, "InvalidURI" },
        { "PUT", "/bucket/%C0%AF", 400, "InvalidURI" },
        { "PUT", "/bucket/%E0%80%AF", 400, "InvalidURI" },
        { "PUT", "/bucket/%C0%80", 400, "InvalidURI" },
        { "PUT", "/bucket/%ED%A0%80", 400, "InvalidURI" },
        { "PUT", "/bucket/%F4%90%80%80", 400, "InvalidURI" },
        { "PUT", "/bucket/a%C3", 400, "InvalidURI" },
        { "PUT", "/bucket/%", 400, "InvalidURI" },
        { "PUT", "/bucket/%4", 400, "InvalidURI" },
        { "PUT", "/bucket/%zz", 400, "InvalidURI" },
        { "PUT", "/bucket/" + new string('k', 1025), 400, "KeyTooLongError" },
        { "PUT", "/bucket/" + new string('k', 3073), 400, "KeyTooLongError" },
        { "PUT", "/%2e%2e", 400, "InvalidBucketName" },
        { "PUT", "/a%00b", 400, "InvalidBucketName" },
        { "PUT", "/" + new string('b', 300), 400, "InvalidBucketName" },
        { "PUT", "/%2e%2e/key", 404, "NoSuchBucket" },
        { "PUT", "/bucket%00/key", 404, "NoSuchBucket" },
        { "PUT", "/bucket%2Fkey/key", 404, "NoSuchBucket" },
        { "PUT", "//key", 400, "InvalidBucketName" },

        // Numbers
        { "PUT", "/bucket/k?partNumber=0&uploadId=" + Zeros(32), 400, "InvalidArgument" },
        { "PUT", "/bucket/k?partNumber=-1&uploadId=" + Zeros(32), 400, "InvalidArgument" },
        { "PUT", "/bucket/k?partNumber=10001&uploadId=" + Zeros(32), 400, "InvalidArgument" },
        { "PUT", $"/bucket/k?partNumber={Digits}&uploadId={Zeros(32)}", 400, "InvalidArgument" },
        { "PUT", "/bucket/k?partNumber=%31&uploadId=" + Zeros(32), 400, "InvalidArgument" },
        { "PUT", "/bucket/k?partNumber=1&uploadId=" + Zeros(32), 404, "NoSuchUpload" },
        { "PUT", "/bucket/k?partNumber=1&uploadId=" + new string('f', 4000), 404, "NoSuchUpload" },
        { "PUT", "/bucket/k?partNumber=1&uploadId=../../x", 404, "NoSuchUpload" },
        { "GET", "/bucket?max-keys=-1", 400, "InvalidArgument" },
        { "GET", "/bucket?max-keys=2147483648", 400, "InvalidArgument" },
        { "GET", "/bucket?list-type=2&max-keys=" + Digits, 400, "InvalidArgument" },
        { "GET", "/bucket?list-type=2&max-keys=1e3", 400, "InvalidArgument" },
        { "GET", "/bucket?list-type=2&max-keys=%2B1", 400, "InvalidArgument" },
        { "GET", "/bucket?list-type=2&continuation-token=AAAA", 400, "InvalidArgument" },
        { "GET", "/bucket?list-type=2&continuation-token=%00", 400, "InvalidArgument" },
        { "GET", "/bucket?uploads&max-uploads=-1", 400, "InvalidArgument" },
        { "GET", "/bucket?uploads&max-uploads=" + Digits, 400, "InvalidArgument" },
        { "GET", $"/bucket/k?uploadId={Zeros(32)}&max-parts=-1", 400, "InvalidArgument" },
        { "GET", $"/bucket/k?uploadId={Zeros(32)}&part-number-marker={Digits}", 400, "InvalidArgument" },
        { "GET", "/bucket?prefix=%FF", 400, "InvalidArgument" },
        { "GET", "/bucket?delimiter=%zz", 400, "InvalidArgument" },
        { "GET", "/bucket?marker=" + new string('m', 1025), 400, "KeyTooLongError" },
        { "GET", "/?max-buckets=-1", 400, "InvalidArgument" },

        // Sub-resources that hide a plain operation, and floods
        { "GET", "/bucket/k?torrent", 501, "NotImplemented" },
        { "DELETE", "/bucket/k?retention", 501, "NotImplemented" },
        { "GET", "/bucket?" + string.Concat(Enumerable.Repeat("a&", 65)), 400, "InvalidRequest" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_hostile_target_gets_its_error(string method, string target, int status, string code) =>
        await AssertRefusedAsync(_server.Request(method, target, method == "PUT" ? "x"u8.ToArray() : null), status, code);

    public static TheoryData<string, int, string> Headers => new()
    {
        { "x-amz-meta-a: " + new string('v', 2048), 400, "MetadataTooLarge" },
        { $"x-amz-meta-{new string('n', 256)}: v", 400, "MetadataTooLarge" },
        { "x-amz-meta-: v", 400, "InvalidArgument" },
        { "Content-Disposition: " + new string('v', 1025), 400, "InvalidArgument" },
        { "x-amz-tagging: " + string.Join('&', Enumerable.Range(0, 11)), 400, "BadRequest" },
        { "x-amz-tagging: a=%zz", 400, "InvalidArgument" },
        { "x-amz-tagging: a=1&a=2", 400, "InvalidArgument" },
        { "x-amz-storage-class: ../x", 400, "InvalidStorageClass" },
        { "x-amz-acl: public-read-write", 400, "AccessControlListNotSupported" },
        { "x-amz-write-offset-bytes: -1", 400, "InvalidArgument" },
        { "x-amz-decoded-content-length: -1", 400, "InvalidArgument" },
        { "x-amz-decoded-content-length: " + Digits, 400, "InvalidArgument" },
        { "Content-MD5: !!!!", 400, "InvalidDigest" },
        { "Content-MD5: AAAA", 400, "InvalidDigest" },
        { "Content-MD5: " + Convert.ToBase64String(new byte[16]), 400, "BadDigest" },
        { "x-amz-checksum-crc32: !", 400, "InvalidRequest" },
        { "x-amz-checksum-crc32: AAAA", 400, "InvalidRequest" },
        { "x-amz-checksum-crc32: AAAAAA==", 400, "BadDigest" },
        { "x-amz-checksum-crc32c: AAAAAA=", 400, "InvalidRequest" },
        { "x-amz-checksum-crc64nvme: AAAAAA==", 400, "InvalidRequest" },
        { "x-amz-checksum-sha1: " + new string('A', 4000), 400, "InvalidRequest" },
        { "x-amz-checksum-sha256: \u00E9", 400, "InvalidRequest" },
        { "x-amz-checksum-md5: AAAA", 400, "InvalidRequest" },
        { "x-amz-sdk-checksum-algorithm: " + new string('A', 100), 400, "InvalidRequest" },
        { "x-amz-trailer: x-amz-checksum-crc32,x-amz-checksum-sha1", 400, "InvalidRequest" },
        { "x-amz-copy-source: bucket", 400, "InvalidArgument" },
        { "x-amz-copy-source: bucket/%FF", 400, "InvalidArgument" },
        { "x-amz-copy-source: bucket/%", 400, "InvalidArgument" },
        { "x-amz-copy-source: ../../etc/passwd", 404, "NoSuchBucket" },
        { "x-amz-copy-source: bucket/" + new string('k', 1025), 400, "KeyTooLongError" },
        { "x-amz-copy-source: " + new string('b', 4000) + "/k", 404, "NoSuchBucket" },
        { "If-Match: \"" + Zeros(32) + "\"", 404, "NoSuchKey" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task A_hostile_header_of_a_write_gets_its_error(string header, int status, string code)
    {
        bool isCopy = header.StartsWith("x-amz-copy-source", StringComparison.Ordinal);
        await AssertRefusedAsync(_server.Request("PUT", "/bucket/k", isCopy ? [] : "x"u8.ToArray(), header), status, code);
    }

    [Fact]
    public async Task A_flood_of_headers_is_refused_before_any_is_believed()
    {
        string[] flood = [.. Enumerable.Range(0, 130).Select(number => $"x-amz-meta-{number}: v")];
        await AssertRefusedAsync(_server.Request("PUT", "/bucket/k", "x"u8.ToArray(), flood), 431, "BadRequest");
    }

    [Theory]
    [InlineData(0, "5000000000000", "EntityTooLarge")]
    [InlineData(0, "9223372036854775807", "EntityTooLarge")]
    [InlineData(1, "5000000000000", "EntityTooLarge")]
    [InlineData(1, "9223372036854775807", "EntityTooLarge")]
    public async Task A_length_beyond_every_object_is_refused_without_reading(int isDecoded, string length, string code)
    {
        string[] headers = isDecoded == 0
            ? ["Content-Length: " + length]
            : ["Content-Length: 100", "x-amz-decoded-content-length: " + length,
                "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER"];
        await AssertRefusedAsync(_server.Head("PUT", "/bucket/k", null, headers, out _), 400, code);
    }

    [Theory]
    [InlineData("x-amz-meta-a=b%0D%0ASet-Cookie:%20c")]
    [InlineData("x-amz-meta-a=b%0Ac")]
    [InlineData("x-amz-meta-a=b%00c")]
    [InlineData("x-amz-meta-a:b=c")]
    public async Task Metadata_in_a_presigned_query_cannot_begin_another_header(string parameter)
    {
        string target = _server.Presign("PUT", "/bucket/k?" + parameter);
        byte[] request = Encoding.ASCII.GetBytes($"PUT {target} HTTP/1.1\r\nHost: {S3TestServer.Host}\r\nContent-Length: 1\r\n\r\nx");
        await AssertRefusedAsync(request, 400, "InvalidArgument");
    }

    [Theory]
    [InlineData("a%0D%0ASet-Cookie:%20b")]
    [InlineData("a%0Ab")]
    [InlineData("a%00")]
    [InlineData("%7F")]
    [InlineData("%zz")]
    [InlineData("(1025)")]
    public async Task A_response_override_cannot_begin_another_header(string value)
    {
        value = value == "(1025)" ? new string('v', 1025) : value;
        await _server.PutAsync("k");
        foreach (string name in (string[])["type", "language", "disposition", "encoding"])
        {
            byte[] request = _server.Request("GET", $"/bucket/k?response-content-{name}={value}", null);
            Conversation conversation = await _connection.ExchangeAsync(request);
            Assert.Equal("400 InvalidArgument", conversation.ToString());
        }
    }

    [Fact]
    public async Task The_largest_headers_that_may_be_kept_fit_their_answer()
    {
        string[] headers =
        [
            .. new[] { "Content-Type", "Cache-Control", "Content-Disposition", "Content-Language", "Expires", "Content-Encoding",
                "x-amz-website-redirect-location" }.Select(name => $"{name}: /{new string('v', 1023)}"),
            "x-amz-meta-a: " + new string('v', 2047),
        ];
        await ExpectAsync(_server.Request("PUT", "/bucket/k", "x"u8.ToArray(), headers), "200");
        string overrides = string.Join('&', new[] { "content-type", "cache-control", "content-disposition", "content-language", "expires" }
            .Select(name => $"response-{name}={new string('w', 1024)}"));
        await ExpectAsync(_server.Request("GET", "/bucket/k?" + overrides, null), "200");
    }

    [Theory]
    [InlineData("%01%02%1F%7F")]
    [InlineData("%00")]
    [InlineData("..%2F..%2Fetc")]
    [InlineData("..//.//a/")]
    [InlineData("%0D%0ASet-Cookie:%20a")]
    [InlineData("%3Cscript%3E&'%22")]
    [InlineData("%EF%BF%BE%EF%BF%BF")]
    [InlineData("%F0%9F%92%A9")]
    public async Task A_strange_key_is_a_key_like_any_other(string encoded)
    {
        await ExpectAsync(_server.Request("PUT", "/bucket/" + encoded, "x"u8.ToArray()), "200");
        string key = Uri.UnescapeDataString(encoded);
        Assert.Equal([key], StoreLeftovers.Of(_server.Store));
        await ExpectAsync(_server.Request("GET", "/bucket/" + encoded, null), "200");
        await ExpectAsync(_server.Request("GET", "/bucket?list-type=2&encoding-type=url", null), "200");
        await ExpectAsync(_server.Request("DELETE", "/bucket/" + encoded, null), "204");
        Assert.Empty(StoreLeftovers.Of(_server.Store));
    }

    [Fact]
    public async Task A_signature_has_one_spelling_and_one_request()
    {
        byte[] request = _server.Request("PUT", "/bucket/k", "hello"u8.ToArray());
        string text = Encoding.Latin1.GetString(request);
        int at = text.IndexOf("Signature=", StringComparison.Ordinal) + "Signature=".Length;
        string upper = text[..at] + text.Substring(at, 64).ToUpperInvariant() + text[(at + 64)..];
        await AssertRefusedAsync(Encoding.Latin1.GetBytes(upper), 403, "SignatureDoesNotMatch");
        await AssertRefusedAsync(Encoding.Latin1.GetBytes(text.Replace("hello", "hellp")), 400, "XAmzContentSHA256Mismatch");
        await AssertRefusedAsync(Encoding.Latin1.GetBytes(text.Replace("/bucket/k", "/bucket/l")), 403, "SignatureDoesNotMatch");
        await AssertRefusedAsync(Encoding.Latin1.GetBytes(text.Replace("Host: s3.test", "Host: s4.test")), 403, "SignatureDoesNotMatch");
        await AssertRefusedAsync(Encoding.Latin1.GetBytes(text.Replace("\r\n\r\n", "\r\nx-amz-meta-a: b\r\n\r\n")), 403, "AccessDenied");
    }

    [Fact]
    public async Task A_path_that_is_not_UTF_8_is_answered_with_a_document_that_is()
    {
        Conversation conversation = await _connection.ExchangeAsync(
            [.. "GET /bucket/"u8, 0xFF, 0xC0, 0xAF, .. " HTTP/1.1\r\nHost: h\r\n\r\n"u8]);
        Assert.Equal("400 InvalidURI", conversation.ToString());
    }

    private static string Zeros(int count) => new('0', count);

    private async Task ExpectAsync(byte[] request, string conversation) =>
        Assert.Equal(conversation, (await _connection.ExchangeAsync(request)).ToString());

    private async Task AssertRefusedAsync(byte[] request, int status, string code)
    {
        Conversation conversation = await _connection.ExchangeAsync(request);
        Assert.Equal($"{status} {code}", $"{conversation.Responses[0].Status} {conversation.Responses[0].ErrorCode}");
        Assert.Single(conversation.Responses);
        Assert.Empty(StoreLeftovers.Of(_server.Store));
    }
}
