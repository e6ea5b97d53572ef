using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace RustFs.Tests.S3;

public abstract class VersioningTests : StoreTests
{
    private protected VersioningTests(StoreKind kind)
        : base(kind)
    {
    }

    [Fact]
    public async Task The_state_is_empty_then_enabled_or_suspended()
    {
        Assert.Empty(XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?versioning")).Names);
        foreach (string status in new[] { "Enabled", "Suspended", "Enabled" })
        {
            await SetAsync(status);
            Assert.Equal(status, XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?versioning"))["Status"]);
        }
    }

    [Theory]
    [InlineData("", "MissingRequestBodyError")]
    [InlineData("<VersioningConfiguration/>", "IllegalVersioningConfigurationException")]
    [InlineData("<VersioningConfiguration><Status>On</Status></VersioningConfiguration>", "MalformedXML")]
    [InlineData("<VersioningConfiguration><Status>Enabled</Status><Status>Suspended</Status></VersioningConfiguration>", "MalformedXML")]
    [InlineData("<Versioning><Status>Enabled</Status></Versioning>", "MalformedXML")]
    [InlineData("<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
        "NotImplemented")]
    public async Task A_state_that_is_none_changes_nothing(string document, string code)
    {
        Assert.Equal(code, (await Server.SendAsync("PUT", "/bucket?versioning", document)).ErrorCode);
        Assert.Empty(XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?versioning")).Names);
    }

    [Fact]
    public async Task Every_operation_names_the_version()
    {
        Assert.Null((await PutAsync("key", "zero"))["x-amz-version-id"]);
        Assert.Null((await Server.SendAsync("GET", "/bucket/key"))["x-amz-version-id"]);
        await SetAsync("Enabled");
        Assert.Equal("null", (await Server.SendAsync("HEAD", "/bucket/key"))["x-amz-version-id"]);
        string one = (await PutAsync("key", "one"))["x-amz-version-id"]!;
        string two = (await PutAsync("key", "two"))["x-amz-version-id"]!;
        Assert.NotEqual(one, two);
        foreach ((string query, string version, string body) in new[]
            { ("", two, "two"), ("?versionId=" + two, two, "two"), ("?versionId=" + one, one, "one"), ("?versionId=null", "null", "zero") })
        {
            TestResponse get = await Server.SendAsync("GET", "/bucket/key" + query);
            Assert.Equal((200, version, body), (get.Status, get["x-amz-version-id"], get.Text));
            TestResponse head = await Server.SendAsync("HEAD", "/bucket/key" + query, null, "If-None-Match: *");
            Assert.Equal((304, version), (head.Status, head["x-amz-version-id"]));
            string sub = query.Length == 0 ? "" : "&" + query[1..];
            Assert.Equal(version, (await Server.SendAsync("GET", "/bucket/key?tagging" + sub))["x-amz-version-id"]);
            Assert.Equal(version, (await Server.SendAsync("GET", "/bucket/key?acl" + sub))["x-amz-version-id"]);
        }
        await SetAsync("Suspended");
        Assert.Equal("null", (await PutAsync("key", "three"))["x-amz-version-id"]);
        Assert.Equal("three", (await Server.SendAsync("GET", "/bucket/key?versionId=null")).Text);
    }

    [Theory]
    [InlineData("?versionId=", 400, "InvalidArgument")]
    [InlineData("?versionId=abc", 400, "InvalidArgument")]
    [InlineData("?versionId=00000000000000010000000000000000", 400, "InvalidArgument")]
    [InlineData("?versionId=00000000000000010000000000000001", 404, "NoSuchVersion")]
    public async Task Versions_that_are_none_are_refused(string query, int status, string code)
    {
        await SetAsync("Enabled");
        await PutAsync("key", "one");
        TestResponse get = await Server.SendAsync("GET", "/bucket/key" + query);
        Assert.Equal((status, code), (get.Status, get.ErrorCode));
        Assert.Equal(status, (await Server.SendAsync("HEAD", "/bucket/key" + query)).Status);
        TestResponse delete = await Server.SendAsync("DELETE", "/bucket/key" + query);
        Assert.Equal(status == 404 ? 204 : status, delete.Status);
        TestResponse copy = await Server.SendAsync("PUT", "/bucket/copy", null, "x-amz-copy-source: bucket/key" + query);
        Assert.Equal((status, code), (copy.Status, copy.ErrorCode));
        Assert.Equal("one", (await Server.SendAsync("GET", "/bucket/key")).Text);
    }

    [Fact]
    public async Task A_delete_marker_hides_the_key_and_tells_of_itself()
    {
        await SetAsync("Enabled");
        string version = (await PutAsync("key", "one"))["x-amz-version-id"]!;
        TestResponse delete = await Server.SendAsync("DELETE", "/bucket/key");
        string marker = delete["x-amz-version-id"]!;
        Assert.Equal((204, "true"), (delete.Status, delete["x-amz-delete-marker"]));

        TestResponse get = await Server.SendAsync("GET", "/bucket/key");
        Assert.Equal((404, "NoSuchKey", "true", marker),
            (get.Status, get.ErrorCode, get["x-amz-delete-marker"], get["x-amz-version-id"]));
        TestResponse head = await Server.SendAsync("HEAD", "/bucket/key");
        Assert.Equal((404, "true"), (head.Status, head["x-amz-delete-marker"]));
        TestResponse named = await Server.SendAsync("GET", "/bucket/key?versionId=" + marker);
        Assert.Equal((405, "MethodNotAllowed", "true", "DELETE"),
            (named.Status, named.ErrorCode, named["x-amz-delete-marker"], named["Allow"]));
        Assert.NotNull(named["Last-Modified"]);
        Assert.Equal(405, (await Server.SendAsync("HEAD", "/bucket/key?versionId=" + marker)).Status);
        Assert.Equal("0", XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?list-type=2"))["KeyCount"]);
        TestResponse copy = await Server.SendAsync("PUT", "/bucket/copy", null, "x-amz-copy-source: bucket/key?versionId=" + marker);
        Assert.Equal((400, "InvalidRequest"), (copy.Status, copy.ErrorCode));
        copy = await Server.SendAsync("PUT", "/bucket/copy", null, "x-amz-copy-source: bucket/key");
        Assert.Equal((404, "NoSuchKey"), (copy.Status, copy.ErrorCode));
        Assert.Equal(404, (await Server.SendAsync("PUT", "/bucket/key", "x", "If-Match: *")).Status);

        TestResponse undelete = await Server.SendAsync("DELETE", "/bucket/key?versionId=" + marker);
        Assert.Equal((204, "true", marker), (undelete.Status, undelete["x-amz-delete-marker"], undelete["x-amz-version-id"]));
        Assert.Equal("one", (await Server.SendAsync("GET", "/bucket/key")).Text);
        TestResponse last = await Server.SendAsync("DELETE", "/bucket/key?versionId=" + version);
        Assert.Equal((204, null, version), (last.Status, last["x-amz-delete-marker"], last["x-amz-version-id"]));
        get = await Server.SendAsync("GET", "/bucket/key");
        Assert.Equal((404, null), (get.Status, get["x-amz-delete-marker"]));
    }

    [Fact]
    public async Task An_old_version_is_restored_by_copying_it_onto_its_key()
    {
        await SetAsync("Enabled");
        string one = (await PutAsync("key", "one", "x-amz-meta-a: 1"))["x-amz-version-id"]!;
        await PutAsync("key", "two");
        Assert.Equal("InvalidRequest", (await Server.SendAsync("PUT", "/bucket/key", null, "x-amz-copy-source: bucket/key")).ErrorCode);
        TestResponse copy = await Server.SendAsync("PUT", "/bucket/key", null, "x-amz-copy-source: bucket/key?versionId=" + one);
        Assert.Equal((200, one), (copy.Status, copy["x-amz-copy-source-version-id"]));
        TestResponse get = await Server.SendAsync("GET", "/bucket/key");
        Assert.Equal(("one", "1", copy["x-amz-version-id"]), (get.Text, get["x-amz-meta-a"], get["x-amz-version-id"]));
        Assert.Equal(3, (await ListAsync()).All("Version").Count);
        // New metadata is a new version too.
        await Server.SendAsync("PUT", "/bucket/key", null, "x-amz-copy-source: bucket/key", "x-amz-metadata-directive: REPLACE");
        Assert.Equal(4, (await ListAsync()).All("Version").Count);
        Assert.Equal("1", (await Server.SendAsync("GET", "/bucket/key?versionId=" + one))["x-amz-meta-a"]);
    }

    [Fact]
    public async Task A_listing_shows_versions_and_delete_markers_newest_first()
    {
        await PutAsync("b", "zero");
        await SetAsync("Enabled");
        string one = (await PutAsync("a", "one"))["x-amz-version-id"]!;
        string marker = (await Server.SendAsync("DELETE", "/bucket/b"))["x-amz-version-id"]!;
        await PutAsync("dir/x", "x");
        await PutAsync("dir/y%2Bz", "y");
        XmlAnswer all = await ListAsync("&delimiter=%2F");
        Assert.Equal("ListVersionsResult", all.RootName);
        Assert.Equal(["Name", "Prefix", "KeyMarker", "VersionIdMarker", "MaxKeys", "Delimiter", "Version", "DeleteMarker", "CommonPrefixes",
            "IsTruncated"], all.Names);
        Assert.Equal([one, "null"], all.All("Version", "VersionId"));
        Assert.Equal(["true", "false"], all.All("Version", "IsLatest"));
        Assert.Equal(["a", "b"], all.All("Version", "Key"));
        Assert.Equal([marker], all.All("DeleteMarker", "VersionId"));
        Assert.Equal(["true"], all.All("DeleteMarker", "IsLatest"));
        Assert.Equal(["dir/"], all.All("CommonPrefixes", "Prefix"));
        Assert.Equal(["Key", "VersionId", "IsLatest", "LastModified", "ETag", "Size", "StorageClass", "Owner"], all.NamesIn("Version"));
        Assert.Equal(["Key", "VersionId", "IsLatest", "LastModified", "Owner"], all.NamesIn("DeleteMarker"));
        Assert.Equal("0", (await ListAsync("&max-keys=0"))["MaxKeys"]);
        Assert.Equal("false", (await ListAsync("&max-keys=0"))["IsTruncated"]);
        Assert.Equal(["dir/x", "dir/y%2Bz"], (await ListAsync("&prefix=dir%2F&encoding-type=url")).All("Version", "Key"));
    }

    [Theory]
    [InlineData("&version-id-marker=null", "InvalidArgument")]
    [InlineData("&key-marker=a&version-id-marker=abc", "InvalidArgument")]
    [InlineData("&max-keys=-1", "InvalidArgument")]
    [InlineData("&encoding-type=base64", "InvalidArgument")]
    public async Task Markers_that_are_none_are_refused(string query, string code) =>
        Assert.Equal(code, (await Server.SendAsync("GET", "/bucket?versions" + query)).ErrorCode);

    /// <summary>Case 21: many delete markers among versions; none is missing, none comes twice, deleted between pages or not.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(7, false)]
    [InlineData(100, true)]
    public async Task Pages_show_each_version_once(int pageKeys, bool deletes)
    {
        await PutAsync("key-0", "null version");
        await SetAsync("Enabled");
        var made = new List<(string Key, string Version)> { ("key-0", "null") };
        for (int number = 0; number < 120; number++)
        {
            string key = $"key-{number % 4}";
            if (number == 80)
                await SetAsync("Suspended");
            if (number >= 80)
                made.RemoveAll(version => version == (key, "null"));
            TestResponse response = number % 9 == 0 ? await PutAsync(key, "body") : await Server.SendAsync("DELETE", "/bucket/" + key);
            made.Add((key, response["x-amz-version-id"]!));
        }
        IEnumerable<(string, string)> expected = made.AsEnumerable().Reverse().OrderBy(version => version.Key, StringComparer.Ordinal);
        var seen = new List<(string, string)>();
        string query = "";
        while (true)
        {
            XmlAnswer page = await ListAsync($"&max-keys={pageKeys}{query}");
            List<(string Key, string Version)> shown = InOrder(page);
            Assert.InRange(shown.Count, 1, pageKeys);
            seen.AddRange(shown);
            if (deletes)
                await DeleteAsync(shown);
            if (page["IsTruncated"] == "false")
                break;
            query = $"&key-marker={page["NextKeyMarker"]}&version-id-marker={page["NextVersionIdMarker"]}";
        }
        Assert.Equal(expected, seen);
        Assert.Equal(deletes ? "" : "BucketNotEmpty", (await Server.SendAsync("DELETE", "/bucket")).ErrorCode ?? "");
    }

    /// <summary>Case 31: markers are visible at once, and each entry has its answer.</summary>
    [Fact]
    public async Task Batches_put_markers_and_delete_versions()
    {
        await SetAsync("Enabled");
        string a = (await PutAsync("a", "one"))["x-amz-version-id"]!;
        await PutAsync("b", "one");
        XmlAnswer answer = await DeleteAsync([("a", ""), ("b", ""), ("absent", "")]);
        Assert.Equal(["a", "b", "absent"], answer.All("Deleted", "Key"));
        Assert.Equal(["true", "true", "true"], answer.All("Deleted", "DeleteMarker"));
        List<string> markers = answer.All("Deleted", "DeleteMarkerVersionId");
        Assert.Equal(3, markers.Distinct().Count());
        Assert.Empty(answer.All("Deleted", "VersionId"));
        Assert.Equal(["a", "absent", "b"], (await ListAsync()).All("DeleteMarker", "Key").Order(StringComparer.Ordinal));

        answer = await DeleteAsync([("a", markers[0]), ("a", a), ("b", "0000000000000001000000000000000a"), ("b", "nonsense")]);
        Assert.Equal([markers[0], a, "0000000000000001000000000000000a"], answer.All("Deleted", "VersionId"));
        Assert.Equal(["true"], answer.All("Deleted", "DeleteMarker"));
        Assert.Equal([markers[0]], answer.All("Deleted", "DeleteMarkerVersionId"));
        Assert.Equal(["NoSuchVersion"], answer.All("Error", "Code"));
        Assert.Equal(["b"], (await ListAsync()).All("Version", "Key"));
    }

    /// <summary>Case 32.</summary>
    [Fact]
    public async Task A_bucket_of_delete_markers_and_aborted_uploads_can_be_emptied_and_deleted()
    {
        await SetAsync("Enabled");
        await Server.SendAsync("DELETE", "/bucket/never-was");
        TestResponse upload = await Server.SendAsync("POST", "/bucket/upload?uploads");
        await Server.SendAsync("DELETE", $"/bucket/upload?uploadId={upload.Element("UploadId")}");
        TestResponse refused = await Server.SendAsync("DELETE", "/bucket");
        Assert.Equal((409, "BucketNotEmpty"), (refused.Status, refused.ErrorCode));
        await DeleteAsync(InOrder(await ListAsync()));
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket")).Status);
    }

    /// <summary>Case 33.</summary>
    [Fact]
    public async Task A_folder_key_goes_alone()
    {
        await SetAsync("Enabled");
        await PutAsync("folder/", "");
        await PutAsync("folder/child", "child");
        await Server.SendAsync("DELETE", "/bucket/folder/");
        Assert.Equal("child", (await Server.SendAsync("GET", "/bucket/folder/child")).Text);
    }

    [Fact]
    public async Task A_completed_upload_is_a_version_and_answers_the_same_twice()
    {
        await SetAsync("Enabled");
        await PutAsync("key", "one");
        string upload = (await Server.SendAsync("POST", "/bucket/key?uploads")).Element("UploadId")!;
        string tag = await Server.PutPartAsync("key", upload, 1, "part"u8.ToArray());
        string document = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + tag + "</ETag></Part>"
            + "</CompleteMultipartUpload>";
        TestResponse first = await Server.SendAsync("POST", $"/bucket/key?uploadId={upload}", document);
        TestResponse second = await Server.SendAsync("POST", $"/bucket/key?uploadId={upload}", document);
        Assert.NotNull(first["x-amz-version-id"]);
        Assert.Equal((200, first["x-amz-version-id"]), (second.Status, second["x-amz-version-id"]));
        Assert.Equal(2, (await ListAsync()).All("Version").Count);
    }

    [Theory]
    [InlineData("x-amz-if-match-size: 3", 204)]
    [InlineData("x-amz-if-match-size: 4", 412)]
    [InlineData("x-amz-if-match-size: -1", 400)]
    [InlineData("x-amz-if-match-last-modified-time: {now}", 204)]
    [InlineData("x-amz-if-match-last-modified-time: Wed, 21 Oct 2015 07:28:00 GMT", 412)]
    [InlineData("x-amz-if-match-last-modified-time: yesterday", 400)]
    [InlineData("If-Match: *", 204)]
    [InlineData("If-Match: \"00000000000000000000000000000000\"", 412)]
    public async Task Deletes_are_conditional(string header, int status)
    {
        await SetAsync("Enabled");
        await PutAsync("key", "one");
        string modified = (await Server.SendAsync("HEAD", "/bucket/key"))["Last-Modified"]!;
        TestResponse delete = await Server.SendAsync("DELETE", "/bucket/key", null, header.Replace("{now}", modified));
        Assert.Equal(status, delete.Status);
        Assert.Equal(status == 204 ? 404 : 200, (await Server.SendAsync("GET", "/bucket/key")).Status);
        // Conditions are about the current object; a key without one has none to match.
        bool needsObject = header.StartsWith("If-Match", StringComparison.Ordinal);
        delete = await Server.SendAsync("DELETE", "/bucket/absent", null, header.Replace("{now}", modified));
        Assert.Equal(status == 400 ? 400 : needsObject ? 404 : 204, delete.Status);
    }

    [Fact]
    public async Task Entries_of_a_batch_are_conditional()
    {
        foreach (string key in new[] { "a", "b", "c", "d" })
            await PutAsync(key, "one");
        // Each has its own: they may have been put in two seconds.
        string modified = (await Server.SendAsync("HEAD", "/bucket/a"))["Last-Modified"]!;
        string modifiedC = (await Server.SendAsync("HEAD", "/bucket/c"))["Last-Modified"]!;
        string iso = DateTimeOffset.Parse(modifiedC).ToString("yyyy-MM-dd'T'HH:mm:ss.000'Z'");
        XmlAnswer answer = await SendDeleteAsync($"""
            <Delete>
              <Object><Key>a</Key><Size>3</Size><LastModifiedTime>{modified}</LastModifiedTime></Object>
              <Object><Key>b</Key><Size>4</Size></Object>
              <Object><Key>c</Key><LastModifiedTime>{iso}</LastModifiedTime></Object>
              <Object><Key>d</Key><Size>three</Size></Object>
            </Delete>
            """);
        Assert.Equal(["a", "c"], answer.All("Deleted", "Key"));
        Assert.Equal(["PreconditionFailed", "InvalidArgument"], answer.All("Error", "Code"));
    }

    /// <summary>Of many who each want to be the first, one is; a delete marker counts as nothing there.</summary>
    [Fact]
    public async Task One_of_many_conditional_writers_wins()
    {
        await SetAsync("Enabled");
        await PutAsync("key", "old");
        await Server.SendAsync("DELETE", "/bucket/key");
        TestResponse[] puts = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
            Task.Run(() => Server.SendAsync("PUT", "/bucket/key", number.ToString(), "If-None-Match: *"))));
        Assert.Single(puts, put => put.Status == 200);
        Assert.Equal(19, puts.Count(put => put.Status == 412));
        string tag = puts.Single(put => put.Status == 200)["ETag"]!;
        TestResponse[] deletes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ =>
            Task.Run(() => Server.SendAsync("DELETE", "/bucket/key", null, "If-Match: " + tag))));
        Assert.Single(deletes, delete => delete.Status == 204);
        Assert.Equal(19, deletes.Count(delete => delete.ErrorCode == "NoSuchKey"));
    }

