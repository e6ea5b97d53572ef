using System.Text;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>What came out of a body that was fed to the decoder in pieces.</summary>
internal sealed record DecodedBody(AwsChunkedStatus Status, byte[] Payload, (string Name, string Value)[] Trailers, int ConsumedBytes)
{
    public static DecodedBody Decode(SignatureContext context, long decodedLengthBytes, byte[] body, int pieceBytes = int.MaxValue)
    {
        var decoder = new AwsChunkedDecoder();
        return Decode(decoder, context, decodedLengthBytes, body, () => pieceBytes);
    }

    public static DecodedBody Decode(
        AwsChunkedDecoder decoder, SignatureContext context, long decodedLengthBytes, byte[] body, Func<int> nextPieceBytes)
    {
        decoder.Reset(context, decodedLengthBytes);
        var payload = new MemoryStream();
        int position = 0;
        var status = AwsChunkedStatus.NeedMore;
        while (position < body.Length && status is AwsChunkedStatus.NeedMore)
        {
            ReadOnlySpan<byte> piece = body.AsSpan(position, Math.Min(nextPieceBytes(), body.Length - position));
            do
            {
                status = decoder.Decode(piece, out int consumed, out Range range);
                if (status == AwsChunkedStatus.Payload)
                    payload.Write(piece[range]);
                Assert.True(status != AwsChunkedStatus.NeedMore || consumed == piece.Length, "NeedMore left input behind");
                piece = piece[consumed..];
                position += consumed;
            }
            while (status == AwsChunkedStatus.Payload);
        }

        if (status == AwsChunkedStatus.NeedMore)
            status = decoder.Finish();
        var trailers = new (string, string)[decoder.TrailerCount];
        for (int i = 0; i < trailers.Length; i++)
            trailers[i] = (Encoding.Latin1.GetString(decoder.TrailerName(i)), Encoding.Latin1.GetString(decoder.TrailerValue(i)));
        return new DecodedBody(status, payload.ToArray(), trailers, position);
    }
}
