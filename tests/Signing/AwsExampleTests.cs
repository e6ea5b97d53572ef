using System.Text;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>
/// The examples of the S3 API reference: "Signature Calculations for the Authorization Header" with its two pages on chunked upload, and
/// "Authenticating Requests: Using Query Parameters".
/// </summary>
public sealed class AwsExampleTests
{
    private const string EmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

    private static SignedRequest Request(
        string method, string path, string query, string signedHeaders, string signature, params (string, string)[] headers)
    {
        string authorization = $"AWS4-HMAC-SHA256 Credential={Scope},SignedHeaders={signedHeaders},Signature={signature}";
        HeaderList all =
        [
            ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"), .. headers, ("Authorization", authorization),
        ];
        return new SignedRequest(method, path, query, all);
    }

    private static SignedRequest GetObject() => Request(
        "GET", "/test.txt", "", "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ("Range", "bytes=0-9"), ("x-amz-content-sha256", EmptySha256));

    [Fact]
    public void GetObjectWithRange()
    {
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, GetObject().Verify(context));
        Assert.Equal(SignedRequest.Example, context.Credential);
        Assert.Equal(PayloadMode.SignedSha256, context.PayloadMode);
        Assert.Equal(EmptySha256, Convert.ToHexStringLower(context.PayloadSha256));
        Assert.Equal("us-east-1", Encoding.ASCII.GetString(context.Region));
        Assert.False(context.IsPresigned);
        Assert.Equal("", context.DescribeCanonicalRequest());
    }

    [Fact]
    public void MismatchTellsTheCanonicalRequestAndTheStringToSign()
    {
        SignedRequest request = GetObject();
        var context = new SignatureContext();
        var forged = request with { Headers = request.Headers.With("Range", "bytes=0-99") };
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, forged.Verify(context));
        Assert.Equal(
            $"GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-99\nx-amz-content-sha256:{EmptySha256}\n"
            + $"x-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n{EmptySha256}",
            context.DescribeCanonicalRequest());
        Assert.StartsWith("AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n", context.DescribeStringToSign());

        Assert.Equal(SignatureVerdict.Valid, request.Verify(context));
        Assert.Equal("", context.DescribeCanonicalRequest());
        Assert.Equal("", context.DescribeStringToSign());
    }

    [Fact]
    public void PutObject() => Assert.Equal(SignatureVerdict.Valid, Request(
        "PUT", "/test$file.text", "", "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")).Verify());

    [Fact]
    public void GetBucketLifecycle() => Assert.Equal(SignatureVerdict.Valid, Request(
        "GET", "/", "lifecycle", "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", ("x-amz-content-sha256", EmptySha256)).Verify());

    [Fact]
    public void ListObjects() => Assert.Equal(SignatureVerdict.Valid, Request(
        "GET", "/", "max-keys=2&prefix=J", "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", ("x-amz-content-sha256", EmptySha256)).Verify());

    [Fact]
    public void PresignedGetObject()
    {
        var request = new SignedRequest(
            "GET",
            "/test.txt",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            new HeaderList([("Host", "examplebucket.s3.amazonaws.com")]));
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, request.Verify(context, SignedRequest.ExampleTime.AddHours(24)));
        Assert.True(context.IsPresigned);
        Assert.Equal(PayloadMode.Unsigned, context.PayloadMode);
        Assert.Equal(SignatureVerdict.RequestExpired, request.Verify(context, SignedRequest.ExampleTime.AddSeconds(86401)));
    }

    private static SignatureContext VerifyStreaming(bool trailer)
    {
        string seed = trailer
            ? "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
            : "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
        string signedHeaders = trailer
            ? "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer"
            : "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class";
        SignedRequest request = Request(
            "PUT", "/examplebucket/chunkObject.txt", "", signedHeaders, seed,
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + (trailer ? "-TRAILER" : "")),
            ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "66560"));
        HeaderList headers = request.Headers.With("Host", "s3.amazonaws.com");
        headers.Add(trailer ? ("x-amz-trailer", "x-amz-checksum-crc32c") : ("Content-Length", "66824"));
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, (request with { Headers = headers }).Verify(context));
        Assert.Equal(trailer ? PayloadMode.StreamingSignedTrailer : PayloadMode.StreamingSigned, context.PayloadMode);
        return context;
    }

    private static string Body(string first, string second, string last, string end) =>
        $"10000;chunk-signature={first}\r\n{new string('a', 65536)}\r\n400;chunk-signature={second}\r\n{new string('a', 1024)}\r\n"
        + $"0;chunk-signature={last}\r\n{end}";

    [Fact]
    public void ChunkedUpload()
    {
        SignatureContext context = VerifyStreaming(trailer: false);
        string body = Body(
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
            "\r\n");
        DecodedBody decoded = DecodedBody.Decode(context, 66560, Encoding.ASCII.GetBytes(body));
        Assert.Equal(AwsChunkedStatus.End, decoded.Status);
        Assert.Equal(new string('a', 66560), Encoding.ASCII.GetString(decoded.Payload));
    }

    /// <summary>With the empty line between last chunk and trailers that AWS's page prints, and without.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    public void ChunkedUploadWithTrailer(string gap)
    {
        SignatureContext context = VerifyStreaming(trailer: true);
        string body = Body(
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
            gap + "x-amz-checksum-crc32c:sOO8/Q==\r\n"
            + "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n");
        DecodedBody decoded = DecodedBody.Decode(context, 66560, Encoding.ASCII.GetBytes(body));
        Assert.Equal(AwsChunkedStatus.End, decoded.Status);
        Assert.Equal([("x-amz-checksum-crc32c", "sOO8/Q==")], decoded.Trailers);
    }
}
