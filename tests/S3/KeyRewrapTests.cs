using RustFs.S3.Encryption;
using RustFs.Storage;
using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Keys change without an object being written again: new ones first, and older ones can go after a rewrap.</summary>
public sealed class KeyRewrapTests : IAsyncLifetime
{
    private const string S3 = "x-amz-server-side-encryption: AES256";
    private const string Kms = "x-amz-server-side-encryption: aws:kms";

    private static readonly string Newest = $"newest = {TestKeys.Text(7)}\nfinance = {TestKeys.Text(8)}\n";
    private static readonly KeyRing Newer = TestKeys.Parse($"{Newest}first = {TestKeys.Master}\nfinance = {TestKeys.Finance}");
    private static readonly KeyRing NewestOnly = TestKeys.Parse(Newest);

    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _failures = [];
    private IObjectStore _store = null!;

    public Task InitializeAsync()
    {
        _store = Volume.Open(new VolumeOptions
        {
            Directories = [_directory.Path],
            SegmentBytes = 16 << 20,
            ReserveBytes = 1 << 20,
            Durability = Durability.None,
        });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task OlderKeysGoAfterARewrap()
    {
        S3TestServer old = Server(TestKeys.Ring);
        await old.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        byte[] payload = AwsChunkedBody.Payload(100_000);
        await old.SendAsync("PUT", "/bucket/key", "the older version", S3, "x-amz-meta-a: 1");
        await old.SendAsync("PUT", "/bucket/key", payload, S3, "x-amz-tagging: a=1");
        await old.SendAsync("PUT", "/bucket/kms", payload, Kms, "x-amz-server-side-encryption-aws-kms-key-id: finance",
            "x-amz-server-side-encryption-context: eyJhIjoiYiJ9");
        await old.SendAsync("PUT", "/bucket/customer", payload, TestKeys.Customer(5));
        await old.SendAsync("PUT", "/bucket/plain", payload);
        await old.SendAsync("DELETE", "/bucket/plain");
        string upload = (await old.SendAsync("POST", "/bucket/big?uploads", null, S3)).Element("UploadId")!;
        TestResponse first = await old.SendAsync("PUT", $"/bucket/big?partNumber=1&uploadId={upload}", AwsChunkedBody.Payload(5_300_000));
        string modified = (await old.SendAsync("HEAD", "/bucket/key"))["Last-Modified"]!;

        // New ones are used at once, and what there is can be read.
        S3TestServer newer = Server(Newer);
        Assert.Equal(payload, (await newer.SendAsync("GET", "/bucket/key")).Body);
        await newer.SendAsync("PUT", "/bucket/new", payload, S3);
        Assert.Equal(payload, (await Server(NewestOnly).SendAsync("GET", "/bucket/new")).Body);
        TestResponse without = await Server(NewestOnly).SendAsync("GET", "/bucket/key");
        Assert.Equal((500, "InternalError"), (without.Status, without.ErrorCode));
        Assert.Contains("rewrap", without.Text);
        Assert.Equal("KMS.NotFoundException", (await Server(NewestOnly).SendAsync("GET", "/bucket/kms")).ErrorCode);

        long written = _store.Statistics.BytesWritten;
        Assert.Equal(new RewrapSummary(Rewrapped: 4, Current: 1, Customers: 1, Plain: 1, Failed: 0), await RewrapAsync(Newer));
        Assert.Equal(new RewrapSummary(Rewrapped: 0, Current: 5, Customers: 1, Plain: 1, Failed: 0), await RewrapAsync(Newer));
        Assert.Equal(written, _store.Statistics.BytesWritten);
        Assert.Empty(_failures);

        S3TestServer newest = Server(NewestOnly);
        TestResponse get = await newest.SendAsync("GET", "/bucket/key");
        Assert.Equal((modified, "1"), (get["Last-Modified"], get["x-amz-tagging-count"]));
        Assert.Equal(payload, get.Body);
        Assert.Equal(payload, (await newest.SendAsync("GET", "/bucket/kms")).Body);
        Assert.Equal(payload, (await newest.SendAsync("GET", "/bucket/customer", null, TestKeys.Customer(5))).Body);
        string versions = (await newest.SendAsync("GET", "/bucket?versions&prefix=key")).Text;
        string older = versions.Split("<VersionId>")[2].Split('<')[0];
        Assert.Equal("the older version", (await newest.SendAsync("GET", "/bucket/key?versionId=" + older)).Text);
        Assert.Equal(200, (await newest.SendAsync("POST", $"/bucket/big?uploadId={upload}", "<CompleteMultipartUpload><Part>"
            + $"<PartNumber>1</PartNumber><ETag>{first["ETag"]}</ETag></Part></CompleteMultipartUpload>")).Status);
        get = await newest.SendAsync("GET", "/bucket/big");
        Assert.True(get.Body.AsSpan().SequenceEqual(AwsChunkedBody.Payload(5_300_000)));
    }

    [Fact]
    public async Task WhatCannotBeRewrappedIsNamedAndStays()
    {
        await Server(TestKeys.Ring).SendAsync("PUT", "/bucket/key", "body", S3);
        RewrapSummary summary = await RewrapAsync(NewestOnly);
        Assert.Equal(new RewrapSummary(0, 0, 0, 0, Failed: 1), summary);
        Assert.Contains("bucket/key", Assert.Single(_failures));
        Assert.Equal("body", (await Server(TestKeys.Ring).SendAsync("GET", "/bucket/key")).Text);
    }

    [Fact]
    public async Task ManyObjectsAreRewrappedPageByPage()
    {
        S3TestServer old = Server(TestKeys.Ring);
        for (int number = 0; number < 1003; number++)
            await old.SendAsync("PUT", $"/bucket/{number}", "x", S3);
        Assert.Equal(1003, (await RewrapAsync(Newer)).Rewrapped);
        Assert.Equal(1003, (await RewrapAsync(NewestOnly)).Current);
    }

    private S3TestServer Server(KeyRing keys) => new(_store, keys: keys);

    private Task<RewrapSummary> RewrapAsync(KeyRing keys) => new KeyRewrap(_store, keys, _failures.Add).RunAsync();
}
