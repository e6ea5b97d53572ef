using System.Text;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>Spellings of a request that clients send, against a signer of the tests' own that knows only the decoded request.</summary>
public sealed class CanonicalisationTests
{
    private static readonly TextSigner Signer = new(SignedRequest.Example, "eu-central-1", SignedRequest.ExampleTime);

    [Theory]
    [InlineData("/bucket/plain.txt")]
    [InlineData("/bucket/a b")]
    [InlineData("/bucket/a+b~c-d_e.f")]
    [InlineData("/bucket/*'()!$&=@:;,?#[]{}|\\^`\"<>%")]
    [InlineData("/bucket/%2F%20")]
    [InlineData("/bucket//a///b/./../c/")]
    [InlineData("/bucket/ключ/文件/😀")]
    [InlineData("/")]
    public void PathOfAnyKey(string path)
    {
        Assert.Equal(SignatureVerdict.Valid, Signer.Header("GET", path, [], [], "UNSIGNED-PAYLOAD").Verify());
        Assert.Equal(SignatureVerdict.Valid, Signer.Presigned("GET", path, [], []).Verify());
    }

    /// <summary>The first is what AWS's encoding gives for the key, the second is how a client spells it on the wire.</summary>
    [Theory]
    [InlineData("/b/a+b", "/b/a+b")]
    [InlineData("/b/~x", "/b/%7Ex")]
    [InlineData("/b/a:b@c", "/b/a:b@c")]
    [InlineData("/b/é", "/b/%c3%a9")]
    [InlineData("/b/*'()!", "/b/*'()!")]
    [InlineData("/b/x/y", "/b/x%2Fy")]
    [InlineData("/b/abc", "/b/%61%62c")]
    public void PathSpeltOtherwise(string key, string wirePath)
    {
        SignedRequest request = Signer.Header("GET", key, [], [], "UNSIGNED-PAYLOAD");
        Assert.Equal(SignatureVerdict.Valid, (request with { Path = wirePath }).Verify());
    }

