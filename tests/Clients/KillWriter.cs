using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace RustFs.Tests.Clients;

/// <summary>What a writer of the kill test does.</summary>
internal enum KillLoad
{
    Mixed,
    SmallPuts,
    LargePuts,
    Multipart,
    Deletes,
    Overwrites,
    Conditional,
}

/// <summary>
/// One writer of the kill test. It alone writes its keys, so that the ledger knows for each what was acknowledged last and what was under
/// way when the server died. An object's bytes follow from its key and version.
/// </summary>
internal sealed class KillWriter(string bucket, int number, KillLoad load, KillLedger ledger, int seed)
{
    private int KeyCount => load == KillLoad.Overwrites ? 1 : 12;

    /// <summary>The version of a key that does not exist.</summary>
    private const int Absent = 0;

    /// <summary>Packed, one block, several blocks, streamed past the largest packed body.</summary>
    private static readonly int[] Sizes = [0, 100, 4096, 70_000, 400_000, 3 << 20];

    private readonly Random _random = new(HashCode.Combine(seed, number));
    private readonly int[] _current = new int[12];
    private int _version;

    public int AcknowledgedCount { get; private set; }

    /// <summary>Writes until the server dies.</summary>
    public async Task RunAsync(AmazonS3Client client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            int slot = _random.Next(KeyCount);
            int deleteOneIn = load switch { KillLoad.Deletes => 2, KillLoad.Overwrites => int.MaxValue, _ => 6 };
            int version = _random.Next(deleteOneIn) == 0 ? Absent : ++_version;
            ledger.Begin(Key(slot), version);
            try
            {
                await WriteAsync(client, slot, version);
            }
            catch (Exception exception)
                when (exception is AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
            {
                // Nobody else writes this key: a condition that names what stands there holds.
                bool isRefused = exception
                    is AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed or HttpStatusCode.NotFound };
                Assert(!isRefused, $"{Key(slot)}: version {version} was refused over version {_current[slot]}: {exception.Message}");
                return;
            }

            ledger.Acknowledge(Key(slot), version);
            _current[slot] = version;
            AcknowledgedCount++;
        }
    }

    /// <summary>Reads every key back and sets it against the ledger. What is found is the state the next round starts from.</summary>
    public async Task<List<(string Key, int Version)>> VerifyAsync(
        AmazonS3Client client, IReadOnlyDictionary<string, long> listed, IReadOnlyDictionary<string, KillExpectation> expected)
    {
        var versions = new List<(string, int)>();
        for (int slot = 0; slot < KeyCount; slot++)
        {
            string key = Key(slot);
            byte[]? found = await ReadAsync(client, key);
            int version = found is null ? Absent : VersionOf(found);
            KillExpectation expectation = expected.GetValueOrDefault(key);
            Assert(expectation.Allows(version), $"{key}: found version {version}, expected {expectation}");
            if (found is not null)
            {
                Assert(found.AsSpan().SequenceEqual(Content(slot, version)), $"{key}: version {version} is torn ({found.Length} bytes)");
                Assert(listed.TryGetValue(key, out long size) && size == found.Length, $"{key}: the listing disagrees");
            }
            else
            {
                Assert(!listed.ContainsKey(key), $"{key}: listed but gone");
            }

            _current[slot] = version;
            versions.Add((key, version));
        }

        return versions;
    }

    public static async Task<IReadOnlyDictionary<string, long>> ListAsync(AmazonS3Client client, string bucket)
    {
        var sizes = new Dictionary<string, long>();
        var pages = new ListObjectsV2Request { BucketName = bucket, MaxKeys = 25 };
        await foreach (S3Object entry in client.Paginators.ListObjectsV2(pages).S3Objects)
            sizes.Add(entry.Key, entry.Size ?? -1);
        return sizes;
    }

    private async Task WriteAsync(AmazonS3Client client, int slot, int version)
    {
        if (version == Absent)
            await client.DeleteObjectAsync(bucket, Key(slot));
        else if (IsInParts(version))
            await WriteInPartsAsync(client, slot, Content(slot, version));
        else
            await WriteWholeAsync(client, slot, Content(slot, version));
    }

    private Task WriteWholeAsync(AmazonS3Client client, int slot, byte[] content)
    {
        var put = new PutObjectRequest { BucketName = bucket, Key = Key(slot), InputStream = new MemoryStream(content) };
        if (load == KillLoad.Conditional && _current[slot] == Absent)
            put.IfNoneMatch = "*";
        else if (load == KillLoad.Conditional)
            put.IfMatch = $"\"{Convert.ToHexStringLower(MD5.HashData(Content(slot, _current[slot])))}\"";
        return client.PutObjectAsync(put);
    }

    private async Task WriteInPartsAsync(AmazonS3Client client, int slot, byte[] content)
    {
        string uploadId = (await client.InitiateMultipartUploadAsync(bucket, Key(slot))).UploadId;
        var parts = new List<PartETag>();
        for (int offset = 0; offset < content.Length; offset += 5 << 20)
        {
            UploadPartResponse part = await client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = bucket,
                Key = Key(slot),
                UploadId = uploadId,
                PartNumber = parts.Count + 1,
                InputStream = new MemoryStream(content, offset, Math.Min(5 << 20, content.Length - offset)),
            });
            parts.Add(new PartETag(part));
        }

        await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = bucket,
            Key = Key(slot),
            UploadId = uploadId,
            PartETags = parts,
        });
    }

    private async Task<byte[]?> ReadAsync(AmazonS3Client client, string key)
    {
        try
        {
            using GetObjectResponse got = await client.GetObjectAsync(bucket, key);
            using var copy = new MemoryStream();
            await got.ResponseStream.CopyToAsync(copy);
            return copy.ToArray();
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>One in nine of a mixed load, all of the load of parts.</summary>
    private bool IsInParts(int version) => load == KillLoad.Multipart || (load == KillLoad.Mixed && version % 9 == 0);

    private string Key(int slot) => $"writer-{number}/key-{slot:00}";

    /// <summary>"VERSION\n" and then bytes that follow from writer, slot and version; what is written in parts is two parts long.</summary>
    private byte[] Content(int slot, int version)
    {
        byte[] head = Encoding.ASCII.GetBytes($"{version}\n");
        int length = IsInParts(version) ? (5 << 20) + 777 : load switch
        {
            KillLoad.SmallPuts or KillLoad.Conditional => Sizes[version % 3],
            KillLoad.LargePuts => Sizes[3 + version % 3],
            _ => Sizes[version % Sizes.Length],
        };
        byte[] content = TemporaryFolder.RandomBytes(head.Length + length, (number << 24) ^ (slot << 16) ^ version);
        head.CopyTo(content, 0);
        return content;
    }

    private static int VersionOf(byte[] content)
    {
        int end = content.AsSpan().IndexOf((byte)'\n');
        return end > 0 && int.TryParse(content.AsSpan(0, end), out int version) ? version : -1;
    }

    private static void Assert(bool condition, string message) => Xunit.Assert.True(condition, message);
}

internal static class BucketCreation
{
    /// <summary>A bucket of an earlier round is as good as a new one.</summary>
    public static async Task IgnoreOwned(this Task<PutBucketResponse> creation)
    {
        try
        {
            await creation;
        }
        catch (AmazonS3Exception exception) when (exception.ErrorCode == "BucketAlreadyOwnedByYou")
        {
            // Wanted.
        }
    }
}
