using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Tags of objects and buckets, from headers and from documents.</summary>
public abstract class TaggingTests : StoreTests
{
    private protected TaggingTests(StoreKind kind)
        : base(kind)
    {
    }

    [Fact]
    public async Task Tags_of_an_object_are_put_read_counted_and_deleted()
    {
        await Server.SendAsync("PUT", "/bucket/key", "body", "Content-Type: text/plain", "x-amz-meta-a: 1");
        TestResponse before = await Server.SendAsync("HEAD", "/bucket/key");
        string? modified = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket"))["Contents", "LastModified"];
        // Times are kept to the millisecond, and the tags must not be of the same one.
        await Task.Delay(5);
        Assert.Null(before["x-amz-tagging-count"]);
        Assert.Empty(XmlAnswer.Of(await Server.SendAsync("GET", "/bucket/key?tagging")).All("TagSet", "Tag"));

        TestResponse put = await Server.SendAsync("PUT", "/bucket/key?tagging", Document(("b", "2"), ("a", ""), ("A", "a=b&c+d %")));
        Assert.Equal("InvalidTag", put.ErrorCode);
        put = await Server.SendAsync("PUT", "/bucket/key?tagging", Document(("b", "2"), ("a", ""), ("A ü", "a=b +@:/.-_")));
        Assert.Equal((200, 0), (put.Status, put.Body.Length));
        Assert.Equal([("b", "2"), ("a", ""), ("A ü", "a=b +@:/.-_")], await TagsAsync("/bucket/key?tagging"));
        TestResponse tagged = await Server.SendAsync("GET", "/bucket/key");
        Assert.Equal("3", tagged["x-amz-tagging-count"]);
        Assert.Equal("body", tagged.Text);
        Assert.Equal((before["ETag"], before["Last-Modified"]), (tagged["ETag"], tagged["Last-Modified"]));
        Assert.Equal(modified, XmlAnswer.Of(await Server.SendAsync("GET", "/bucket"))["Contents", "LastModified"]);
        Assert.Equal(("text/plain", "1"), (tagged["Content-Type"], tagged["x-amz-meta-a"]));

        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/key?tagging", Document(("c", "3")))).Status);
        Assert.Equal([("c", "3")], await TagsAsync("/bucket/key?tagging"));
        TestResponse deleted = await Server.SendAsync("DELETE", "/bucket/key?tagging");
        Assert.Equal((204, null), (deleted.Status, deleted["Content-Length"]));
        Assert.Empty(await TagsAsync("/bucket/key?tagging"));
        Assert.Null((await Server.SendAsync("HEAD", "/bucket/key"))["x-amz-tagging-count"]);
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket/key?tagging")).Status);
    }

