using System.Globalization;
using System.Text;
using System.Xml.Linq;
using RustFs.S3.Listing;
using RustFs.S3.Xml;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

public sealed class XmlTests
{
    private const string Document = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Root a="1"><First>one &amp; two</First><Second><Inner><![CDATA[<3>]]></Inner><Empty/></Second><!-- c --><Third></Third></Root>
        """;

    [Fact]
    public void A_document_is_walked_child_by_child()
    {
        using var xml = Reader(Document);
        Assert.True(xml.EnterRoot("Root"));
        Assert.True(xml.NextChild());
        Assert.Equal("First", xml.Name);
        Assert.Equal("one & two", xml.Text());
        Assert.True(xml.NextChild());
        Assert.Equal("Second", xml.Name);
        xml.Enter();
        Assert.True(xml.NextChild());
        Assert.Equal("<3>", xml.Text());
        Assert.True(xml.NextChild());
        Assert.Equal("Empty", xml.Name);
        Assert.False(xml.NextChild());
        Assert.True(xml.NextChild());
        Assert.Equal("Third", xml.Name);
        Assert.Equal("", xml.Text());
        Assert.False(xml.NextChild());
        Assert.True(xml.AtEnd());
    }

    [Fact]
    public void Children_that_nobody_reads_are_skipped()
    {
        using var xml = Reader(Document);
        xml.EnterRoot("Root");
        var names = new List<string>();
        while (xml.NextChild())
            names.Add(xml.Name);
        Assert.Equal(["First", "Second", "Third"], names);
        Assert.True(xml.AtEnd());
    }

    [Fact]
    public void A_document_cut_anywhere_fails_and_never_throws()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Document.TrimEnd());
        for (int length = 0; length < whole.Length; length++)
            Assert.False(Walk(whole.AsMemory(0, length)), $"cut at {length}");
        Assert.True(Walk(whole));
    }

    [Fact]
    public void A_document_with_any_byte_changed_never_throws()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Document);
        foreach (byte value in new byte[] { 0, (byte)'<', (byte)'&', (byte)'/', (byte)'>', 0x80, 0xFF })
        {
            for (int i = 0; i < whole.Length; i++)
            {
                byte[] changed = [.. whole];
                changed[i] = value;
                _ = Walk(changed);
            }
        }
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(100, false)]
    public void Depth_is_bounded(int depth, bool isAccepted)
    {
        IEnumerable<string> tags = [.. Enumerable.Repeat("<a>", depth), .. Enumerable.Repeat("</a>", depth)];
        string document = "<Root>" + string.Concat(tags) + "</Root>";
        Assert.Equal(isAccepted, Walk(Encoding.UTF8.GetBytes(document)));
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-8")]
    public void Encodings_with_a_byte_order_mark_are_read(string name)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        using var xml = new XmlElementReader((byte[])[.. encoding.GetPreamble(), .. encoding.GetBytes("<Root><Key>ключ</Key></Root>")]);
        Assert.True(xml.EnterRoot("Root") && xml.NextChild());
        Assert.Equal("ключ", Encoding.UTF8.GetString(xml.Utf8Text()!));
    }

    [Fact]
    public void Text_written_is_read_back_by_any_parser()
    {
        string text = "<a href=\"b\">&amp;'\u00e9\u4e2d\ud83d\udd11 tab\t newline\n return\r \u007f</a>";
        using var body = new XmlBody();
        body.OpenRoot("Root"u8);
        body.Element("Text"u8, text);
        body.Element("Number"u8, long.MinValue);
        body.Element("Flag"u8, true);
        body.TimeElement("Time"u8, 1_255_715_430_123);
        body.ETagElement(new ETag(1, 3));
        body.Close("Root"u8);
        XElement root = XDocument.Parse(Encoding.UTF8.GetString(body.Written.Span), LoadOptions.PreserveWhitespace).Root!;
        Assert.Equal([text, "-9223372036854775808", "true", "2009-10-16T17:50:30.123Z", "\"00000000000000000000000000000001-3\""],
            root.Elements().Select(element => element.Value));
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00.000Z")]
    [InlineData(951_782_400_001, "2000-02-29T00:00:00.001Z")]
    [InlineData(1_767_225_599_999, "2025-12-31T23:59:59.999Z")]
    [InlineData(253_402_300_799_999, "9999-12-31T23:59:59.999Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999Z")]
    public void Times_are_written_to_the_millisecond(long unixMs, string text)
    {
        byte[] written = new byte[Iso8601.LengthBytes];
        Assert.Equal(Iso8601.LengthBytes, Iso8601.Write(unixMs, written));
        Assert.Equal(text, Encoding.ASCII.GetString(written));
    }

    [Fact]
    public void Times_of_a_page_equal_those_of_the_platform()
    {
        var random = new Random(4);
        var times = new ListedTimes();
        byte[] written = new byte[Iso8601.LengthBytes];
        long unixMs = 0;
        for (int i = 0; i < 20_000; i++)
        {
            // Neighbours of one day, of the next, and of anywhere.
            unixMs = random.Next(4) == 0 ? random.NextInt64(253_402_300_800_000) : unixMs + random.Next(50_000_000);
            unixMs = Math.Min(unixMs, 253_402_300_799_999);
            Assert.Equal(Iso8601.LengthBytes, times.Write(unixMs, written));
            string expected = DateTime.UnixEpoch.AddMilliseconds(unixMs)
                .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            Assert.Equal(expected, Encoding.ASCII.GetString(written));
        }
    }

    [Fact]
    public void A_long_document_grows_its_buffer()
    {
        using var body = new XmlBody();
        body.Open("a"u8);
        for (int i = 0; i < 100_000; i++)
            body.Text("<"u8);
        body.Close("a"u8);
        Assert.Equal(new string('<', 100_000), XDocument.Parse(Encoding.UTF8.GetString(body.Written.Span)).Root!.Value);
    }

    private static XmlElementReader Reader(string document) => new(Encoding.UTF8.GetBytes(document));

    private static bool Walk(ReadOnlyMemory<byte> document)
    {
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("Root"))
            return false;
        while (xml.NextChild())
        {
            if (xml.Name == "First")
                xml.Text();
            if (xml.Name != "Second")
                continue;
            xml.Enter();
            while (xml.NextChild())
                xml.Utf8Text();
        }

        return xml.AtEnd();
    }
}
