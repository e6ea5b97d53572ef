using RustFs.Http1;
using Xunit;
using static RustFs.Tests.Http1.HttpMessages;

namespace RustFs.Tests.Http1;

public sealed class RequestHeadParserTests
{
    [Fact]
    public void A_boto3_get_is_read_as_sent()
    {
        RequestHead head = ParseValid(Boto3Get);

        Assert.Equal(RequestMethod.Get, head.Method);
        Assert.Equal("GET", Text(head.MethodBytes));
        Assert.Equal("/bench-bucket/objects/000000000123", Text(head.Path));
        Assert.Equal("response-content-type=text%2Fplain", Text(head.Query));
        Assert.Equal(1, head.MinorVersion);
        Assert.Equal(9, head.HeaderCount);
        Assert.Equal("User-Agent", Text(head.HeaderName(3)));
        Assert.Equal(KnownHeader.UserAgent, head.HeaderId(3));
        Assert.Equal(KnownHeader.Unknown, head.HeaderId(7));
        Assert.Equal("attempt=1", Text(head.HeaderValue(8)));
        Assert.True(head.TryGet(KnownHeader.AmzDate, out ReadOnlySpan<byte> date));
        Assert.Equal("20260101T000000Z", Text(date));
        Assert.True(head.TryGet("amz-sdk-request"u8, out ReadOnlySpan<byte> attempt));
        Assert.Equal("attempt=1", Text(attempt));
        Assert.False(head.TryGet(KnownHeader.Range, out _));
        Assert.False(head.TryGet("range"u8, out _));
        Assert.Equal(BodyFraming.None, head.Framing);
        Assert.True(head.KeepAlive);
        Assert.False(head.ExpectContinue);
    }

    [Fact]
    public void A_boto3_put_is_read_as_sent()
    {
        RequestHead head = ParseValid(Boto3Put);

        Assert.Equal(RequestMethod.Put, head.Method);
        Assert.True(head.Query.IsEmpty);
        Assert.Equal(BodyFraming.Chunked, head.Framing);
        Assert.Equal(0, head.ContentLength);
        Assert.True(head.ExpectContinue);
        Assert.True(head.TryGet("x-amz-meta-season"u8, out ReadOnlySpan<byte> season));
        Assert.Equal("été"u8, season);
        Assert.True(head.TryGet(KnownHeader.AmzContentSha256, out ReadOnlySpan<byte> payload));
        Assert.Equal("STREAMING-UNSIGNED-PAYLOAD-TRAILER", Text(payload));
    }

    [Fact]
    public void Unusual_but_valid_heads_are_read()
    {
        RequestHead head = ParseValid(Unusual);

        Assert.Equal(RequestMethod.Other, head.Method);
        Assert.Equal("PATCH", Text(head.MethodBytes));
        Assert.Equal("/a//b/%2F%zz;'\"<>[]{}|\\^`~", Text(head.Path));
        Assert.Equal("x=1&y=%00?/\u00E9", Text(head.Query));
        Assert.True(head.TryGet(KnownHeader.Host, out ReadOnlySpan<byte> host));
        Assert.Equal("USER.example:80", Text(host));
        Assert.True(head.TryGet("empty"u8, out ReadOnlySpan<byte> empty));
        Assert.True(empty.IsEmpty);
        Assert.True(head.TryGet("blank"u8, out ReadOnlySpan<byte> blank));
        Assert.True(blank.IsEmpty);
        Assert.Equal(2, head.CountOf(KnownHeader.Connection));
        Assert.Equal(0, head.CountOf(KnownHeader.Range));
        Assert.Equal(161, head.HeaderName(5).Length);
        Assert.Equal($"{new string('v', 300)} : \t{new string('w', 63)}\u0080\u00FF", Text(head.HeaderValue(5)));
        Assert.Equal("!#$%&'*+-.^_`|~09azAZ", Text(head.HeaderName(6)));
        Assert.Equal(12, head.ContentLength);
        Assert.Equal(BodyFraming.ContentLength, head.Framing);
    }

