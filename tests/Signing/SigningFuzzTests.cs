using System.Text;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>Seeded mutations: nothing throws, and nothing changed is accepted.</summary>
public sealed class SigningFuzzTests
{
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);

    private static readonly SignatureVerifier Verifier =
        new(new OneCredential(SignedRequest.Example), new StoppedClock(SignedRequest.ExampleTime));

    [Fact]
    public void NoByteOfTheAuthorizationHeaderMayChange()
    {
        SignedRequest request = Signer.Header("GET", "/bucket/key", [("a", "b")], [("Range", "bytes=0-9")], "UNSIGNED-PAYLOAD");
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, request.Verify(Verifier, context));
        string authorization = request.Headers[^1].Value;
        for (int i = 0; i < authorization.Length; i++)
        {
            for (int octet = 0; octet < 256; octet++)
            {
                if (authorization[i] == octet)
                    continue;
                string corrupt = authorization[..i] + (char)octet + authorization[(i + 1)..];
                SignatureVerdict verdict =
                    (request with { Headers = request.Headers.With("Authorization", corrupt) }).Verify(Verifier, context);
                Assert.True(verdict is not (SignatureVerdict.Valid or SignatureVerdict.Anonymous), corrupt);
            }

            SignatureVerdict shortened =
                (request with { Headers = request.Headers.With("Authorization", authorization[..i]) }).Verify(Verifier, context);
            Assert.NotEqual(SignatureVerdict.Valid, shortened);
        }
    }

    /// <summary>A change to a presigned query counts, unless it spells the same parameters otherwise.</summary>
    [Fact]
    public void NoByteOfAPresignedQueryMayChange()
    {
        SignedRequest request = Signer.Presigned("GET", "/bucket/key", [("response-content-type", "text/plain")], []);
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, request.Verify(Verifier, context));
        for (int i = 0; i < request.Query.Length; i++)
        {
            for (int octet = 33; octet < 127; octet++)
            {
                if (request.Query[i] == octet)
                    continue;
                string corrupt = request.Query[..i] + (char)octet + request.Query[(i + 1)..];
                SignatureVerdict verdict = (request with { Query = corrupt }).Verify(Verifier, context);
                bool isSame = Uri.UnescapeDataString(corrupt) == Uri.UnescapeDataString(request.Query);
                Assert.True(isSame || verdict is not (SignatureVerdict.Valid or SignatureVerdict.Anonymous), $"{verdict} {corrupt}");
            }
        }
    }

    [Fact]
    public void MutatedRequestsNeverThrow()
    {
        var random = new Random(20130524);
        var context = new SignatureContext();
        SignedRequest[] seeds =
        [
            Signer.Header("PUT", "/bucket/a b+é", [("prefix", "a/b c"), ("uploads", "")], [("x-amz-acl", "private")], "UNSIGNED-PAYLOAD"),
            Signer.Presigned("GET", "/bucket/key", [("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")], []),
            new SignedRequest("GET", "/", "AWSAccessKeyId=a&Signature=b&Expires=1", [("Host", "h")]),
        ];
        for (int i = 0; i < 30_000; i++)
        {
            SignedRequest seed = seeds[i % seeds.Length];
            var headers = new HeaderList(seed.Headers.Select(h => random.Next(4) == 0 ? (h.Name, Mutate(random, h.Value)) : h));
            if (random.Next(8) == 0)
                headers.Add((Mutate(random, headers[0].Name), Mutate(random, headers[0].Value)));
            var mutant = new SignedRequest(
                seed.Method, random.Next(2) == 0 ? seed.Path : Mutate(random, seed.Path),
                random.Next(2) == 0 ? seed.Query : Mutate(random, seed.Query), headers);
            SignatureVerdict verdict = mutant.Verify(Verifier, context);
            Assert.True(Enum.IsDefined(verdict));
            if (verdict == SignatureVerdict.SignatureDoesNotMatch)
                Assert.NotEmpty(context.DescribeCanonicalRequest() + context.DescribeStringToSign());
        }
    }

    [Fact]
    public void MutatedBodiesNeverThrowAndDoNotDependOnHowTheyArrive()
    {
        var random = new Random(66560);
        byte[] payload = new byte[9000];
        random.NextBytes(payload);
        var decoder = new AwsChunkedDecoder();
        foreach (string mode in (string[])
            ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
        {
            SignedRequest request = Signer.Header("PUT", "/b/k", [], [], mode);
            var context = new SignatureContext();
            Assert.Equal(SignatureVerdict.Valid, request.Verify(Verifier, context));
            byte[] signed = Signer.ChunkedBody(
                request.Headers[^1].Value[^64..], payload, 8192, mode.EndsWith("TRAILER") ? [("x-amz-checksum-crc32", "AAAAAA==")] : null);
            byte[] body = context.PayloadMode == PayloadMode.StreamingUnsignedTrailer
                ? [.. "2328\r\n"u8, .. payload, .. "\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"u8]
                : signed;
            for (int i = 0; i < 1500; i++)
            {
                byte[] mutant = MutateFraming(random, body, context.PayloadMode == PayloadMode.StreamingUnsignedTrailer ? 6 : 90);
                DecodedBody whole = DecodedBody.Decode(decoder, context, payload.Length, mutant, () => int.MaxValue);
                DecodedBody pieces = DecodedBody.Decode(
                    decoder, context, payload.Length, mutant, () => random.Next(20) == 0 ? random.Next(1, 5000) : random.Next(1, 40));
                Assert.Equal(whole.Status, pieces.Status);
                Assert.Equal(whole.Trailers, pieces.Trailers);
                if (whole.Status == AwsChunkedStatus.End)
                {
                    Assert.Equal(whole.Payload, pieces.Payload);
                    if (context.PayloadMode != PayloadMode.StreamingUnsignedTrailer)
                        Assert.Equal(payload, whole.Payload);
                }
            }
        }
    }

    /// <summary>Changes bytes near the front and the end, where the framing is.</summary>
    private static byte[] MutateFraming(Random random, byte[] body, int headLength)
    {
        var mutant = new List<byte>(body);
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            int at = random.Next(2) == 0 ? random.Next(headLength) : mutant.Count - 1 - random.Next(Math.Min(200, mutant.Count));
            byte value = random.Next(2) == 0 ? (byte)random.Next(256) : "\r\n;:0a="u8[random.Next(7)];
            switch (random.Next(3))
            {
                case 0:
                    mutant[at] = value;
                    break;
                case 1:
                    mutant.Insert(at, value);
                    break;
                default:
                    mutant.RemoveAt(at);
                    break;
            }
        }

        return [.. mutant];
    }

    private static string Mutate(Random random, string text)
    {
        var mutant = new StringBuilder(text);
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            int at = random.Next(mutant.Length + 1);
            char value = random.Next(2) == 0 ? (char)random.Next(1, 256) : "%&=/;,+ -A0"[random.Next(11)];
            switch (random.Next(4))
            {
                case 0 when at < mutant.Length:
                    mutant[at] = value;
                    break;
                case 1 when at < mutant.Length:
                    mutant.Remove(at, Math.Min(random.Next(1, 20), mutant.Length - at));
                    break;
                case 2 when mutant.Length > 0:
                    int from = random.Next(mutant.Length);
                    mutant.Insert(at, mutant.ToString(from, Math.Min(random.Next(1, 60), mutant.Length - from)));
                    break;
                default:
                    mutant.Insert(at, value);
                    break;
            }
        }

        return mutant.ToString();
    }
}
