using System.Net;
using System.Net.Http.Headers;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>What AWSSDK.S3 puts on the wire with its default settings, caught before it leaves the process.</summary>
public sealed class AwsSdkRequestTests
{
    private static readonly SignatureVerifier Verifier = new(new OneCredential(SignedRequest.Example), TimeProvider.System);

    public static readonly TheoryData<string> Keys =
    [
        "plain.txt", "a b+c~d.txt", "ünïcode/文件.bin", "per%2Fcent%20", "star*quote'(paren)!$&=@:;,[]", "trailing/", "double//slash",
    ];

    private static AmazonS3Client Client(string serviceUrl, CatchingHandler handler) => new(
        new BasicAWSCredentials(SignedRequest.Example.AccessKey, SignedRequest.Example.SecretKey),
        new AmazonS3Config
        {
            ServiceURL = serviceUrl,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = 0,
            HttpClientFactory = new CatchingFactory(handler),
        });

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task GetObject(string key)
    {
        var handler = new CatchingHandler();
        using AmazonS3Client client = Client("http://localhost:9000", handler);
        using GetObjectResponse response = await client.GetObjectAsync(new GetObjectRequest
        {
            BucketName = "bucket",
            Key = key,
            ByteRange = new ByteRange(0, 9),
            ResponseHeaderOverrides = new ResponseHeaderOverrides { ContentDisposition = "attachment; filename=\"a+b c.txt\"" },
        });
        var context = new SignatureContext();
        SignatureVerdict verdict = handler.Request!.Verify(Verifier, context);
        Assert.True(verdict == SignatureVerdict.Valid, $"{verdict}\n{context.DescribeCanonicalRequest()}");
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void PresignedUrl(string key)
    {
        using AmazonS3Client client = Client("http://localhost:9000", new CatchingHandler());
        string url = client.GetPreSignedURL(new GetPreSignedUrlRequest
        {
            BucketName = "bucket",
            Key = key,
            Expires = DateTime.UtcNow.AddHours(1),
            Protocol = Protocol.HTTP,
        });
        string target = url["http://localhost:9000".Length..];
        int question = target.IndexOf('?');
        var request = new SignedRequest("GET", target[..question], target[(question + 1)..], [("Host", "localhost:9000")]);
        var context = new SignatureContext();
        SignatureVerdict verdict = request.Verify(Verifier, context);
        Assert.True(verdict == SignatureVerdict.Valid, $"{verdict}\n{context.DescribeCanonicalRequest()}");
    }

    [Theory]
    [InlineData("http://localhost:9000", PayloadMode.StreamingSignedTrailer, 5)]
    [InlineData("http://localhost:9000", PayloadMode.StreamingSignedTrailer, 200_000)]
    [InlineData("https://localhost:9000", PayloadMode.StreamingUnsignedTrailer, 5)]
    [InlineData("https://localhost:9000", PayloadMode.StreamingUnsignedTrailer, 200_000)]
    public async Task PutObject(string serviceUrl, PayloadMode mode, int length)
    {
        byte[] payload = new byte[length];
        new Random(1).NextBytes(payload);
        var handler = new CatchingHandler();
        using AmazonS3Client client = Client(serviceUrl, handler);
        var put = new PutObjectRequest
        {
            BucketName = "bucket",
            Key = "k",
            InputStream = new MemoryStream(payload),
            DisablePayloadSigning = serviceUrl.StartsWith("https", StringComparison.Ordinal),
        };
        put.Metadata["title"] = "two  spaces";
        await client.PutObjectAsync(put);

        var context = new SignatureContext();
        SignatureVerdict verdict = handler.Request!.Verify(Verifier, context);
        Assert.True(verdict == SignatureVerdict.Valid, $"{verdict}\n{context.DescribeCanonicalRequest()}");
        Assert.Equal(mode, context.PayloadMode);
        foreach (int piece in (int[])[int.MaxValue, 1])
        {
            DecodedBody decoded = DecodedBody.Decode(context, length, handler.Body, piece);
            Assert.Equal(AwsChunkedStatus.End, decoded.Status);
            Assert.Equal(payload, decoded.Payload);
            Assert.StartsWith("x-amz-checksum-", Assert.Single(decoded.Trailers).Name);
            Assert.Equal(handler.Body.Length, decoded.ConsumedBytes);
        }
    }

    private sealed class CatchingFactory(HttpMessageHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }

    private sealed class CatchingHandler : HttpMessageHandler
    {
        public SignedRequest? Request { get; private set; }
        public byte[] Body { get; private set; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
        {
            var headers = new HeaderList();
            if (message.Headers.Host is null)
                headers.Add(("Host", message.RequestUri!.Authority));
            foreach ((string name, HeaderStringValues values) in message.Headers.NonValidated)
                headers.Add((name, values.ToString()));
            if (message.Content is not null)
            {
                Body = await message.Content.ReadAsByteArrayAsync(cancellationToken);
                foreach ((string name, HeaderStringValues values) in message.Content.Headers.NonValidated)
                    headers.Add((name, values.ToString()));
            }

            string target = message.RequestUri!.PathAndQuery;
            int question = target.IndexOf('?');
            Request = new SignedRequest(
                message.Method.Method,
                question < 0 ? target : target[..question],
                question < 0 ? "" : target[(question + 1)..],
                headers);
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        }
    }
}
