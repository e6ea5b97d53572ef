using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>Skips where a file system cannot be mounted: only root may.</summary>
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = SmallDisk.WhyNot();
}

/// <inheritdoc cref="MountFactAttribute"/>
public sealed class MountTheoryAttribute : TheoryAttribute
{
    public MountTheoryAttribute() => Skip = SmallDisk.WhyNot();
}

/// <summary>A tmpfs of a given size over a folder.</summary>
internal static class SmallDisk
{
    /// <summary>Why none can be mounted here; null when one can.</summary>
    public static string? WhyNot()
    {
        using var probe = new TemporaryFolder();
        if (!TryMount(probe.Path, sizeMib: 1))
            return "mounting a tmpfs needs root";
        Unmount(probe.Path);
        return null;
    }

    public static bool TryMount(string folder, int sizeMib) => Run("mount", "-t", "tmpfs", "-o", $"size={sizeMib}m", "tmpfs", folder);

    public static void Unmount(string folder) => Assert.True(Run("umount", folder), $"{folder} could not be unmounted");

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            return ClientProgram.RunAsync(program, arguments).GetAwaiter().GetResult().ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A file system that fills up under the server.</summary>
public sealed class FullDiskTests
{
    /// <summary>Barely more than the reserve and the room that compaction keeps, and several times what that leaves.</summary>
    [MountTheory]
    [InlineData(600)]
    [InlineData(900)]
    [InlineData(1200)]
    public async Task Writes_are_refused_reads_go_on_and_space_given_back_is_used_again(int diskMib)
    {
        using var folder = new TemporaryFolder();
        Assert.True(SmallDisk.TryMount(folder.Path, diskMib));
        try
        {
            await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { Directory = folder.Path });
            // Each body is looked at below: no checksum of the client's need tell that it is right.
            using AmazonS3Client client = AwsSdkTests.ClientFor(
                server, checksums: (RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation.WHEN_REQUIRED));
            await client.PutBucketAsync("full");
            List<string> stored = await FillAsync(client, diskMib / 8);
            Assert.NotEmpty(stored);

            // A small one may still fit into what is left of a segment.
            AssertRefused(await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => PutAsync(client, "refused", Body("refused"))));
            Assert.DoesNotContain(await KeysAsync(client), key => !stored.Contains(key));
            foreach (string key in stored)
                Assert.Equal(Body(key), await ReadAsync(client, key));

            foreach (string key in stored)
                await client.DeleteObjectAsync("full", key);
            await WritesAgainAsync(client);
        }
        finally
        {
            SmallDisk.Unmount(folder.Path);
        }
    }

    private static async Task<List<string>> FillAsync(AmazonS3Client client, int most)
    {
        var stored = new List<string>();
        for (int i = 0; i < most; i++)
        {
            string key = $"fill-{i:000}";
            try
            {
                await PutAsync(client, key, Body(key));
                stored.Add(key);
            }
            catch (AmazonS3Exception refused)
            {
                AssertRefused(refused);
                return stored;
            }
        }

        throw new Xunit.Sdk.XunitException("the disk never filled up");
    }

    private static Task PutAsync(AmazonS3Client client, string key, byte[] body) =>
        client.PutObjectAsync(new PutObjectRequest { BucketName = "full", Key = key, InputStream = new MemoryStream(body) });

    private static void AssertRefused(AmazonS3Exception refused) =>
        Assert.Equal(("InsufficientStorage", (HttpStatusCode)507), (refused.ErrorCode, refused.StatusCode));

    /// <summary>Segments that hold nothing alive are recycled in the background: half a minute is far more than that takes.</summary>
    private static async Task WritesAgainAsync(AmazonS3Client client)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await PutAsync(client, "fill-again", Body("fill-again"));
                break;
            }
            catch (AmazonS3Exception refused) when (attempt < 60)
            {
                AssertRefused(refused);
                await Task.Delay(500);
            }
        }

        Assert.Equal(Body("fill-again"), await ReadAsync(client, "fill-again"));
    }

    private static async Task<List<string>> KeysAsync(AmazonS3Client client)
    {
        ListObjectsV2Response page = await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = "full" });
        return [.. (page.S3Objects ?? []).Select(entry => entry.Key)];
    }

    private static async Task<byte[]> ReadAsync(AmazonS3Client client, string key)
    {
        using GetObjectResponse got = await client.GetObjectAsync("full", key);
        using var copy = new MemoryStream();
        await got.ResponseStream.CopyToAsync(copy);
        return copy.ToArray();
    }

    // The key again and again: to draw them takes ten times as long as to write them.
    private static byte[] Body(string key)
    {
        byte[] name = System.Text.Encoding.UTF8.GetBytes(key), body = new byte[8 << 20];
        for (int at = 0; at < body.Length; at += name.Length)
            name.AsSpan(0, Math.Min(name.Length, body.Length - at)).CopyTo(body.AsSpan(at));
        return body;
    }
}