    [Fact]
    public void Every_prefix_of_a_valid_head_needs_more_and_the_whole_is_done()
    {
        var head = new RequestHead();
        foreach (string text in ValidHeads)
        {
            byte[] bytes = Bytes(text);
            for (int length = 0; length < bytes.Length; length++)
            {
                ReadOnlyMemory<byte> prefix = bytes.AsMemory(0, length);
                ParseStatus status = RequestHeadParser.Parse(prefix, head, out int consumed, out RequestRejection rejection);
                Assert.True(status == ParseStatus.NeedMore, $"{rejection} after {length} of {text}");
                Assert.Equal(0, consumed);
                Assert.Equal(RequestRejection.None, rejection);
                Assert.Equal(0, head.HeaderCount);
                Assert.True(head.Path.IsEmpty);
            }

            Assert.Equal(ParseStatus.Done, RequestHeadParser.Parse(bytes, head, out int all, out _));
            Assert.Equal(bytes.Length, all);
        }
    }

    [Fact]
    public void What_follows_a_head_is_left_alone()
    {
        var head = new RequestHead();
        byte[] pipelined = Bytes(string.Concat(ValidHeads) + "\0\n");
        int position = 0;
        foreach (string text in ValidHeads)
        {
            Assert.Equal(ParseStatus.Done, RequestHeadParser.Parse(pipelined.AsMemory(position), head, out int consumed, out _));
            Assert.Equal(text.Length, consumed);
            position += consumed;
        }
    }

    [Fact]
    public void A_used_head_keeps_nothing_of_the_request_before()
    {
        var head = new RequestHead();
        Assert.Equal(ParseStatus.Done, Parse(Boto3Put, head, out _, out _));
        Assert.Equal(ParseStatus.Done, Parse(ShortestHttp10, head, out _, out _));

        Assert.Equal(0, head.HeaderCount);
        Assert.Equal(0, head.MinorVersion);
        Assert.Equal(BodyFraming.None, head.Framing);
        Assert.False(head.ExpectContinue);
        Assert.False(head.KeepAlive);
        foreach (KnownHeader header in Enum.GetValues<KnownHeader>().Where(header => header != KnownHeader.Count))
        {
            Assert.False(head.TryGet(header, out _));
            Assert.Equal(0, head.CountOf(header));
        }

        Assert.Throws<IndexOutOfRangeException>(() => head.HeaderName(0).Length);
    }

    [Theory]
    [MemberData(nameof(RequestTable.GoodRequestLines), MemberType = typeof(RequestTable))]
    public void Good_request_lines(string line, RequestMethod method, string path, string query)
    {
        RequestHead head = ParseValid($"{line}\r\nHost: h:80\r\n\r\n");

        Assert.Equal(method, head.Method);
        Assert.Equal(path, Text(head.Path));
        Assert.Equal(query, Text(head.Query));
    }

    [Theory]
    [MemberData(nameof(RequestTable.BadHeads), MemberType = typeof(RequestTable))]
    public void Bad_heads_are_rejected_for_their_own_reason(string text, RequestRejection expected) => AssertRejected(text, expected);

    [Theory]
    [MemberData(nameof(RequestTable.GoodFraming), MemberType = typeof(RequestTable))]
    public void Good_framing(string text, BodyFraming framing, long lengthBytes, bool keepAlive, bool expectContinue)
    {
        RequestHead head = ParseValid(text);

        Assert.Equal(framing, head.Framing);
        Assert.Equal(lengthBytes, head.ContentLength);
        Assert.Equal(keepAlive, head.KeepAlive);
        Assert.Equal(expectContinue, head.ExpectContinue);
    }

