using System.Text;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

public sealed class AwsChunkedDecoderTests
{
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);
    private static readonly (string, string)[] Crc32 = [("x-amz-checksum-crc32", "AAAAAA==")];

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Payload(int length)
    {
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);
        return payload;
    }

    private static SignatureContext Context(string contentSha256, out string seed)
    {
        var context = new SignatureContext();
        SignedRequest request = Signer.Header("PUT", "/b/k", [], [], contentSha256);
        Assert.Equal(SignatureVerdict.Valid, request.Verify(context));
        seed = request.Headers[^1].Value[^64..];
        return context;
    }

    private static SignatureContext Unsigned() => Context("STREAMING-UNSIGNED-PAYLOAD-TRAILER", out _);

    private static DecodedBody DecodeUnsigned(string body, long length, int piece = int.MaxValue) =>
        DecodedBody.Decode(Unsigned(), length, Bytes(body), piece);

    /// <summary>A signed body of chunks of 8 KiB, with trailers or without, and what verified its request.</summary>
    private static byte[] SignedBody(int length, (string, string)[]? trailers, out SignatureContext context, out byte[] payload)
    {
        context = Context("STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + (trailers is null ? "" : "-TRAILER"), out string seed);
        payload = Payload(length);
        return Signer.ChunkedBody(seed, payload, 8192, trailers);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(8192, false)]
    [InlineData(20000, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(20000, true)]
    public void SignedChunksInPiecesOfAnySize(int length, bool trailer)
    {
        byte[] body = SignedBody(length, trailer ? Crc32 : null, out SignatureContext context, out byte[] payload);
        foreach (int piece in (int[])[int.MaxValue, 1, 2, 3, 61, 4096, 8192])
        {
            DecodedBody decoded = DecodedBody.Decode(context, length, body, piece);
            Assert.Equal(AwsChunkedStatus.End, decoded.Status);
            Assert.Equal(payload, decoded.Payload);
            Assert.Equal(trailer ? Crc32 : [], decoded.Trailers);
            Assert.Equal(body.Length, decoded.ConsumedBytes);
        }
    }

    /// <summary>The forms of botocore and the AWS SDKs, and of minio-go.</summary>
    [Theory]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "x-amz-checksum-crc32:AAAAAA==")]
    [InlineData("5\r\nhello\r\n0\r\nX-Amz-Checksum-Crc32: AAAAAA== \r\n\r\n", "x-amz-checksum-crc32:AAAAAA==")]
    [InlineData("0000000000000005\r\nhello\r\n000\r\na:1\r\nb:2\r\n\r\n", "a:1 b:2")]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n", "x-amz-checksum-crc32:AAAAAA==")]
    [InlineData("5\r\nhello\r\n0\r\nb:2\na:1\n\r\n\r\n", "b:2 a:1")]
    [InlineData("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n", "x-amz-checksum-crc32:AAAAAA==")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "")]
    [InlineData("5\r\nhello\r\n0\r\n", "")]
    public void UnsignedForms(string body, string trailers)
    {
        foreach (int piece in (int[])[int.MaxValue, 1, 2, 7])
        {
            DecodedBody decoded = DecodeUnsigned(body, 5, piece);
            Assert.Equal(AwsChunkedStatus.End, decoded.Status);
            Assert.Equal("hello", Encoding.ASCII.GetString(decoded.Payload));
            Assert.Equal(trailers, string.Join(' ', decoded.Trailers.Select(t => $"{t.Name}:{t.Value}")));
            Assert.Equal(body.Length, decoded.ConsumedBytes);
        }
    }

    /// <summary>What follows the body on the connection is not touched.</summary>
    [Fact]
    public void EndsAtItsEnd()
    {
        const string Body = "5\r\nhello\r\n0\r\na:1\r\n\r\n";
        DecodedBody decoded = DecodeUnsigned(Body + "GET / HTTP/1.1\r\n", 5);
        Assert.Equal((AwsChunkedStatus.End, Body.Length), (decoded.Status, decoded.ConsumedBytes));
    }

    [Theory]
    [InlineData("", AwsChunkedStatus.NeedMore)]
    [InlineData("5", AwsChunkedStatus.NeedMore)]
    [InlineData("5\r\nhel", AwsChunkedStatus.NeedMore)]
    [InlineData("5\r\nhello", AwsChunkedStatus.NeedMore)]
    [InlineData("5\r\nhello\r\n", AwsChunkedStatus.NeedMore)]
    [InlineData("5\r\nhello\r\n0\r\na:1", AwsChunkedStatus.NeedMore)]
    [InlineData("5\nhello\r\n0\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("x\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("-5\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("0x5\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData(" 5\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("5 \r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("5;\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("5;name=value\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("00000000000000005\r\nhello", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhello\n0\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhello\r\n0\r\nnocolon\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhello\r\n0\r\n:value\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhello\r\n0\r\na b:value\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhello\r\n0\r\na:1\r2\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhello\r\n0\r\na:1\r\nA:2\r\n\r\n", AwsChunkedStatus.Malformed)]
    [InlineData("5\r\nhello\r\n0\r\n\n", AwsChunkedStatus.Malformed)]
    [InlineData("4\r\nhell\r\n0\r\n\r\n", AwsChunkedStatus.DecodedLengthMismatch)]
    [InlineData("6\r\nhello!\r\n0\r\n\r\n", AwsChunkedStatus.DecodedLengthMismatch)]
    [InlineData("0\r\n\r\n", AwsChunkedStatus.DecodedLengthMismatch)]
    [InlineData("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", AwsChunkedStatus.ChunkTooSmall)]
    [InlineData("140000001\r\n", AwsChunkedStatus.ChunkTooLarge)]
    [InlineData("ffffffffffffffff\r\n", AwsChunkedStatus.ChunkTooLarge)]
    public void UnsignedBodiesThatAreWrong(string body, AwsChunkedStatus expected)
    {
        Assert.Equal(expected, DecodeUnsigned(body, 5).Status);
        Assert.Equal(expected, DecodeUnsigned(body, 5, piece: 1).Status);
    }

    [Fact]
    public void LinesAndTrailersAreBounded()
    {
        Assert.Equal(AwsChunkedStatus.Malformed, DecodeUnsigned(new string('0', 300), 5).Status);
        Assert.Equal(AwsChunkedStatus.Malformed, DecodeUnsigned(new string('0', 300), 5, piece: 1).Status);

        const string Start = "5\r\nhello\r\n0\r\n";
        string longLine = Start + "a:" + new string('x', 5000);
        Assert.Equal(AwsChunkedStatus.ChunkTooLarge, DecodeUnsigned(longLine, 5).Status);
        Assert.Equal(AwsChunkedStatus.ChunkTooLarge, DecodeUnsigned(longLine, 5, piece: 1).Status);
        string fits = Start + "a:" + new string('x', 3000) + "\r\nb:" + new string('y', 1000) + "\r\n\r\n";
        Assert.Equal(AwsChunkedStatus.End, DecodeUnsigned(fits, 5).Status);
        Assert.Equal(AwsChunkedStatus.End, DecodeUnsigned(fits, 5, piece: 1).Status);
        string sumTooLong = Start + "a:" + new string('x', 3000) + "\r\nb:" + new string('y', 1100) + "\r\n\r\n";
        Assert.Equal(AwsChunkedStatus.ChunkTooLarge, DecodeUnsigned(sumTooLong, 5).Status);
        Assert.Equal(AwsChunkedStatus.ChunkTooLarge, DecodeUnsigned(sumTooLong, 5, piece: 1).Status);

        string Fields(int count) => Start + string.Concat(Enumerable.Range(0, count).Select(i => $"t{i}:v\r\n")) + "\r\n";
        Assert.Equal(AwsChunkedStatus.End, DecodeUnsigned(Fields(16), 5).Status);
        Assert.Equal(AwsChunkedStatus.Malformed, DecodeUnsigned(Fields(17), 5).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NoByteOfASignedBodyMayChange(bool trailer)
    {
        byte[] body = SignedBody(8300, trailer ? Crc32 : null, out SignatureContext context, out byte[] payload);
        var decoder = new AwsChunkedDecoder();
        for (int i = 0; i < body.Length; i++)
        {
            // All the framing, and now and then a byte of payload.
            if (i is > 100 and < 8250 && i % 101 != 0)
                continue;
            foreach (byte flip in (byte[])[1, 0x20, 0x80])
            {
                byte[] corrupt = (byte[])body.Clone();
                corrupt[i] ^= flip;
                DecodedBody decoded = DecodedBody.Decode(decoder, context, payload.Length, corrupt, () => int.MaxValue);
                // A trailer's name has no case, and the size's letters have none.
                bool isHarmless = flip == 0x20 && char.IsAsciiLetter((char)body[i]) && decoded.Payload.SequenceEqual(payload)
                    && decoded.Trailers.SequenceEqual(trailer ? Crc32 : []);
                if (!isHarmless)
                    Assert.NotEqual(AwsChunkedStatus.End, decoded.Status);
            }
        }
    }

    [Fact]
    public void ChunksCannotBeSwappedDroppedOrRepeated()
    {
        byte[] body = SignedBody(3 * 8192, null, out SignatureContext context, out _);
        int chunk = "2000;chunk-signature=".Length + 64 + 2 + 8192 + 2;
        byte[] first = body[..chunk], second = body[chunk..(2 * chunk)], third = body[(2 * chunk)..(3 * chunk)], last = body[(3 * chunk)..];
        Assert.Equal(AwsChunkedStatus.End, DecodedBody.Decode(context, 3 * 8192, [.. first, .. second, .. third, .. last]).Status);
        foreach (byte[] forged in (byte[][])
            [[.. second, .. first, .. third, .. last], [.. first, .. first, .. third, .. last], [.. first, .. third, .. second, .. last]])
        {
            Assert.Equal(AwsChunkedStatus.ChunkSignatureMismatch, DecodedBody.Decode(context, 3 * 8192, forged).Status);
        }

        Assert.Equal(AwsChunkedStatus.ChunkSignatureMismatch, DecodedBody.Decode(context, 2 * 8192, [.. first, .. second, .. last]).Status);
    }

    [Fact]
    public void SmallSignedChunkBeforeTheLastIsRefused()
    {
        SignatureContext context = Context("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", out string seed);
        byte[] body = Signer.ChunkedBody(seed, Payload(8191 * 2), 8191, null);
        Assert.Equal(AwsChunkedStatus.ChunkTooSmall, DecodedBody.Decode(context, 8191 * 2, body).Status);
    }

    [Fact]
    public void TrailersOfSignedBodies()
    {
        string Text(byte[] body) => Encoding.Latin1.GetString(body);
        (string, string)[] several = [("x-amz-meta-b", "2"), ("x-amz-checksum-crc32", "AAAAAA=="), ("a", "1")];
        byte[] body = SignedBody(10, several, out SignatureContext context, out _);
        DecodedBody decoded = DecodedBody.Decode(context, 10, body);
        Assert.Equal((AwsChunkedStatus.End, 3), (decoded.Status, decoded.Trailers.Length));
        Assert.Equal(several, decoded.Trailers);

        string text = Text(SignedBody(10, Crc32, out context, out _));
        AwsChunkedStatus Decode(string changed) => DecodedBody.Decode(context, 10, Bytes(changed)).Status;
        string signatureLine = text[text.IndexOf("x-amz-trailer-signature", StringComparison.Ordinal)..^2];

        // minio-go's line end, AWS's gap before the trailers, no empty line at the end.
        Assert.Equal(AwsChunkedStatus.End, Decode(text.Replace("AAAAAA==\r\n", "AAAAAA==\n\r\n")));
        Assert.Equal(AwsChunkedStatus.End, Decode(text.Replace("x-amz-checksum-crc32", "\r\nx-amz-checksum-crc32")));
        Assert.Equal(AwsChunkedStatus.End, Decode(text[..^2]));
        Assert.Equal(AwsChunkedStatus.End, Decode(text[..^1]));

        Assert.Equal(AwsChunkedStatus.Malformed, Decode(text.Replace(signatureLine, "")));
        Assert.Equal(AwsChunkedStatus.NeedMore, Decode(text.Replace(signatureLine + "\r\n", "")));
        Assert.Equal(AwsChunkedStatus.TrailerSignatureMismatch, Decode(text.Replace("x-amz-checksum-crc32:AAAAAA==\r\n", "")));
        Assert.Equal(AwsChunkedStatus.TrailerSignatureMismatch, Decode(text.Replace("AAAAAA==", "AAAAAQ==")));
        Assert.Equal(AwsChunkedStatus.TrailerSignatureMismatch, Decode(text.Replace("trailer-signature:", "trailer-signature:0")));
        Assert.Equal(AwsChunkedStatus.Malformed, Decode(text.Replace(signatureLine, signatureLine + "b:2\r\n")));
        Assert.Equal(AwsChunkedStatus.Malformed, Decode(text.Replace(signatureLine, signatureLine + signatureLine)));
        Assert.Equal(AwsChunkedStatus.TrailerSignatureMismatch, Decode(text.Replace("x-amz-checksum-crc32:AAAAAA==\r\n", "a:1\r\n")));
    }

    [Fact]
    public void TrailersAreMalformedInAModeWithoutThem()
    {
        byte[] body = SignedBody(10, null, out SignatureContext context, out _);
        byte[] withTrailer = [.. body[..^2], .. "a:1\r\n\r\n"u8];
        Assert.Equal(AwsChunkedStatus.Malformed, DecodedBody.Decode(context, 10, withTrailer).Status);
        Assert.Equal(AwsChunkedStatus.End, DecodedBody.Decode(context, 10, body[..^2]).Status);
        Assert.Equal(AwsChunkedStatus.Malformed, DecodedBody.Decode(context, 10, Bytes("a\r\n0123456789\r\n0\r\n\r\n")).Status);
    }

    [Fact]
    public void AnonymousRequestCannotHaveSignedChunks()
    {
        byte[] body = SignedBody(10, null, out _, out _);
        var context = new SignatureContext();
        HeaderList headers = [("Host", "h"), ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")];
        Assert.Equal(SignatureVerdict.Anonymous, new SignedRequest("PUT", "/b/k", "", headers).Verify(context));
        Assert.Equal(AwsChunkedStatus.ChunkSignatureMismatch, DecodedBody.Decode(context, 10, body).Status);
    }

    [Fact]
    public void DecoderIsReusedAfterABodyGivenUpHalfway()
    {
        var decoder = new AwsChunkedDecoder();
        byte[] body = SignedBody(20000, Crc32, out SignatureContext context, out byte[] payload);
        for (int cut = 1; cut < body.Length; cut += 997)
        {
            Assert.Equal(
                AwsChunkedStatus.NeedMore, DecodedBody.Decode(decoder, context, payload.Length, body[..cut], () => int.MaxValue).Status);
            DecodedBody whole = DecodedBody.Decode(decoder, context, payload.Length, body, () => int.MaxValue);
            Assert.Equal(AwsChunkedStatus.End, whole.Status);
            Assert.Equal(payload, whole.Payload);
        }
    }

    [Fact]
    public void ErrorsAreRemembered()
    {
        var decoder = new AwsChunkedDecoder();
        decoder.Reset(Unsigned(), 5);
        Assert.Equal(AwsChunkedStatus.Malformed, decoder.Decode("zz\r\n"u8, out _, out _));
        Assert.Equal(AwsChunkedStatus.Malformed, decoder.Decode("5\r\nhello\r\n0\r\n\r\n"u8, out _, out _));
        Assert.Equal(AwsChunkedStatus.Malformed, decoder.Finish());
    }
}
