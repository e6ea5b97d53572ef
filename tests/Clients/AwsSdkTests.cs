using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>AWSSDK.S3 for .NET with its default settings (checksums in trailers, signed or streaming payloads).</summary>
[Collection(ClientsCollection.Name)]
public sealed class AwsSdkTests(SharedServer server) : IDisposable
{
    private readonly AmazonS3Client _client = ClientFor(server.Process);
    private readonly TemporaryFolder _folder = new();

    /// <param name="checksums">When a request brings a checksum and an answer's is looked at; null for the client's default.</param>
    internal static AmazonS3Client ClientFor(
        ServerProcess server, int retries = 0, (RequestChecksumCalculation Sent, ResponseChecksumValidation Checked)? checksums = null)
    {
        var config = new AmazonS3Config
        {
            ServiceURL = server.Endpoint,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            MaxErrorRetry = retries,
        };
        if (checksums is var (sent, seen))
            (config.RequestChecksumCalculation, config.ResponseChecksumValidation) = (sent, seen);
        return new AmazonS3Client(new BasicAWSCredentials(server.Settings.AccessKey, server.Settings.SecretKey), config);
    }

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_object_is_put_and_read_with_its_metadata()
    {
        await _client.PutBucketAsync("sdk-objects");
        var put = new PutObjectRequest { BucketName = "sdk-objects", Key = "a/b c.txt", ContentBody = "héllo", ContentType = "text/plain" };
        put.Metadata.Add("colour", "blue");
        PutObjectResponse stored = await _client.PutObjectAsync(put);
        using GetObjectResponse got = await _client.GetObjectAsync("sdk-objects", "a/b c.txt");
        using var reader = new StreamReader(got.ResponseStream, Encoding.UTF8);
        Assert.Equal("héllo", await reader.ReadToEndAsync());
        Assert.Equal(stored.ETag, got.ETag);
        Assert.Equal("blue", got.Metadata["colour"]);
        Assert.Equal("text/plain", got.Headers.ContentType);
        Assert.Null(got.Headers.ContentEncoding is { Length: > 0 } encoding ? encoding : null);
    }

    [Fact]
    public async Task The_transfer_utility_goes_in_parts_up_and_down()
    {
        string source = _folder.RandomFile("up.bin", 20 << 20, seed: 1);
        await _client.PutBucketAsync("sdk-transfer");
        using var transfer = new TransferUtility(_client);
        await transfer.UploadAsync(source, "sdk-transfer", "up.bin");
        GetObjectMetadataResponse head = await _client.GetObjectMetadataAsync("sdk-transfer", "up.bin");
        Assert.Matches("-[0-9]+\"$", head.ETag);
        await transfer.DownloadAsync(_folder.File("down.bin"), "sdk-transfer", "up.bin");
        Assert.Equal(await File.ReadAllBytesAsync(source), await File.ReadAllBytesAsync(_folder.File("down.bin")));
    }