    [Theory]
    [InlineData("/b/x%2Fy")]
    [InlineData("/b/x%2fy")]
    [InlineData("/b/a:b+c")]
    [InlineData("/b/100%")]
    public void PathSignedAsSpelt(string wirePath)
    {
        SignedRequest request = Signer.Header("GET", "/", [], [], "UNSIGNED-PAYLOAD");
        HeaderList unsigned = request.Headers.Without("Authorization");
        string names = "host;x-amz-content-sha256;x-amz-date";
        string signature = Signer.Sign("GET", wirePath, "", unsigned, names, "UNSIGNED-PAYLOAD");
        unsigned.Add(("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-central-1/s3/aws4_request,"
            + $"SignedHeaders={names},Signature={signature}"));
        Assert.Equal(SignatureVerdict.Valid, (request with { Path = wirePath, Headers = unsigned }).Verify());
        var other = request with { Path = wirePath + "/", Headers = unsigned };
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, other.Verify());
    }

    /// <summary>s3cmd trims the values that it signs and leaves the spaces inside.</summary>
    [Fact]
    public void ValueSignedAsSpelt()
    {
        HeaderList headers =
        [
            ("Host", "h"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), ("x-amz-date", "20130524T000000Z"),
            ("x-amz-meta-t", "two  spaces"),
        ];
        const string Names = "host;x-amz-content-sha256;x-amz-date;x-amz-meta-t";
        string request = "PUT\n/b/k\n\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20130524T000000Z\n"
            + $"x-amz-meta-t:two  spaces\n\n{Names}\nUNSIGNED-PAYLOAD";
        headers.Add(("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-central-1/s3/aws4_request,"
            + $"SignedHeaders={Names},Signature={Signer.SignCanonicalRequest(request)}"));
        var put = new SignedRequest("PUT", "/b/k", "", headers);
        Assert.Equal(SignatureVerdict.Valid, put.Verify());
        var folded = put with { Headers = headers.With("x-amz-meta-t", "two spaces") };
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, folded.Verify());
    }

    /// <summary>Name and value pairs as decoded, and the wire's spelling of them.</summary>
    [Theory]
    [InlineData("acl=", "acl")]
    [InlineData("acl=", "acl=")]
    [InlineData("acl=", "&acl&")]
    [InlineData("prefix=a b", "prefix=a%20b")]
    [InlineData("prefix=a b", "prefix=a+b")]
    [InlineData("prefix=a+b", "prefix=a%2Bb")]
    [InlineData("prefix=a+b", "prefix=a%2bb")]
    [InlineData("prefix=a/b", "prefix=a/b")]
    [InlineData("prefix=a/b", "prefix=a%2Fb")]
    [InlineData("prefix=~*'()!:@", "prefix=%7E*'()!:@")]
    [InlineData("prefix=é", "prefix=%c3%A9")]
    [InlineData("prefix=100%", "prefix=100%")]
    [InlineData("prefix=%zz", "prefix=%zz")]
    [InlineData("marker=a=b", "marker=a=b")]
    [InlineData("a=1|a=2|a-b=0|a.c=|A=9", "a=2&a.c&A=9&a-b=0&a=1")]
    [InlineData("list-type=2|prefix=x|delimiter=/|continuation-token=a/b+c==",
        "list-type=2&prefix=x&delimiter=%2F&continuation-token=a%2Fb%2Bc%3D%3D")]
    public void QuerySpeltOtherwise(string pairs, string wireQuery)
    {
        (string, string)[] query = [.. pairs.Split('|').Select(p => (p[..p.IndexOf('=')], p[(p.IndexOf('=') + 1)..]))];
        SignedRequest header = Signer.Header("GET", "/b", query, [], "UNSIGNED-PAYLOAD");
        Assert.Equal(SignatureVerdict.Valid, (header with { Query = wireQuery }).Verify());

        SignedRequest presigned = Signer.Presigned("GET", "/b", query, []);
        string signatureParameters = presigned.Query[presigned.Query.IndexOf("X-Amz-Algorithm", StringComparison.Ordinal)..];
        Assert.Equal(SignatureVerdict.Valid, (presigned with { Query = $"{signatureParameters}&{wireQuery}" }).Verify());
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, (presigned with { Query = $"{presigned.Query}&x-id=GetObject" }).Verify());
    }

    [Fact]
    public void SignedPlusIsNotASpace()
    {
        SignedRequest plus = Signer.Header("GET", "/b", [("prefix", "a+b")], [], "UNSIGNED-PAYLOAD");
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, (plus with { Query = "prefix=a+b" }).Verify());
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, (plus with { Query = "prefix=a%20b" }).Verify());
    }

    [Fact]
    public void HeaderValuesAreFoldedAndJoined()
    {
        (string, string)[] headers =
        [
            ("X-Amz-Meta-Spaces", "  a   b \t c  "),
            ("x-amz-meta-twice", "one"),
            ("Content-Type", "text/plain;  charset=utf-8"),
            ("X-AMZ-META-TWICE", "  two "),
            ("x-amz-meta-empty", ""),
            ("x-amz-meta-latin", "\u00e9\u00ff"),
        ];
        SignedRequest request = Signer.Header("PUT", "/b/k", [], headers, "UNSIGNED-PAYLOAD");
        Assert.Equal(SignatureVerdict.Valid, request.Verify());

        HeaderList swapped = [.. request.Headers.Select(h => h.Value switch
        {
            "one" => (h.Name, "two"),
            "  two " => (h.Name, "one"),
            _ => h,
        })];
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, (request with { Headers = swapped }).Verify());
    }

    [Theory]
    [InlineData("localhost:9000")]
    [InlineData("[::1]:9000")]
    [InlineData("Bucket.S3.Example.COM")]
    public void HostIsTakenAsSent(string host)
    {
        SignedRequest request = Signer.Header("GET", "/k", [], [("Host", host)], "UNSIGNED-PAYLOAD");
        Assert.Equal(SignatureVerdict.Valid, request.Verify());
        Assert.Equal(
            SignatureVerdict.SignatureDoesNotMatch, (request with { Headers = request.Headers.With("Host", host + "0") }).Verify());
    }

    [Fact]
    public void SignedHeaderThatWasNotSentIsEmpty()
    {
        SignedRequest request = Signer.Header("GET", "/k", [], [("Range", "bytes=0-9")], "UNSIGNED-PAYLOAD");
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, (request with { Headers = request.Headers.Without("Range") }).Verify());
    }

    [Theory]
    [InlineData(",")]
    [InlineData(", ")]
    [InlineData(" , ")]
    [InlineData(",   ")]
    public void AuthorizationSeparators(string separator) =>
        Assert.Equal(SignatureVerdict.Valid, Signer.Header("GET", "/k", [], [], "UNSIGNED-PAYLOAD", separator).Verify());

    [Fact]
    public void AccessKeyMayContainSlashes()
    {
        var credential = new Credential("team/project/key", "secret/+=");
        var signer = new TextSigner(credential, "us-east-1", SignedRequest.ExampleTime);
        var verifier = new SignatureVerifier(new OneCredential(credential), new StoppedClock(SignedRequest.ExampleTime));
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, signer.Header("GET", "/k", [], [], "UNSIGNED-PAYLOAD").Verify(verifier, context));
        Assert.Equal(SignatureVerdict.Valid, signer.Presigned("GET", "/k", [], []).Verify(verifier, context));
    }

    [Theory]
    [InlineData("Fri, 24 May 2013 00:00:00 GMT")]
    [InlineData("Fri, 24 May 2013 00:00:00 -0000")]
    [InlineData("20130524T000000Z")]
    public void DateFieldStandsInForAmzDate(string date)
    {
        HeaderList headers = [("Host", "h"), ("Date", date), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")];
        const string Names = "date;host;x-amz-content-sha256";
        string signature = Signer.Sign("GET", "/k", "", headers, Names, "UNSIGNED-PAYLOAD");
        headers.Add(("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-central-1/s3/aws4_request,"
            + $"SignedHeaders={Names},Signature={signature}"));
        Assert.Equal(SignatureVerdict.Valid, new SignedRequest("GET", "/k", "", headers).Verify());
    }

    /// <summary>Every octet in path and query, whatever it is, gives what the reference encoder gives.</summary>
    [Fact]
    public void EveryOctetEncodesAsAwsSays()
    {
        Span<byte> destination = stackalloc byte[9];
        for (int octet = 0; octet < 256; octet++)
        {
            byte[] text = [(byte)'a', (byte)octet, (byte)'b'];
            string upper = $"a%{octet:X2}b";
            bool isUnreserved = char.IsAsciiLetterOrDigit((char)octet) || "-._~".Contains((char)octet);
            string kept = isUnreserved ? $"a{(char)octet}b" : upper;
            foreach (byte[] spelling in (byte[][])[text, Encoding.ASCII.GetBytes(upper), Encoding.ASCII.GetBytes($"a%{octet:x2}b")])
            {
                bool isRaw = spelling.Length == 3;
                int length = UriEncoding.EncodeQueryComponent(spelling, destination);
                Assert.Equal(isRaw && octet == '+' ? "a%20b" : kept, Encoding.ASCII.GetString(destination[..length]));
                length = UriEncoding.EncodePath(spelling, destination);
                Assert.Equal(octet == '/' ? "a/b" : kept, Encoding.ASCII.GetString(destination[..length]));
            }
        }
    }

    [Fact]
    public void RequestSignerSignsWhatTheVerifierChecks()
    {
        var signer = new RequestSigner(SignedRequest.Example, "eu-west-3");
        HeaderList headers =
        [
            ("Host", "localhost:9000"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            ("x-amz-date", RequestSigner.FormatTime(SignedRequest.ExampleTime)),
        ];
        byte[] path = Encoding.UTF8.GetBytes("/b/a:é");
        var line = new SignedRequestLine("GET"u8, path, "b=2&a=1"u8);
        string authorization = signer.SignHeader(line, headers, SignedRequest.ExampleTime);
        string expected = new TextSigner(SignedRequest.Example, "eu-west-3", SignedRequest.ExampleTime)
            .Header("GET", "/b/a:é", [("a", "1"), ("b", "2")], [("Host", "localhost:9000")], "UNSIGNED-PAYLOAD")
            .Headers.Single(h => h.Name == "Authorization").Value;
        Assert.Equal(expected, authorization);

        string query = signer.Presign(line, new HeaderList { ("Host", "localhost:9000") }, SignedRequest.ExampleTime, 60);
        var presigned = new SignedRequest("GET", Encoding.Latin1.GetString(path), query, [("Host", "localhost:9000")]);
        Assert.Equal(SignatureVerdict.Valid, presigned.Verify());
    }
}
