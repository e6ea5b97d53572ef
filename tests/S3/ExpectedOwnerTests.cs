using RustFs.S3;
using RustFs.S3.Routing;
using RustFs.Http1;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>A bucket of another account than the client believes is left alone, whatever the operation.</summary>
public sealed class ExpectedOwnerTests
{
    private const string Header = "x-amz-expected-bucket-owner: ";
    private const string Stranger = "123456789012";
    private readonly S3TestServer _server = new();

    public static IEnumerable<object[]> OperationsOnBuckets => OperationTable.All
        .Where(operation => operation.Target != TargetKind.Service && !operation.CreatesBucket)
        .Select(operation => new object[] { operation.Name });

    [Theory]
    [MemberData(nameof(OperationsOnBuckets))]
    public async Task Another_owner_is_refused(string name)
    {
        OperationSpec operation = OperationTable.All.Single(spec => spec.Name == name);
        await _server.SendAsync("PUT", "/bucket/key", "body");
        string target = operation.Target == TargetKind.Object ? "/bucket/key" : "/bucket";
        if (operation.SubResource is not null)
            target += $"?{operation.SubResource}{(operation.SubResourceValue is null ? "" : "=" + operation.SubResourceValue)}";
        string[] headers = [Header + Stranger];
        if (operation.RequiredHeader == KnownHeader.AmzCopySource)
            headers = [.. headers, "x-amz-copy-source: bucket/key"];
        TestResponse response = await _server.SendAsync(operation.Method.ToString().ToUpperInvariant(), target, (byte[]?)null, headers);
        Assert.Equal(403, response.Status);
        if (operation.Method != RequestMethod.Head)
            Assert.Equal("AccessDenied", response.ErrorCode);
        Assert.Equal("body", (await _server.SendAsync("GET", "/bucket/key")).Text);
    }

    [Theory]
    [InlineData("000000000000", 200, null)]
    [InlineData("123456789012", 403, "AccessDenied")]
    [InlineData("12345", 400, "InvalidBucketOwnerAWSAccountID")]
    [InlineData("", 400, "InvalidBucketOwnerAWSAccountID")]
    [InlineData("12345678901x", 400, "InvalidBucketOwnerAWSAccountID")]
    public async Task The_account_is_told_by_its_number(string account, int status, string? code)
    {
        TestResponse response = await _server.SendAsync("GET", "/bucket", (byte[]?)null, Header + account);
        Assert.Equal((status, code), (response.Status, response.ErrorCode));
        TestResponse presigned = await _server.SendPresignedAsync(
            "GET", "/bucket?x-amz-expected-bucket-owner=" + account);
        Assert.Equal((status, code), (presigned.Status, presigned.ErrorCode));
    }

    [Fact]
    public async Task The_canonical_id_of_listings_is_accepted()
    {
        string id = XmlAnswer.Of(await _server.SendAsync("GET", "/"))["Owner", "ID"]!;
        Assert.Equal(200, (await _server.SendAsync("GET", "/bucket", (byte[]?)null, Header + id)).Status);
    }

    [Fact]
    public async Task A_copy_may_expect_an_owner_of_its_source()
    {
        await _server.SendAsync("PUT", "/bucket/key", "body");
        Assert.Equal(403, (await CopyAsync(Stranger)).Status);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/copy")).Status);
        Assert.Equal(200, (await CopyAsync("000000000000")).Status);

        Task<TestResponse> CopyAsync(string account) => _server.SendAsync("PUT", "/bucket/copy", (byte[]?)null,
            "x-amz-copy-source: bucket/key", "x-amz-source-expected-bucket-owner: " + account);
    }
}
