using System.Text;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>A warm verification and a warm decoder allocate nothing.</summary>
public sealed class SigningAllocationTests
{
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Verification(bool presigned)
    {
        (string, string)[] query = [("list-type", "2"), ("prefix", "a b/é"), ("delimiter", "/")];
        SignedRequest request = presigned
            ? Signer.Presigned("GET", "/bucket/a b", query, [])
            : Signer.Header("GET", "/bucket/a b", query, [("Range", "bytes=0-9")], "UNSIGNED-PAYLOAD");
        var verifier = new SignatureVerifier(new OneCredential(SignedRequest.Example), new StoppedClock(SignedRequest.ExampleTime));
        var context = new SignatureContext();
        byte[] path = Encoding.ASCII.GetBytes(request.Path);
        byte[] queryBytes = Encoding.ASCII.GetBytes(request.Query);
        AssertAllocatesNothing(() =>
        {
            var line = new SignedRequestLine("GET"u8, path, queryBytes);
            Assert.True(verifier.Verify(line, request.Headers, context) == SignatureVerdict.Valid);
        });
    }

    [Fact]
    public void SignedBodyWithTrailer()
    {
        SignedRequest request = Signer.Header("PUT", "/b/k", [], [], "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
        var context = new SignatureContext();
        Assert.Equal(SignatureVerdict.Valid, request.Verify(context));
        byte[] body = Signer.ChunkedBody(request.Headers[^1].Value[^64..], new byte[20000], 8192, [("x-amz-checksum-crc32", "AAAAAA==")]);
        var decoder = new AwsChunkedDecoder();
        AssertAllocatesNothing(() =>
        {
            decoder.Reset(context, 20000);
            // Two pieces, so that a line is split as well.
            Drain(decoder, body.AsSpan(0, 20));
            Assert.True(Drain(decoder, body.AsSpan(20)) == AwsChunkedStatus.End);
        });
    }

    private static AwsChunkedStatus Drain(AwsChunkedDecoder decoder, ReadOnlySpan<byte> input)
    {
        AwsChunkedStatus status;
        do
        {
            status = decoder.Decode(input, out int consumed, out _);
            input = input[consumed..];
        }
        while (status == AwsChunkedStatus.Payload);
        return status;
    }

    private static void AssertAllocatesNothing(Action act)
    {
        for (int i = 0; i < 100; i++)
            act();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            act();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