    [Fact]
    public async Task A_stream_of_unknown_checksum_settings_goes_through()
    {
        await _client.PutBucketAsync("sdk-streams");
        byte[] body = TemporaryFolder.RandomBytes(300_000, seed: 2);
        foreach ((string key, ChecksumAlgorithm algorithm) in new[] { ("crc32", ChecksumAlgorithm.CRC32), ("sha1", ChecksumAlgorithm.SHA1),
            ("sha256", ChecksumAlgorithm.SHA256) })
        {
            await _client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = "sdk-streams",
                Key = key,
                InputStream = new MemoryStream(body),
                ChecksumAlgorithm = algorithm,
            });
            using GetObjectResponse got = await _client.GetObjectAsync("sdk-streams", key);
            using var copy = new MemoryStream();
            await got.ResponseStream.CopyToAsync(copy);
            Assert.Equal(body, copy.ToArray());
        }
    }

    /// <summary>Over plain HTTP this SDK sends one body in signed chunks with a trailer.</summary>
    [Fact]
    public async Task A_large_object_in_one_chunked_upload_is_whole()
    {
        await _client.PutBucketAsync("sdk-large");
        string source = _folder.RandomFile("large.bin", 160 << 20, seed: 4);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = "sdk-large", Key = "large.bin", FilePath = source });
        GetObjectMetadataResponse head = await _client.GetObjectMetadataAsync("sdk-large", "large.bin");
        Assert.Equal(160L << 20, head.ContentLength);
        await using FileStream stream = File.OpenRead(source);
        Assert.Equal($"\"{Convert.ToHexStringLower(await System.Security.Cryptography.MD5.HashDataAsync(stream))}\"", head.ETag);
        await _client.DeleteObjectAsync("sdk-large", "large.bin");
    }

    [Fact]
    public async Task Tags_and_attributes_are_read_back()
    {
        await _client.PutBucketAsync("sdk-tags");
        await _client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = "sdk-tags",
            Key = "key",
            ContentBody = "tagged",
            TagSet = [new Tag { Key = "from", Value = "a header + more" }],
        });
        var which = new GetObjectTaggingRequest { BucketName = "sdk-tags", Key = "key" };
        Assert.Equal(("from", "a header + more"), Single(await _client.GetObjectTaggingAsync(which)));
        await _client.PutObjectTaggingAsync(new PutObjectTaggingRequest
        {
            BucketName = "sdk-tags",
            Key = "key",
            Tagging = new Tagging { TagSet = [new Tag { Key = "from", Value = "a document" }] },
        });
        Assert.Equal(("from", "a document"), Single(await _client.GetObjectTaggingAsync(which)));

        GetObjectAttributesResponse attributes = await _client.GetObjectAttributesAsync(new GetObjectAttributesRequest
        {
            BucketName = "sdk-tags",
            Key = "key",
            ObjectAttributes = [ObjectAttributes.ETag, ObjectAttributes.Checksum, ObjectAttributes.ObjectSize],
        });
        Assert.Equal(6, attributes.ObjectSize);
        Assert.Equal(ChecksumType.FULL_OBJECT, attributes.Checksum.ChecksumType);
        Assert.NotEmpty(attributes.Checksum.ChecksumCRC32 ?? attributes.Checksum.ChecksumCRC64NVME);

        static (string Key, string Value) Single(GetObjectTaggingResponse response)
        {
            Tag tag = Assert.Single(response.Tagging);
            return (tag.Key, tag.Value);
        }
    }

    [Fact]
    public async Task A_listing_is_paged_and_its_keys_deleted_at_once()
    {
        await _client.PutBucketAsync("sdk-listing");
        List<string> keys = [.. Enumerable.Range(0, 60).Select(i => $"k{i:000}")];
        foreach (string key in keys)
            await _client.PutObjectAsync(new PutObjectRequest { BucketName = "sdk-listing", Key = key, ContentBody = key });
        var pages = new ListObjectsV2Request { BucketName = "sdk-listing", MaxKeys = 7 };
        var found = new List<string>();
        await foreach (S3Object entry in _client.Paginators.ListObjectsV2(pages).S3Objects)
            found.Add(entry.Key);
        Assert.Equal(keys, found);

        DeleteObjectsResponse deleted = await _client.DeleteObjectsAsync(new DeleteObjectsRequest
        {
            BucketName = "sdk-listing",
            Objects = [.. keys.Select(key => new KeyVersion { Key = key })],
        });
        Assert.Equal(keys, deleted.DeletedObjects.Select(entry => entry.Key));
        await _client.DeleteBucketAsync("sdk-listing");
    }

    [Fact]
    public async Task Presigned_urls_serve_a_plain_http_client()
    {
        await _client.PutBucketAsync("sdk-links");
        using var http = new HttpClient(new HttpClientHandler { UseProxy = false });
        using var content = new StringContent("by link");
        content.Headers.ContentType = null;
        using HttpResponseMessage put = await http.PutAsync(new Uri(Link(HttpVerb.PUT)), content);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("by link", await http.GetStringAsync(new Uri(Link(HttpVerb.GET))));
        string otherKey = Link(HttpVerb.GET).Replace("linked", "other", StringComparison.Ordinal);
        using HttpResponseMessage tampered = await http.GetAsync(new Uri(otherKey));
        Assert.Equal(HttpStatusCode.Forbidden, tampered.StatusCode);
        Assert.Contains("<Code>SignatureDoesNotMatch</Code>", await tampered.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        string Link(HttpVerb verb) => _client.GetPreSignedURL(new GetPreSignedUrlRequest
        {
            BucketName = "sdk-links",
            Key = "linked.txt",
            Verb = verb,
            Expires = DateTime.UtcNow.AddMinutes(5),
            Protocol = Protocol.HTTP,
        });
    }

    [Fact]
    public async Task Failures_carry_their_codes()
    {
        await _client.PutBucketAsync("sdk-errors");
        await Fails("NoSuchKey", HttpStatusCode.NotFound, () => _client.GetObjectAsync("sdk-errors", "missing"));
        var nowhere = new ListObjectsV2Request { BucketName = "sdk-no-bucket" };
        await Fails("NoSuchBucket", HttpStatusCode.NotFound, () => _client.ListObjectsV2Async(nowhere));
        await Fails("BucketAlreadyOwnedByYou", HttpStatusCode.Conflict, () => _client.PutBucketAsync("sdk-errors"));
        await Fails("InvalidBucketName", HttpStatusCode.BadRequest, () => _client.PutBucketAsync("Sdk_Errors"));
        using var stranger = new AmazonS3Client(new BasicAWSCredentials("nobody", "nothing"),
            new AmazonS3Config { ServiceURL = server.Process.Endpoint, ForcePathStyle = true, MaxErrorRetry = 0 });
        await Fails("InvalidAccessKeyId", HttpStatusCode.Forbidden, () => stranger.ListBucketsAsync());

        static async Task Fails(string code, HttpStatusCode status, Func<Task> call)
        {
            AmazonS3Exception error = await Assert.ThrowsAnyAsync<AmazonS3Exception>(call);
            Assert.Equal((code, status), (error.ErrorCode, error.StatusCode));
            Assert.NotEmpty(error.RequestId);
        }
    }

    [Fact]
    public async Task Versions_are_kept_listed_restored_and_deleted()
    {
        const string Bucket = "sdk-versions";
        await _client.PutBucketAsync(Bucket);
        await _client.PutBucketVersioningAsync(new PutBucketVersioningRequest
        {
            BucketName = Bucket,
            VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
        });
        Assert.Equal(VersionStatus.Enabled, (await _client.GetBucketVersioningAsync(Bucket)).VersioningConfig.Status);
        string one = await PutAsync("one");
        await PutAsync("two");
        DeleteObjectResponse deleted = await _client.DeleteObjectAsync(Bucket, "key");
        Assert.Equal("true", deleted.DeleteMarker);
        ListVersionsResponse listed = await _client.ListVersionsAsync(Bucket);
        Assert.Equal(3, listed.Versions.Count);
        Assert.True(listed.Versions[0] is { IsDeleteMarker: true, IsLatest: true });

        CopyObjectResponse copied = await _client.CopyObjectAsync(Bucket, "key", one, Bucket, "key");
        Assert.Equal(one, copied.SourceVersionId);
        using (GetObjectResponse got = await _client.GetObjectAsync(Bucket, "key"))
        using (var reader = new StreamReader(got.ResponseStream))
            Assert.Equal((copied.VersionId, "one"), (got.VersionId, await reader.ReadToEndAsync()));

        listed = await _client.ListVersionsAsync(Bucket);
        DeleteObjectsResponse emptied = await _client.DeleteObjectsAsync(new DeleteObjectsRequest
        {
            BucketName = Bucket,
            Objects = [.. listed.Versions.Select(version => new KeyVersion { Key = version.Key, VersionId = version.VersionId })],
        });
        Assert.Equal(4, emptied.DeletedObjects.Count);
        await _client.DeleteBucketAsync(Bucket);

        async Task<string> PutAsync(string body) =>
            (await _client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "key", ContentBody = body })).VersionId;
    }
}
