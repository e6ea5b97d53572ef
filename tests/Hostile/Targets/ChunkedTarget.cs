using System.Globalization;
using System.Text.RegularExpressions;
using RustFs.Http1;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>ChunkedDecoder: split anywhere it says the same, and what it accepts is what the grammar accepts.</summary>
internal sealed partial class ChunkedTarget : FuzzTarget
{
    public override string Name => "chunked";
    public override int ShortFormExecutions => 20_000;

    public override IEnumerable<byte[]> Seeds => All(
        "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "4\r\n\r\n\r\n\r\n0\r\n\r\n", "5;a;b=c;d=\"e\\\"f\"\r\nhello\r\n0;x\r\nTrailer: v\r\nOther:\r\n\r\n");

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", "\n", "\r", "0\r\n", "0\r\n\r\n", "1\r\nx\r\n", ";", ";a=b", ";a=\"", "\"", "\\", " ", "\t", "x: y\r\n", ":", "-1", "+1",
        "0x");

    public override ulong Run(byte[] input)
    {
        FuzzRandom random = FuzzRandom.Of(input);
        Decoded whole = Decode(input, () => int.MaxValue);
        Decoded pieces = Decode(input, random.NextPieceBytes);
        Oracle.Holds(whole == pieces, "However a body is split, it is decoded the same.");
        if (whole.Rejection is not (RequestRejection.ChunkExtensionTooLong or RequestRejection.TrailersTooLarge))
            CheckReference(Text(input), whole);

        var signature = new OutcomeSignature();
        signature.Add((int)whole.Status);
        signature.Add((int)whole.Rejection);
        signature.AddMagnitude(whole.ConsumedBytes);
        signature.AddMagnitude(whole.Payload.Length);
        return signature.Value;
    }

    private static void CheckReference(string text, Decoded decoded)
    {
        bool isWhole = Reference(text, out int end, out string payload);
        Oracle.Holds(isWhole == (decoded.Status == ChunkedDecoder.Status.End), "The grammar and the decoder accept the same bodies.");
        Oracle.Holds(!isWhole || (decoded.ConsumedBytes == end && decoded.Payload == payload), "The payload is the grammar's.");
    }

    /// <summary>chunked-body of RFC 9112 §7.1 as regular expressions; false when the text is no whole body.</summary>
    private static bool Reference(string text, out int end, out string payload)
    {
        var data = new System.Text.StringBuilder();
        payload = "";
        end = 0;
        while (true)
        {
            Match line = ChunkLine().Match(text, end);
            if (!line.Success)
                return false;
            ulong size = ulong.Parse(line.Groups[1].Value, NumberStyles.AllowHexSpecifier);
            end += line.Length;
            if (size == 0)
                break;
            if (size > (ulong)(text.Length - end) || text.AsSpan(end + (int)size) is not ['\r', '\n', ..])
                return false;
            data.Append(text, end, (int)size);
            end += (int)size + 2;
        }

        Match trailers = Trailers().Match(text, end);
        end += trailers.Length;
        payload = data.ToString();
        return trailers.Success;
    }

    private Decoded Decode(byte[] input, Func<int> nextPieceBytes)
    {
        var decoder = new ChunkedDecoder();
        var payload = new System.Text.StringBuilder();
        int consumed = 0;
        while (true)
        {
            ReadOnlySpan<byte> piece = input.AsSpan(consumed, Math.Min(nextPieceBytes(), input.Length - consumed));
            ChunkedDecoder.Status status;
            RequestRejection rejection;
            do
            {
                status = decoder.Decode(piece, out int used, out Range range, out rejection);
                Oracle.Holds(used <= piece.Length, "No more is consumed than there is.");
                payload.Append(Text(piece[range]));
                piece = piece[used..];
                consumed += used;
            }
            while (status == ChunkedDecoder.Status.Payload);

            if (status != ChunkedDecoder.Status.NeedMore)
                return new Decoded(status, rejection, consumed, payload.ToString());
            Oracle.Holds(piece.IsEmpty, "NeedMore leaves nothing behind.");
            if (consumed == input.Length)
                return new Decoded(status, rejection, consumed, payload.ToString());
        }
    }

    private sealed record Decoded(ChunkedDecoder.Status Status, RequestRejection Rejection, int ConsumedBytes, string Payload);

    [GeneratedRegex(
        @"\G([0-9A-Fa-f]{1,16})(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+"
        + @"(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|""(?:[^\x00-\x08\x0A-\x1F\x7F""\\]|\\[^\x00-\x08\x0A-\x1F\x7F])*""))?)*\r\n",
        RegexOptions.CultureInvariant)]
    private static partial Regex ChunkLine();

    [GeneratedRegex(@"\G(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0A-\x1F\x7F]*\r\n)*\r\n", RegexOptions.CultureInvariant)]
    private static partial Regex Trailers();
}
