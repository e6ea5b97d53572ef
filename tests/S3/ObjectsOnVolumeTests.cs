using System.Security.Cryptography;
using RustFs.Checksums;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>The object operations on the real engine and real files.</summary>
public sealed class ObjectsOnVolumeTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rustfs-objects-").FullName;
    private S3TestServer _server = null!;

    public Task InitializeAsync()
    {
        _server = new S3TestServer(Volume.Open(new VolumeOptions { Directories = [_directory], SegmentBytes = 8 << 20, Durability =
            Durability.None, ReserveBytes = 0 }));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _server.Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3_000_001)]
    [InlineData(20_000_000)]
    public async Task WhatIsPutIsRead(int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        string checksum = AwsChunkedBody.Checksum(ChecksumKind.Crc32C, payload);
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", payload, "x-amz-checksum-crc32c: " + checksum, "x-amz-meta-a: 1");
        Assert.Equal(200, put.Status);
        TestResponse get = await _server.SendAsync("GET", "/bucket/key", null, "x-amz-checksum-mode: ENABLED");
        Assert.Equal(200, get.Status);
        Assert.Equal(payload, get.Body);
        Assert.Equal(checksum, get["x-amz-checksum-crc32c"]);
        Assert.Equal("1", get["x-amz-meta-a"]);
        if (size < 3)
            return;
        get = await _server.SendAsync("GET", "/bucket/key", null, $"Range: bytes={size / 3}-{size - 2}");
        Assert.Equal(payload[(size / 3)..(size - 1)], get.Body);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(1_000_001)]
    public async Task ContentMd5IsComparedBeforeAnythingIsWritten(int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        string right = "Content-MD5: " + Convert.ToBase64String(MD5.HashData(payload));
        string wrong = "Content-MD5: " + Convert.ToBase64String(MD5.HashData([1, .. payload]));
        Assert.Equal("BadDigest", (await _server.SendAsync("PUT", "/bucket/key", payload, wrong)).ErrorCode);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/key")).Status);
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", payload, right);
        Assert.Equal(200, put.Status);
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(payload))}\"", put["ETag"]);

        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "big");
        string target = $"/bucket/big?partNumber=1&uploadId={id}";
        Assert.Equal("BadDigest", (await _server.SendAsync("PUT", target, payload, wrong)).ErrorCode);
        Assert.Equal(put["ETag"], (await _server.SendAsync("PUT", target, payload, right))["ETag"]);
    }

    /// <summary>Ranges of whole blocks are shared: nothing is written, and the part has the tag of its bytes.</summary>
    [Theory]
    [InlineData(0, 8 << 20, false)]
    [InlineData(8 << 20, 20_000_000 - (8 << 20), false)]
    [InlineData(64 << 10, 12 << 20, false)]
    [InlineData(0, 20_000_000, false)]
    [InlineData(100, 8 << 20, true)]
    [InlineData(0, (8 << 20) - 1, true)]
    public async Task PartCopiesOfWholeBlocksWriteNothing(int offset, int length, bool writes)
    {
        byte[] payload = AwsChunkedBody.Payload(20_000_000);
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/source", payload)).Status);
        TestResponse create = await _server.SendAsync("POST", "/bucket/copy?uploads", null, "x-amz-checksum-algorithm: CRC32C");
        string upload = "uploadId=" + create.Element("UploadId");
        long written = _server.Store.Statistics.BytesWritten;
        TestResponse part = await _server.SendAsync("PUT", $"/bucket/copy?partNumber=1&{upload}", null, "x-amz-copy-source: bucket/source",
            $"x-amz-copy-source-range: bytes={offset}-{offset + length - 1}");
        Assert.True(part.Status == 200, part.Text);
        // Up to a block of padding.
        Assert.InRange(_server.Store.Statistics.BytesWritten - written, writes ? length : 0, writes ? length + 4096 : 0);
        byte[] range = payload[offset..(offset + length)];
        string tag = Convert.ToHexStringLower(MD5.HashData(range));
        string crc = AwsChunkedBody.Checksum(ChecksumKind.Crc32C, range);
        Assert.Equal(($"&quot;{tag}&quot;", crc), (part.Element("ETag"), part.Element("ChecksumCRC32C")));
        string document = $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag><ChecksumCRC32C>{crc}"
            + "</ChecksumCRC32C></Part></CompleteMultipartUpload>";
        TestResponse complete = await _server.SendAsync("POST", "/bucket/copy?" + upload, document);
        Assert.True(complete.Status == 200, complete.Text);
        Assert.Equal(204, (await _server.SendAsync("DELETE", "/bucket/source")).Status);
        TestResponse get = await _server.SendAsync("GET", "/bucket/copy");
        Assert.True(range.AsSpan().SequenceEqual(get.Body));
    }

    [Fact]
    public async Task FramedBodyCopyReplaceAndDelete()
    {
        byte[] payload = AwsChunkedBody.Payload(200_000);
        byte[] framed = AwsChunkedBody.Unsigned(payload, "x-amz-checksum-crc64nvme:" + AwsChunkedBody.Checksum(ChecksumKind.Crc64Nvme,
            payload));
        TestResponse put = await _server.SendAsync("PUT", "/bucket/key", framed, "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-trailer: x-amz-checksum-crc64nvme", "x-amz-decoded-content-length: 200000", "Content-Encoding: aws-chunked");
        Assert.Equal(200, put.Status);
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/copy", null, "x-amz-copy-source: bucket/key")).Status);
        Assert.Equal(200, (await _server.SendAsync("PUT", "/bucket/copy", null, "x-amz-copy-source: bucket/copy",
            "x-amz-metadata-directive: REPLACE",
            "x-amz-meta-b: 2")).Status);
        Assert.Equal(204, (await _server.SendAsync("DELETE", "/bucket/key")).Status);
        Assert.Equal(404, (await _server.SendAsync("GET", "/bucket/key")).Status);
        TestResponse get = await _server.SendAsync("GET", "/bucket/copy");
        Assert.Equal(payload, get.Body);
        Assert.Equal("2", get["x-amz-meta-b"]);
        Assert.Equal(put["ETag"], get["ETag"]);
    }

    [Fact]
    public async Task PartsAreUploadedCopiedAndReadByNumber()
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", "big");
        await _server.SendAsync("PUT", "/bucket/from", AwsChunkedBody.Payload(100_000));
        Assert.Equal(200, (await _server.SendAsync("PUT", $"/bucket/big?partNumber=1&uploadId={id}", AwsChunkedBody.Payload(70_000)))
            .Status);
        Assert.Equal(200, (await _server.SendAsync("PUT", $"/bucket/big?partNumber=2&uploadId={id}", null, "x-amz-copy-source: bucket/from",
            "x-amz-copy-source-range: bytes=10-89999")).Status);
        var parts = new List<PartRecord>();
        _server.Store.TryGetUpload(_server.Store.FindBucket("bucket"u8)!, "big"u8, id, out UploadRecord? upload);
        _server.Store.ListParts(upload!, 0, 10, parts, out _);
        WriteResult result = await _server.Store.CompleteUploadAsync(upload!, parts, new ObjectAttributes { ETag = new ETag(1, 2) }, null);
        Assert.Equal(StoreStatus.Ok, result.Status);
        TestResponse get = await _server.SendAsync("GET", "/bucket/big?partNumber=2");
        Assert.Equal(AwsChunkedBody.Payload(100_000)[10..90_000], get.Body);
        Assert.Equal("bytes 70000-159989/159990", get["Content-Range"]);
    }

    /// <summary>Beyond one packed block a copy writes nothing, whether its digests are known or must be read.</summary>
    [Theory]
    [InlineData(65_536, false, true)]
    [InlineData(65_537, false, false)]
    [InlineData(9_000_000, false, false)]
    [InlineData(9_000_000, true, false)]
    public async Task LargeCopiesShareTheirBytes(int size, bool isMultipart, bool isWritten)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        if (isMultipart)
            await UploadAsync("from", payload[..6_000_000], payload[6_000_000..]);
        else
            await _server.SendAsync("PUT", "/bucket/from", payload, "x-amz-sdk-checksum-algorithm: CRC32");
        long written = _server.Store.Statistics.BytesWritten;
        TestResponse copy = await _server.SendAsync("PUT", "/bucket/to", null, "x-amz-copy-source: bucket/from",
            "x-amz-checksum-algorithm: CRC32");
        Assert.Equal($"&quot;{Convert.ToHexStringLower(MD5.HashData(payload))}&quot;", copy.Element("ETag"));
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc32, payload), copy.Element("ChecksumCRC32"));
        Assert.Equal(isWritten, _server.Store.Statistics.BytesWritten > written);
        Assert.Equal(204, (await _server.SendAsync("DELETE", "/bucket/from")).Status);
        TestResponse get = await _server.SendAsync("GET", "/bucket/to");
        Assert.Equal(payload, get.Body);
        Assert.Null(get["x-amz-mp-parts-count"]);
    }

    [Fact]
    public async Task OfManyConditionalPutsAtOnceOneWins()
    {
        TestResponse[] puts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => _server.SendAsync("PUT", "/bucket/once", $"writer {i}", "If-None-Match: *"))));
        Assert.Equal(1, puts.Count(put => put.Status == 200));
        Assert.Equal(19, puts.Count(put => put.Status == 412));
    }

    private async Task UploadAsync(string key, params byte[][] parts)
    {
        UploadId id = await MultipartObjects.StartAsync(_server.Store, "bucket", key);
        string document = "";
        for (int number = 1; number <= parts.Length; number++)
        {
            TestResponse part = await _server.SendAsync("PUT", $"/bucket/{key}?partNumber={number}&uploadId={id}", parts[number - 1]);
            document += $"<Part><PartNumber>{number}</PartNumber><ETag>{part["ETag"]}</ETag></Part>";
        }
        document = $"<CompleteMultipartUpload>{document}</CompleteMultipartUpload>";
        Assert.Equal(200, (await _server.SendAsync("POST", $"/bucket/{key}?uploadId={id}", document)).Status);
    }
}
