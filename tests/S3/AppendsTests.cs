using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.S3;

public abstract class AppendsTests : StoreTests
{
    private protected AppendsTests(StoreKind kind)
        : base(kind)
    {
    }

    [Theory]
    [InlineData(new[] { 5, 6, 1 })]
    [InlineData(new[] { 1, 65_536, 65_537, 3 })]
    [InlineData(new[] { 300_000, 1, 200_001 })]
    public async Task Bytes_come_to_stand_behind_those_there(int[] sizes)
    {
        byte[] all = AwsChunkedBody.Payload(sizes.Sum());
        int offset = 0;
        var tags = new HashSet<string>();
        foreach (int size in sizes)
        {
            TestResponse append = await AppendAsync("log", offset, all[offset..(offset + size)], "x-amz-sdk-checksum-algorithm: CRC32");
            offset += size;
            Assert.Equal((200, offset.ToString()), (append.Status, append["x-amz-object-size"]));
            Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc32, all[..offset]), append["x-amz-checksum-crc32"]);
            Assert.Equal("FULL_OBJECT", append["x-amz-checksum-type"]);
            Assert.True(tags.Add(append["ETag"]!));
            TestResponse get = await Server.SendAsync("GET", "/bucket/log", null, "x-amz-checksum-mode: ENABLED");
            Assert.Equal(all[..offset], get.Body);
            Assert.Equal((append["ETag"], append["x-amz-checksum-crc32"]), (get["ETag"], get["x-amz-checksum-crc32"]));
        }
        TestResponse part = await Server.SendAsync("GET", "/bucket/log?partNumber=2");
        Assert.Equal(all[sizes[0]..(sizes[0] + sizes[1])], part.Body);
        Assert.Equal(sizes.Length.ToString(), part["x-amz-mp-parts-count"]);
        TestResponse range = await Server.SendAsync("GET", "/bucket/log", null, $"Range: bytes={sizes[0] - 1}-{all.Length - 2}");
        Assert.Equal(all[(sizes[0] - 1)..^1], range.Body);
    }

    /// <summary>
    /// No digest of all bytes: the tag is made of that before and the MD5 of what came, as a multipart upload's of its parts'.
    /// </summary>
    [Fact]
    public async Task The_tag_is_that_of_parts()
    {
        TestResponse first = await AppendAsync("log", 0, "one"u8.ToArray());
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData("one"u8))}\"", first["ETag"]);
        byte[] two = MD5.HashData([.. MD5.HashData("one"u8), .. MD5.HashData("two"u8)]);
        Assert.Equal($"\"{Convert.ToHexStringLower(two)}-2\"", (await AppendAsync("log", 3, "two"u8.ToArray()))["ETag"]);
        byte[] three = MD5.HashData([.. two, .. MD5.HashData("three"u8)]);
        Assert.Equal($"\"{Convert.ToHexStringLower(three)}-3\"", (await AppendAsync("log", 6, "three"u8.ToArray()))["ETag"]);
    }

    [Theory]
    [InlineData(4, "", 400, "InvalidWriteOffset")]
    [InlineData(0, "", 400, "InvalidWriteOffset")]
    [InlineData(6, "", 400, "InvalidWriteOffset")]
    [InlineData(5, "x-amz-meta-a: 1", 400, "InvalidRequest")]
    [InlineData(5, "x-amz-tagging: a=1", 400, "InvalidRequest")]
    [InlineData(5, "x-amz-storage-class: GLACIER", 400, "InvalidRequest")]
    [InlineData(5, "x-amz-sdk-checksum-algorithm: SHA256", 400, "InvalidRequest")]
    [InlineData(5, "x-amz-checksum-crc32: AAAAAA==", 400, "BadDigest")]
    [InlineData(5, "Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==", 400, "BadDigest")]
    [InlineData(5, "If-None-Match: *", 412, "PreconditionFailed")]
    [InlineData(5, "If-Match: \"00000000000000000000000000000000\"", 412, "PreconditionFailed")]
    [InlineData(5, "x-amz-copy-source: bucket/log", 400, "InvalidRequest")]
    [InlineData(long.MaxValue, "", 400, "EntityTooLarge")]
    public async Task What_is_refused_changes_nothing(long offset, string header, int status, string code)
    {
        await PutAsync("log", "hello", "x-amz-sdk-checksum-algorithm: CRC32", "x-amz-meta-mine: 1");
        TestResponse refused = await AppendAsync("log", offset, "more"u8.ToArray(), header.Length == 0 ? [] : [header]);
        Assert.Equal((status, code), (refused.Status, refused.ErrorCode));
        Assert.Equal("hello", (await Server.SendAsync("GET", "/bucket/log")).Text);
    }

    [Fact]
    public async Task An_append_has_bytes_and_a_number_and_no_part_is_one()
    {
        await PutAsync("log", "hello");
        Assert.Equal("InvalidRequest", (await AppendAsync("log", 5, [])).ErrorCode);
        TestResponse refused = await Server.SendAsync("PUT", "/bucket/log", "more", "x-amz-write-offset-bytes: five");
        Assert.Equal("InvalidArgument", refused.ErrorCode);
        refused = await Server.SendAsync("PUT", "/bucket/log?partNumber=1&uploadId=1", "more", "x-amz-write-offset-bytes: 5");
        Assert.Equal("InvalidRequest", refused.ErrorCode);
        refused = await Server.SendPresignedAsync("PUT", "/bucket/log?x-amz-write-offset-bytes=5", "more"u8.ToArray());
        Assert.Equal("InvalidRequest", refused.ErrorCode);
        Assert.Equal("hello", (await Server.SendAsync("GET", "/bucket/log")).Text);
    }

    [Fact]
    public async Task The_object_keeps_its_fields_and_an_unnamed_checksum_is_computed()
    {
        await PutAsync("log", "hello", "x-amz-checksum-algorithm: CRC64NVME", "x-amz-meta-a: 1", "Content-Type: text/plain");
        TestResponse append = await AppendAsync("log", 5, " world"u8.ToArray(), "Content-Type: application/octet-stream");
        Assert.Equal(AwsChunkedBody.Checksum(ChecksumKind.Crc64Nvme, "hello world"u8.ToArray()), append["x-amz-checksum-crc64nvme"]);
        TestResponse get = await Server.SendAsync("GET", "/bucket/log");
        Assert.Equal(("hello world", "1", "text/plain"), (get.Text, get["x-amz-meta-a"], get["Content-Type"]));
    }

    [Fact]
    public async Task Other_digests_become_those_of_the_parts_digests()
    {
        await AppendAsync("log", 0, "one"u8.ToArray(), "x-amz-sdk-checksum-algorithm: SHA256");
        TestResponse append = await AppendAsync("log", 3, "two"u8.ToArray(), "x-amz-sdk-checksum-algorithm: SHA256");
        string composite = Convert.ToBase64String(SHA256.HashData([.. SHA256.HashData("one"u8), .. SHA256.HashData("two"u8)]));
        Assert.Equal((composite + "-2", "COMPOSITE"), (append["x-amz-checksum-sha256"], append["x-amz-checksum-type"]));
        append = await AppendAsync("log", 6, "three"u8.ToArray());
        composite = Convert.ToBase64String(SHA256.HashData(
            [.. SHA256.HashData("one"u8), .. SHA256.HashData("two"u8), .. SHA256.HashData("three"u8)]));
        Assert.Equal(composite + "-3", append["x-amz-checksum-sha256"]);
    }

    [Fact]
    public async Task What_has_no_checksum_gets_none()
    {
        await PutAsync("log", "one");
        TestResponse append = await AppendAsync("log", 3, "two"u8.ToArray(), "x-amz-sdk-checksum-algorithm: CRC32");
        Assert.Equal((200, null), (append.Status, append["x-amz-checksum-crc32"]));
        append = await AppendAsync("log", 6, "three"u8.ToArray(), "If-Match: " + append["ETag"]);
        Assert.Equal(200, append.Status);
        Assert.Equal("onetwothree", (await Server.SendAsync("GET", "/bucket/log")).Text);
    }

    [Fact]
    public async Task An_empty_object_is_gone_on_with_as_a_simple_one()
    {
        await PutAsync("log", "", "x-amz-meta-a: 1");
        TestResponse append = await AppendAsync("log", 0, "one"u8.ToArray());
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData("one"u8))}\"", append["ETag"]);
        Assert.Equal("1", (await Server.SendAsync("HEAD", "/bucket/log"))["x-amz-meta-a"]);
        append = await AppendAsync("new", 0, "one"u8.ToArray(), "x-amz-meta-a: 2", "If-None-Match: *");
        Assert.Equal((200, "3"), (append.Status, append["x-amz-object-size"]));
        Assert.Equal("2", (await Server.SendAsync("HEAD", "/bucket/new"))["x-amz-meta-a"]);
    }

    [Fact]
    public async Task Of_many_appends_at_one_offset_one_is_made()
    {
        var log = new StringBuilder();
        for (int round = 0; round < 5; round++)
        {
            int offset = log.Length;
            TestResponse[] appends = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
                Task.Run(() => AppendAsync("log", offset, Encoding.ASCII.GetBytes($"line {round} {i:D2}\n")))));
            int winner = Assert.Single(Enumerable.Range(0, 12), i => appends[i].Status == 200);
            Assert.Equal(11, appends.Count(append => append.ErrorCode == "InvalidWriteOffset"));
            log.Append($"line {round} {winner:D2}\n");
        }
        Assert.Equal(log.ToString(), (await Server.SendAsync("GET", "/bucket/log")).Text);
    }

    [Fact]
    public async Task In_a_versioned_bucket_each_append_is_a_version()
    {
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket?versioning",
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")).Status);
        var made = new List<(string Version, string Text)>();
        string text = "";
        for (int i = 0; i < 4; i++)
        {
            TestResponse append = await AppendAsync("log", text.Length, Encoding.ASCII.GetBytes($"line {i}\n"));
            text += $"line {i}\n";
            made.Add((append["x-amz-version-id"]!, text));
        }
        foreach ((string version, string expected) in made)
            Assert.Equal(expected, (await Server.SendAsync("GET", "/bucket/log?versionId=" + version)).Text);
        await Server.SendAsync("DELETE", "/bucket/log?versionId=" + made[2].Version);
        await Server.SendAsync("DELETE", "/bucket/log?versionId=" + made[3].Version);
        Assert.Equal(made[1].Text, (await Server.SendAsync("GET", "/bucket/log")).Text);
        await Server.SendAsync("DELETE", "/bucket/log");
        Assert.Equal("NoSuchKey", (await AppendAsync("log", made[1].Text.Length, "x"u8.ToArray())).ErrorCode);
    }

    private Task<TestResponse> AppendAsync(string key, long offset, byte[] body, params string[] headers) =>
        Server.SendAsync("PUT", "/bucket/" + key, body, [$"x-amz-write-offset-bytes: {offset}", .. headers]);

    private async Task PutAsync(string key, string body, params string[] headers) =>
        Assert.Equal(200, (await Server.SendAsync("PUT", "/bucket/" + key, body, headers)).Status);
}
