using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Object Lock as S3 clients see it. When locks hold and end is for the engine's own tests, which have a clock to set.</summary>
public sealed class ObjectLockTests() : StoreTests(StoreKind.Volume)
{
    private const string Rule = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>{0}"
        + "</DefaultRetention></Rule></ObjectLockConfiguration>";

    /// <summary>Of "body", by Python's zlib.</summary>
    private const string Crc32 = "26gLsg==";

    private static readonly string Tomorrow = Iso(DateTimeOffset.UtcNow.AddDays(1)), DayAfter = Iso(DateTimeOffset.UtcNow.AddDays(2));
    private static readonly string Yesterday = Iso(DateTimeOffset.UtcNow.AddDays(-1));

    [Fact]
    public async Task A_bucket_is_created_with_object_lock_and_keeps_it()
    {
        Assert.Equal(200, (await Server.SendAsync("PUT", "/plain", null, "x-amz-bucket-object-lock-enabled: false")).Status);
        Assert.Equal("ObjectLockConfigurationNotFoundError", (await Server.SendAsync("GET", "/plain?object-lock")).ErrorCode);
        await CreateAsync();
        Assert.Equal("Enabled", XmlAnswer.Of(await Server.SendAsync("GET", "/locked?versioning"))["Status"]);
        XmlAnswer configuration = XmlAnswer.Of(await Server.SendAsync("GET", "/locked?object-lock"));
        Assert.Equal(["ObjectLockEnabled"], configuration.Names);
        Assert.Equal("Enabled", configuration["ObjectLockEnabled"]);
        TestResponse suspended = await Server.SendAsync(
            "PUT", "/locked?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
        Assert.Equal((409, "InvalidBucketState"), (suspended.Status, suspended.ErrorCode));
        Assert.Equal(200, (await Server.SendAsync(
            "PUT", "/locked?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")).Status);
    }

    [Fact]
    public async Task An_existing_bucket_gets_object_lock_once_it_has_versioning()
    {
        string rule = string.Format(Rule, "<Mode>COMPLIANCE</Mode><Years>2</Years>");
        TestResponse refused = await PutXmlAsync("/bucket?object-lock", rule);
        Assert.Equal((409, "InvalidBucketState"), (refused.Status, refused.ErrorCode));
        await Server.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        Assert.Equal(200, (await PutXmlAsync("/bucket?object-lock", rule)).Status);
        TestResponse read = await Server.SendAsync("GET", "/bucket?object-lock");
        Assert.Contains("<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>2</Years></DefaultRetention></Rule>", read.Text);
        // What was read can be written.
        Assert.Equal(200, (await PutXmlAsync("/bucket?object-lock", read.Text)).Status);
        Assert.Equal(read.Text, (await Server.SendAsync("GET", "/bucket?object-lock")).Text);
        Assert.Equal(200, (await PutXmlAsync("/bucket?object-lock",
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>")).Status);
        Assert.DoesNotContain("Rule", (await Server.SendAsync("GET", "/bucket?object-lock")).Text);
    }

    [Theory]
    [InlineData("<Mode>GOVERNANCE</Mode><Days>0</Days>", "InvalidArgument")]
    [InlineData("<Mode>GOVERNANCE</Mode><Days>36501</Days>", "InvalidArgument")]
    [InlineData("<Mode>GOVERNANCE</Mode><Years>-1</Years>", "InvalidArgument")]
    [InlineData("<Mode>GOVERNANCE</Mode><Years>101</Years>", "InvalidArgument")]
    [InlineData("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>", "MalformedXML")]
    [InlineData("<Mode>GOVERNANCE</Mode><Days>1</Days><Days>1</Days>", "MalformedXML")]
    [InlineData("<Mode>GOVERNANCE</Mode>", "MalformedXML")]
    [InlineData("<Mode>governance</Mode><Days>1</Days>", "MalformedXML")]
    [InlineData("<Mode>GOVERNANCE</Mode><Days>one</Days>", "MalformedXML")]
    [InlineData("<Days>1</Days>", "MalformedXML")]
    public async Task A_default_retention_that_is_none_changes_nothing(string retention, string code)
    {
        await CreateAsync();
        Assert.Equal(200, (await PutXmlAsync("/locked?object-lock", string.Format(Rule, "<Mode>GOVERNANCE</Mode><Days>7</Days>"))).Status);
        Assert.Equal(code, (await PutXmlAsync("/locked?object-lock", string.Format(Rule, retention))).ErrorCode);
        Assert.Equal("7", XmlAnswer.Of(await Server.SendAsync("GET", "/locked?object-lock"))["Rule", "DefaultRetention", "Days"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<ObjectLockConfiguration/>")]
    [InlineData("<ObjectLockConfiguration><ObjectLockEnabled>Disabled</ObjectLockEnabled></ObjectLockConfiguration>")]
    [InlineData("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule/></ObjectLockConfiguration>")]
    [InlineData("<Other><ObjectLockEnabled>Enabled</ObjectLockEnabled></Other>")]
    public async Task A_configuration_that_is_none_is_refused(string document)
    {
        await CreateAsync();
        string code = document.Length == 0 ? "MissingRequestBodyError" : "MalformedXML";
        Assert.Equal(code, (await PutXmlAsync("/locked?object-lock", document)).ErrorCode);
    }

    [Fact]
    public async Task A_lock_comes_with_the_object_and_is_told_with_it()
    {
        await CreateAsync();
        TestResponse put = await PutAsync("key", "x-amz-object-lock-mode: COMPLIANCE",
            "x-amz-object-lock-retain-until-date: " + Tomorrow, "x-amz-object-lock-legal-hold: ON");
        Assert.Equal(200, put.Status);
        foreach (string method in new[] { "GET", "HEAD" })
        {
            TestResponse read = await Server.SendAsync(method, "/locked/key");
            Assert.Equal(("COMPLIANCE", "ON"), (read["x-amz-object-lock-mode"], read["x-amz-object-lock-legal-hold"]));
            Assert.Equal(Tomorrow, read["x-amz-object-lock-retain-until-date"]);
        }

        XmlAnswer retention = XmlAnswer.Of(await Server.SendAsync("GET", "/locked/key?retention"));
        Assert.Equal(("COMPLIANCE", Tomorrow), (retention["Mode"], retention["RetainUntilDate"]));
        Assert.Equal("ON", XmlAnswer.Of(await Server.SendAsync("GET", "/locked/key?legal-hold"))["Status"]);
        TestResponse refused = await Server.SendAsync("DELETE", "/locked/key?versionId=" + put["x-amz-version-id"]);
        Assert.Equal((403, "AccessDenied"), (refused.Status, refused.ErrorCode));

        await PutAsync("free");
        TestResponse free = await Server.SendAsync("GET", "/locked/free");
        Assert.Equal((null, null, null), (free["x-amz-object-lock-mode"], free["x-amz-object-lock-retain-until-date"],
            free["x-amz-object-lock-legal-hold"]));
        foreach (string lockKind in new[] { "retention", "legal-hold" })
        {
            TestResponse none = await Server.SendAsync("GET", "/locked/free?" + lockKind);
            Assert.Equal((404, "NoSuchObjectLockConfiguration"), (none.Status, none.ErrorCode));
        }
    }

    [Theory]
    [InlineData("x-amz-object-lock-mode: GOVERNANCE", "InvalidArgument")]
    [InlineData("x-amz-object-lock-retain-until-date: {tomorrow}", "InvalidArgument")]
    [InlineData("x-amz-object-lock-mode: governance|x-amz-object-lock-retain-until-date: {tomorrow}", "InvalidArgument")]
    [InlineData("x-amz-object-lock-mode: GOVERNANCE|x-amz-object-lock-retain-until-date: tomorrow", "InvalidArgument")]
    [InlineData("x-amz-object-lock-mode: GOVERNANCE|x-amz-object-lock-retain-until-date: {yesterday}", "InvalidArgument")]
    [InlineData("x-amz-object-lock-legal-hold: MAYBE", "InvalidArgument")]
    [InlineData("x-amz-object-lock-legal-hold: ON|Content-MD5: (absent)", "InvalidRequest")]
    public async Task A_lock_that_is_none_stores_nothing(string headers, string code)
    {
        await CreateAsync();
        string[] sent = headers.Replace("{tomorrow}", Tomorrow).Replace("{yesterday}", Yesterday).Split('|');
        Assert.Equal(code, (await PutAsync("key", sent)).ErrorCode);
        string[] asHeadersOnly = [.. sent.Where(header => !header.StartsWith("Content-MD5", StringComparison.Ordinal))];
        if (asHeadersOnly.Length == sent.Length)
        {
            Assert.Equal(code, (await Server.SendAsync("POST", "/locked/key?uploads", null, sent)).ErrorCode);
            await PutAsync("source");
            Assert.Equal(code,
                (await Server.SendAsync("PUT", "/locked/key", null, [.. sent, "x-amz-copy-source: locked/source"])).ErrorCode);
        }

        Assert.Equal(404, (await Server.SendAsync("GET", "/locked/key")).Status);
    }

    [Fact]
    public async Task A_bucket_without_object_lock_locks_nothing()
    {
        string md5 = Md5("body");
        await Server.SendAsync("PUT", "/bucket/key", "body");
        string until = "x-amz-object-lock-retain-until-date: " + Tomorrow;
        foreach (string header in new[] { "x-amz-object-lock-legal-hold: ON", "x-amz-object-lock-mode: GOVERNANCE", until })
        {
            Assert.Equal("InvalidRequest", (await Server.SendAsync("PUT", "/bucket/other", "body", header, md5)).ErrorCode);
            Assert.Equal("InvalidRequest",
                (await Server.SendAsync("PUT", "/bucket/other", null, header, "x-amz-copy-source: bucket/key")).ErrorCode);
            Assert.Equal("InvalidRequest", (await Server.SendAsync("POST", "/bucket/other?uploads", null, header)).ErrorCode);
        }

        foreach (TestResponse response in new[]
        {
            await PutXmlAsync("/bucket/key?retention", Retention("GOVERNANCE", Tomorrow)),
            await PutXmlAsync("/bucket/key?legal-hold", Hold("ON")),
            await Server.SendAsync("GET", "/bucket/key?retention"),
            await Server.SendAsync("GET", "/bucket/key?legal-hold"),
        })
        {
            Assert.Equal((400, "InvalidRequest"), (response.Status, response.ErrorCode));
            Assert.Contains("Bucket is missing Object Lock Configuration", response.Text);
        }
    }

    [Fact]
    public async Task A_retention_is_extended_and_ended_by_bypass()
    {
        await CreateAsync();
        string version = (await PutAsync("key"))["x-amz-version-id"]!;
        await PutAsync("key");
        string target = "/locked/key?retention&versionId=" + version;
        Assert.Equal(200, (await PutXmlAsync(target, Retention("GOVERNANCE", Tomorrow))).Status);
        Assert.Equal(200, (await PutXmlAsync(target, Retention("GOVERNANCE", DayAfter))).Status);
        Assert.Equal("AccessDenied", (await PutXmlAsync(target, Retention("GOVERNANCE", Tomorrow))).ErrorCode);
        Assert.Equal("AccessDenied", (await PutXmlAsync(target, "<Retention/>")).ErrorCode);
        Assert.Equal("AccessDenied", (await PutXmlAsync(target, "<Retention/>", "x-amz-bypass-governance-retention: no")).ErrorCode);
        Assert.Equal(DayAfter, XmlAnswer.Of(await Server.SendAsync("GET", target))["RetainUntilDate"]);
        // Of the other version nothing was said.
        Assert.Equal("NoSuchObjectLockConfiguration", (await Server.SendAsync("GET", "/locked/key?retention")).ErrorCode);
        Assert.Equal(403, (await Server.SendAsync("DELETE", "/locked/key?versionId=" + version)).Status);
        Assert.Equal(200, (await PutXmlAsync(target, "<Retention/>", "x-amz-bypass-governance-retention: true")).Status);
        Assert.Equal("NoSuchObjectLockConfiguration", (await Server.SendAsync("GET", target)).ErrorCode);
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/locked/key?versionId=" + version)).Status);
    }

    [Theory]
    [InlineData("<Retention><Mode>GOVERNANCE</Mode></Retention>", "MalformedXML")]
    [InlineData("<Retention><RetainUntilDate>{tomorrow}</RetainUntilDate></Retention>", "MalformedXML")]
    [InlineData("<Retention><Mode>abc</Mode><RetainUntilDate>{tomorrow}</RetainUntilDate></Retention>", "MalformedXML")]
    [InlineData("<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>soon</RetainUntilDate></Retention>", "MalformedXML")]
    [InlineData("<Retention><Mode>GOVERNANCE</Mode><Mode>GOVERNANCE</Mode><RetainUntilDate>{tomorrow}</RetainUntilDate></Retention>",
        "MalformedXML")]
    [InlineData("<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{yesterday}</RetainUntilDate></Retention>", "InvalidArgument")]
    [InlineData("<LegalHold><Status>ON</Status></LegalHold>", "MalformedXML")]
    [InlineData("", "MissingRequestBodyError")]
    public async Task A_retention_that_is_none_changes_nothing(string document, string code)
    {
        await CreateAsync();
        await PutAsync("key");
        document = document.Replace("{tomorrow}", Tomorrow).Replace("{yesterday}", Yesterday);
        Assert.Equal(code, (await PutXmlAsync("/locked/key?retention", document)).ErrorCode);
        Assert.Equal("NoSuchObjectLockConfiguration", (await Server.SendAsync("GET", "/locked/key?retention")).ErrorCode);
    }

    [Theory]
    [InlineData("<LegalHold><Status>abc</Status></LegalHold>", "MalformedXML")]
    [InlineData("<LegalHold><Status>ON</Status><Status>OFF</Status></LegalHold>", "MalformedXML")]
    [InlineData("<LegalHold/>", "MalformedXML")]
    [InlineData("<Retention/>", "MalformedXML")]
    [InlineData("", "MissingRequestBodyError")]
    public async Task A_hold_that_is_none_changes_nothing(string document, string code)
    {
        await CreateAsync();
        await PutAsync("key");
        Assert.Equal(code, (await PutXmlAsync("/locked/key?legal-hold", document)).ErrorCode);
        Assert.Equal("NoSuchObjectLockConfiguration", (await Server.SendAsync("GET", "/locked/key?legal-hold")).ErrorCode);
    }

    [Fact]
    public async Task A_hold_is_set_and_lifted()
    {
        await CreateAsync();
        string version = (await PutAsync("key"))["x-amz-version-id"]!;
        string target = "/locked/key?versionId=" + version;
        Assert.Equal(200, (await PutXmlAsync("/locked/key?legal-hold", Hold("ON"))).Status);
        Assert.Equal(403, (await Server.SendAsync("DELETE", target, null, "x-amz-bypass-governance-retention: true")).Status);
        Assert.Equal(200, (await PutXmlAsync("/locked/key?legal-hold", Hold("OFF"))).Status);
        Assert.Equal("OFF", XmlAnswer.Of(await Server.SendAsync("GET", "/locked/key?legal-hold"))["Status"]);
        Assert.Equal("OFF", (await Server.SendAsync("HEAD", "/locked/key"))["x-amz-object-lock-legal-hold"]);
        Assert.Equal(204, (await Server.SendAsync("DELETE", target)).Status);
    }

    [Fact]
    public async Task Documents_of_locks_need_a_digest()
    {
        await CreateAsync();
        await PutAsync("key");
        foreach ((string target, string document) in new[]
        {
            ("/locked/key?retention", Retention("GOVERNANCE", Tomorrow)), ("/locked/key?legal-hold", Hold("ON")),
            ("/locked?object-lock", string.Format(Rule, "<Mode>GOVERNANCE</Mode><Days>1</Days>")),
        })
        {
            TestResponse response = await Server.SendAsync("PUT", target, document);
            Assert.Equal((400, "InvalidRequest"), (response.Status, response.ErrorCode));
        }
    }

    [Fact]
    public async Task Keys_and_versions_that_are_not_there_cannot_be_locked()
    {
        await CreateAsync();
        Assert.Equal("NoSuchKey", (await PutXmlAsync("/locked/none?legal-hold", Hold("ON"))).ErrorCode);
        Assert.Equal("NoSuchKey", (await Server.SendAsync("GET", "/locked/none?retention")).ErrorCode);
        await PutAsync("key");
        string marker = (await Server.SendAsync("DELETE", "/locked/key"))["x-amz-version-id"]!;
        Assert.Equal("NoSuchKey", (await PutXmlAsync("/locked/key?legal-hold", Hold("ON"))).ErrorCode);
        TestResponse ofMarker = await PutXmlAsync("/locked/key?legal-hold&versionId=" + marker, Hold("ON"));
        Assert.Equal((405, "MethodNotAllowed"), (ofMarker.Status, ofMarker.ErrorCode));
        Assert.Equal("NoSuchVersion",
            (await PutXmlAsync("/locked/key?legal-hold&versionId=00000000000000010000000000000001", Hold("ON"))).ErrorCode);
    }

    [Fact]
    public async Task Entries_of_a_batch_delete_are_locked_one_by_one()
    {
        await CreateAsync();
        string free = (await PutAsync("free"))["x-amz-version-id"]!;
        string governed = (await PutAsync("governed", "x-amz-object-lock-mode: GOVERNANCE",
            "x-amz-object-lock-retain-until-date: " + Tomorrow))["x-amz-version-id"]!;
        string held = (await PutAsync("held", "x-amz-object-lock-legal-hold: ON"))["x-amz-version-id"]!;
        string document = $"<Delete>{Entry("free", free)}{Entry("governed", governed)}{Entry("held", held)}</Delete>";
        TestResponse response = await Server.SendAsync("POST", "/locked?delete", document, Md5(document));
        XmlAnswer answer = XmlAnswer.Of(response);
        Assert.Equal((1, 2), (answer.All("Deleted").Count, answer.All("Error").Count));
        Assert.Equal([("governed", "AccessDenied"), ("held", "AccessDenied")],
            answer.Children("Error").Select(error => (error["Key"], error["Code"])));

        response = await Server.SendAsync("POST", "/locked?delete", document, Md5(document), "x-amz-bypass-governance-retention: true");
        answer = XmlAnswer.Of(response);
        Assert.Equal((2, 1), (answer.All("Deleted").Count, answer.All("Error").Count));
        Assert.Equal(404, (await Server.SendAsync("HEAD", "/locked/governed")).Status);
        Assert.Equal(200, (await Server.SendAsync("HEAD", "/locked/held")).Status);
        Assert.Equal("BucketNotEmpty", (await Server.SendAsync("DELETE", "/locked")).ErrorCode);

        static string Entry(string key, string version) => $"<Object><Key>{key}</Key><VersionId>{version}</VersionId></Object>";
    }

    [Fact]
    public async Task Tags_leave_a_lock_and_copies_do_not_take_it_along()
    {
        await CreateAsync();
        string version = (await PutAsync("key", "x-amz-object-lock-legal-hold: ON", "x-amz-tagging: a=1"))["x-amz-version-id"]!;
        Assert.Equal(200, (await Server.SendAsync("PUT", "/locked/key?tagging",
            "<Tagging><TagSet><Tag><Key>b</Key><Value>2</Value></Tag></TagSet></Tagging>")).Status);
        Assert.Equal("ON", (await Server.SendAsync("HEAD", "/locked/key"))["x-amz-object-lock-legal-hold"]);
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/locked/key?tagging")).Status);
        Assert.Equal(403, (await Server.SendAsync("DELETE", "/locked/key?versionId=" + version)).Status);

        foreach (string target in new[] { "/locked/copy", "/locked/key", "/bucket/copy" })
        {
            Assert.Equal(200, (await Server.SendAsync(
                "PUT", target, null, "x-amz-copy-source: locked/key", "x-amz-metadata-directive: REPLACE")).Status);
            Assert.Null((await Server.SendAsync("HEAD", target))["x-amz-object-lock-legal-hold"]);
        }

        Assert.Equal("ON", (await Server.SendAsync("HEAD", "/locked/key?versionId=" + version))["x-amz-object-lock-legal-hold"]);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/locked/copy", null, "x-amz-copy-source: locked/key",
            "x-amz-object-lock-mode: GOVERNANCE", "x-amz-object-lock-retain-until-date: " + Tomorrow)).Status);
        Assert.Equal("GOVERNANCE", (await Server.SendAsync("HEAD", "/locked/copy"))["x-amz-object-lock-mode"]);
    }

    [Fact]
    public async Task A_default_retention_comes_to_every_new_version_and_needs_digests()
    {
        await CreateAsync();
        await PutXmlAsync("/locked?object-lock", string.Format(Rule, "<Mode>GOVERNANCE</Mode><Days>7</Days>"));
        TestResponse refused = await Server.SendAsync("PUT", "/locked/key", "body");
        Assert.Equal((400, "InvalidRequest"), (refused.Status, refused.ErrorCode));
        Assert.Contains("required for Put Object requests with Object Lock parameters", refused.Text);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/locked/key", "body", "x-amz-checksum-crc32: " + Crc32)).Status);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/locked/copy", null, "x-amz-copy-source: locked/key")).Status);
        string upload = XmlAnswer.Of(await Server.SendAsync("POST", "/locked/parts?uploads"))["UploadId"]!;
        string part = $"/locked/parts?partNumber=1&uploadId={upload}";
        refused = await Server.SendAsync("PUT", part, "body");
        Assert.Equal((400, "InvalidRequest"), (refused.Status, refused.ErrorCode));
        string tag = (await Server.SendAsync("PUT", part, "body", Md5("body")))["ETag"]!;
        Assert.Equal(200, (await Server.SendAsync("POST", "/locked/parts?uploadId=" + upload,
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>")).Status);
        foreach (string key in new[] { "key", "copy", "parts" })
        {
            TestResponse head = await Server.SendAsync("HEAD", "/locked/" + key);
            var modified = DateTimeOffset.Parse(head["Last-Modified"]!, CultureInfo.InvariantCulture);
            var until = DateTimeOffset.Parse(head["x-amz-object-lock-retain-until-date"]!, CultureInfo.InvariantCulture);
            Assert.Equal("GOVERNANCE", head["x-amz-object-lock-mode"]);
            Assert.InRange(until - modified, TimeSpan.FromDays(7), TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
            Assert.Equal(403, (await Server.SendAsync("DELETE", $"/locked/{key}?versionId={head["x-amz-version-id"]}")).Status);
        }
    }

    [Fact]
    public async Task The_lock_of_an_upload_comes_to_its_object()
    {
        await CreateAsync();
        string upload = XmlAnswer.Of(await Server.SendAsync("POST", "/locked/key?uploads", null, "x-amz-object-lock-mode: COMPLIANCE",
            "x-amz-object-lock-retain-until-date: " + Tomorrow, "x-amz-object-lock-legal-hold: ON"))["UploadId"]!;
        Assert.Equal("InvalidRequest", (await Server.SendAsync("PUT", $"/locked/key?partNumber=1&uploadId={upload}", "body")).ErrorCode);
        string tag = (await Server.SendAsync("PUT", $"/locked/key?partNumber=1&uploadId={upload}", "body", Md5("body")))["ETag"]!;
        Assert.Equal(200, (await Server.SendAsync("POST", "/locked/key?uploadId=" + upload,
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>")).Status);
        TestResponse head = await Server.SendAsync("HEAD", "/locked/key");
        Assert.Equal(("COMPLIANCE", Tomorrow, "ON"), (head["x-amz-object-lock-mode"], head["x-amz-object-lock-retain-until-date"],
            head["x-amz-object-lock-legal-hold"]));
    }

    [Fact]
    public async Task What_is_appended_or_renamed_is_a_new_version_with_a_lock_of_its_own()
    {
        await CreateAsync();
        string held = (await PutAsync("key", "x-amz-object-lock-legal-hold: ON"))["x-amz-version-id"]!;
        Assert.Equal(200, (await Server.SendAsync("PUT", "/locked/key", "more", "x-amz-write-offset-bytes: 4")).Status);
        TestResponse appended = await Server.SendAsync("GET", "/locked/key");
        Assert.Equal(("bodymore", null), (appended.Text, appended["x-amz-object-lock-legal-hold"]));
        Assert.Equal("InvalidRequest", (await Server.SendAsync(
            "PUT", "/locked/key", "more", "x-amz-write-offset-bytes: 8", "x-amz-object-lock-legal-hold: ON")).ErrorCode);
        TestResponse lockedAppend = await Server.SendAsync(
            "PUT", "/locked/key", "more", "x-amz-write-offset-bytes: 8", "x-amz-object-lock-legal-hold: ON", Md5("more"));
        Assert.Equal(200, lockedAppend.Status);
        Assert.Equal("ON", (await Server.SendAsync("HEAD", "/locked/key"))["x-amz-object-lock-legal-hold"]);

        Assert.Equal(200, (await PutXmlAsync("/locked?object-lock", string.Format(Rule, "<Mode>GOVERNANCE</Mode><Days>7</Days>"))).Status);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/locked/new?renameObject", null, "x-amz-rename-source: locked/key")).Status);
        TestResponse renamed = await Server.SendAsync("GET", "/locked/new");
        Assert.Equal(("bodymoremore", "GOVERNANCE", null),
            (renamed.Text, renamed["x-amz-object-lock-mode"], renamed["x-amz-object-lock-legal-hold"]));
        Assert.Equal(404, (await Server.SendAsync("GET", "/locked/key")).Status);
        foreach (string version in new[] { held, lockedAppend["x-amz-version-id"]! })
            Assert.Equal(403, (await Server.SendAsync("DELETE", "/locked/key?versionId=" + version)).Status);
        Assert.Equal("body", (await Server.SendAsync("GET", "/locked/key?versionId=" + held)).Text);
    }

    [Fact]
    public async Task Locks_are_hoisted_into_presigned_queries()
    {
        await CreateAsync();
        string target = "/locked/key?x-amz-object-lock-mode=GOVERNANCE&x-amz-object-lock-retain-until-date="
            + Uri.EscapeDataString(Tomorrow) + "&x-amz-checksum-crc32=";
        TestResponse put = await Server.SendPresignedAsync("PUT", target + Uri.EscapeDataString(Crc32), "body"u8.ToArray());
        Assert.Equal(200, put.Status);
        string version = put["x-amz-version-id"]!;
        Assert.Equal("GOVERNANCE", (await Server.SendAsync("HEAD", "/locked/key"))["x-amz-object-lock-mode"]);
        Assert.Equal(403, (await Server.SendPresignedAsync("DELETE", "/locked/key?versionId=" + version)).Status);
        Assert.Equal(204, (await Server.SendPresignedAsync(
            "DELETE", $"/locked/key?versionId={version}&x-amz-bypass-governance-retention=true")).Status);
    }

    [Theory]
    [InlineData("2999-01-02T03:04:05Z", "2999-01-02T03:04:05.000Z")]
    [InlineData("2999-01-02T03:04:05.6789Z", "2999-01-02T03:04:05.678Z")]
    [InlineData("2999-01-02T03:04:05+01:00", "2999-01-02T02:04:05.000Z")]
    [InlineData("2999-01-02T03:04:05", "2999-01-02T03:04:05.000Z")]
    [InlineData("29990102T030405Z", "2999-01-02T03:04:05.000Z")]
    [InlineData("2999-01-02", "2999-01-02T00:00:00.000Z")]
    public async Task Times_are_read_as_ISO_8601_has_them(string sent, string returned)
    {
        await CreateAsync();
        await PutAsync("key");
        Assert.Equal(200, (await PutXmlAsync("/locked/key?retention", Retention("GOVERNANCE", sent))).Status);
        Assert.Equal(returned, XmlAnswer.Of(await Server.SendAsync("GET", "/locked/key?retention"))["RetainUntilDate"]);
    }

    private async Task CreateAsync() =>
        Assert.Equal(200, (await Server.SendAsync("PUT", "/locked", null, "x-amz-bucket-object-lock-enabled: true")).Status);

    private Task<TestResponse> PutAsync(string key, params string[] headers) =>
        headers.Contains("Content-MD5: (absent)")
            ? Server.SendAsync("PUT", "/locked/" + key, "body", headers)
            : Server.SendAsync("PUT", "/locked/" + key, "body", [.. headers, Md5("body")]);

    private Task<TestResponse> PutXmlAsync(string target, string document, params string[] headers) =>
        Server.SendAsync("PUT", target, document, [.. headers, Md5(document)]);

    private static string Md5(string text) => "Content-MD5: " + Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Iso(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Retention(string mode, string until) =>
        $"<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>";

    private static string Hold(string status) => $"<LegalHold><Status>{status}</Status></LegalHold>";
}
