using System.Text;
using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Form uploads as raw bytes: what is stored, what is answered, and what a policy does not allow.</summary>
public sealed class PostObjectTests
{
    private static readonly byte[] Hello = "hello world"u8.ToArray();
    private readonly S3TestServer _server = new();

    private static FormUpload ToKey(string key = "uploads/a b") => new FormUpload().With("key", key);

    [Fact]
    public async Task A_form_stores_its_file_with_its_headers()
    {
        TestResponse post = await ToKey().With("Content-Type", "image/png").With("cache-control", "max-age=5")
            .With("x-amz-meta-Colour", "blue").With("x-amz-storage-class", "STANDARD_IA").With("acl", "private")
            .With("tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1 2</Value></Tag></TagSet></Tagging>")
            .With("x-amz-checksum-crc32", "DUoRhQ==").WithUncovered("x-ignore-me", "1").SendAsync(_server);
        Assert.True(post.Status == 204, post.ToString());
        Assert.Equal("http://s3.test/bucket/uploads/a%20b", post["Location"]);
        Assert.Equal("\"5eb63bbbe01eeed093cb22bb8f5acdc3\"", post["ETag"]);
        Assert.Equal("DUoRhQ==", post["x-amz-checksum-crc32"]);
        TestResponse get = await _server.SendAsync("GET", "/bucket/uploads/a%20b");
        Assert.Equal(Hello, get.Body);
        string[] names = ["Content-Type", "Cache-Control", "x-amz-meta-colour", "x-amz-storage-class", "x-amz-tagging-count"];
        Assert.Equal(["image/png", "max-age=5", "blue", "STANDARD_IA", "1"], names.Select(name => get[name]));
        Assert.Null(get["x-amz-meta-me"]);
    }

    /// <summary>The part's own Content-Type is the browser's guess, which nobody signed.</summary>
    [Fact]
    public async Task Only_a_field_sets_the_content_type()
    {
        Assert.Equal(204, (await ToKey("k").SendAsync(_server)).Status);
        Assert.Equal("binary/octet-stream", (await _server.SendAsync("GET", "/bucket/k"))["Content-Type"]);
    }

    [Theory]
    [InlineData("200", 200)]
    [InlineData("201", 201)]
    [InlineData("204", 204)]
    [InlineData("500", 204)]
    public async Task The_status_is_the_one_asked_for(string asked, int status)
    {
        TestResponse post = await ToKey("a&b").With("success_action_status", asked).SendAsync(_server);
        Assert.Equal(status, post.Status);
        if (status == 201)
        {
            Assert.Equal("application/xml", post["Content-Type"]);
            Assert.Equal("http://s3.test/bucket/a%26b", post.Element("Location"));
            Assert.Equal("bucket", post.Element("Bucket"));
            Assert.Equal("a&amp;b", post.Element("Key"));
            Assert.Equal("&quot;5eb63bbbe01eeed093cb22bb8f5acdc3&quot;", post.Element("ETag"));
        }
        else
            Assert.Empty(post.Body);
    }

    [Theory]
    [InlineData("http://there.test/done", "http://there.test/done?bucket=bucket&key=a%2Fb%20c&etag=%225eb63bbbe01eeed093cb22bb8f5acdc3%22")]
    [InlineData("https://there.test/?x=1#top",
        "https://there.test/?x=1&bucket=bucket&key=a%2Fb%20c&etag=%225eb63bbbe01eeed093cb22bb8f5acdc3%22#top")]
    public async Task A_redirect_tells_what_was_stored(string redirect, string location)
    {
        TestResponse post = await ToKey("a/b c").With("success_action_redirect", redirect).With("success_action_status", "200")
            .SendAsync(_server);
        Assert.Equal(303, post.Status);
        Assert.Equal(location, post["Location"]);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("javascript:alert(1)")]
    public async Task What_is_no_url_of_the_web_redirects_nowhere(string redirect) =>
        Assert.Equal(204, (await ToKey().With("success_action_redirect", redirect).SendAsync(_server)).Status);

    [Fact]
    public async Task A_redirect_cannot_add_headers()
    {
        TestResponse post = await ToKey().With("success_action_redirect", "http://there.test/\r\nSet-Cookie: a=b").SendAsync(_server);
        Assert.StartsWith("http://there.test/%0D%0ASet-Cookie:%20a=b?", post["Location"], StringComparison.Ordinal);
        Assert.Null(post["Set-Cookie"]);
    }

