using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>What clients and the operator see of a byte that has changed on the disk.</summary>
public sealed class ScrubTests
{
    private const string BucketName = "vault";
    private const int LargeBytes = 6 << 20;

    [Fact]
    public async Task A_changed_byte_is_never_served_and_the_object_is_named()
    {
        using var folder = new TemporaryFolder();
        byte[] small = TemporaryFolder.RandomBytes(3000, seed: 1), large = TemporaryFolder.RandomBytes(LargeBytes, seed: 2);
        await using (ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { Directory = folder.Path }))
        {
            using AmazonS3Client client = AwsSdkTests.ClientFor(server);
            await client.PutBucketAsync(BucketName);
            await PutAsync(client, "good", small[..1000]);
            await PutAsync(client, "small", small);
            await PutAsync(client, "large", large);
            (string smallFile, long smallAt) = Find(folder, small);
            // In the last MiB: most of the body is on its way before it is reached.
            (string largeFile, long largeAt) = Find(folder, large[^(1 << 20)..]);

            // Through the page cache of the running server, as a byte that has gone bad on the disk would come into it.
            ScrubbedVolume.FlipBit(smallFile, smallAt + 1234, 5);
            ScrubbedVolume.FlipBit(largeFile, largeAt + 1234, 0);

            await AssertRefusedAsync(server, client);
            await AssertBrokenOffAsync(client, large);
            Assert.Equal(3000, (await client.GetObjectMetadataAsync(BucketName, "small")).ContentLength);
            using GetObjectResponse good = await client.GetObjectAsync(BucketName, "good");
            Assert.Equal(1000, good.ContentLength);
            Assert.True(await MetricAsync(server, "rustfs_corrupt_blocks_total") >= 2);
            await server.WaitForOutputAsync($"of {BucketName}/small: not served");
            await server.WaitForOutputAsync($"of {BucketName}/large: not served");
            await server.WaitForOutputAsync($"offset {smallAt}, ");

            (int inUse, string refusal) = await ServerProcess.RunAsync("verify", folder.Path);
            Assert.Equal(3, inUse);
            Assert.Contains("in use by another process", refusal);
        }

        foreach (string command in (string[])["verify", "scrub"])
        {
            (int damaged, string report) = await ServerProcess.RunAsync(command, folder.Path);
            Assert.Equal(1, damaged);
            Assert.Contains($"bytes of {BucketName}/small do not match", report);
            Assert.Contains($"bytes of {BucketName}/large do not match", report);
            Assert.Contains("DAMAGED, 2 findings: 3 objects", report);
        }
    }

    [Fact]
    public async Task A_whole_volume_verifies_clean()
    {
        using var folder = new TemporaryFolder();
        await using (ServerProcess server = await ServerProcess.StartAsync(new ServerSettings
        {
            Directory = folder.Path, Arguments = ["--scrub-rate", "1GiB"],
        }))
        {
            using AmazonS3Client client = AwsSdkTests.ClientFor(server);
            await client.PutBucketAsync(BucketName);
            await PutAsync(client, "key", [1, 2, 3]);
            Assert.Equal(0, await MetricAsync(server, "rustfs_scrub_pass_faults"));
        }

        (int exitCode, string report) = await ServerProcess.RunAsync("verify", folder.Path);
        Assert.True(exitCode == 0, report);
        Assert.Contains("clean: 1 objects, 3 live bytes", report);
        (exitCode, report) = await ServerProcess.RunAsync("scrub", folder.File("nothing here"));
        Assert.Equal(3, exitCode);
        Assert.Contains("holds no volume", report);
    }

    private static async Task AssertRefusedAsync(ServerProcess server, AmazonS3Client client)
    {
        AmazonS3Exception refused = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.GetObjectAsync(BucketName, "small"));
        Assert.Equal((HttpStatusCode.InternalServerError, "InternalError"), (refused.StatusCode, refused.ErrorCode));
        Assert.False(string.IsNullOrEmpty(refused.Message), server.Output);
    }

    private static async Task AssertBrokenOffAsync(AmazonS3Client client, byte[] large)
    {
        string url = await client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = BucketName, Key = "large", Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP,
        });
        using var handler = new HttpClientHandler { UseProxy = false };
        using var http = new HttpClient(handler);
        using HttpResponseMessage answer = await http.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var copy = new MemoryStream();
        Exception? broken = await Record.ExceptionAsync(() => answer.Content.CopyToAsync(copy));
        Assert.True(broken is HttpRequestException or IOException, $"{copy.Length} bytes came, and {broken}");
        Assert.True(copy.Length < LargeBytes && large.AsSpan(0, (int)copy.Length).SequenceEqual(copy.ToArray()));
    }

    private static Task PutAsync(AmazonS3Client client, string key, byte[] body) =>
        client.PutObjectAsync(new PutObjectRequest { BucketName = BucketName, Key = key, InputStream = new MemoryStream(body) });

    private static (string File, long Offset) Find(TemporaryFolder folder, byte[] body)
    {
        foreach (string file in Directory.EnumerateFiles(folder.File("segments"), "*.seg"))
        {
            // A few MiB from each segment's start are all that is filled here.
            byte[] bytes = new byte[16 << 20];
            using FileStream stream = File.OpenRead(file);
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            int at = bytes.AsSpan(0, length).IndexOf(body);
            if (at >= 0) return (file, at);
        }
        throw new Xunit.Sdk.XunitException("The body stands in no segment.");
    }

    private static async Task<double> MetricAsync(ServerProcess server, string name)
    {
        using var handler = new HttpClientHandler { UseProxy = false };
        using var http = new HttpClient(handler);
        string page = await http.GetStringAsync(new Uri(server.Endpoint + "/metrics"));
        string line = page.Split('\n').Single(text => text.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
