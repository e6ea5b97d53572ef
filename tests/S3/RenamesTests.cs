using Xunit;

namespace RustFs.Tests.S3;

public abstract class RenamesTests : StoreTests
{
    private const string HelloMd5 = "5eb63bbbe01eeed093cb22bb8f5acdc3";
    private const string NoMd5 = "00000000000000000000000000000000";
    private const string Past = "Wed, 21 Oct 2015 07:28:00 GMT";
    private const string Future = "Wed, 21 Oct 2122 07:28:00 GMT";

    private protected RenamesTests(StoreKind kind)
        : base(kind)
    {
    }

    [Theory]
    [InlineData("bucket/old/a%20b")]
    [InlineData("/bucket/old/a%20b")]
    [InlineData("old/a%20b")]
    public async Task Everything_of_the_object_goes_with_it(string source)
    {
        await PutAsync("old/a%20b", "hello world", "Content-Type: text/plain", "x-amz-meta-a: 1", "x-amz-tagging: t=1",
            "x-amz-storage-class: GLACIER", "x-amz-sdk-checksum-algorithm: CRC32");
        TestResponse before = await Server.SendAsync("GET", "/bucket/old/a%20b", null, "x-amz-checksum-mode: ENABLED");
        TestResponse renamed = await RenameAsync("new", source);
        Assert.Equal((200, "0", null), (renamed.Status, renamed["Content-Length"], renamed["x-amz-version-id"]));
        Assert.Equal(404, (await Server.SendAsync("GET", "/bucket/old/a%20b")).Status);
        TestResponse after = await Server.SendAsync("GET", "/bucket/new", null, "x-amz-checksum-mode: ENABLED");
        Assert.Equal("hello world", after.Text);
        foreach (string name in new[] { "ETag", "Last-Modified", "Content-Type", "x-amz-meta-a", "x-amz-tagging-count",
            "x-amz-storage-class", "x-amz-checksum-crc32" })
        {
            Assert.NotNull(before[name]);
            Assert.Equal(before[name], after[name]);
        }
    }

    [Theory]
    [InlineData("old", 404, "NoSuchKey", "")]
    [InlineData("other/from", 404, "NoSuchKey", "")]
    [InlineData("", 400, "InvalidArgument", "")]
    [InlineData("%zz", 400, "InvalidArgument", "")]
    [InlineData("bucket/", 400, "InvalidArgument", "")]
    [InlineData("bucket/to", 400, "InvalidRequest", "")]
    [InlineData("bucket/from", 412, "PreconditionFailed", "x-amz-rename-source-if-match: \"" + NoMd5 + "\"")]
    [InlineData("bucket/from", 412, "PreconditionFailed", "x-amz-rename-source-if-none-match: *")]
    [InlineData("bucket/from", 412, "PreconditionFailed", "x-amz-rename-source-if-none-match: " + HelloMd5)]
    [InlineData("bucket/from", 412, "PreconditionFailed", "x-amz-rename-source-if-modified-since: " + Future)]
    [InlineData("bucket/from", 412, "PreconditionFailed", "x-amz-rename-source-if-unmodified-since: " + Past)]
    [InlineData("bucket/from", 412, "PreconditionFailed", "If-None-Match: *")]
    [InlineData("bucket/from", 412, "PreconditionFailed", "If-Match: \"" + NoMd5 + "\"")]
    [InlineData("bucket/from", 412, "PreconditionFailed", "If-Modified-Since: " + Future)]
    [InlineData("bucket/from", 412, "PreconditionFailed", "If-Unmodified-Since: " + Past)]
    [InlineData("bucket/from", 400, "InvalidArgument", "x-amz-client-token: with space")]
    public async Task What_is_refused_moves_nothing(string source, int status, string code, string header)
    {
        await PutAsync("from", "hello world");
        await PutAsync("to", "there");
        TestResponse refused = await RenameAsync("to", source, header.Length == 0 ? [] : [header]);
        Assert.Equal((status, code), (refused.Status, refused.ErrorCode));
        Assert.Equal("hello world", (await Server.SendAsync("GET", "/bucket/from")).Text);
        Assert.Equal("there", (await Server.SendAsync("GET", "/bucket/to")).Text);
    }

    [Theory]
    [InlineData("x-amz-rename-source-if-match: \"" + HelloMd5 + "\"")]
    [InlineData("x-amz-rename-source-if-none-match: " + NoMd5)]
    [InlineData("x-amz-rename-source-if-modified-since: " + Past)]
    [InlineData("x-amz-rename-source-if-unmodified-since: " + Future)]
    [InlineData("If-Match: *")]
    [InlineData("If-None-Match: " + NoMd5)]
    [InlineData("If-Modified-Since: " + Past)]
    [InlineData("If-Unmodified-Since: " + Future)]
    public async Task What_holds_is_done_and_overwrites(string header)
    {
        await PutAsync("from", "hello world");
        await PutAsync("to", "there");
        Assert.Equal(200, (await RenameAsync("to", "bucket/from", header)).Status);
        Assert.Equal(404, (await Server.SendAsync("GET", "/bucket/from")).Status);
        Assert.Equal("hello world", (await Server.SendAsync("GET", "/bucket/to")).Text);
    }