    [Theory]
    [InlineData("hello.txt", "up/hello.txt")]
    [InlineData("C:\\Users\\me\\a \\\"b\\\".txt", "up/a%20%22b%22.txt")]
    [InlineData("../../etc/Größe.txt", "up/Gr%C3%B6%C3%9Fe.txt")]
    [InlineData("", "up/")]
    public async Task The_file_name_fills_the_key(string fileName, string path)
    {
        FormUpload form = ToKey("up/${filename}").WithCondition("[\"starts-with\", \"$key\", \"up/\"]");
        form.FileDisposition = $"form-data; name=\"file\"; filename=\"{fileName}\"";
        TestResponse post = await form.SendAsync(_server);
        Assert.True(post.Status == 204, post.ToString());
        Assert.Equal(Hello, (await _server.SendAsync("GET", "/bucket/" + path)).Body);
    }

    /// <summary>What is done to a form, and the code and words of the answer.</summary>
    private static readonly (string Answer, Action<FormUpload> Change)[] RefusedForms =
    [
        ("InvalidArgument key", form => form.Without.Add("key")),
        ("InvalidArgument x-amz-signature", form => form.Without.Add("x-amz-signature")),
        ("InvalidArgument x-amz-credential", form => form.Without.Add("x-amz-credential")),
        ("InvalidArgument x-amz-date", form => form.Without.Add("x-amz-date")),
        ("InvalidArgument x-amz-algorithm", form => form.Without.Add("x-amz-algorithm")),
        ("AccessDenied policy", form => form.Without.Add("policy")),
        ("SignatureDoesNotMatch", form => form.Secret = "other"),
        ("InvalidAccessKeyId", form => form.AccessKey = "AKOTHER"),
        ("AccessDenied Policy expired", form => form.Expiration = DateTimeOffset.UtcNow.AddSeconds(-1)),
        ("AccessDenied seven days", form => form.SignedAt = DateTimeOffset.UtcNow.AddDays(-8)),
        ("AccessDenied future", form => form.SignedAt = DateTimeOffset.UtcNow.AddDays(1)),
        ("AccessDenied Extra input fields: colour", form => form.WithUncovered("Colour", "1")),
        ("AccessDenied Extra input fields: x-amz-meta-a", form => form.WithUncovered("x-amz-meta-a", "1")),
        ("AccessDenied Extra input fields: bucket", form => form.WithoutBucketCondition()),
        ("AccessDenied Policy Condition failed: [\"eq\", \"$key\", \"other\"]", form => form.WithCondition("{\"key\": \"other\"}")),
        ("AccessDenied Policy Condition failed: [\"starts-with\", \"$content-type\", \"\"]",
            form => form.WithCondition("[\"starts-with\", \"$Content-Type\", \"\"]")),
        ("AccessDenied Policy Condition failed", form => form.WithCondition("[\"eq\", \"$bucket\", \"other\"]")),
        ("AccessDenied another bucket", form => form.With("bucket", "other")),
        ("EntityTooLarge", form => form.WithCondition("[\"content-length-range\", 0, 10]")),
        ("EntityTooSmall", form => form.WithCondition("[\"content-length-range\", 12, 100]")),
        ("MalformedPOSTRequest twice", form => form.With("KEY", "k2")),
        ("AccessControlListNotSupported", form => form.With("acl", "public-read")),
        ("InvalidRequest secure", form => form.With("x-amz-server-side-encryption-customer-algorithm", "AES256")),
        ("NotImplemented RUSTFS_ENCRYPTION_KEYS", form => form.With("x-amz-server-side-encryption", "AES256")),
        ("BadDigest", form => form.With("x-amz-checksum-crc32", "AAAAAA==")),
        ("BadDigest", form => form.With("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")),
        ("InvalidRequest", form => form.With("x-amz-checksum-xxhash64", "AAAAAA==")),
        ("InvalidArgument", form => form.With("x-amz-meta-a", "1\r\nx-amz-meta-b: 2")),
        ("InvalidArgument", form => form.With("x-amz-meta-a: b", "1")),
        ("InvalidArgument", form => form.With("x-amz-write-offset-bytes", "0")),
        ("MalformedXML", form => form.With("tagging", "a=1")),
        ("MetadataTooLarge", form => form.With("x-amz-meta-a", new string('x', 2100))),
        ("MaxPostPreDataLengthExceededError", form => form.With("x-amz-meta-a", new string('x', 20 * 1024))),
        ("IncorrectNumberOfFilesInPostRequest", form => form.FileDisposition = "form-data; name=\"upload\""),
        ("IncorrectNumberOfFilesInPostRequest", form => form.Tail =
            $"\r\n--{FormUpload.Boundary}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--{FormUpload.Boundary}--"),
        ("KeyTooLongError", form => form.FileDisposition =
            $"form-data; name=\"file\"; filename=\"{new string('f', 1100)}\""),
        ("InvalidPolicyDocument JSON", form => form.Policy = "{\"expiration\": "),
        ("InvalidPolicyDocument JSON", form => form.Policy = "[]"),
        ("InvalidPolicyDocument expiration", form => form.Policy = "{\"conditions\": []}"),
        ("InvalidPolicyDocument conditions", form => form.Policy = "{\"expiration\": \"2099-01-01T00:00:00Z\"}"),
        ("InvalidPolicyDocument Unexpected",
            form => form.Policy = "{\"expiration\": \"2099-01-01T00:00:00Z\", \"conditions\": [], \"conditions\": []}"),
        ("InvalidPolicyDocument Simple", form => form.WithCondition("{\"a\": \"1\", \"b\": \"2\"}")),
        ("InvalidPolicyDocument kind", form => form.WithCondition("[\"ends-with\", \"$key\", \"\"]")),
        ("InvalidPolicyDocument field", form => form.WithCondition("[\"eq\", \"key\", \"\"]")),
        ("InvalidPolicyDocument range", form => form.WithCondition("[\"content-length-range\", -1, 5]")),
        ("InvalidPolicyDocument items", form => form.WithCondition("[\"content-length-range\", 5]")),
    ];

