using RustFs.Http1;
using Xunit;
using static RustFs.Tests.Http1.HttpMessages;

namespace RustFs.Tests.Http1;

public sealed class ResponseHeadWriterTests
{
    private static readonly DateTimeOffset Sample = new(1994, 11, 6, 8, 49, 37, TimeSpan.Zero);

    [Fact]
    public void A_head_is_written_as_it_goes_over_the_wire()
    {
        Span<byte> buffer = stackalloc byte[512];
        var writer = new ResponseHeadWriter(buffer);
        writer.Status(206);
        writer.Raw("Server: RustFs\r\nAccept-Ranges: bytes\r\n"u8);
        writer.DateHeader("Last-Modified"u8, Sample.ToOffset(TimeSpan.FromHours(2)));
        writer.Header("Content-Length"u8, long.MaxValue);
        writer.Header("x-negative"u8, long.MinValue);
        writer.Header("ETag"u8, "\"abc\""u8);
        writer.Header("x-amz-meta-empty"u8, ""u8);
        writer.End();

        Assert.False(writer.Overflowed);
        Assert.Equal(
            "HTTP/1.1 206 Partial Content\r\nServer: RustFs\r\nAccept-Ranges: bytes\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            + "Content-Length: 9223372036854775807\r\nx-negative: -9223372036854775808\r\nETag: \"abc\"\r\nx-amz-meta-empty: \r\n\r\n",
            Text(buffer[..writer.WrittenBytes]));
    }

    [Theory]
    [InlineData(100, "Continue")]
    [InlineData(200, "OK")]
    [InlineData(204, "No Content")]
    [InlineData(206, "Partial Content")]
    [InlineData(301, "Moved Permanently")]
    [InlineData(302, "Found")]
    [InlineData(303, "See Other")]
    [InlineData(304, "Not Modified")]
    [InlineData(307, "Temporary Redirect")]
    [InlineData(400, "Bad Request")]
    [InlineData(403, "Forbidden")]
    [InlineData(404, "Not Found")]
    [InlineData(405, "Method Not Allowed")]
    [InlineData(409, "Conflict")]
    [InlineData(411, "Length Required")]
    [InlineData(412, "Precondition Failed")]
    [InlineData(413, "Content Too Large")]
    [InlineData(414, "URI Too Long")]
    [InlineData(416, "Range Not Satisfiable")]
    [InlineData(417, "Expectation Failed")]
    [InlineData(429, "Too Many Requests")]
    [InlineData(431, "Request Header Fields Too Large")]
    [InlineData(500, "Internal Server Error")]
    [InlineData(501, "Not Implemented")]
    [InlineData(503, "Service Unavailable")]
    [InlineData(505, "HTTP Version Not Supported")]
    [InlineData(507, "Insufficient Storage")]
    [InlineData(299, "")]
    [InlineData(999, "")]
    public void Status_lines(int statusCode, string phrase)
    {
        Span<byte> buffer = stackalloc byte[64];
        var writer = new ResponseHeadWriter(buffer);
        writer.Status(statusCode);
        Assert.Equal($"HTTP/1.1 {statusCode} {phrase}\r\n", Text(buffer[..writer.WrittenBytes]));
    }

    [Fact]
    public void Every_status_line_is_whole_and_says_its_own_code()
    {
        for (int statusCode = 100; statusCode <= 999; statusCode++)
        {
            byte[] buffer = new byte[64];
            var writer = new ResponseHeadWriter(buffer);
            writer.Status(statusCode);
            Assert.Matches($@"\AHTTP/1\.1 {statusCode} [A-Za-z -]*\r\n\z", Text(buffer.AsSpan(0, writer.WrittenBytes)));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new ResponseHeadWriter(new byte[64]).Status(99));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResponseHeadWriter(new byte[64]).Status(1000));
    }

    [Fact]
    public void Control_characters_never_begin_another_line()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        string blanked = string.Concat(all.Select(value => value is < 0x20 and not (byte)'\t' or 0x7F ? ' ' : (char)value));
        byte[] buffer = new byte[1024];
        var writer = new ResponseHeadWriter(buffer);
        writer.Header("a\r\nSet-Cookie"u8, "b\r\nX-Injected: c\r\n\r\n<html>\n"u8);
        writer.Header("all"u8, all);

        Assert.Equal(
            $"a  Set-Cookie: b  X-Injected: c    <html> \r\nall: {blanked}\r\n", Text(buffer.AsSpan(0, writer.WrittenBytes)));
    }

    [Fact]
    public void Overflow_is_remembered_and_whole_lines_are_kept()
    {
        const string whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nA: b\r\n\r\n";
        for (int room = 0; room <= whole.Length; room++)
        {
            byte[] buffer = new byte[whole.Length + 1];
            var writer = new ResponseHeadWriter(buffer.AsSpan(0, room));
            writer.Status(200);
            writer.Header("Content-Length"u8, 5);
            writer.Header("ETag"u8, "x"u8);
            writer.DateHeader("Date"u8, Sample);
            writer.Raw("A: b\r\n"u8);
            writer.End();

            Assert.Equal(room < whole.Length, writer.Overflowed);
            string written = Text(buffer.AsSpan(0, writer.WrittenBytes));
            Assert.StartsWith(written, whole, StringComparison.Ordinal);
            Assert.True(written.Length <= room && (written.Length == 0 || written.EndsWith("\r\n", StringComparison.Ordinal)));
            Assert.Equal(new byte[buffer.Length - written.Length], buffer[written.Length..]);
        }
    }

    [Fact]
    public void Writing_allocates_nothing()
    {
        Span<byte> buffer = stackalloc byte[512];
        var clock = new DateHeaderClock(TimeProvider.System);
        Write(buffer, clock);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Write(buffer, clock);
        }

        // A second may have passed meanwhile: one rendering of the date.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200);
    }

    private static void Write(Span<byte> buffer, DateHeaderClock clock)
    {
        var writer = new ResponseHeadWriter(buffer);
        writer.Status(200);
        writer.Status(299);
        writer.Raw(clock.Line);
        writer.Header("Content-Length"u8, 4096);
        writer.Header("ETag"u8, "\"x\r\n\""u8);
        writer.DateHeader("Last-Modified"u8, Sample);
        writer.End();
    }
}
