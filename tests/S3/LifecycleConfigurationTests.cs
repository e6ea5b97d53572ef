using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>The lifecycle operations on raw documents: what is taken comes back as it was, what contradicts itself is refused.</summary>
public abstract class LifecycleConfigurationTests : StoreTests
{
    private const string Namespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    private const string Filter = "<Filter/>";
    private const string On = "<Status>Enabled</Status>";
    private const string Expire = "<Expiration><Days>3</Days></Expiration>";
    private const string Abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    private const string Noncurrent = "<NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays>"
        + "<NewerNoncurrentVersions>4</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    private const string Tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
    private const string Marker = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";

    private protected LifecycleConfigurationTests(StoreKind kind)
        : base(kind)
    {
    }

    /// <summary>Case 18 of docs/s3-cases.md.</summary>
    [Fact]
    public async Task A_rule_that_only_aborts_uploads_comes_back_unchanged()
    {
        string rules = Rule("<ID>abort</ID><Filter><Prefix>uploads/</Prefix></Filter>" + On + Abort);
        Assert.Equal(200, (await PutAsync(rules)).Status);
        TestResponse get = await Server.SendAsync("GET", "/bucket?lifecycle");
        Assert.Equal(Document(rules), get.Text);
        Assert.Equal("application/xml", get["Content-Type"]);
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket?lifecycle", get.Body, Md5(get.Body))).Status);
        Assert.Equal(get.Text, (await Server.SendAsync("GET", "/bucket?lifecycle")).Text);
    }

    [Theory]
    [InlineData(Filter + On + Expire)]
    [InlineData("<Filter><Prefix></Prefix></Filter>" + On + Expire)]
    [InlineData("<Filter>" + Tag + "</Filter><Status>Disabled</Status>" + Expire + Noncurrent)]
    [InlineData("<Filter><ObjectSizeGreaterThan>0</ObjectSizeGreaterThan></Filter>" + On + Expire)]
    [InlineData("<Filter><ObjectSizeLessThan>1</ObjectSizeLessThan></Filter>" + On + Noncurrent)]
    [InlineData("<Filter><And><Prefix>a&amp;&#x1;</Prefix>" + Tag + "<Tag><Key>l</Key><Value></Value></Tag><ObjectSizeGreaterThan>5"
        + "</ObjectSizeGreaterThan><ObjectSizeLessThan>7</ObjectSizeLessThan></And></Filter>" + On + Noncurrent)]
    [InlineData("<Prefix>old/</Prefix>" + On + Expire + "<NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays>"
        + "</NoncurrentVersionExpiration>" + Abort)]
    [InlineData("<Prefix></Prefix>" + On + Marker)]
    [InlineData(Filter + On + "<Expiration><Date>2031-02-03T00:00:00.000Z</Date></Expiration>")]
    [InlineData(Filter + On + "<Expiration><ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker></Expiration>" + Noncurrent + Abort)]
    public async Task Every_form_comes_back_unchanged(string content)
    {
        string rules = Rule("<ID>a &lt;rule&gt; é</ID>" + content) + Rule("<ID>z</ID>" + OtherPrefix(content) + On + Abort);
        if (content.Contains("<Prefix></Prefix>" + On, StringComparison.Ordinal))
            rules = Rule("<ID>a &lt;rule&gt; é</ID>" + content);
        TestResponse put = await PutAsync(rules);
        Assert.True(put.Status == 200, put.Text);
        Assert.Equal(Document(rules), (await Server.SendAsync("GET", "/bucket?lifecycle")).Text);
    }

