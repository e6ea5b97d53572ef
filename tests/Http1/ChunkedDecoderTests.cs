using RustFs.Http1;
using Xunit;
using static RustFs.Tests.Http1.HttpMessages;

namespace RustFs.Tests.Http1;

public sealed class ChunkedDecoderTests
{
    public static TheoryData<string, string> Good => new()
    {
        { "0\r\n\r\n", "" },
        { "5\r\nhello\r\n0\r\n\r\n", "hello" },
        { "1\r\na\r\n2\r\nbc\r\n00\r\n\r\n", "abc" },
        { "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789" },
        { "0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello" },
        { "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n" },
        { "5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello" },
        { "5 ; a = b ; c\t=\"q \\\" \\\\ \u00FF;\" ;d\r\nhello\r\n0\r\n\r\n", "hello" },
        { "5;a=\"\"\r\nhello\r\n0\r\n\r\n", "hello" },
        { "0\r\nx-amz-checksum-crc32: AAAAAA==\r\nEmpty:\r\nB:\t \u00E9 \r\n\r\n", "" },
    };

    public static TheoryData<string, RequestRejection> Bad => new()
    {
        { "\r\n", RequestRejection.BadChunkSize },
        { " 5\r\nhello", RequestRejection.BadChunkSize },
        { "-5\r\nhello", RequestRejection.BadChunkSize },
        { "+5\r\nhello", RequestRejection.BadChunkSize },
        { "0x5\r\nhello", RequestRejection.BadChunkSize },
        { "5h\r\nhello", RequestRejection.BadChunkSize },
        { "g\r\n", RequestRejection.BadChunkSize },
        { ";a\r\n", RequestRejection.BadChunkSize },
        { "8000000000000000\r\n", RequestRejection.BadChunkSize },
        { "FFFFFFFFFFFFFFFF\r\n", RequestRejection.BadChunkSize },
        { "00000000000000005\r\nhello", RequestRejection.BadChunkSize },
        { "5\nhello", RequestRejection.BadChunkTerminator },
        { "5\rhello", RequestRejection.BadChunkTerminator },
        { "5\r\rhello", RequestRejection.BadChunkTerminator },
        { "5\r\nhelloX", RequestRejection.BadChunkTerminator },
        { "5\r\nhello\n", RequestRejection.BadChunkTerminator },
        { "5\r\nhello\rX", RequestRejection.BadChunkTerminator },
        { "5\r\nhello0\r\n\r\n", RequestRejection.BadChunkTerminator },
        { "0\r\n\rX", RequestRejection.BadChunkTerminator },
        { "5 \r\nhello", RequestRejection.BadChunkExtension },
        { "5\t5\r\nhello", RequestRejection.BadChunkExtension },
        { "5;\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a \r\nhello", RequestRejection.BadChunkExtension },
        { "5;a;\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=\r\nhello", RequestRejection.BadChunkExtension },
        { "5;=b\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=b=c\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a b\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=b c\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a\nhello", RequestRejection.BadChunkExtension },
        { "5;a=\u0000\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=\"b\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=\"b\"c\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=\"\\\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=\"\n\"\r\nhello", RequestRejection.BadChunkExtension },
        { "5;a=\u00E9\r\nhello", RequestRejection.BadChunkExtension },
        { "0\r\n\n", RequestRejection.BadTrailer },
        { "0\r\n a: b\r\n\r\n", RequestRejection.BadTrailer },
        { "0\r\n: b\r\n\r\n", RequestRejection.BadTrailer },
        { "0\r\na : b\r\n\r\n", RequestRejection.BadTrailer },
        { "0\r\na\r\n\r\n", RequestRejection.BadTrailer },
        { "0\r\na: b\n\r\n", RequestRejection.BadTrailer },
        { "0\r\na: b\rX", RequestRejection.BadTrailer },
        { "0\r\na: b\r\n c\r\n\r\n", RequestRejection.BadTrailer },
        { "0\r\na: \u007F\r\n\r\n", RequestRejection.BadTrailer },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void Good_bodies_are_decoded_however_they_are_split(string encoded, string expected)
    {
        byte[] bytes = Bytes(encoded + "GET / HTTP/1.1");
        AssertDecodes(bytes, encoded.Length, expected, pieceBytes: bytes.Length);
        AssertDecodes(bytes, encoded.Length, expected, pieceBytes: 1);
        AssertDecodes(bytes, encoded.Length, expected, pieceBytes: 2);
        AssertDecodes(bytes, encoded.Length, expected, pieceBytes: 3);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void Every_prefix_of_a_good_body_needs_more(string encoded, string _)
    {
        byte[] bytes = Bytes(encoded);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ChunkedDecoder.Status.NeedMore, Decode(bytes.AsSpan(0, length), length, new Random(0)).Status);
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void Bad_bodies_are_rejected_however_they_are_split(string encoded, RequestRejection expected)
    {
        byte[] bytes = Bytes(encoded);
        foreach (int pieceBytes in new[] { bytes.Length, 1, 2, 3 })
        {
            Outcome outcome = Decode(bytes, pieceBytes, null);
            Assert.Equal((ChunkedDecoder.Status.Rejected, expected), (outcome.Status, outcome.Rejection));
        }
    }

    [Fact]
    public void Mutated_bodies_are_judged_the_same_however_they_are_split()
    {
        var random = new Random(20260118);
        byte[][] seeds = [.. Good.Select(row => Bytes((string)row[0]))];
        int rejected = 0;
        int ended = 0;
        const int mutations = 50_000;
        for (int i = 0; i < mutations; i++)
        {
            byte[] bytes = [.. seeds[random.Next(seeds.Length)]];
            for (int changes = random.Next(0, 3); changes > 0; changes--)
            {
                int at = random.Next(bytes.Length);
                bytes[at] = random.Next(2) == 0 ? (byte)random.Next(0x100) : bytes[random.Next(bytes.Length)];
            }

            Outcome whole = Decode(bytes, bytes.Length, null);
            Outcome pieces = Decode(bytes, 8, random);
            Assert.Equal(whole, pieces);
            rejected += whole.Status == ChunkedDecoder.Status.Rejected ? 1 : 0;
            ended += whole.Status == ChunkedDecoder.Status.End ? 1 : 0;
        }

        Assert.InRange(rejected, mutations / 10, mutations * 9 / 10);
        Assert.InRange(ended, mutations / 10, mutations * 9 / 10);
    }

    [Fact]
    public void The_largest_size_is_read_and_its_data_stay_to_come()
    {
        Outcome outcome = Decode(Bytes("7fffFFFFffffFFFF\r\nabc"), 64, null);
        Assert.Equal((ChunkedDecoder.Status.NeedMore, "abc"), (outcome.Status, outcome.Payload));
    }

    [Fact]
    public void Extensions_and_trailers_are_bounded()
    {
        string longest = ";" + new string('e', Http1Limits.ChunkExtensionBytes - 1);
        AssertStatus($"1{longest}\r\na\r\n1{longest}\r\nb\r\n0\r\n\r\n", RequestRejection.None);
        AssertStatus($"1{longest}e\r\na\r\n0\r\n\r\n", RequestRejection.ChunkExtensionTooLong);
        AssertStatus($"1{new string(' ', 10_000)}", RequestRejection.ChunkExtensionTooLong);

        const int most = Http1Limits.ChunkExtensionTotalBytes / Http1Limits.ChunkExtensionBytes;
        string chunks = string.Concat(Enumerable.Repeat($"1{longest}\r\na\r\n", most));
        AssertStatus($"{chunks}0\r\n\r\n", RequestRejection.None);
        AssertStatus($"{chunks}1;", RequestRejection.ChunkExtensionTooLong);

        string trailer = $"a:{new string('t', Http1Limits.TrailerBytes - 4)}\r\n";
        AssertStatus($"0\r\n{trailer}\r\n", RequestRejection.None);
        AssertStatus($"0\r\n{trailer}a", RequestRejection.TrailersTooLarge);
    }

    [Fact]
    public void After_its_end_or_a_rejection_it_repeats_itself_until_reset()
    {
        var decoder = default(ChunkedDecoder);
        Assert.Equal(ChunkedDecoder.Status.End, decoder.Decode("0\r\n\r\n"u8, out int consumed, out _, out _));
        Assert.Equal(5, consumed);
        Assert.Equal(ChunkedDecoder.Status.End, decoder.Decode("GET"u8, out consumed, out _, out _));
        Assert.Equal(0, consumed);

        decoder.Reset();
        Assert.Equal(ChunkedDecoder.Status.Rejected, decoder.Decode("x"u8, out _, out _, out _));
        Assert.Equal(ChunkedDecoder.Status.Rejected, decoder.Decode("0\r\n\r\n"u8, out consumed, out _, out RequestRejection rejection));
        Assert.Equal((0, RequestRejection.BadChunkSize), (consumed, rejection));

        decoder.Reset();
        Assert.Equal(ChunkedDecoder.Status.Payload, decoder.Decode("1\r\na"u8, out consumed, out Range payload, out rejection));
        Assert.Equal((4, 3..4, RequestRejection.None), (consumed, payload, rejection));
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        byte[] bytes = Bytes("5;a=\"b\"\r\nhello\r\n0\r\na: b\r\n\r\n");
        DecodeAll(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            DecodeAll(bytes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void DecodeAll(ReadOnlySpan<byte> bytes)
    {
        var decoder = default(ChunkedDecoder);
        while (decoder.Decode(bytes, out int consumed, out _, out _) == ChunkedDecoder.Status.Payload)
        {
            bytes = bytes[consumed..];
        }
    }

    private static void AssertStatus(string encoded, RequestRejection expected)
    {
        Outcome outcome = Decode(Bytes(encoded), encoded.Length, null);
        Assert.Equal(expected, outcome.Rejection);
        Assert.Equal(expected == RequestRejection.None ? ChunkedDecoder.Status.End : ChunkedDecoder.Status.Rejected, outcome.Status);
    }

    private static void AssertDecodes(byte[] bytes, int encodedBytes, string expected, int pieceBytes)
    {
        Assert.Equal(
            new Outcome(ChunkedDecoder.Status.End, RequestRejection.None, encodedBytes, expected), Decode(bytes, pieceBytes, null));
    }

    /// <summary>Feeds pieces of that size, or of random sizes up to it; each piece until nothing of it is left.</summary>
    private static Outcome Decode(ReadOnlySpan<byte> bytes, int pieceBytes, Random? random)
    {
        var decoder = default(ChunkedDecoder);
        var payloads = new List<byte>();
        int position = 0;
        while (true)
        {
            int length = Math.Min(random?.Next(1, pieceBytes + 1) ?? pieceBytes, bytes.Length - position);
            ReadOnlySpan<byte> piece = bytes.Slice(position, length);
            ChunkedDecoder.Status status = decoder.Decode(piece, out int consumed, out Range payload, out RequestRejection rejection);
            Assert.True(payload.End.Value <= consumed && consumed <= length);
            Assert.Equal(status == ChunkedDecoder.Status.Payload, !piece[payload].IsEmpty);
            payloads.AddRange(piece[payload]);
            position += consumed;
            switch (status)
            {
                case ChunkedDecoder.Status.Payload:
                    continue;
                case ChunkedDecoder.Status.NeedMore when position < bytes.Length:
                    Assert.Equal(length, consumed);
                    continue;
                default:
                    return new Outcome(status, rejection, position, Text([.. payloads]));
            }
        }
    }

    private sealed record Outcome(ChunkedDecoder.Status Status, RequestRejection Rejection, int ConsumedBytes, string Payload);
}
