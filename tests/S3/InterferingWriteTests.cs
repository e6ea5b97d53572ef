using System.Security.Cryptography;
using System.Text;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>Writes that come between an operation's reading and its commit, over a store that can place them exactly there.</summary>
public sealed class InterferingWriteTests
{
    private readonly S3TestServer _server = new();

    [Fact]
    public async Task A_part_that_arrives_makes_the_completion_read_again()
    {
        string id = XmlAnswer.Of(await _server.SendAsync("POST", "/bucket/key?uploads"))["UploadId"]!;
        string tag = await _server.PutPartAsync("key", id, 1, [1, 2, 3]);
        _server.Memory.BeforeComplete = () => _server.PutPartAsync("key", id, 2, [4]).Wait();
        TestResponse response = await _server.SendAsync("POST", $"/bucket/key?uploadId={id}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>");
        Assert.Equal(200, response.Status);
        Assert.Null(_server.Memory.BeforeComplete);
        Assert.Equal(StoreStatus.Ok, _server.Store.TryGetObject(_server.Store.FindBucket("bucket"u8)!, "key"u8, out ObjectRecord? record));
        Assert.Equal(1, record!.PartCount);
    }

    [Fact]
    public async Task A_part_that_is_replaced_fails_the_completion_that_lists_the_old_one()
    {
        string id = XmlAnswer.Of(await _server.SendAsync("POST", "/bucket/key?uploads"))["UploadId"]!;
        string tag = await _server.PutPartAsync("key", id, 1, [1, 2, 3]);
        _server.Memory.BeforeComplete = () => _server.PutPartAsync("key", id, 1, [4]).Wait();
        TestResponse response = await _server.SendAsync("POST", $"/bucket/key?uploadId={id}",
            $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>");
        Assert.Equal("InvalidPart", response.ErrorCode);
        Assert.False(_server.Has("key"));
    }

    [Fact]
    public async Task A_deletion_that_comes_first_is_reported_for_its_key_alone()
    {
        await _server.PutAsync("a", "b");
        string tag = Convert.ToHexStringLower(MD5.HashData("body of a"u8));
        int commits = 0;
        _server.Memory.BeforeCommit = () =>
        {
            if (commits++ == 0)
                _server.Memory.DeleteObjectAsync(_server.Store.FindBucket("bucket"u8)!, "a"u8.ToArray(), null).AsTask().Wait();
        };
        string document = $"<Delete><Object><Key>a</Key><ETag>{tag}</ETag></Object><Object><Key>b</Key></Object></Delete>";
        string md5 = "Content-MD5: " + Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(document)));
        XmlAnswer answer = XmlAnswer.Of(await _server.SendAsync("POST", "/bucket?delete", document, md5));
        Assert.Equal(["NoSuchKey"], answer.All("Error", "Code"));
        Assert.Equal(["b"], answer.All("Deleted", "Key"));
    }
}