    [Fact]
    public async Task Tags_of_a_bucket_are_put_read_and_deleted()
    {
        Assert.Equal("NoSuchTagSet", (await Server.SendAsync("GET", "/bucket?tagging")).ErrorCode);
        TestResponse put = await Server.SendAsync("PUT", "/bucket?tagging", Document(("team", "storage"), ("cost", "1+1")));
        Assert.Equal(204, put.Status);
        Assert.Equal([("team", "storage"), ("cost", "1+1")], await TagsAsync("/bucket?tagging"));
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket?tagging")).Status);
        TestResponse gone = await Server.SendAsync("GET", "/bucket?tagging");
        Assert.Equal((404, "NoSuchTagSet"), (gone.Status, gone.ErrorCode));

        Assert.Equal(204, (await Server.SendAsync("PUT", "/bucket?tagging", Document(Tags(50)))).Status);
        Assert.Equal(50, (await TagsAsync("/bucket?tagging")).Count);
        Assert.Equal("BadRequest", (await Server.SendAsync("PUT", "/bucket?tagging", Document(Tags(51)))).ErrorCode);
        Assert.Equal(50, (await TagsAsync("/bucket?tagging")).Count);
        // The tags go with the bucket.
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket")).Status);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket")).Status);
        Assert.Equal("NoSuchTagSet", (await Server.SendAsync("GET", "/bucket?tagging")).ErrorCode);
    }

    [Fact]
    public async Task Ten_tags_of_the_longest_keys_and_values_are_kept()
    {
        await Server.SendAsync("PUT", "/bucket/key", "body", "x-amz-meta-a: " + new string('v', 2000));
        (string Key, string Value)[] tags =
            [.. Enumerable.Range(0, 10).Select(i => (i + new string('键', 127), new string('值', 256)))];
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/key?tagging", Document(tags))).Status);
        Assert.Equal(tags, await TagsAsync("/bucket/key?tagging"));
        // A copy takes them along; what does not fit into a header need not.
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/copy", (byte[]?)null, "x-amz-copy-source: bucket/key")).Status);
        Assert.Equal(tags, await TagsAsync("/bucket/copy?tagging"));
    }

    [Theory]
    [InlineData("<Tagging/>", "MalformedXML")]
    [InlineData("<Tagging><TagSet/><TagSet/></Tagging>", "MalformedXML")]
    [InlineData("<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "MalformedXML")]
    [InlineData("<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>", "MalformedXML")]
    [InlineData("<Tagging><TagSet><Tag><Key>a</Key><Key>a</Key><Value/></Tag></TagSet></Tagging>", "MalformedXML")]
    [InlineData("<Tagging><TagSet><Tag><Key>a</Key><Value/><Other/></Tag></TagSet></Tagging>", "MalformedXML")]
    [InlineData("<Tagging><TagSet></Tagging>", "MalformedXML")]
    [InlineData("", "MalformedXML")]
    [InlineData("<Tagging><TagSet><Tag><Key></Key><Value/></Tag></TagSet></Tagging>", "InvalidTag")]
    [InlineData("<Tagging><TagSet><Tag><Key>a!</Key><Value/></Tag></TagSet></Tagging>", "InvalidTag")]
    [InlineData("<Tagging><TagSet><Tag><Key>a</Key><Value>&#x1;</Value></Tag></TagSet></Tagging>", "InvalidTag")]
    [InlineData("<Tagging><TagSet><Tag><Key>aws:a</Key><Value/></Tag></TagSet></Tagging>", "InvalidTag")]
    [InlineData("<Tagging><TagSet><Tag><Key>AWS:a</Key><Value/></Tag></TagSet></Tagging>", "InvalidTag")]
    public async Task A_bad_document_changes_nothing(string document, string code)
    {
        await Server.SendAsync("PUT", "/bucket/key", "body", "x-amz-tagging: kept=1");
        await Server.SendAsync("PUT", "/bucket?tagging", Document(("kept", "1")));
        foreach (string target in new[] { "/bucket/key?tagging", "/bucket?tagging" })
        {
            TestResponse response = await Server.SendAsync("PUT", target, document);
            Assert.Equal((400, code), (response.Status, response.ErrorCode));
            Assert.Equal([("kept", "1")], await TagsAsync(target));
        }
    }

    [Fact]
    public async Task Tags_stay_within_their_limits()
    {
        await Server.PutAsync("key");
        Assert.Equal("BadRequest", await Put(Tags(11)));
        Assert.Equal("InvalidTag", await Put((new string('k', 129), "")));
        Assert.Equal("InvalidTag", await Put(("k", new string('v', 257))));
        Assert.Equal("InvalidTag", await Put(("k", "1"), ("k", "2")));
        // Of characters beyond the basic plane each counts twice.
        Assert.Null(await Put((string.Concat(Enumerable.Repeat("𐐀", 64)), "")));
        Assert.Equal("InvalidTag", await Put((string.Concat(Enumerable.Repeat("𐐀", 65)), "")));
        Assert.Null(await Put([.. Tags(9), (new string('k', 128), new string('v', 256))]));

        async Task<string?> Put(params (string Key, string Value)[] tags) =>
            (await Server.SendAsync("PUT", "/bucket/key?tagging", Document(tags))).ErrorCode;
    }

    [Theory]
    [InlineData("a=1&b=two%20words&c=&d", 4, "a=1;b=two words;c=;d=")]
    [InlineData("plus+sign=1%2B1", 1, "plus sign=1+1")]
    [InlineData("%C3%BC=%26%3D", 0, "InvalidTag")]
    [InlineData("a=1&", 1, "a=1")]
    [InlineData("a=1&a=2", 0, "InvalidArgument")]
    [InlineData("a=%FF", 0, "InvalidArgument")]
    [InlineData("aws:a=1", 0, "InvalidTag")]
    [InlineData("0&1&2&3&4&5&6&7&8&9&10", 0, "BadRequest")]
    public async Task A_header_brings_tags_with_puts_copies_and_uploads(string header, int count, string expected)
    {
        await Server.PutAsync("source");
        string[] fields = ["x-amz-tagging: " + header];
        TestResponse put = await Server.SendAsync("PUT", "/bucket/put", "body", fields);
        TestResponse copy = await Server.SendAsync("PUT", "/bucket/copied", (byte[]?)null,
            [.. fields, "x-amz-copy-source: bucket/source", "x-amz-tagging-directive: REPLACE"]);
        TestResponse create = await Server.SendAsync("POST", "/bucket/parts?uploads", (byte[]?)null, fields);
        if (count == 0)
        {
            Assert.Equal((expected, expected, expected), (put.ErrorCode, copy.ErrorCode, create.ErrorCode));
            Assert.False(Server.Has("put") || Server.Has("copied"));
            return;
        }

        string id = XmlAnswer.Of(create)["UploadId"]!;
        string tag = await Server.PutPartAsync("parts", id, 1, [1]);
        await Server.SendAsync("POST", $"/bucket/parts?uploadId={id}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>");
        foreach (string key in new[] { "put", "copied", "parts" })
        {
            List<(string Key, string Value)> tags = await TagsAsync($"/bucket/{key}?tagging");
            Assert.Equal(expected, string.Join(';', tags.Select(found => $"{found.Key}={found.Value}")));
            Assert.Equal(count.ToString(), (await Server.SendAsync("HEAD", "/bucket/" + key))["x-amz-tagging-count"]);
        }
    }

    [Fact]
    public async Task A_directive_decides_whose_tags_a_copy_has()
    {
        await Server.SendAsync("PUT", "/bucket/source", "body", "x-amz-tagging: a=1");
        await CopyAsync("x-amz-tagging: b=2");
        Assert.Equal([("a", "1")], await TagsAsync("/bucket/copy?tagging"));
        await CopyAsync("x-amz-tagging: b=2", "x-amz-tagging-directive: REPLACE");
        Assert.Equal([("b", "2")], await TagsAsync("/bucket/copy?tagging"));
        await CopyAsync("x-amz-tagging-directive: REPLACE");
        Assert.Empty(await TagsAsync("/bucket/copy?tagging"));
        await CopyAsync("x-amz-metadata-directive: REPLACE", "x-amz-meta-a: 1");
        Assert.Equal([("a", "1")], await TagsAsync("/bucket/copy?tagging"));

        Task CopyAsync(params string[] headers) =>
            Server.SendAsync("PUT", "/bucket/copy", (byte[]?)null, [.. headers, "x-amz-copy-source: bucket/source"]);
    }

    [Fact]
    public async Task There_are_no_tags_of_what_does_not_exist()
    {
        foreach (string method in new[] { "GET", "PUT", "DELETE" })
        {
            byte[]? body = method == "PUT" ? System.Text.Encoding.UTF8.GetBytes(Document(("a", "1"))) : null;
            Assert.Equal("NoSuchKey", (await Server.SendAsync(method, "/bucket/missing?tagging", body)).ErrorCode);
            Assert.Equal("NoSuchBucket", (await Server.SendAsync(method, "/nowhere?tagging", body)).ErrorCode);
        }
    }

    private static (string Key, string Value)[] Tags(int count) => [.. Enumerable.Range(0, count).Select(i => ($"k{i}", "v"))];

    private static string Document(params (string Key, string Value)[] tags)
    {
        IEnumerable<string> elements = tags.Select(tag =>
            $"<Tag><Key>{tag.Key}</Key><Value>{System.Security.SecurityElement.Escape(tag.Value)}</Value></Tag>");
        return $"<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>{string.Concat(elements)}</TagSet></Tagging>";
    }

    private async Task<List<(string Key, string Value)>> TagsAsync(string target)
    {
        XmlAnswer answer = XmlAnswer.Of(await Server.SendAsync("GET", target));
        Assert.Equal("Tagging", answer.RootName);
        return [.. answer.All("TagSet", "Tag", "Key").Zip(answer.All("TagSet", "Tag", "Value"))];
    }
}
