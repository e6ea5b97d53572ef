using System.Buffers.Binary;
using RustFs.Signing;
using RustFs.Tests.Signing;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>
/// AwsChunkedDecoder in one of its modes. The first two bytes of an input are the decoded length that the request promised, the rest is
/// the body.
/// </summary>
internal sealed class AwsChunkedTarget : FuzzTarget
{
    private static readonly string[] Payloads = ["", "x", "hello", new('p', 300)];
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);

    private readonly AwsChunkedDecoder _decoder = new();
    private readonly SignatureContext _context = new();
    private readonly string _seedSignature;
    private readonly string _name;

    /// <param name="name">The rest of the target's name.</param>
    /// <param name="contentSha256">What names the mode in x-amz-content-sha256.</param>
    public AwsChunkedTarget(string name, string contentSha256)
    {
        _name = name;
        SignedRequest request = Signer.Header("PUT", "/bucket/key", [], [], contentSha256);
        Oracle.Holds(request.Verify(_context) == SignatureVerdict.Valid, "The request that carries the body is valid.");
        _seedSignature = request.Headers[^1].Value[^64..];
    }

    public override string Name => "aws-chunked-" + _name;

    private bool IsSigned => _context.PayloadMode != PayloadMode.StreamingUnsignedTrailer;
    private bool HasTrailers => _context.PayloadMode != PayloadMode.StreamingSigned;

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            foreach (string payload in Payloads)
            {
                if (!IsSigned)
                {
                    string chunk = payload.Length == 0 ? "" : $"{payload.Length:x}\r\n{payload}\r\n";
                    yield return Promise(payload.Length, Bytes(chunk + "0\r\n\r\n"));
                    yield return Promise(payload.Length, Bytes(chunk + "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"));
                    yield return Promise(payload.Length, Bytes(chunk + "0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n"));
                    continue;
                }

                (string, string)[]? trailers = HasTrailers ? [("x-amz-checksum-crc32", "AAAAAA==")] : null;
                yield return Promise(payload.Length, Signer.ChunkedBody(_seedSignature, Bytes(payload), 8192, trailers));
            }
        }
    }

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", "\n", "\r", "0\r\n", "0\r\n\r\n", "1\r\nx\r\n", ";", ";chunk-signature=", ":", "x-amz-checksum-sha1:AA==\r\n",
        "x-amz-trailer-signature:", "-1", "+", "0x", " ", "\t", "\r\n\r\n");

    public override ulong Run(byte[] input)
    {
        int decodedLength = input.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(input);
        byte[] body = input.Length < 2 ? [] : input[2..];
        FuzzRandom random = FuzzRandom.Of(input);
        DecodedBody whole = DecodedBody.Decode(_decoder, _context, decodedLength, body, () => int.MaxValue);
        DecodedBody pieces = DecodedBody.Decode(_decoder, _context, decodedLength, body, random.NextPieceBytes);
        Oracle.Holds(
            whole.Status == pieces.Status && whole.Trailers.SequenceEqual(pieces.Trailers) && whole.ConsumedBytes <= body.Length,
            "However a body is split, it is decoded the same.");
        if (whole.Status == AwsChunkedStatus.End)
        {
            Oracle.Same(whole.Payload, pieces.Payload, "However a body is split, its payload is the same.");
            Oracle.Holds(whole.ConsumedBytes == pieces.ConsumedBytes, "However a body is split, it ends at the same byte.");
            CheckAccepted(whole, decodedLength);
        }

        var signature = new OutcomeSignature();
        signature.Add((int)whole.Status);
        signature.AddMagnitude(whole.ConsumedBytes);
        signature.AddMagnitude(whole.Payload.Length);
        signature.Add(whole.Trailers.Length);
        signature.AddMagnitude(decodedLength);
        return signature.Value;
    }

    private void CheckAccepted(DecodedBody body, int decodedLength)
    {
        Oracle.Holds(body.Payload.Length == decodedLength, "The payload has the length that was promised.");
        if (IsSigned)
        {
            Oracle.Holds(Payloads.Contains(Text(body.Payload)), "Nothing but what was signed is accepted.");
            return;
        }

        // Encoded again it decodes to the same.
        string trailers = string.Concat(body.Trailers.Select(trailer => $"{trailer.Name}:{trailer.Value}\r\n"));
        byte[] chunk = decodedLength == 0 ? [] : [.. Bytes($"{decodedLength:x}\r\n"), .. body.Payload, .. "\r\n"u8];
        byte[] framed = [.. chunk, .. "0\r\n"u8, .. Bytes(trailers), .. "\r\n"u8];
        DecodedBody again = DecodedBody.Decode(_decoder, _context, decodedLength, framed, () => int.MaxValue);
        Oracle.Holds(again.Status == AwsChunkedStatus.End && again.Trailers.SequenceEqual(body.Trailers),
            "It survives being framed again.");
        Oracle.Same(again.Payload, body.Payload, "It survives being framed again.");
    }

    private static byte[] Promise(int decodedLength, byte[] body) => [(byte)(decodedLength >> 8), (byte)decodedLength, .. body];
}