    public static TheoryData<int> Refusals => new(Enumerable.Range(0, RefusedForms.Length));

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refused_form_stores_nothing(int index)
    {
        (string expected, Action<FormUpload> change) = RefusedForms[index];
        FormUpload form = ToKey("${filename}");
        change(form);
        TestResponse post = await form.SendAsync(_server);
        string code = expected.Split(' ')[0];
        Assert.True(code == post.ErrorCode, post.ToString());
        string message = post.Element("Message")!.Replace("&quot;", "\"", StringComparison.Ordinal);
        Assert.Contains(expected[code.Length..].Trim(), message, StringComparison.Ordinal);
        Assert.Equal("0", (await _server.SendAsync("GET", "/bucket?list-type=2")).Element("KeyCount"));
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Theory]
    [InlineData("image/png, image/jpeg", 204)]
    [InlineData("image/png, text/html", 403)]
    public async Task Every_type_of_a_list_must_begin_as_wanted(string types, int status)
    {
        FormUpload form = ToKey().With("Content-Type", types, "[\"starts-with\", \"$Content-Type\", \"image/\"]");
        Assert.Equal(status, (await form.SendAsync(_server)).Status);
    }

    /// <summary>The button of the form in AWS's documentation stands behind its file.</summary>
    [Fact]
    public async Task Fields_behind_the_file_are_ignored()
    {
        FormUpload form = ToKey("k");
        form.Tail = $"\r\n--{FormUpload.Boundary}\r\nContent-Disposition: form-data; name=\"submit\"\r\n\r\nUpload\r\n"
            + $"--{FormUpload.Boundary}--\r\nepilogue";
        Assert.Equal(204, (await form.SendAsync(_server)).Status);
        Assert.Equal(Hello, (await _server.SendAsync("GET", "/bucket/k")).Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n--" + FormUpload.Boundary)]
    [InlineData("\r\n--" + FormUpload.Boundary + "-")]
    [InlineData("\r\n--" + FormUpload.Boundary + "x--\r\n")]
    [InlineData("\n--" + FormUpload.Boundary + "--\n")]
    [InlineData("\r\n--" + FormUpload.Boundary + "\r\n")]
    public async Task A_form_that_is_not_whole_stores_nothing(string tail)
    {
        FormUpload form = ToKey("k");
        form.Tail = tail;
        TestResponse post = await form.SendAsync(_server);
        Assert.Equal("MalformedPOSTRequest", post.ErrorCode);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/k")).Status);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Theory]
    [InlineData("text/plain", 412)]
    [InlineData("multipart/form-data", 400)]
    [InlineData("multipart/form-data; boundary=\"\"", 400)]
    [InlineData("multipart/form-data; boundary=a; boundary=b", 400)]
    [InlineData("multipart/form-data; boundary=" + FormUpload.Boundary + "2", 400)]
    [InlineData("Multipart/Form-Data; charset=utf-8; Boundary=\"" + FormUpload.Boundary + "\"", 204)]
    public async Task The_content_type_gives_the_boundary(string contentType, int status)
    {
        FormUpload form = ToKey("k");
        TestResponse post = (await _server.ExchangeAsync(new MemoryWire(form.Request(contentType: contentType))))[0];
        Assert.True(status == post.Status, post.ToString());
    }

    [Fact]
    public async Task A_preamble_is_skipped()
    {
        FormUpload form = ToKey("k");
        form.Preamble = "This is a form.\r\n";
        Assert.Equal(204, (await form.SendAsync(_server)).Status);
    }

    /// <summary>Around the sizes where a file is held, where it is stored as it comes, and where its delimiter is cut in two.</summary>
    [Theory]
    [InlineData(0, 7)]
    [InlineData(1, 1)]
    [InlineData(64 * 1024, 1000)]
    [InlineData(110_000, 4096)]
    [InlineData(126_900, 65536)]
    [InlineData(300_001, 777)]
    [InlineData(1_000_000, 128 * 1024)]
    public async Task Files_of_any_length_arrive_in_any_pieces(int length, int pieceBytes)
    {
        byte[] file = new byte[length];
        new Random(length).NextBytes(file);
        // What looks like a delimiter and is none.
        "\r\n------WebKitFormBoundaryx7Y"u8.CopyTo(file.AsSpan(Math.Max(0, length - 40)) is { Length: > 35 } end ? end : new byte[64]);
        var form = ToKey("k");
        form.File = file;
        TestResponse post = (await _server.ExchangeAsync(new MemoryWire(form.Request(), pieceBytes)))[0];
        Assert.True(post.Status == 204, post.ToString());
        Assert.Equal(file, (await _server.SendAsync("GET", "/bucket/k")).Body);
    }

    [Fact]
    public async Task A_long_file_is_refused_while_it_is_read()
    {
        FormUpload form = ToKey("k").WithCondition("[\"content-length-range\", 0, 200000]");
        form.File = new byte[400_000];
        Assert.Equal("EntityTooLarge", (await form.SendAsync(_server)).ErrorCode);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task The_connection_lives_on()
    {
        byte[] form = ToKey("k").Request();
        byte[] get = _server.Request("GET", "/bucket/k", null);
        List<TestResponse> answers = await _server.ExchangeAsync(new MemoryWire([.. form, .. form, .. get]));
        Assert.Equal([204, 204, 200], answers.Select(answer => answer.Status));
    }

    [Fact]
    public async Task A_form_is_not_signed_by_headers()
    {
        byte[] body = ToKey("k").Body();
        string type = $"Content-Type: multipart/form-data; boundary={FormUpload.Boundary}";
        Assert.Equal("InvalidRequest", (await _server.SendAsync("POST", "/bucket", body, type)).ErrorCode);
        FormUpload unsigned = ToKey("k");
        unsigned.Without.Add("policy");
        TestResponse refused = await _server.SendAsync("POST", "/bucket", unsigned.Body(), type, "x-amz-content-sha256: UNSIGNED-PAYLOAD");
        Assert.Equal("AccessDenied", refused.ErrorCode);
        foreach (string mode in (string[])["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
        {
            string request = Encoding.UTF8.GetString(ToKey("k").Request());
            request = request.Replace("\r\n\r\n--", $"\r\nx-amz-content-sha256: {mode}\r\n\r\n--", StringComparison.Ordinal);
            Assert.Equal("InvalidRequest", (await _server.ExchangeAsync(new MemoryWire(Encoding.UTF8.GetBytes(request))))[0].ErrorCode);
        }
    }

    [Fact]
    public async Task A_versioned_bucket_gives_the_version()
    {
        await _server.SendAsync("PUT", "/bucket?versioning",
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        Assert.NotNull((await ToKey("k").SendAsync(_server))["x-amz-version-id"]);
    }

    [Fact]
    public async Task A_form_locks_what_it_stores()
    {
        using var engine = new EngineHarness();
        var server = new S3TestServer(engine.Store);
        await server.SendAsync("DELETE", "/bucket");
        await server.SendAsync("PUT", "/bucket", (byte[]?)null, "x-amz-bucket-object-lock-enabled: true");
        FormUpload form = ToKey("k").With("x-amz-object-lock-legal-hold", "ON");
        Assert.Equal("InvalidRequest", (await form.SendAsync(server)).ErrorCode);
        TestResponse post = await form.With("x-amz-checksum-crc32", "DUoRhQ==").SendAsync(server);
        Assert.True(post.Status == 204, post.ToString());
        TestResponse delete = await server.SendAsync("DELETE", $"/bucket/k?versionId={post["x-amz-version-id"]}");
        Assert.Equal("AccessDenied", delete.ErrorCode);
    }

    [Fact]
    public async Task A_bucket_must_exist() => Assert.Equal("NoSuchBucket",
        (await _server.ExchangeAsync(new MemoryWire(ToKey("k").Request(target: "/nowhere"))))[0].ErrorCode);
}
