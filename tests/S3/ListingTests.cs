using Xunit;

namespace RustFs.Tests.S3;

public abstract class ListingTests : StoreTests
{
    private protected ListingTests(StoreKind kind)
        : base(kind)
    {
    }

    [Fact]
    public async Task A_listing_shows_each_object()
    {
        await Server.PutAsync("foo", "foo/bar");
        XmlAnswer list = await ListAsync("");
        Assert.Equal(["Name", "Prefix", "MaxKeys", "Contents", "KeyCount", "IsTruncated"], list.Names);
        Assert.Equal("ListBucketResult", list.RootName);
        Assert.Equal("bucket", list["Name"]);
        Assert.Equal("", list["Prefix"]);
        Assert.Equal("1000", list["MaxKeys"]);
        Assert.Equal("2", list["KeyCount"]);
        Assert.Equal("false", list["IsTruncated"]);
        Assert.Equal(["foo", "foo/bar"], list.All("Contents", "Key"));
        Assert.Equal(["Key", "LastModified", "ETag", "Size", "StorageClass"], list.NamesIn("Contents"));
        Assert.Equal("STANDARD", list["Contents", "StorageClass"]);
        Assert.Equal("11", list["Contents", "Size"]);
        Assert.Matches("^\"[0-9a-f]{32}\"$", list["Contents", "ETag"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", list["Contents", "LastModified"]!);
    }

    [Fact]
    public async Task The_owner_is_shown_by_the_second_version_only_when_asked_for()
    {
        await Server.PutAsync("key");
        Assert.Null((await ListAsync(""))["Contents", "Owner", "ID"]);
        Assert.Null((await ListAsync("&fetch-owner=false"))["Contents", "Owner", "ID"]);
        Assert.Equal(64, (await ListAsync("&fetch-owner=true"))["Contents", "Owner", "ID"]!.Length);
        Assert.Equal(64, XmlAnswer.Of(await Server.SendAsync("GET", "/bucket"))["Contents", "Owner", "ID"]!.Length);
    }

    [Fact]
    public async Task Pages_of_the_second_version_join_to_the_whole()
    {
        string[] keys = [.. Enumerable.Range(0, 25).Select(number => $"key-{number:d2}")];
        await Server.PutAsync(keys);
        var seen = new List<string>();
        string after = "";
        int pages = 0;
        while (true)
        {
            XmlAnswer page = await ListAsync("&max-keys=10" + after);
            seen.AddRange(page.All("Contents", "Key"));
            pages++;
            Assert.Equal(page.All("Contents").Count.ToString(), page["KeyCount"]);
            if (page["IsTruncated"] == "false")
            {
                Assert.Null(page["NextContinuationToken"]);
                break;
            }

            after = "&continuation-token=" + page["NextContinuationToken"];
        }

        Assert.Equal(keys, seen);
        Assert.Equal(3, pages);
    }

    [Fact]
    public async Task A_page_has_at_most_a_thousand_keys()
    {
        await Server.PutAsync([.. Enumerable.Range(0, 1001).Select(number => $"{number:d4}")]);
        foreach (string query in new[] { "&max-keys=5000", "&max-keys=2147483647", "" })
        {
            XmlAnswer page = await ListAsync(query);
            Assert.Equal(1000, page.All("Contents").Count);
            Assert.Equal("1000", page["MaxKeys"]);
            Assert.Equal("true", page["IsTruncated"]);
            Assert.Equal(["1000"], (await ListAsync("&continuation-token=" + page["NextContinuationToken"])).All("Contents", "Key"));
        }
    }

    [Theory]
    [InlineData("/bucket?list-type=2&max-keys=0")]
    [InlineData("/bucket?max-keys=0")]
    public async Task A_page_of_no_keys_is_empty_and_not_truncated(string target)
    {
        await Server.PutAsync("key");
        XmlAnswer page = XmlAnswer.Of(await Server.SendAsync("GET", target));
        Assert.Empty(page.All("Contents"));
        Assert.Equal("false", page["IsTruncated"]);
        Assert.Equal("0", page["MaxKeys"]);
    }

    [Theory]
    [InlineData("max-keys=-1")]
    [InlineData("max-keys=x")]
    [InlineData("max-keys=")]
    [InlineData("max-keys=2147483648")]
    [InlineData("encoding-type=base64")]
    [InlineData("encoding-type=")]
    [InlineData("prefix=%FF")]
    [InlineData("prefix=%2")]
    [InlineData("continuation-token=key")]
    [InlineData("continuation-token=")]
    [InlineData("continuation-token=%00")]
    public async Task A_bad_argument_is_refused(string query)
    {
        TestResponse response = await Server.SendAsync("GET", "/bucket?list-type=2&" + query);
        Assert.Equal(400, response.Status);
        Assert.Equal("InvalidArgument", response.ErrorCode);
        if (query.StartsWith("continuation-token", StringComparison.Ordinal))
            Assert.Equal("The continuation token provided is incorrect", response.Element("Message"));
    }

    [Fact]
    public async Task Start_after_excludes_the_key_itself()
    {
        await Server.PutAsync("a", "b", "c");
        XmlAnswer page = await ListAsync("&start-after=b");
        Assert.Equal(["c"], page.All("Contents", "Key"));
        Assert.Equal("b", page["StartAfter"]);
        Assert.Equal(["b", "c"], (await ListAsync("&start-after=aa")).All("Contents", "Key"));
    }

    [Fact]
    public async Task A_continuation_token_stands_before_start_after()
    {
        await Server.PutAsync("a", "b", "c", "d");
        XmlAnswer first = await ListAsync("&start-after=a&max-keys=1");
        XmlAnswer second = await ListAsync("&start-after=a&max-keys=1&continuation-token=" + first["NextContinuationToken"]);
        Assert.Equal(["c"], second.All("Contents", "Key"));
        Assert.Equal(first["NextContinuationToken"], second["ContinuationToken"]);
    }

    [Theory]
    [InlineData("", "/", "a|b", "a/|é/")]
    [InlineData("a", "/", "a", "a/")]
    [InlineData("a/", "/", "a/1|a/2", "a/x/")]
    [InlineData("a/", "", "a/1|a/2|a/x/3|a/x/4", "")]
    [InlineData("a/x", "/", "", "a/x/")]
    [InlineData("", "/x/", "a|a/1|a/2|b|é/1|é/→2", "a/x/")]
    [InlineData("", "→", "a|a/1|a/2|a/x/3|a/x/4|b|é/1", "é/→")]
    [InlineData("nothing", "/", "", "")]
    public async Task Keys_are_grouped_at_the_delimiter(string prefix, string delimiter, string keys, string prefixes)
    {
        await Server.PutAsync("a", "a/1", "a/2", "a/x/3", "a/x/4", "b", "é/1", "é/→2");
        XmlAnswer list = await ListAsync($"&prefix={Uri.EscapeDataString(prefix)}&delimiter={Uri.EscapeDataString(delimiter)}");
        Assert.Equal(keys, string.Join('|', list.All("Contents", "Key")));
        Assert.Equal(prefixes, string.Join('|', list.All("CommonPrefixes", "Prefix")));
        Assert.Equal(delimiter.Length == 0 ? null : delimiter, list["Delimiter"]);
        Assert.Equal((list.All("Contents").Count + list.All("CommonPrefixes").Count).ToString(), list["KeyCount"]);
    }

    [Fact]
    public async Task Pages_with_a_delimiter_give_each_common_prefix_once()
    {
        await Server.PutAsync("a/1", "a/2", "b", "c/1", "c/2", "d");
        var seen = new List<string>();
        string after = "";
        do
        {
            XmlAnswer page = await ListAsync("&delimiter=%2F&max-keys=1" + after);
            seen.AddRange(page.All("Contents", "Key"));
            seen.AddRange(page.All("CommonPrefixes", "Prefix"));
            after = page["NextContinuationToken"] is { } token ? "&continuation-token=" + token : "";
        }
        while (after.Length > 0);
        Assert.Equal(["a/", "b", "c/", "d"], seen);
    }

    [Fact]
    public async Task The_first_version_gives_its_next_marker_only_with_a_delimiter()
    {
        await Server.PutAsync("a", "b/1", "b/2", "c");
        XmlAnswer plain = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?max-keys=2&marker=a"));
        Assert.Equal(["b/1", "b/2"], plain.All("Contents", "Key"));
        Assert.Equal("true", plain["IsTruncated"]);
        Assert.Equal("a", plain["Marker"]);
        Assert.Null(plain["NextMarker"]);
        Assert.Null(plain["KeyCount"]);

        XmlAnswer grouped = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?max-keys=2&delimiter=/"));
        Assert.Equal("b/", grouped["NextMarker"]);
        XmlAnswer rest = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?max-keys=2&delimiter=/&marker=b/"));
        Assert.Equal(["c"], rest.All("Contents", "Key"));
        Assert.Empty(rest.All("CommonPrefixes"));
        Assert.Null(rest["NextMarker"]);
    }

    [Fact]
    public async Task Every_key_survives_url_encoding()
    {
        string[] keys =
            ["\u0001control", "a b+c", "per%20cent", "q?u&e=r#y", "sla/sh//es", "tab\tnew\nline", "~._-*", "ключ/鍵/🔑", "<xml>&amp;'\""];
        await Server.PutAsync(keys);
        XmlAnswer list = await ListAsync("&encoding-type=url&prefix=&start-after=%01");
        Assert.Equal("url", list["EncodingType"]);
        Assert.Equal("%01", list["StartAfter"]);
        Array.Sort(keys, StringComparer.Ordinal);
        List<string> encoded = list.All("Contents", "Key");
        Assert.Equal(keys, encoded.Select(Uri.UnescapeDataString).Order(StringComparer.Ordinal));
        // The same text read as an HTML form, as botocore reads it.
        Assert.Equal(keys, encoded.Select(System.Net.WebUtility.UrlDecode).Order(StringComparer.Ordinal)!);
        Assert.Contains("sla/sh//es", list.All("Contents", "Key"));
        Assert.Contains("a%20b%2Bc", list.All("Contents", "Key"));
    }

    [Fact]
    public async Task Common_prefixes_and_markers_are_encoded_too()
    {
        await Server.PutAsync("a b/1", "a b/2", "c d");
        XmlAnswer list = XmlAnswer.Of(await Server.SendAsync(
            "GET", "/bucket?encoding-type=url&delimiter=%20&prefix=a&marker=a%20&max-keys=1"));
        Assert.Equal("%20", list["Delimiter"]);
        Assert.Equal("a%20", list["Marker"]);
        list = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?encoding-type=url&delimiter=%2F&max-keys=1"));
        Assert.Equal("a%20b/", list["CommonPrefixes", "Prefix"]);
        Assert.Equal("a%20b/", list["NextMarker"]);
    }

    [Fact]
    public async Task Keys_are_escaped_as_xml_text_without_url_encoding()
    {
        string[] keys = ["<xml>&amp;'\"", "ключ", "tab\tnew\nline\r"];
        await Server.PutAsync(keys);
        Assert.Equal(keys.Order(StringComparer.Ordinal), (await ListAsync("")).All("Contents", "Key").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_query_plus_is_a_space()
    {
        await Server.PutAsync("a b", "a+b");
        Assert.Equal(["a b"], (await ListAsync("&prefix=a+")).All("Contents", "Key"));
        Assert.Equal(["a+b"], (await ListAsync("&prefix=a%2B")).All("Contents", "Key"));
    }

    [Fact]
    public async Task A_prefix_longer_than_a_key_is_refused()
        => Assert.Equal("KeyTooLongError", (await Server.SendAsync("GET", "/bucket?prefix=" + new string('a', 1025))).ErrorCode);

    [Fact]
    public async Task A_listing_of_no_bucket_is_an_error()
        => Assert.Equal("NoSuchBucket", (await Server.SendAsync("GET", "/nothing?list-type=2")).ErrorCode);

    private async Task<XmlAnswer> ListAsync(string query) => XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?list-type=2" + query));
}
