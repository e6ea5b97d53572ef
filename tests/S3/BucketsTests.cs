using Xunit;

namespace RustFs.Tests.S3;

public abstract class BucketsTests : StoreTests
{
    private protected BucketsTests(StoreKind kind)
        : base(kind)
    {
    }

    [Fact]
    public async Task A_created_bucket_is_listed_headed_and_deleted()
    {
        TestResponse created = await Server.SendAsync("PUT", "/photos");
        Assert.Equal(200, created.Status);
        Assert.Equal("/photos", created["Location"]);
        Assert.Equal("0", created["Content-Length"]);

        XmlAnswer list = XmlAnswer.Of(await Server.SendAsync("GET", "/"));
        Assert.Equal("ListAllMyBucketsResult", list.RootName);
        Assert.Equal(["bucket", "photos"], list.All("Buckets", "Bucket", "Name"));
        Assert.Equal("us-east-1", list["Buckets", "Bucket", "BucketRegion"]);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", list["Buckets", "Bucket", "CreationDate"]!);
        Assert.Equal(64, list["Owner", "ID"]!.Length);
        Assert.Null(list["ContinuationToken"]);

        TestResponse head = await Server.SendAsync("HEAD", "/photos");
        Assert.Equal(200, head.Status);
        Assert.Equal("us-east-1", head["x-amz-bucket-region"]);

        TestResponse deleted = await Server.SendAsync("DELETE", "/photos");
        Assert.Equal(204, deleted.Status);
        Assert.Empty(deleted.Body);
        TestResponse absent = await Server.SendAsync("HEAD", "/photos");
        Assert.Equal(404, absent.Status);
        Assert.Empty(absent.Body);
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("Photos")]
    [InlineData("under_score")]
    [InlineData("-photos")]
    [InlineData("photos-")]
    [InlineData(".photos")]
    [InlineData("a..b")]
    [InlineData("192.168.5.4")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890123x")]
    public async Task A_name_against_the_rules_is_refused(string name)
        => Assert.Equal("InvalidBucketName", (await Server.SendAsync("PUT", "/" + name)).ErrorCode);

    [Theory]
    [InlineData("abc")]
    [InlineData("192.168.5")]
    [InlineData("192.168.5.4x")]
    [InlineData("a.b-c")]
    [InlineData("a2345678901234567890123456789012345678901234567890123456789012x")]
    public async Task A_name_within_the_rules_is_taken(string name)
        => Assert.Equal(200, (await Server.SendAsync("PUT", "/" + name)).Status);

    [Theory]
    [InlineData("")]
    [InlineData("<CreateBucketConfiguration/>")]
    [InlineData("<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>")]
    public async Task A_second_create_says_that_the_bucket_is_yours(string body)
    {
        Assert.Equal(200, (await Server.SendAsync("PUT", "/photos", body)).Status);
        TestResponse again = await Server.SendAsync("PUT", "/photos", body);
        Assert.Equal(409, again.Status);
        Assert.Equal("BucketAlreadyOwnedByYou", again.ErrorCode);
    }

    [Theory]
    [InlineData("eu-west-1", "eu-west-1", "eu-west-1")]
    [InlineData("us-east-1", "", "us-east-1")]
    [InlineData("EU", "EU", "EU")]
    [InlineData("my-region", "my-region", "my-region")]
    public async Task Any_region_is_kept_and_given_back(string region, string constraint, string headed)
    {
        string body = $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <LocationConstraint>{region}</LocationConstraint>
            </CreateBucketConfiguration>
            """;
        Assert.Equal(200, (await Server.SendAsync("PUT", "/photos", body)).Status);
        TestResponse location = await Server.SendAsync("GET", "/photos?location");
        Assert.Equal("LocationConstraint", XmlAnswer.Of(location).RootName);
        Assert.EndsWith($">{constraint}</LocationConstraint>", location.Text);
        Assert.Equal(headed, (await Server.SendAsync("HEAD", "/photos"))["x-amz-bucket-region"]);
    }

    [Theory]
    [InlineData("<CreateBucketConfiguration>", "MalformedXML")]
    [InlineData("<Other/>", "MalformedXML")]
    [InlineData("not xml", "MalformedXML")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><CreateBucketConfiguration/>", "MalformedXML")]
    [InlineData("<CreateBucketConfiguration><LocationConstraint>a b</LocationConstraint></CreateBucketConfiguration>",
        "InvalidLocationConstraint")]
    [InlineData("<CreateBucketConfiguration><Bucket><Type>Directory</Type></Bucket></CreateBucketConfiguration>", "NotImplemented")]
    public async Task A_bad_configuration_creates_nothing(string body, string code)
    {
        Assert.Equal(code, (await Server.SendAsync("PUT", "/photos", body)).ErrorCode);
        Assert.Equal(404, (await Server.SendAsync("HEAD", "/photos")).Status);
    }

    [Fact]
    public async Task A_configuration_too_long_is_refused_by_its_length()
    {
        TestResponse response = await Server.SendAsync("PUT", "/photos", new string(' ', (64 << 10) + 1));
        Assert.Equal("MaxMessageLengthExceeded", response.ErrorCode);
    }

    [Theory]
    [InlineData("x-amz-bucket-object-lock-enabled: perhaps", "InvalidArgument")]
    [InlineData("x-amz-acl: public-read", "AccessControlListNotSupported")]
    [InlineData("x-amz-grant-read: uri=everyone", "AccessControlListNotSupported")]
    public async Task What_a_bucket_would_not_get_is_refused(string header, string code)
    {
        Assert.Equal(code, (await Server.SendAsync("PUT", "/photos", (byte[]?)null, header)).ErrorCode);
        Assert.Equal(404, (await Server.SendAsync("HEAD", "/photos")).Status);
    }

    [Fact]
    public async Task A_private_bucket_may_be_asked_for()
        => Assert.Equal(200, (await Server.SendAsync("PUT", "/photos", (byte[]?)null, "x-amz-acl: private")).Status);

    [Fact]
    public async Task A_bucket_with_an_object_is_not_deleted()
    {
        await Server.PutAsync("key");
        TestResponse response = await Server.SendAsync("DELETE", "/bucket");
        Assert.Equal(409, response.Status);
        Assert.Equal("BucketNotEmpty", response.ErrorCode);
    }

    [Fact]
    public async Task A_bucket_with_only_an_upload_is_deleted()
    {
        Assert.Equal(200, (await Server.SendAsync("POST", "/bucket/key?uploads")).Status);
        Assert.Equal(204, (await Server.SendAsync("DELETE", "/bucket")).Status);
    }

    [Fact]
    public async Task Buckets_are_listed_in_pages()
    {
        foreach (string name in new[] { "aaa", "abb", "abc", "zzz" })
            await Server.SendAsync("PUT", "/" + name);
        var names = new List<string>();
        string? token = "";
        int pages = 0;
        while (token is not null)
        {
            string after = token.Length > 0 ? "&continuation-token=" + token : "";
            XmlAnswer page = XmlAnswer.Of(await Server.SendAsync("GET", "/?max-buckets=2" + after));
            names.AddRange(page.All("Buckets", "Bucket", "Name"));
            token = page["ContinuationToken"];
            pages++;
        }

        Assert.Equal(["aaa", "abb", "abc", "bucket", "zzz"], names);
        Assert.Equal(3, pages);
        XmlAnswer prefixed = XmlAnswer.Of(await Server.SendAsync("GET", "/?prefix=ab"));
        Assert.Equal(["abb", "abc"], prefixed.All("Buckets", "Bucket", "Name"));
        Assert.Equal("ab", prefixed["Prefix"]);
    }

    [Fact]
    public async Task Buckets_of_one_region_are_listed()
    {
        const string Europe = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
        await Server.SendAsync("PUT", "/europe-1", Europe);
        await Server.SendAsync("PUT", "/europe-2", Europe);
        await Server.SendAsync("PUT", "/zzz");
        const string Page = "/?bucket-region=eu-west-1&max-buckets=1";
        XmlAnswer first = XmlAnswer.Of(await Server.SendAsync("GET", Page));
        Assert.Equal(["europe-1"], first.All("Buckets", "Bucket", "Name"));
        XmlAnswer second = XmlAnswer.Of(await Server.SendAsync("GET", Page + "&continuation-token=" + first["ContinuationToken"]));
        Assert.Equal(["europe-2"], second.All("Buckets", "Bucket", "Name"));
        Assert.Null(second["ContinuationToken"]);
        XmlAnswer other = XmlAnswer.Of(await Server.SendAsync("GET", "/?bucket-region=us-east-1"));
        Assert.Equal(["bucket", "zzz"], other.All("Buckets", "Bucket", "Name"));
    }

    [Theory]
    [InlineData("max-buckets=0")]
    [InlineData("max-buckets=10001")]
    [InlineData("max-buckets=x")]
    [InlineData("continuation-token=x")]
    [InlineData("continuation-token=")]
    public async Task A_bad_argument_of_ListBuckets_is_refused(string query)
    {
        TestResponse response = await Server.SendAsync("GET", "/?" + query);
        Assert.Equal(400, response.Status);
        Assert.Equal("InvalidArgument", response.ErrorCode);
    }

    [Theory]
    [InlineData("policy", "NoSuchBucketPolicy")]
    [InlineData("lifecycle", "NoSuchLifecycleConfiguration")]
    [InlineData("cors", "NoSuchCORSConfiguration")]
    [InlineData("tagging", "NoSuchTagSet")]
    [InlineData("encryption", "ServerSideEncryptionConfigurationNotFoundError")]
    [InlineData("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration")]
    [InlineData("ownershipControls", "OwnershipControlsNotFoundError")]
    [InlineData("website", "NoSuchWebsiteConfiguration")]
    [InlineData("object-lock", "ObjectLockConfigurationNotFoundError")]
    [InlineData("replication", "ReplicationConfigurationNotFoundError")]
    public async Task A_configuration_that_was_never_set_is_absent(string subResource, string code)
    {
        TestResponse response = await Server.SendAsync("GET", "/bucket?" + subResource);
        Assert.Equal(404, response.Status);
        Assert.Equal(code, response.ErrorCode);
        Assert.Equal("NoSuchBucket", (await Server.SendAsync("GET", "/nothing?" + subResource)).ErrorCode);
    }

    [Theory]
    [InlineData("PUT", "policy")]
    [InlineData("DELETE", "cors")]
    [InlineData("GET", "analytics")]
    public async Task A_sub_resource_that_does_not_exist_here_is_not_taken_for_the_bucket(string method, string subResource)
    {
        TestResponse response = await Server.SendAsync(method, "/bucket?" + subResource);
        Assert.Equal(501, response.Status);
        Assert.Equal("NotImplemented", response.ErrorCode);
        Assert.Equal(200, (await Server.SendAsync("HEAD", "/bucket")).Status);
    }

    [Theory]
    [InlineData("accelerate", "AccelerateConfiguration")]
    [InlineData("logging", "BucketLoggingStatus")]
    [InlineData("notification", "NotificationConfiguration")]
    [InlineData("versioning", "VersioningConfiguration")]
    public async Task A_feature_that_was_never_enabled_has_an_empty_configuration(string subResource, string rootName)
    {
        XmlAnswer answer = XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?" + subResource));
        Assert.Equal(rootName, answer.RootName);
        Assert.Empty(answer.Names);
    }

    [Fact]
    public async Task The_owner_has_full_control_and_nobody_else_any()
    {
        await Server.PutAsync("key");
        foreach (string target in new[] { "/bucket?acl", "/bucket/key?acl" })
        {
            XmlAnswer acl = XmlAnswer.Of(await Server.SendAsync("GET", target));
            Assert.Equal(["FULL_CONTROL"], acl.All("AccessControlList", "Grant", "Permission"));
            Assert.Equal(acl["Owner", "ID"], acl["AccessControlList", "Grant", "Grantee", "ID"]);
        }

        Assert.Equal("NoSuchKey", (await Server.SendAsync("GET", "/bucket/absent?acl")).ErrorCode);
        Assert.Equal("BucketOwner", XmlAnswer.Of(await Server.SendAsync("GET", "/bucket?requestPayment"))["Payer"]);
    }
}
