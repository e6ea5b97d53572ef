using RustFs.Http1;
using Xunit;
using static RustFs.Tests.Http1.HttpMessages;

namespace RustFs.Tests.Http1;

/// <summary>Valid heads with a few random changes: the parser agrees with the grammar, and with itself about every prefix.</summary>
public sealed class RequestHeadFuzzTests
{
    private const int Mutations = 200_000;

    // The expressions of the reference are slow; it judges one mutation in so many.
    private const int ReferenceEvery = 16;

    // Pieces that change the meaning of a head more often than random bytes do.
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "\r\n", "\r", "\n", "\r\n\r\n", " ", "\t", ":", ": ", "\r\n ", "\0", "\u007F", "\u0080", "#", "?", "/", "%", "[", "]", "*",
            "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Host: h\r\n",
            "Content-Length: 99999999999999999999\r\n", "Connection: close\r\n", "HTTP/1.0", "HTTP/1.1\r\n", "http://a", "OPTIONS * ",
        }.Select(Bytes),
    ];

    [Fact]
    public void Mutated_heads_are_judged_as_the_grammar_does()
    {
        var random = new Random(20260117);
        var head = new RequestHead();
        byte[][] seeds = [.. ValidHeads.Select(Bytes)];
        byte[] buffer = new byte[4096];
        int accepted = 0;
        int waiting = 0;
        for (int i = 0; i < Mutations; i++)
        {
            int length = Mutate(seeds[random.Next(seeds.Length)], buffer, random);
            ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, length);
            ParseStatus status = RequestHeadParser.Parse(bytes, head, out int consumed, out RequestRejection rejection);
            Assert.Equal(status == ParseStatus.Rejected, rejection != RequestRejection.None);
            Assert.True(status == ParseStatus.Done ? consumed is > 0 && consumed <= length : consumed == 0);
            accepted += status == ParseStatus.Done ? 1 : 0;
            waiting += status == ParseStatus.NeedMore ? 1 : 0;
            if (status == ParseStatus.Done)
            {
                AssertRangesAreConsistent(head);
            }

            if (i % ReferenceEvery == 0)
            {
                AssertAgreesWithReference(bytes.Span, status, consumed, head);
            }

            AssertPrefixAgrees(bytes, status, consumed, rejection, head, random);
        }

        // Were nearly all of one kind, the test would say little.
        Assert.InRange(accepted, Mutations / 10, Mutations * 9 / 10);
        Assert.InRange(waiting, Mutations / 200, Mutations / 2);
    }

    private static int Mutate(byte[] seed, byte[] buffer, Random random)
    {
        seed.CopyTo(buffer, 0);
        int length = seed.Length;
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int at = random.Next(length);
            switch (random.Next(7))
            {
                case 0:
                    buffer[at] = (byte)random.Next(0x100);
                    break;
                case 1:
                    buffer[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    int removed = Math.Min(random.Next(1, 4), length - at - 1);
                    buffer.AsSpan(at + removed, length - at - removed).CopyTo(buffer.AsSpan(at));
                    length -= removed;
                    break;
                case 3:
                    length = Insert(buffer, length, at, buffer.AsSpan(at, Math.Min(random.Next(1, 40), length - at)).ToArray());
                    break;
                case 4:
                    length = random.Next(32) == 0 ? at + 1 : length;
                    break;
                default:
                    // Half of them at the start of a line, where a field can stand.
                    int lineStart = random.Next(2) == 0 ? at : buffer.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
                    length = Insert(buffer, length, lineStart, Pieces[random.Next(Pieces.Length)]);
                    break;
            }
        }

        return length;
    }

    private static int Insert(byte[] buffer, int length, int at, byte[] piece)
    {
        buffer.AsSpan(at, length - at).CopyTo(buffer.AsSpan(at + piece.Length));
        piece.CopyTo(buffer, at);
        return length + piece.Length;
    }

    private static void AssertRangesAreConsistent(RequestHead head)
    {
        Assert.True(head.Path[0] == '/' || (head.Path is [(byte)'*'] && head.Method == RequestMethod.Options));
        Assert.True(head.ContentLength >= 0 && (head.ContentLength == 0 || head.Framing == BodyFraming.ContentLength));
        for (int i = 0; i < head.HeaderCount; i++)
        {
            ReadOnlySpan<byte> name = head.HeaderName(i);
            ReadOnlySpan<byte> value = head.HeaderValue(i);
            Assert.False(name.IsEmpty);
            Assert.False(value.ContainsAny("\r\n\0"u8));
            Assert.Equal(value.Length, value.Trim(" \t"u8).Length);
            Assert.True(head.HeaderId(i) == KnownHeader.Unknown || head.CountOf(head.HeaderId(i)) > 0);
        }
    }

    /// <summary>A head ends exactly where it was said to end and is not whole before; a rejection never turns into another.</summary>
    private static void AssertPrefixAgrees(
        ReadOnlyMemory<byte> bytes, ParseStatus status, int consumed, RequestRejection rejection, RequestHead head, Random random)
    {
        int length = status == ParseStatus.Done ? consumed - random.Next(2) : random.Next(bytes.Length);
        ReadOnlyMemory<byte> prefix = bytes[..length];
        ParseStatus prefixStatus = RequestHeadParser.Parse(prefix, head, out int prefixConsumed, out RequestRejection prefixRejection);
        switch (status)
        {
            case ParseStatus.Done:
                Assert.Equal(length == consumed ? ParseStatus.Done : ParseStatus.NeedMore, prefixStatus);
                Assert.Equal(length == consumed ? consumed : 0, prefixConsumed);
                break;
            case ParseStatus.NeedMore:
                Assert.Equal(ParseStatus.NeedMore, prefixStatus);
                break;
            default:
                Assert.True(prefixStatus == ParseStatus.NeedMore || prefixRejection == rejection);
                break;
        }
    }

    private static void AssertAgreesWithReference(ReadOnlySpan<byte> bytes, ParseStatus status, int consumed, RequestHead head)
    {
        string text = Text(bytes);
        ReferenceHead? reference = ReferenceHead.Parse(text);
        Assert.True(status == ParseStatus.Done == (reference != null), $"{status}: {text}");
        if (reference == null)
        {
            return;
        }

        Assert.Equal(reference.LengthBytes, consumed);
        Assert.Equal(reference.Method, Text(head.MethodBytes));
        Assert.Equal(reference.Path, Text(head.Path));
        Assert.Equal(reference.Query, Text(head.Query));
        Assert.Equal(reference.Framing, head.Framing);
        Assert.Equal(reference.ContentLength, head.ContentLength);
        Assert.Equal(reference.Fields.Length, head.HeaderCount);
        for (int i = 0; i < reference.Fields.Length; i++)
        {
            Assert.Equal(reference.Fields[i].Name, Text(head.HeaderName(i)).ToLowerInvariant());
            Assert.Equal(reference.Fields[i].Value, Text(head.HeaderValue(i)));
        }
    }
}