    private async Task SetAsync(string status) => Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket?versioning",
        $"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{status}</Status></VersioningConfiguration>"))
        .Status);

    private async Task<TestResponse> PutAsync(string key, string body, params string[] headers)
    {
        TestResponse response = await Server.SendAsync("PUT", "/bucket/" + key, body, headers);
        Assert.Equal(200, response.Status);
        return response;
    }

    private async Task<XmlAnswer> ListAsync(string query = "") => XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?versions" + query));

    // Versions and delete markers stand mixed in the document, in the order of the listing.
    private static List<(string Key, string Version)> InOrder(XmlAnswer page) =>
        [.. page.Children("Version", "DeleteMarker").Select(entry => (entry["Key"], entry["VersionId"]))];

    private Task<XmlAnswer> DeleteAsync(IEnumerable<(string Key, string Version)> entries) => SendDeleteAsync("<Delete>" + string.Concat(
        entries.Select(entry => $"<Object><Key>{entry.Key}</Key>"
            + (entry.Version.Length == 0 ? "" : $"<VersionId>{entry.Version}</VersionId>") + "</Object>")) + "</Delete>");

    private async Task<XmlAnswer> SendDeleteAsync(string document)
    {
        byte[] body = Encoding.UTF8.GetBytes(document);
        string md5 = "Content-MD5: " + Convert.ToBase64String(MD5.HashData(body));
        return XmlAnswer.Of(await Server.SendAsync("POST", "/bucket?delete", body, md5));
    }
}
