using System.Text;
using RustFs.Http1;
using RustFs.Tests.S3;
using Xunit;

namespace RustFs.Tests.Hostile;

/// <summary>
/// Requests that two servers could end at different bytes. Behind each stands a signed PUT that would be served if it were taken for a
/// request: it is never executed unless it is one.
/// </summary>
[Collection(HostileCollection.Name)]
public sealed class SmugglingTests
{
    private const string Live = "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n";

    private readonly S3TestServer _server = new();
    private readonly HostileConnection _connection;
    private readonly byte[] _smuggled;

    public SmugglingTests()
    {
        _connection = new HostileConnection(_server.Service);
        _smuggled = _server.Request("PUT", "/bucket/smuggled", "x"u8.ToArray());
    }

    /// <summary>"PUT /bucket/a HTTP/1.1", Host, and these lines.</summary>
    public static TheoryData<int, string> RefusedFields => new()
    {
        // CL.TE, TE.CL and CL.CL
        { 400, "Content-Length: 4\r\nTransfer-Encoding: chunked" },
        { 400, "Transfer-Encoding: chunked\r\nContent-Length: 4" },
        { 400, "Transfer-Encoding: chunked\r\nContent-Length: 0" },
        { 400, "Content-Length: 4\r\nContent-Length: 5" },
        { 400, "Content-Length: 4\r\nContent-Length: 4" },
        { 400, "Content-Length: 4, 4" },
        { 400, "Content-Length: 4\r\ncontent-length: 0" },

        // Lengths that are read in different ways
        { 400, "Content-Length: +4" },
        { 400, "Content-Length: -4" },
        { 400, "Content-Length: -0" },
        { 400, "Content-Length: 0x4" },
        { 400, "Content-Length: 4 4" },
        { 400, "Content-Length: 4;" },
        { 400, "Content-Length: 4.0" },
        { 400, "Content-Length: 1e1" },
        { 400, "Content-Length: \"4\"" },
        { 400, "Content-Length:" },
        { 400, "Content-Length: \u00B2" },
        { 400, "Content-Length: 9223372036854775808" },
        { 400, "Content-Length: 18446744073709551620" },

        // TE.TE
        { 400, "Transfer-Encoding: xchunked" },
        { 400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" },
        { 400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity" },
        { 400, "Transfer-Encoding: identity" },
        { 400, "Transfer-Encoding: chunked, identity" },
        { 400, "Transfer-Encoding: chunked, chunked" },
        { 400, "Transfer-Encoding: chunked," },
        { 400, "Transfer-Encoding: ,chunked" },
        { 400, "Transfer-Encoding: chunked;a=b" },
        { 400, "Transfer-Encoding: \"chunked\"" },
        { 400, "Transfer-Encoding: chunked\u000B" },
        { 400, "Transfer-Encoding: \u00A0chunked" },
        { 400, "Transfer-Encoding:" },
        { 501, "Transfer-Encoding: gzip, chunked" },

        // Names that another server may read as those fields
        { 400, "Transfer-Encoding : chunked" },
        { 400, "Transfer-Encoding\t: chunked" },
        { 400, " Transfer-Encoding: chunked" },
        { 400, "X: y\r\n Transfer-Encoding: chunked" },
        { 400, "X: y\nTransfer-Encoding: chunked" },
        { 400, "X: y\rTransfer-Encoding: chunked" },
        { 400, "X: y\u0000Transfer-Encoding: chunked" },
        { 400, "Content-Length\u0000: 4" },
        { 400, "Content Length: 4" },
        { 400, "Content-Length\u00E9: 4" },
        { 400, ": 4" },
        { 400, "Content-Length" },
        { 400, "(Content-Length): 4" },

        // Hosts
        { 400, "Host: other" },
        { 400, "host: h" },
    };

    [Theory]
    [MemberData(nameof(RefusedFields))]
    public async Task What_frames_a_message_in_two_ways_is_refused(int status, string fields)
    {
        Conversation conversation = await ExchangeAsync($"PUT /bucket/a HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n0\r\n\r\n");
        AssertRefused(conversation, status);
    }

    public static TheoryData<int, string> RefusedStarts => new()
    {
        { 400, "GET /\r\n\r\n" },
        { 400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n" },
        { 400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, "GET / http/1.1\r\nHost: h\r\n\r\n" },
        { 400, "GET / HTTP/1.1\r\n\r\n" },
        { 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" },
        { 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n" },
        { 400, "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n" },
        { 400, "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n" },
        { 400, "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, "GET //\t HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, "GET /#f HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, "GET /\u0000 HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n" },
        { 400, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000" },
        { 400, "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, " GET / HTTP/1.1\r\nHost: h\r\n\r\n" },
        { 400, "PUT /bucket/a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
        { 505, "GET / HTTP/0.9\r\nHost: h\r\n\r\n" },
        { 505, "GET / HTTP/1.2\r\nHost: h\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(RefusedStarts))]
    public async Task What_is_no_request_is_refused(int status, string start) => AssertRefused(await ExchangeAsync(start), status);

    [Fact]
    public async Task What_is_too_large_is_refused()
    {
        AssertRefused(await ExchangeAsync($"GET /{new string('a', Http1Limits.RequestLineBytes)} HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
        AssertRefused(await ExchangeAsync($"GET / HTTP/1.1\r\nHost: h\r\nX: {new string('a', Http1Limits.HeadBytes)}\r\n\r\n"), 431);
        string flood = string.Concat(Enumerable.Repeat("a:\r\n", Http1Limits.HeaderCount));
        AssertRefused(await ExchangeAsync($"GET / HTTP/1.1\r\nHost: h\r\n{flood}\r\n"), 431);
        AssertRefused(await ExchangeAsync(new string('\r', 100_000)), 400);
        AssertRefused(await ExchangeAsync(new string('G', 100_000)), 414);
    }

    public static TheoryData<string> BrokenChunks =>
    [
        "10000000000000000\r\nx", "8000000000000000\r\nx", "FFFFFFFFFFFFFFFF\r\nx", "FFFFFFFFFFFFFFFFF\r\nx", "-1\r\nx", "+1\r\nx",
        "0x1\r\nx",
        " 1\r\nx", "1 \r\nx\r\n0\r\n\r\n", "\r\n", "1\nx\n0\n\n", "1\rx\r0\r\r", "1;\r\nx", "1;a\nx\r\n0\r\n\r\n",
        "1;a=\"\n\"\r\nx\r\n0\r\n\r\n",
        "1;a\rb\r\nx", "1\r\nxy\r\n0\r\n\r\n", "1\r\nx0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "0\r\n\n", "0\r\n\r\r", "0\r\nA: b\n\r\n",
        "0\r\nA : b\r\n\r\n",
        "0\r\n A: b\r\n\r\n", "0\r\nA: \0\r\n\r\n", "1\r\nx\r\n\r\n", "g\r\n", "1\u0000\r\nx", "0\r\n" + "GET / HTTP/1.1\r\n\r\n",
    ];

    /// <summary>Once for a client that is refused and whose body is dropped, once for one whose body is read.</summary>
    [Theory]
    [MemberData(nameof(BrokenChunks))]
    public async Task Behind_a_broken_chunk_nothing_is_read(string chunks)
    {
        const string Head = "PUT /bucket/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        Conversation dropped = await ExchangeAsync(Head + chunks);
        Assert.Equal([403], dropped.Statuses);
        Assert.True(dropped.IsClosed);

        Conversation read = await ExchangeAsync(Latin1(SignedChunkedHead(5)) + chunks);
        Assert.Equal([400], read.Statuses);
        Assert.True(read.IsClosed);
        AssertNothingStored();
    }

    [Fact]
    public async Task A_request_inside_a_body_is_a_body()
    {
        int length = _smuggled.Length;
        Conversation counted = await ExchangeAsync($"PUT /bucket/a HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n", Live);
        Assert.Equal([403, 200], counted.Statuses);
        Conversation onGet = await ExchangeAsync($"GET /health/live HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n", Live);
        Assert.Equal([200, 200], onGet.Statuses);
        const string Chunked = "Host: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        Conversation chunked = await ExchangeAsync($"DELETE /bucket/a HTTP/1.1\r\n{Chunked}{length:x}\r\n", "\r\n0\r\n\r\n" + Live);
        Assert.Equal([403, 200], chunked.Statuses);
        Assert.False(chunked.IsClosed);
        AssertNothingStored();
    }

    [Fact]
    public async Task Behind_a_request_that_closes_nothing_is_read()
    {
        Conversation asked = await ExchangeAsync("GET /health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        Conversation old = await ExchangeAsync("GET /health/live HTTP/1.0\r\n\r\n");
        Conversation large = await ExchangeAsync("PUT /bucket/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000000\r\n\r\n");
        Assert.Equal([200], asked.Statuses);
        Assert.Equal([200], old.Statuses);
        Assert.Equal([403], large.Statuses);
        Assert.True(asked.IsClosed && old.IsClosed && large.IsClosed);
        AssertNothingStored();
    }

    [Fact]
    public async Task Behind_a_request_that_is_refused_but_ends_the_next_is_served()
    {
        Conversation conversation = await ExchangeAsync("PUT /bucket/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
        Assert.Equal([403, 200], conversation.Statuses);
        Assert.Equal(["smuggled"], StoreLeftovers.Of(_server.Store));
    }

    [Fact]
    public async Task Garbage_behind_a_request_ends_the_connection()
    {
        byte[] put = _server.Request("PUT", "/bucket/k", "body"u8.ToArray());
        foreach (string garbage in (string[])["\0", "garbage\r\n\r\n", "bo dy ", "\n", " "])
        {
            Conversation conversation = await ExchangeAsync(Latin1(put) + garbage);
            Assert.Equal([200, 400], conversation.Statuses);
            Assert.True(conversation.IsClosed);
            Assert.Equal(["k"], StoreLeftovers.Of(_server.Store));
        }
    }

    /// <summary>A body longer than its length begins the next request's method: another one, which has no meaning.</summary>
    [Fact]
    public async Task What_a_body_has_too_much_is_part_of_the_next_method()
    {
        byte[] put = _server.Request("PUT", "/bucket/k", "body"u8.ToArray());
        Conversation conversation = await ExchangeAsync(Latin1(put) + "body");
        Assert.Equal([200, 405], conversation.Statuses);
        Assert.Equal(["k"], StoreLeftovers.Of(_server.Store));
    }

    /// <summary>A line's end, a carriage return, a line feed, a NUL before each byte of a signed request: none is stored.</summary>
    [Theory]
    [InlineData("\r")]
    [InlineData("\n")]
    [InlineData("\0")]
    [InlineData("\r\n")]
    [InlineData("\u000B")]
    public async Task A_control_character_in_a_head_is_never_overlooked(string inserted)
    {
        string request = Latin1(_server.Request("PUT", "/bucket/k", "x"u8.ToArray()));
        // Empty lines before a request are part of the grammar (RFC 9112 §2.2).
        for (int at = inserted == "\r\n" ? 1 : 0; at <= request.Length - 1; at++)
        {
            Conversation conversation = await _connection.ExchangeAsync(Bytes(request[..at] + inserted + request[at..]));
            Assert.True(conversation.Statuses is [>= 400, ..] && StoreLeftovers.Of(_server.Store) is [], $"at {at}: {conversation}");
        }
    }

    [Fact]
    public async Task A_refused_client_that_waits_for_100_cannot_have_its_body_taken_for_a_request()
    {
        string head = $"PUT /bucket/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {_smuggled.Length}\r\n\r\n";
        Conversation together = await ExchangeAsync(head);
        Assert.Equal([403], together.Statuses);
        Conversation apart = await _connection.ExchangeAsync([.. Bytes(head), .. _smuggled], () => head.Length);
        Assert.Equal([403], apart.Statuses);
        Assert.True(apart.IsClosed);
        AssertNothingStored();
    }

    [Theory]
    [InlineData("Expect: 100-continue", true)]
    [InlineData("Expect: 100-CONTINUE", true)]
    [InlineData("Expect: 200-ok", false)]
    [InlineData("Expect: 100-continue, 100-continue", false)]
    [InlineData("Expect:", false)]
    public async Task Only_100_continue_is_expected_and_once(string expect, bool isContinued)
    {
        byte[] body = "x"u8.ToArray();
        byte[] head = _server.Head("PUT", "/bucket/k", body, [expect], out _);
        Conversation conversation = isContinued
            ? await _connection.ExchangeAsync(head, afterContinue: body)
            : await _connection.ExchangeAsync([.. head, .. body]);
        Assert.Equal(isContinued ? [100, 200] : [200], conversation.Statuses);
    }

    [Fact]
    public async Task A_hundred_thousand_pipelined_requests_are_answered_in_order()
    {
        const int Requests = 100_000;
        byte[] bytes = Bytes(string.Concat(Enumerable.Repeat(Live + Live.Replace("live", "none"), Requests / 2)));
        Conversation conversation = await _connection.ExchangeAsync(bytes);
        Assert.Equal(Requests, conversation.Responses.Count);
        Assert.All(conversation.Responses.Index(), entry => Assert.Equal(entry.Index % 2 == 0 ? 200 : 403, entry.Item.Status));
    }

    private void AssertRefused(Conversation conversation, int status)
    {
        Assert.True(conversation.Statuses is [int only] && only == status, $"expected {status}: {conversation}");
        Assert.True(conversation.IsClosed);
        Assert.Equal("close", conversation.Responses[0].Fields["Connection"]);
        AssertNothingStored();
    }

    private void AssertNothingStored() => Assert.Empty(StoreLeftovers.Of(_server.Store));

    private Task<Conversation> ExchangeAsync(string before, string after = "") =>
        _connection.ExchangeAsync([.. Bytes(before), .. _smuggled, .. Bytes(after)]);

    private byte[] SignedChunkedHead(int payloadBytes) => _server.Head(
        "PUT", "/bucket/a", null,
        ["Transfer-Encoding: chunked", "x-amz-content-sha256: UNSIGNED-PAYLOAD", $"x-amz-decoded-content-length: {payloadBytes}"], out _);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