    [Theory]
    [InlineData("h")]
    [InlineData("bucket.s3.example.com:9000")]
    [InlineData("under_score-and~tilde.!$&'()*+,;=")]
    [InlineData("p%C3%A9rcent")]
    [InlineData("h:")]
    [InlineData("h:65535")]
    [InlineData("[::]")]
    [InlineData("[2001:db8::1]:9000")]
    [InlineData("[::ffff:127.0.0.1]")]
    public void Good_hosts(string host) => ParseValid($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("a b")]
    [InlineData("user@h")]
    [InlineData("h/path")]
    [InlineData("h\\")]
    [InlineData("h?q")]
    [InlineData("h:80:80")]
    [InlineData("h:65536")]
    [InlineData("h:99999999999999999999")]
    [InlineData("h:8o")]
    [InlineData("h:-1")]
    [InlineData("h%")]
    [InlineData("h%2")]
    [InlineData("h%2g")]
    [InlineData("\u00E9")]
    [InlineData("[")]
    [InlineData("[]")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("[::g]")]
    [InlineData("[127.0.0.1]")]
    [InlineData("[fe80::1%25eth0]")]
    [InlineData("::1")]
    public void Bad_hosts(string host)
    {
        AssertRejected($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", RequestRejection.BadHost);
        AssertRejected($"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n", RequestRejection.BadHost);
    }

    [Fact]
    public void Every_control_character_is_refused_wherever_it_stands()
    {
        for (int code = 0; code < 0x100; code++)
        {
            char value = (char)code;
            bool isControl = code is < 0x20 or 0x7F;
            if (!isControl || value is '\r' or '\n')
            {
                continue;
            }

            AssertRejected($"G{value}T / HTTP/1.1\r\nHost: h\r\n\r\n", RequestRejection.BadMethod);
            AssertRejected($"GET / HTTP/1.{value}\r\nHost: h\r\n\r\n", RequestRejection.BadRequestLine);
            AssertRejected($"GET / HTTP/1.1\r\nHost: h\r\na{value}b: c\r\n\r\n", RequestRejection.BadHeaderName);
            if (value == '\t')
            {
                AssertRejected("GET /\t HTTP/1.1\r\nHost: h\r\n\r\n", RequestRejection.BadRequestLine);
                continue;
            }

            AssertRejected($"GET /{value} HTTP/1.1\r\nHost: h\r\n\r\n", RequestRejection.BadTarget);
            AssertRejected($"GET /?a={value} HTTP/1.1\r\nHost: h\r\n\r\n", RequestRejection.BadTarget);
            AssertRejected($"GET / HTTP/1.1\r\nHost: h\r\nab: {value}\r\n\r\n", RequestRejection.BadHeaderValue);
            AssertRejected($"GET / HTTP/1.1\r\nHost: h\r\nab: {new string('x', 200)}{value}\r\n\r\n", RequestRejection.BadHeaderValue);
        }
    }

    [Fact]
    public void Only_token_characters_make_a_method_or_a_field_name()
    {
        const string token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        for (int code = 0x21; code < 0x100; code++)
        {
            char value = (char)code;
            if (value is ':' || code == 0x7F)
            {
                continue;
            }

            string method = $"{value} / HTTP/1.1\r\nHost: h\r\n\r\n";
            string field = $"GET / HTTP/1.1\r\nHost: h\r\n{value}: v\r\n\r\n";
            if (token.Contains(value))
            {
                ParseValid(method);
                ParseValid(field);
            }
            else
            {
                AssertRejected(method, RequestRejection.BadMethod);
                AssertRejected(field, RequestRejection.BadHeaderName);
            }
        }
    }

    [Fact]
    public void Limits_are_exact()
    {
        const string tail = "\r\nHost: h\r\n";
        string longestLine = $"GET /{new string('a', Http1Limits.RequestLineBytes - 14)} HTTP/1.1";
        Assert.Equal(Http1Limits.RequestLineBytes, longestLine.Length);
        ParseValid($"{longestLine}{tail}\r\n");
        AssertRejected($"{longestLine.Replace("/a", "/aa")}{tail}\r\n", RequestRejection.RequestLineTooLong);
        AssertRejected(new string('A', Http1Limits.RequestLineBytes + 1), RequestRejection.RequestLineTooLong);
        Assert.Equal(ParseStatus.NeedMore, Parse(new string('A', Http1Limits.RequestLineBytes), new RequestHead(), out _, out _));

        string start = $"GET / HTTP/1.1{tail}a: ";
        string longest = $"{start}{new string('v', Http1Limits.HeadBytes - start.Length - 4)}\r\n\r\n";
        Assert.Equal(Http1Limits.HeadBytes, longest.Length);
        ParseValid(longest);
        AssertRejected(longest.Replace("vv\r", "vvv\r"), RequestRejection.HeadTooLarge);
        AssertRejected(string.Concat(Enumerable.Repeat("\r\n", Http1Limits.HeadBytes / 2)), RequestRejection.HeadTooLarge);

        string most = $"GET / HTTP/1.1{tail}{string.Concat(Enumerable.Repeat("a:\r\n", Http1Limits.HeaderCount - 1))}";
        Assert.Equal(Http1Limits.HeaderCount, ParseValid($"{most}\r\n").HeaderCount);
        AssertRejected($"{most}b", RequestRejection.TooManyHeaders);
    }

    [Fact]
    public void A_position_anywhere_in_a_window_is_found()
    {
        for (int padding = 0; padding < 3 * 64; padding++)
        {
            string value = new('v', padding);
            RequestHead head = ParseValid($"GET / HTTP/1.1\r\nHost: h\r\nx-{value}:{value}\r\nlast: l{value}\r\n\r\n");
            Assert.Equal(padding + 2, head.HeaderName(1).Length);
            Assert.Equal(value, Text(head.HeaderValue(1)));
            Assert.Equal($"l{value}", Text(head.HeaderValue(2)));
            AssertRejected($"GET / HTTP/1.1\r\nHost: h\r\nx: {value}\n\r\n\r\n", RequestRejection.BareLineFeed);
            AssertRejected($"GET / HTTP/1.1\r\nHost: h\r\nx: {value}\r \r\n\r\n", RequestRejection.BareCarriageReturn);
        }
    }

    [Fact]
    public void Parsing_and_looking_up_allocate_nothing()
    {
        var head = new RequestHead();
        byte[] rejected = Bytes("GET / HTTP/1.1\r\nHost: h\r\na : b\r\n\r\n");
        ReadOnlyMemory<byte>[] heads = [Bytes(Boto3Get), Bytes(Boto3Put), Bytes(Unusual), rejected];
        ParseAll(heads, head);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int found = 0;
        for (int i = 0; i < 100; i++)
        {
            found += ParseAll(heads, head);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100 * 2, found);
    }

    private static int ParseAll(ReadOnlyMemory<byte>[] heads, RequestHead head)
    {
        int found = 0;
        foreach (ReadOnlyMemory<byte> bytes in heads)
        {
            RequestHeadParser.Parse(bytes, head, out _, out _);
            found += head.TryGet(KnownHeader.Authorization, out _) && head.TryGet("authorization"u8, out _) ? 1 : 0;
        }

        return found;
    }

    private static RequestHead ParseValid(string text)
    {
        var head = new RequestHead();
        ParseStatus status = Parse(text, head, out int consumed, out RequestRejection rejection);
        Assert.True(status == ParseStatus.Done, $"{status} {rejection}: {text}");
        Assert.Equal(text.Length, consumed);
        return head;
    }

    /// <summary>Also that a prefix is never accepted nor rejected for another reason, and that what follows changes nothing.</summary>
    private static void AssertRejected(string text, RequestRejection expected)
    {
        var head = new RequestHead();
        Assert.Equal((ParseStatus.Rejected, expected), (Parse(text, head, out int consumed, out RequestRejection rejection), rejection));
        Assert.Equal(0, consumed);
        Assert.Equal(0, head.HeaderCount);
        Assert.Equal(ParseStatus.Rejected, Parse(text + Boto3Get, head, out _, out rejection));
        Assert.Equal(expected, rejection);
        byte[] bytes = Bytes(text);
        for (int length = Math.Max(0, bytes.Length - 300); length < bytes.Length; length++)
        {
            ParseStatus status = RequestHeadParser.Parse(bytes.AsMemory(0, length), head, out _, out rejection);
            Assert.True(
                status == ParseStatus.NeedMore || (status == ParseStatus.Rejected && rejection == expected),
                $"{status} {rejection} instead of {expected} after {length} bytes of {text}");
        }
    }
}
