using System.Text;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>Every way to be wrong, from a request that is right but for one thing.</summary>
public sealed class SignatureVerdictTests
{
    private const string EmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);

    private static SignedRequest Header(string payloadHash = "UNSIGNED-PAYLOAD") =>
        Signer.Header("GET", "/bucket/key", [], [], payloadHash);

    private static string AuthorizationOf(SignedRequest request) => request.Headers.Single(h => h.Name == "Authorization").Value;

    private static SignatureVerdict VerifyAuthorization(Func<string, string> change)
    {
        SignedRequest request = Header();
        return (request with { Headers = request.Headers.With("Authorization", change(AuthorizationOf(request))) }).Verify();
    }

    [Fact]
    public void NoSignatureIsAnonymousAndKeepsThePayloadMode()
    {
        var context = new SignatureContext();
        HeaderList headers = [("Host", "h"), ("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")];
        Assert.Equal(SignatureVerdict.Anonymous, new SignedRequest("PUT", "/b/k", "acl&X-Amz-Date=1", headers).Verify(context));
        Assert.Equal(PayloadMode.StreamingUnsignedTrailer, context.PayloadMode);
        Assert.Null(context.Credential);
        Assert.Equal(SignatureVerdict.Anonymous, new SignedRequest("PUT", "/b/k", "", [("Host", "h")]).Verify(context));
        Assert.Equal(PayloadMode.Unsigned, context.PayloadMode);
    }

    [Theory]
    [InlineData("AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", SignatureVerdict.SignatureVersion2)]
    [InlineData("AWS4-ECDSA-P256-SHA256 Credential=a/20130524/s3/aws4_request", SignatureVerdict.UnsupportedAlgorithm)]
    [InlineData("Basic dXNlcjpwYXNz", SignatureVerdict.UnsupportedAlgorithm)]
    [InlineData("Bearer token", SignatureVerdict.UnsupportedAlgorithm)]
    [InlineData("", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("AWS4-HMAC-SHA256", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("AWS4-HMAC-SHA256 ", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20130524/r/s3/aws4_request", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=0", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=",
        SignatureVerdict.AuthorizationHeaderMalformed)]
    public void AuthorizationOfOtherForms(string value, SignatureVerdict expected) =>
        Assert.Equal(expected, VerifyAuthorization(_ => value));

    [Theory]
    [InlineData("Credential=", "Credentials=", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("SignedHeaders=", "SignedHeaders=;", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("SignedHeaders=host;", "SignedHeaders=host;;", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("SignedHeaders=host;", "SignedHeaders=host;host;", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("SignedHeaders=host;", "SignedHeaders=Host;", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("SignedHeaders=host;", "SignedHeaders=zzz;host;", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("x-amz-date,", "x-amz-date;,", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("Signature=", "Extra=1, Signature=", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("Signature=", "Signature=0, Signature=", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("/20130524/", "/20130525/", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("/20130524/", "/2013052/", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("/20130524/", "/2013-5-4/", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("/us-east-1/", "//", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("/s3/", "/ec2/", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("/aws4_request", "/aws4-request", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("/us-east-1/", "/us-west-2/", SignatureVerdict.SignatureDoesNotMatch)]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF", SignatureVerdict.InvalidAccessKeyId)]
    [InlineData("AKIAIOSFODNN7EXAMPLE/", "/", SignatureVerdict.AuthorizationHeaderMalformed)]
    [InlineData("Signature=", "Signature=0", SignatureVerdict.SignatureDoesNotMatch)]
    [InlineData("host;x-amz-content-sha256;x-amz-date", "x-amz-content-sha256;x-amz-date", SignatureVerdict.UnsignedHeader)]
    [InlineData("host;x-amz-content-sha256;x-amz-date", "host;x-amz-content-sha256", SignatureVerdict.UnsignedHeader)]
    public void AuthorizationWithOneThingChanged(string part, string changed, SignatureVerdict expected) =>
        Assert.Equal(expected, VerifyAuthorization(value =>
        {
            Assert.Contains(part, value);
            return value.Replace(part, changed);
        }));

    [Fact]
    public void SignatureHasOneSpelling() => Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, VerifyAuthorization(value =>
    {
        int at = value.IndexOf("Signature=", StringComparison.Ordinal) + "Signature=".Length;
        return value[..at] + value[at..].ToUpperInvariant();
    }));

    [Fact]
    public void TwoAuthorizationFields()
    {
        SignedRequest request = Header();
        request.Headers.Add(("Authorization", AuthorizationOf(request)));
        Assert.Equal(SignatureVerdict.AuthorizationHeaderMalformed, request.Verify());
    }

    [Fact]
    public void UnsignedAmzHeader()
    {
        SignedRequest request = Header();
        Assert.Equal(
            SignatureVerdict.UnsignedHeader, (request with { Headers = request.Headers.With("X-Amz-Acl", "public-read") }).Verify());
        Assert.Equal(SignatureVerdict.Valid, (request with { Headers = request.Headers.With("User-Agent", "x") }).Verify());
        SignedRequest presigned = Signer.Presigned("GET", "/b/k", [], []);
        Assert.Equal(
            SignatureVerdict.UnsignedHeader, (presigned with { Headers = presigned.Headers.With("x-amz-acl", "public-read") }).Verify());
    }

    [Theory]
    [InlineData(null, SignatureVerdict.MissingDate)]
    [InlineData("", SignatureVerdict.MissingDate)]
    [InlineData("20130524T000000", SignatureVerdict.MissingDate)]
    [InlineData("20130524t000000Z", SignatureVerdict.MissingDate)]
    [InlineData("20130532T000000Z", SignatureVerdict.MissingDate)]
    [InlineData("20130524T240000Z", SignatureVerdict.MissingDate)]
    [InlineData("Fri, 24 May 2013 00:00:00 GMT", SignatureVerdict.MissingDate)]
    [InlineData("20130525T000000Z", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("20130524T001501Z", SignatureVerdict.RequestTimeTooSkewed)]
    [InlineData("20130524T001500Z", SignatureVerdict.SignatureDoesNotMatch)]
    public void AmzDate(string? value, SignatureVerdict expected)
    {
        SignedRequest request = Header();
        HeaderList headers = value is null ? request.Headers.Without("x-amz-date") : request.Headers.With("x-amz-date", value);
        Assert.Equal(expected, (request with { Headers = headers }).Verify());
    }

    [Theory]
    [InlineData("Fri, 24 May 2013 00:00:00 EST")]
    [InlineData("Fri, 24 Mai 2013 00:00:00 GMT")]
    [InlineData("Fri, 24 May 2013 00:00:60 GMT")]
    [InlineData("Fri, 24 May 2013")]
    public void DateThatIsNone(string value)
    {
        SignedRequest request = Header();
        Assert.Equal(
            SignatureVerdict.MissingDate,
            (request with { Headers = request.Headers.Without("x-amz-date").With("Date", value) }).Verify());
    }

    [Theory]
    [InlineData(-901, SignatureVerdict.RequestTimeTooSkewed)]
    [InlineData(-900, SignatureVerdict.Valid)]
    [InlineData(900, SignatureVerdict.Valid)]
    [InlineData(901, SignatureVerdict.RequestTimeTooSkewed)]
    public void ClockSkew(int seconds, SignatureVerdict expected) =>
        Assert.Equal(expected, Header().Verify(now: SignedRequest.ExampleTime.AddSeconds(seconds)));

    [Fact]
    public void MissingContentSha256()
    {
        SignedRequest request = Header();
        Assert.Equal(
            SignatureVerdict.MissingContentSha256,
            (request with { Headers = request.Headers.Without("x-amz-content-sha256") }).Verify());
    }

    [Theory]
    [InlineData(EmptySha256, PayloadMode.SignedSha256)]
    [InlineData("UNSIGNED-PAYLOAD", PayloadMode.Unsigned)]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PayloadMode.StreamingSigned)]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PayloadMode.StreamingSignedTrailer)]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER", PayloadMode.StreamingUnsignedTrailer)]
    [InlineData("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", null)]
    [InlineData("unsigned-payload", null)]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85", null)]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g", null)]
    [InlineData("", null)]
    public void ContentSha256(string value, PayloadMode? expected)
    {
        var context = new SignatureContext();
        SignatureVerdict verdict = Header(value).Verify(context);
        Assert.Equal(expected is null ? SignatureVerdict.InvalidContentSha256 : SignatureVerdict.Valid, verdict);
        Assert.Equal(expected ?? PayloadMode.Unsigned, context.PayloadMode);
        Assert.Equal(expected == PayloadMode.SignedSha256 ? 32 : 0, context.PayloadSha256.Length);

        verdict = Signer.Presigned("PUT", "/b/k", [], [("x-amz-content-sha256", value)], payloadHash: value).Verify(context);
        Assert.Equal(expected is null ? SignatureVerdict.InvalidContentSha256 : SignatureVerdict.Valid, verdict);
        if (value is not "")
        {
            verdict = Signer.Presigned("PUT", "/b/k", [("X-Amz-Content-Sha256", value)], [], payloadHash: value).Verify(context);
            Assert.Equal(expected is null ? SignatureVerdict.InvalidContentSha256 : SignatureVerdict.Valid, verdict);
            Assert.Equal(expected ?? PayloadMode.Unsigned, context.PayloadMode);
        }
    }

    [Fact]
    public void TwoContentSha256Fields()
    {
        SignedRequest request = Signer.Header("GET", "/k", [], [("x-amz-content-sha256", EmptySha256)], "UNSIGNED-PAYLOAD");
        Assert.Equal(SignatureVerdict.InvalidContentSha256, request.Verify());
    }

    [Theory]
    [InlineData("60", -900, SignatureVerdict.Valid)]
    [InlineData("60", -901, SignatureVerdict.RequestNotYetValid)]
    [InlineData("60", 60, SignatureVerdict.Valid)]
    [InlineData("60", 61, SignatureVerdict.RequestExpired)]
    [InlineData("604800", 604800, SignatureVerdict.Valid)]
    [InlineData("604801", 0, SignatureVerdict.ExpiresOutOfRange)]
    [InlineData("0", 0, SignatureVerdict.ExpiresOutOfRange)]
    [InlineData("-5", 0, SignatureVerdict.ExpiresOutOfRange)]
    [InlineData("99999999999999999999", 0, SignatureVerdict.ExpiresOutOfRange)]
    [InlineData("-", 0, SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("", 0, SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("1h", 0, SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("+5", 0, SignatureVerdict.AuthorizationQueryParametersError)]
    public void PresignedExpiry(string expires, int nowSeconds, SignatureVerdict expected)
    {
        var context = new SignatureContext();
        SignedRequest request = Signer.Presigned("GET", "/b/k", [], [], expires);
        Assert.Equal(expected, request.Verify(context, SignedRequest.ExampleTime.AddSeconds(nowSeconds)));
        Assert.True(context.IsPresigned);
    }

    [Theory]
    [InlineData("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256", SignatureVerdict.UnsupportedAlgorithm)]
    [InlineData("X-Amz-Algorithm=AWS4-HMAC-SHA256&", "", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-Date=20130524T000000Z", "X-Amz-Date=2013-05-24", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-Date=20130524T000000Z&", "", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-Date=20130524T000000Z", "X-Amz-Date=20130525T000000Z", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("X-Amz-Expires=3600&", "", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-Expires=3600&", "X-Amz-Expires=3600&X-Amz-Expires=3600&", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-SignedHeaders=host&", "", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=Host", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=date", SignatureVerdict.UnsignedHeader)]
    [InlineData("X-Amz-Signature=", "X-Amz-Nothing=", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-Signature=", "X-Amz-Signature=0", SignatureVerdict.SignatureDoesNotMatch)]
    [InlineData("X-Amz-Signature=", "X-Amz-Signature=0&X-Amz-Signature=", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("%2Fus-east-1%2Fs3%2F", "%2Fs3%2F", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("%2Fs3%2F", "%2Fiam%2F", SignatureVerdict.CredentialScopeMalformed)]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "nobody", SignatureVerdict.InvalidAccessKeyId)]
    [InlineData("X-Amz-Algorithm", "AWSAccessKeyId=a&Signature=b&Expires=1&x", SignatureVerdict.AuthorizationQueryParametersError)]
    [InlineData("X-Amz-Algorithm", "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Algorithm",
        SignatureVerdict.AuthorizationQueryParametersError)]
    public void PresignedQueryWithOneThingChanged(string part, string changed, SignatureVerdict expected)
    {
        SignedRequest request = Signer.Presigned("GET", "/b/k", [], []);
        Assert.Contains(part, request.Query);
        Assert.Equal(expected, (request with { Query = request.Query.Replace(part, changed) }).Verify());
    }

    [Fact]
    public void PresignedForGetIsNotForHead() => Assert.Equal(
        SignatureVerdict.SignatureDoesNotMatch, (Signer.Presigned("GET", "/b/k", [], []) with { Method = "HEAD" }).Verify());

    [Theory]
    [InlineData("AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D&Expires=1141889120")]
    [InlineData("Expires=1141889120&Signature=x")]
    public void Version2Query(string query) => Assert.Equal(
        SignatureVerdict.SignatureVersion2, new SignedRequest("GET", "/b/k", query, [("Host", "h")]).Verify());

    [Fact]
    public void HeaderAndQuerySignatureTogether()
    {
        SignedRequest presigned = Signer.Presigned("GET", "/bucket/key", [], []);
        Assert.Equal(SignatureVerdict.MultipleAuthTypes, (Header() with { Query = presigned.Query }).Verify());
        Assert.Equal(SignatureVerdict.MultipleAuthTypes, (Header() with { Query = "AWSAccessKeyId=a&Signature=b&Expires=1" }).Verify());
    }

    [Fact]
    public void TooManyParameters()
    {
        (string, string)[] Fields(int count) => [.. Enumerable.Range(0, count).Select(i => ($"x-{i}", "1"))];

        Assert.Equal(SignatureVerdict.Valid, Signer.Header("GET", "/k", Fields(128), [], "UNSIGNED-PAYLOAD").Verify());
        Assert.Equal(SignatureVerdict.TooManyParameters, Signer.Header("GET", "/k", Fields(129), [], "UNSIGNED-PAYLOAD").Verify());
        Assert.Equal(SignatureVerdict.Valid, Signer.Header("GET", "/k", [], Fields(124), "UNSIGNED-PAYLOAD").Verify());
        Assert.Equal(SignatureVerdict.TooManyParameters, Signer.Header("GET", "/k", [], Fields(125), "UNSIGNED-PAYLOAD").Verify());
        Assert.Equal(SignatureVerdict.TooManyParameters, VerifyAuthorization(value => value.Replace(
            ";x-amz-date,", ";x-amz-date;" + string.Join(';', Enumerable.Range(100, 126).Select(i => $"z{i}")) + ",")));
    }

    [Fact]
    public void NewSecretTakesEffectAtOnce()
    {
        var source = new ChangingCredential { Current = SignedRequest.Example };
        var verifier = new SignatureVerifier(source, new StoppedClock(SignedRequest.ExampleTime));
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, Header().Verify(verifier, context));
        source.Current = SignedRequest.Example with { SecretKey = "another" };
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, Header().Verify(verifier, context));
        source.Current = null;
        Assert.Equal(SignatureVerdict.InvalidAccessKeyId, Header().Verify(verifier, context));
    }

    [Fact]
    public void CacheOfKeysStaysCorrectWhenItIsFull()
    {
        var verifier = new SignatureVerifier(new OneCredential(SignedRequest.Example), new StoppedClock(SignedRequest.ExampleTime));
        var context = new SignatureContext();
        for (int round = 0; round < 2; round++)
        {
            for (int region = 0; region < 600; region++)
            {
                var signer = new TextSigner(SignedRequest.Example, $"region-{region}", SignedRequest.ExampleTime);
                Assert.Equal(SignatureVerdict.Valid, signer.Presigned("GET", "/k", [], []).Verify(verifier, context));
                Assert.Equal($"region-{region}", Encoding.ASCII.GetString(context.Region));
            }
        }
    }

    private sealed class ChangingCredential : ICredentialSource
    {
        public Credential? Current { get; set; }

        public Credential? Find(ReadOnlySpan<byte> accessKey) => Current;
    }
}