    [Theory]
    [InlineData("", "InvalidRequest", "At least one lifecycle rule must be specified.")]
    [InlineData("<Rule>" + Filter + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + "<Status>enabled</Status>" + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + On + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + "<Prefix/>" + On + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + Filter + On + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + On + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + Expire + "<Else/></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + Expire + "</Rule><Else/>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "</Rule>", "InvalidRequest", "At least one action needs to be specified in a rule")]
    [InlineData("<Rule>" + Filter + On + "<Expiration/></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Days>0</Days></Expiration></Rule>", "InvalidArgument",
        "'Days' for Expiration action must be a positive integer")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Days>-1</Days></Expiration></Rule>", "InvalidArgument", "")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Days>1.5</Days></Expiration></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Days>99999999999</Days></Expiration></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Days>1</Days><Days>1</Days></Expiration></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"
        + "</Expiration></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><ExpiredObjectDeleteMarker>yes</ExpiredObjectDeleteMarker></Expiration></Rule>",
        "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Date>2031-02-03T00:00:01Z</Date></Expiration></Rule>", "InvalidArgument",
        "'Date' must be at midnight GMT")]
    [InlineData("<Rule>" + Filter + On + "<Expiration><Date>Fri, 01 Jan 2016 00:00:00 GMT</Date></Expiration></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<NoncurrentVersionExpiration/></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<NoncurrentVersionExpiration><NewerNoncurrentVersions>1</NewerNoncurrentVersions>"
        + "</NoncurrentVersionExpiration></Rule>", "MalformedXML", "")]
    [InlineData("<Rule>" + Filter + On + "<NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>"
        + "</Rule>", "InvalidArgument", "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")]
    [InlineData("<Rule><Prefix>a</Prefix>" + On + Noncurrent + "</Rule>", "InvalidRequest",
        "NewerNoncurrentVersions element can only be used in Lifecycle V2.")]
    [InlineData("<Rule>" + Filter + On + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>0</DaysAfterInitiation>"
        + "</AbortIncompleteMultipartUpload></Rule>", "InvalidArgument",
        "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")]
    [InlineData("<Rule>" + Filter + On + "<AbortIncompleteMultipartUpload/></Rule>", "MalformedXML", "")]
    [InlineData("<Rule><Filter>" + Tag + "</Filter>" + On + Abort + "</Rule>", "InvalidRequest",
        "AbortIncompleteMultipartUpload cannot be specified with Tags.")]
    [InlineData("<Rule><Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></Filter>" + On + Abort + "</Rule>", "InvalidRequest",
        "AbortIncompleteMultipartUpload cannot be specified with Object Size.")]
    [InlineData("<Rule><Filter>" + Tag + "</Filter>" + On + Marker + "</Rule>", "InvalidRequest",
        "ExpiredObjectDeleteMarker cannot be specified with Tags.")]
    [InlineData("<Rule><Filter><Prefix>a</Prefix>" + Tag + "</Filter>" + On + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule><Filter><And><Prefix>a</Prefix></And></Filter>" + On + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule><Filter><And>" + Tag + Tag + "</And></Filter>" + On + Expire + "</Rule>", "InvalidRequest",
        "Duplicate Tag Keys are not allowed.")]
    [InlineData("<Rule><Filter><Tag><Key>k</Key></Tag></Filter>" + On + Expire + "</Rule>", "MalformedXML", "")]
    [InlineData("<Rule><Filter><ObjectSizeLessThan>0</ObjectSizeLessThan></Filter>" + On + Expire + "</Rule>", "InvalidRequest",
        "'ObjectSizeLessThan' should be between 1 and 1099511627776000.")]
    [InlineData("<Rule><Filter><And><ObjectSizeGreaterThan>7</ObjectSizeGreaterThan><ObjectSizeLessThan>7</ObjectSizeLessThan></And>"
        + "</Filter>" + On + Expire + "</Rule>", "InvalidRequest",
        "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")]
    [InlineData("<Rule><ID>a</ID>" + Filter + On + Expire + "</Rule><Rule><ID>a</ID>" + Filter + On + Expire + "</Rule>",
        "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")]
    [InlineData("<Rule><Prefix>a</Prefix>" + On + Expire + "</Rule><Rule>" + Filter + On + Expire + "</Rule>", "InvalidRequest",
        "Filter element can only be used in Lifecycle V2.")]
    [InlineData("<Rule>" + Filter + On + Expire + "</Rule><Rule><Prefix>a</Prefix>" + On + Expire + "</Rule>", "InvalidRequest",
        "Base level prefix cannot be used in Lifecycle V2")]
    [InlineData("<Rule><Prefix>ab</Prefix>" + On + Expire + "</Rule><Rule><Prefix>a</Prefix>" + On + Expire + "</Rule>", "InvalidRequest",
        "Found overlapping prefixes 'a' and 'ab' for same action type 'Expiration'")]
    [InlineData("<Rule>" + Filter + On + "<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>",
        "NotImplemented", "this server stores all objects alike")]
    [InlineData("<Rule>" + Filter + On + Expire + "<NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays>"
        + "<StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition></Rule>", "NotImplemented", "")]
    public async Task A_configuration_that_cannot_be_is_refused(string rules, string code, string message)
    {
        TestResponse put = await PutAsync(rules);
        Assert.True(put.ErrorCode == code, put.Text);
        Assert.Contains(message, System.Net.WebUtility.HtmlDecode(put.Element("Message")), StringComparison.Ordinal);
        Assert.Equal("NoSuchLifecycleConfiguration", (await Server.SendAsync("GET", "/bucket?lifecycle")).ErrorCode);
    }

    [Fact]
    public async Task There_are_bounds()
    {
        string rule = "<Rule>" + Filter + On + Expire + "</Rule>";
        Assert.Equal(200, (await PutAsync(string.Concat(Enumerable.Repeat(rule, 1000)))).Status);
        Assert.Equal(1000, XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?lifecycle")).All("Rule", "ID").Distinct().Count());
        TestResponse more = await PutAsync(string.Concat(Enumerable.Repeat(rule, 1001)));
        Assert.Equal("InvalidRequest", more.ErrorCode);
        Assert.Contains("limit of 1000 rules", more.Text);

        Assert.Equal(200, (await PutAsync(Rule($"<ID>{new string('i', 255)}</ID>" + Filter + On + Expire))).Status);
        Assert.Equal("InvalidArgument", (await PutAsync(Rule($"<ID>{new string('i', 256)}</ID>" + Filter + On + Expire))).ErrorCode);
        Assert.Equal(200, (await PutAsync(Rule($"<Filter><Prefix>{new string('p', 1024)}</Prefix></Filter>" + On + Expire))).Status);
        Assert.Equal("InvalidRequest",
            (await PutAsync(Rule($"<Filter><Prefix>{new string('p', 1025)}</Prefix></Filter>" + On + Expire))).ErrorCode);
        // Half a million quotes are three million bytes where they are escaped.
        string quotes = string.Concat(Enumerable.Range(0, 999).Select(i => Rule(
            $"<Filter><Prefix>{i}{new string('"', 900)}</Prefix></Filter>" + On + Expire)));
        Assert.Contains("more than 1 MiB", (await PutAsync(quotes)).Text);
    }

    [Fact]
    public async Task A_configuration_is_replaced_and_deleted()
    {
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket?lifecycle")).Status);
        Assert.Equal(200, (await PutAsync(Rule(Filter + On + Expire))).Status);
        Assert.Equal(200, (await PutAsync(Rule("<ID>b</ID>" + Filter + On + Abort))).Status);
        Assert.Equal(["b"], XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?lifecycle")).All("Rule", "ID"));
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket?lifecycle")).Status);
        TestResponse get = await Server.SendAsync("GET", "/bucket?lifecycle");
        Assert.Equal((404, "NoSuchLifecycleConfiguration"), (get.Status, get.ErrorCode));
    }

    [Fact]
    public async Task The_body_comes_with_a_digest()
    {
        byte[] body = Encoding.UTF8.GetBytes(Document(Rule(Filter + On + Expire)));
        Assert.Equal("InvalidRequest", (await Server.SendAsync("PUT", "/bucket?lifecycle", body)).ErrorCode);
        Assert.Equal("BadDigest", (await Server.SendAsync("PUT", "/bucket?lifecycle", body, Md5([1, .. body]))).ErrorCode);
        Assert.Equal("MissingRequestBodyError", (await Server.SendAsync("PUT", "/bucket?lifecycle", [], Md5([]))).ErrorCode);
    }

    [Fact]
    public async Task The_default_minimum_size_is_kept()
    {
        const string Header = "x-amz-transition-default-minimum-object-size";
        byte[] body = Encoding.UTF8.GetBytes(Document(Rule(Filter + On + Expire)));
        foreach ((string sent, string kept) in new[]
        {
            ("(absent)", "all_storage_classes_128K"), ("varies_by_storage_class", "varies_by_storage_class"),
            ("all_storage_classes_128K", "all_storage_classes_128K"),
        })
        {
            Assert.Equal(kept, (await Server.SendAsync("PUT", "/bucket?lifecycle", body, Md5(body), $"{Header}: {sent}"))[Header]);
            Assert.Equal(kept, (await Server.SendAsync("GET", "/bucket?lifecycle"))[Header]);
        }

        TestResponse other = await Server.SendAsync("PUT", "/bucket?lifecycle", body, Md5(body), $"{Header}: small");
        Assert.Equal("InvalidRequest", other.ErrorCode);
        Assert.Contains("Invalid TransitionDefaultMinimumObjectSize found: small", other.Text);
    }

    [Fact]
    public async Task Answers_tell_when_an_object_expires_and_by_which_rule()
    {
        await PutAsync(Rule("<ID>all</ID>" + Filter + On + "<Expiration><Days>30</Days></Expiration>")
            + Rule("<ID>logs \"é\"</ID><Filter><Prefix>logs/</Prefix></Filter>" + On + Expire)
            + Rule("<ID>tagged</ID><Filter><And><Prefix>logs/</Prefix>" + Tag + "</And></Filter>" + On
                + "<Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration>")
            + Rule("<ID>off</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Disabled</Status>"
                + "<Expiration><Date>2019-01-01T00:00:00Z</Date></Expiration>"));
        AssertExpires(await Server.SendAsync("PUT", "/bucket/key", "body"), 30, "all");
        AssertExpires(await Server.SendAsync("GET", "/bucket/key"), 30, "all");
        AssertExpires(await Server.SendAsync("PUT", "/bucket/logs/key", "body"), 3, "logs %22%C3%A9%22");
        AssertExpires(await Server.SendAsync("HEAD", "/bucket/logs/key"), 3, "logs %22%C3%A9%22");
        string tagged = "expiry-date=\"Wed, 01 Jan 2020 00:00:00 GMT\", rule-id=\"tagged\"";
        Assert.Equal(tagged, (await Server.SendAsync("PUT", "/bucket/logs/tagged", "body", "x-amz-tagging: k=v&l=w"))["x-amz-expiration"]);
        Assert.Equal(tagged, (await Server.SendAsync("GET", "/bucket/logs/tagged"))["x-amz-expiration"]);

        // A version is not what expires; nor does anything without rules.
        Assert.Null((await Server.SendAsync("HEAD", "/bucket/key?versionId=null"))["x-amz-expiration"]);
        await Server.SendAsync("DELETE", "/bucket?lifecycle");
        Assert.Null((await Server.SendAsync("GET", "/bucket/key"))["x-amz-expiration"]);
        Assert.Null((await Server.SendAsync("PUT", "/bucket/key", "body"))["x-amz-expiration"]);
    }

    [Fact]
    public async Task Answers_tell_when_an_upload_is_aborted_and_by_which_rule()
    {
        await PutAsync(Rule("<ID>week</ID><Filter><Prefix>a/</Prefix></Filter>" + On + Abort));
        TestResponse other = await Server.SendAsync("POST", "/bucket/b?uploads");
        Assert.Null(other["x-amz-abort-date"]);
        TestResponse create = await Server.SendAsync("POST", "/bucket/a/b?uploads");
        DateTimeOffset due = DateTimeOffset.ParseExact(create["x-amz-abort-date"]!, "R", null);
        Assert.InRange(due - DateTimeOffset.UtcNow, TimeSpan.FromDays(7) - TimeSpan.FromMinutes(1), TimeSpan.FromDays(8));
        Assert.Equal((TimeSpan.Zero, "week"), (due.TimeOfDay, create["x-amz-abort-rule-id"]));
        TestResponse parts = await Server.SendAsync("GET", "/bucket/a/b?uploadId=" + create.Element("UploadId"));
        Assert.Equal((create["x-amz-abort-date"], "week"), (parts["x-amz-abort-date"], parts["x-amz-abort-rule-id"]));
    }

    private static void AssertExpires(TestResponse response, int days, string ruleId)
    {
        string[] parts = response["x-amz-expiration"]!.Split('"');
        Assert.Equal(["expiry-date=", ", rule-id=", ""], [parts[0], parts[2], parts[4]]);
        DateTimeOffset due = DateTimeOffset.ParseExact(parts[1], "R", null);
        Assert.InRange(due - DateTimeOffset.UtcNow, TimeSpan.FromDays(days) - TimeSpan.FromMinutes(1), TimeSpan.FromDays(days + 1));
        Assert.Equal((TimeSpan.Zero, ruleId), (due.TimeOfDay, parts[3]));
    }

    private static string OtherPrefix(string content) =>
        content.StartsWith("<Prefix>", StringComparison.Ordinal) ? "<Prefix>other/</Prefix>" : Filter;

    private static string Rule(string content) => "<Rule>" + content + "</Rule>";

    private static string Document(string rules) =>
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LifecycleConfiguration{Namespace}>{Canonical(rules)}</LifecycleConfiguration>";

    /// <summary>Empty elements as the server writes them.</summary>
    private static string Canonical(string rules) => rules.Replace("<Filter/>", "<Filter></Filter>", StringComparison.Ordinal);

    private static string Md5(byte[] body) => "Content-MD5: " + Convert.ToBase64String(MD5.HashData(body));

    private Task<TestResponse> PutAsync(string rules)
    {
        byte[] body = Encoding.UTF8.GetBytes("<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>");
        return Server.SendAsync("PUT", "/bucket?lifecycle", body, Md5(body));
    }
}
