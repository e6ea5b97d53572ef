using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>Object Lock through AWSSDK.S3 for .NET, with its own checksums and forms of times.</summary>
[Collection(ClientsCollection.Name)]
public sealed class AwsSdkLockTests(SharedServer server) : IDisposable
{
    private const string Bucket = "sdk-locks";

    private readonly AmazonS3Client _client = AwsSdkTests.ClientFor(server.Process);
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Locks_are_set_read_and_enforced()
    {
        await _client.PutBucketAsync(new PutBucketRequest { BucketName = Bucket, ObjectLockEnabledForBucket = true });
        await _client.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
        {
            BucketName = Bucket,
            ObjectLockConfiguration = new ObjectLockConfiguration
            {
                ObjectLockEnabled = ObjectLockEnabled.Enabled,
                Rule = new ObjectLockRule
                {
                    DefaultRetention = new DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = 3 },
                },
            },
        });
        GetObjectLockConfigurationResponse configuration =
            await _client.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationRequest { BucketName = Bucket });
        Assert.Equal(3, configuration.ObjectLockConfiguration.Rule.DefaultRetention.Days);

        PutObjectResponse put = await _client.PutObjectAsync(
            new PutObjectRequest { BucketName = Bucket, Key = "key", ContentBody = "body" });
        GetObjectMetadataResponse head = await _client.GetObjectMetadataAsync(Bucket, "key");
        Assert.Equal(ObjectLockMode.Governance, head.ObjectLockMode);
        DateTime until = DateTime.UtcNow.AddDays(9);
        await _client.PutObjectRetentionAsync(new PutObjectRetentionRequest
        {
            BucketName = Bucket,
            Key = "key",
            Retention = new ObjectLockRetention { Mode = ObjectLockRetentionMode.Governance, RetainUntilDate = until },
        });
        GetObjectRetentionResponse retention =
            await _client.GetObjectRetentionAsync(new GetObjectRetentionRequest { BucketName = Bucket, Key = "key" });
        Assert.Equal(until, retention.Retention.RetainUntilDate!.Value.ToUniversalTime(), TimeSpan.FromSeconds(1));
        await HoldAsync(ObjectLockLegalHoldStatus.On);
        await AssertLockedAsync("key", put.VersionId, bypassesGovernance: true);
        await HoldAsync(ObjectLockLegalHoldStatus.Off);
        await AssertLockedAsync("key", put.VersionId, bypassesGovernance: false);
        await _client.DeleteObjectAsync(new DeleteObjectRequest
        {
            BucketName = Bucket,
            Key = "key",
            VersionId = put.VersionId,
            BypassGovernanceRetention = true,
        });

        // In parts, each with a checksum of the SDK's.
        using var transfer = new TransferUtility(_client);
        await transfer.UploadAsync(_folder.RandomFile("parts.bin", 20 << 20, seed: 1), Bucket, "parts.bin");
        head = await _client.GetObjectMetadataAsync(Bucket, "parts.bin");
        Assert.Equal(ObjectLockMode.Governance, head.ObjectLockMode);
        await AssertLockedAsync("parts.bin", head.VersionId, bypassesGovernance: false);
    }

    private async Task HoldAsync(ObjectLockLegalHoldStatus status)
    {
        await _client.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest
        {
            BucketName = Bucket,
            Key = "key",
            LegalHold = new ObjectLockLegalHold { Status = status },
        });
        GetObjectLegalHoldResponse read =
            await _client.GetObjectLegalHoldAsync(new GetObjectLegalHoldRequest { BucketName = Bucket, Key = "key" });
        Assert.Equal(status, read.LegalHold.Status);
    }

    private async Task AssertLockedAsync(string key, string version, bool bypassesGovernance)
    {
        var request = new DeleteObjectRequest
        {
            BucketName = Bucket,
            Key = key,
            VersionId = version,
            BypassGovernanceRetention = bypassesGovernance ? true : null,
        };
        AmazonS3Exception refusal = await Assert.ThrowsAsync<AmazonS3Exception>(() => _client.DeleteObjectAsync(request));
        Assert.Equal((HttpStatusCode.Forbidden, "AccessDenied"), (refusal.StatusCode, refusal.ErrorCode));
    }
}
