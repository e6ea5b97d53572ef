using System.Text;
using RustFs.Http1;

namespace RustFs.Tests.Http1;

/// <summary>The messages that several tests share, as the text that goes over the wire: one character is one byte (Latin-1).</summary>
internal static class HttpMessages
{
    /// <summary>As boto3 sends a GET with a header signature.</summary>
    public const string Boto3Get =
        "GET /bench-bucket/objects/000000000123?response-content-type=text%2Fplain HTTP/1.1\r\n"
        + "Host: 127.0.0.1:9000\r\n"
        + "Accept-Encoding: identity\r\n"
        + "x-amz-checksum-mode: ENABLED\r\n"
        + "User-Agent: Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.2\r\n"
        + "X-Amz-Date: 20260101T000000Z\r\n"
        + "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"
        + "Authorization: AWS4-HMAC-SHA256 Credential=rustfsadmin/20260101/us-east-1/s3/aws4_request, "
        + "SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, "
        + "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024\r\n"
        + "amz-sdk-invocation-id: 6f5c1ed0-0c2c-4b0e-a0a5-2f5f1e2f6f3d\r\n"
        + "amz-sdk-request: attempt=1\r\n"
        + "\r\n";

    /// <summary>As boto3 sends a PUT with a trailing checksum.</summary>
    public const string Boto3Put =
        "PUT /bench-bucket/objects/000000000123 HTTP/1.1\r\n"
        + "Host: 127.0.0.1:9000\r\n"
        + "Accept-Encoding: identity\r\n"
        + "Content-Type: application/octet-stream\r\n"
        + "x-amz-meta-season: \u00C3\u00A9t\u00C3\u00A9\r\n"
        + "X-Amz-Trailer: x-amz-checksum-crc32\r\n"
        + "x-amz-sdk-checksum-algorithm: CRC32\r\n"
        + "X-Amz-Decoded-Content-Length: 4096\r\n"
        + "Content-Encoding: aws-chunked\r\n"
        + "Transfer-Encoding: chunked\r\n"
        + "User-Agent: Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.2\r\n"
        + "Expect: 100-continue\r\n"
        + "X-Amz-Date: 20260101T000000Z\r\n"
        + "X-Amz-Content-SHA256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
        + "Authorization: AWS4-HMAC-SHA256 Credential=rustfsadmin/20260101/us-east-1/s3/aws4_request, "
        + "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
        + "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024\r\n"
        + "\r\n";

    public const string Shortest = "GET / HTTP/1.1\r\nHost:a\r\n\r\n";
    public const string ShortestHttp10 = "GET / HTTP/1.0\r\n\r\n";

    /// <summary>Names and values longer than one scan window, every kind of white space, empty values, repeated fields.</summary>
    public static readonly string Unusual =
        "\r\n\r\nPATCH http://user.example:80/a//b/%2F%zz;'\"<>[]{}|\\^`~?x=1&y=%00?/\u00E9 HTTP/1.1\r\n"
        + "host:\t USER.example:80 \t \r\n"
        + "Empty:\r\n"
        + "Blank: \t \r\n"
        + "Connection: keep-alive\r\n"
        + "Connection: upgrade, TE\r\n"
        + $"x-amz-meta-{new string('n', 150)}: {new string('v', 300)} : \t{new string('w', 63)}\u0080\u00FF\r\n"
        + "!#$%&'*+-.^_`|~09azAZ: every character of a token\r\n"
        + "Content-Length: 00012\r\n"
        + "\r\n";

    public static readonly string[] ValidHeads =
    [
        Boto3Get, Boto3Put, Shortest, ShortestHttp10, Unusual,
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:9000\r\nOrigin: http://example.com\r\n\r\n",
        "POST https://h?uploads HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ];

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static ParseStatus Parse(string text, RequestHead head, out int consumedBytes, out RequestRejection rejection) =>
        RequestHeadParser.Parse(Bytes(text), head, out consumedBytes, out rejection);
}
