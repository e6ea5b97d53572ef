using System.Diagnostics;
using Amazon.S3;
using Amazon.S3.Model;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>Lifecycle rules through AWSSDK.S3 for .NET, and a server that carries them out.</summary>
[Collection(ClientsCollection.Name)]
public sealed class LifecycleTests(SharedServer server)
{
    [Fact]
    public async Task A_rule_that_only_aborts_uploads_comes_back_unchanged()
    {
        using AmazonS3Client client = AwsSdkTests.ClientFor(server.Process);
        const string Bucket = "sdk-lifecycle";
        await client.PutBucketAsync(Bucket);
        var sent = new LifecycleRule
        {
            Id = "abort",
            Status = LifecycleRuleStatus.Enabled,
            Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "uploads/" } },
            AbortIncompleteMultipartUpload = new LifecycleRuleAbortIncompleteMultipartUpload { DaysAfterInitiation = 7 },
        };
        for (int round = 0; round < 2; round++)
        {
            await client.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest
            {
                BucketName = Bucket,
                Configuration = new LifecycleConfiguration { Rules = [sent] },
            });
            GetLifecycleConfigurationResponse answer =
                await client.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = Bucket });
            LifecycleRule found = Assert.Single(answer.Configuration.Rules);
            Assert.Equal(("abort", LifecycleRuleStatus.Enabled), (found.Id, found.Status));
            Assert.Equal("uploads/", Assert.IsType<LifecyclePrefixPredicate>(found.Filter.LifecycleFilterPredicate).Prefix);
            Assert.Equal(7, found.AbortIncompleteMultipartUpload.DaysAfterInitiation);
            Assert.Null(found.Expiration);
            Assert.Null(found.NoncurrentVersionExpiration);
            Assert.Equal("all_storage_classes_128K", answer.TransitionDefaultMinimumObjectSize?.Value);
            sent = found;
        }

        await client.DeleteLifecycleConfigurationAsync(new DeleteLifecycleConfigurationRequest { BucketName = Bucket });
        // This client takes the 404 for a configuration without rules.
        GetLifecycleConfigurationResponse none =
            await client.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = Bucket });
        Assert.Empty(none.Configuration.Rules ?? []);
    }

    /// <summary>By a date that is past: everything under the rule is due at once.</summary>
    [Fact]
    public async Task A_server_deletes_what_has_expired_and_tells_of_it()
    {
        await using ServerProcess own = await ServerProcess.StartAsync(new ServerSettings
        {
            Environment = new Dictionary<string, string> { ["RUSTFS_LIFECYCLE_INTERVAL"] = "1" },
        });
        using AmazonS3Client client = AwsSdkTests.ClientFor(own);
        const string Bucket = "expiring";
        await client.PutBucketAsync(Bucket);
        foreach (string key in new[] { "keep/a", "tmp/a", "tmp/b" })
            await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = "body" });
        await client.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest
        {
            BucketName = Bucket,
            Configuration = new LifecycleConfiguration
            {
                Rules =
                [
                    new LifecycleRule
                    {
                        Id = "past",
                        Status = LifecycleRuleStatus.Enabled,
                        Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "tmp/" } },
                        Expiration = new LifecycleRuleExpiration { Date = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc) },
                    },
                ],
            },
        });
        var clock = Stopwatch.StartNew();
        List<string> keys;
        do
        {
            await Task.Delay(100);
            ListObjectsV2Response page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket });
            keys = [.. page.S3Objects.Select(entry => entry.Key)];
        }
        while (keys.Count > 1 && clock.Elapsed < TimeSpan.FromSeconds(60));
        Assert.Equal(["keep/a"], keys);
        using var http = new HttpClient();
        string metrics;
        do
        {
            await Task.Delay(100);
            metrics = await http.GetStringAsync(new Uri(own.Endpoint + "/metrics"));
        }
        while (!metrics.Contains("rustfs_lifecycle_expired_total{kind=\"object\"} 2\n", StringComparison.Ordinal)
            && clock.Elapsed < TimeSpan.FromSeconds(60));
        Assert.Contains("rustfs_lifecycle_expired_total{kind=\"object\"} 2\n", metrics);
        await own.WaitForOutputAsync("Lifecycle: in ");
    }
}