    [Theory]
    [InlineData("If-Match: *", 412)]
    [InlineData("If-Modified-Since: " + Past, 412)]
    [InlineData("If-None-Match: *", 200)]
    [InlineData("If-Unmodified-Since: " + Past, 200)]
    public async Task What_does_not_exist_meets_only_conditions_that_ask_for_nothing(string header, int status)
    {
        await PutAsync("from", "hello world");
        Assert.Equal(status, (await RenameAsync("to", "bucket/from", header)).Status);
    }

    [Fact]
    public async Task Of_many_at_once_one_takes_the_object()
    {
        await PutAsync("from", "hello world");
        TestResponse[] renames = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => RenameAsync($"to{i}", "bucket/from"))));
        Assert.Equal(1, renames.Count(rename => rename.Status == 200));
        Assert.Equal(19, renames.Count(rename => rename.ErrorCode == "NoSuchKey"));
    }

    [Fact]
    public async Task A_token_makes_it_happen_once()
    {
        await PutAsync("from", "one");
        Assert.Equal(200, (await RenameAsync("to", "bucket/from", "x-amz-client-token: abc")).Status);
        await PutAsync("from", "two");
        Assert.Equal(200, (await RenameAsync("to", "/bucket/from", "x-amz-client-token: abc")).Status);
        Assert.Equal("one", (await Server.SendAsync("GET", "/bucket/to")).Text);
        Assert.Equal("two", (await Server.SendAsync("GET", "/bucket/from")).Text);
        foreach (TestResponse other in new[]
            {
                await RenameAsync("other", "bucket/from", "x-amz-client-token: abc"),
                await RenameAsync("to", "bucket/from", "x-amz-client-token: abc", "If-Match: *"),
            })
            Assert.Equal((400, "IdempotencyParameterMismatch"), (other.Status, other.ErrorCode));
        Assert.Equal(200, (await RenameAsync("to", "bucket/from", "x-amz-client-token: abd")).Status);
        Assert.Equal("two", (await Server.SendAsync("GET", "/bucket/to")).Text);
    }

    /// <summary>As a copy and a delete in one: nothing that was kept is lost.</summary>
    [Fact]
    public async Task In_a_versioned_bucket_the_old_key_keeps_its_versions_under_a_delete_marker()
    {
        await SetVersioningAsync("Enabled");
        string one = (await PutAsync("from", "one"))["x-amz-version-id"]!;
        string two = (await PutAsync("from", "two"))["x-amz-version-id"]!;
        string there = (await PutAsync("to", "there"))["x-amz-version-id"]!;
        string moved = (await RenameAsync("to", "bucket/from"))["x-amz-version-id"]!;
        Assert.DoesNotContain(moved, new[] { one, two, there });
        TestResponse gone = await Server.SendAsync("GET", "/bucket/from");
        Assert.Equal((404, "true"), (gone.Status, gone["x-amz-delete-marker"]));
        Assert.Equal("two", (await Server.SendAsync("GET", "/bucket/from?versionId=" + two)).Text);
        Assert.Equal("one", (await Server.SendAsync("GET", "/bucket/from?versionId=" + one)).Text);
        Assert.Equal("two", (await Server.SendAsync("GET", "/bucket/to")).Text);
        Assert.Equal("there", (await Server.SendAsync("GET", "/bucket/to?versionId=" + there)).Text);
        await Server.SendAsync("DELETE", "/bucket/from?versionId=" + two);
        Assert.Equal("two", (await Server.SendAsync("GET", "/bucket/to?versionId=" + moved)).Text);

        await SetVersioningAsync("Suspended");
        await PutAsync("null", "three");
        Assert.Equal("null", (await RenameAsync("to", "bucket/null"))["x-amz-version-id"]);
        Assert.Equal("three", (await Server.SendAsync("GET", "/bucket/to")).Text);
        Assert.Equal("true", (await Server.SendAsync("GET", "/bucket/null"))["x-amz-delete-marker"]);
    }

    [Fact]
    public async Task A_presigned_url_does_not_name_the_source()
    {
        await PutAsync("from", "one");
        TestResponse refused = await Server.SendPresignedAsync("PUT", "/bucket/to?renameObject=&x-amz-rename-source=bucket%2Ffrom", []);
        Assert.Equal("InvalidRequest", refused.ErrorCode);
    }

    private async Task SetVersioningAsync(string status) => Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket?versioning",
        $"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>")).Status);

    private Task<TestResponse> RenameAsync(string key, string source, params string[] headers) =>
        Server.SendAsync("PUT", $"/bucket/{key}?renameObject", null, ["x-amz-rename-source: " + source, .. headers]);

    private async Task<TestResponse> PutAsync(string key, string body, params string[] headers)
    {
        TestResponse response = await Server.SendAsync("PUT", "/bucket/" + key, body, headers);
        Assert.Equal(200, response.Status);
        return response;
    }
}
