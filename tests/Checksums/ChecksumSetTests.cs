using System.Security.Cryptography;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.Checksums;

/// <summary>All digests of one body in one pass, S3's byte order, reuse, and misuse.</summary>
public sealed class ChecksumSetTests
{
    private const ChecksumKind All = ChecksumKind.Md5 | ChecksumKind.Sha1 | ChecksumKind.Sha256
        | ChecksumKind.Crc32 | ChecksumKind.Crc32C | ChecksumKind.Crc64Nvme;

    /// <summary>The values S3 clients put into Content-MD5 and x-amz-checksum-*: base64 of the digest of "123456789".</summary>
    [Theory]
    [InlineData(ChecksumKind.Md5, "JfnnlDI7RTiF9RgfG2JNCw==")]
    [InlineData(ChecksumKind.Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE=")]
    [InlineData(ChecksumKind.Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=")]
    [InlineData(ChecksumKind.Crc32, "y/Q5Jg==")]
    [InlineData(ChecksumKind.Crc32C, "4waSgw==")]
    [InlineData(ChecksumKind.Crc64Nvme, "rosUhgp5mIg=")]
    public void DigestsAreInTheByteOrderOfS3(ChecksumKind kind, string base64)
    {
        using var set = new ChecksumSet();
        set.Reset(kind);
        set.Append("123456789"u8);
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        int length = set.Finish(kind, digest);
        Assert.Equal(ChecksumSet.DigestBytes(kind), length);
        Assert.Equal(base64, Convert.ToBase64String(digest[..length]));
    }

    [Fact]
    public void AllKindsAtOnceInPiecesEqualEachAlone()
    {
        var body = new byte[150_000];
        var random = new Random(1);
        random.NextBytes(body);
        using var set = new ChecksumSet();
        for (int round = 0; round < 20; round++)
        {
            // Bodies up to several blocks, in pieces that straddle them.
            ReadOnlySpan<byte> rest = body.AsSpan(0, random.Next(body.Length + 1));
            byte[] whole = rest.ToArray();
            set.Reset(All);
            while (!rest.IsEmpty)
            {
                int piece = Math.Min(rest.Length, random.Next(round % 2 == 0 ? 5000 : 60_000));
                set.Append(rest[..piece]);
                rest = rest[piece..];
            }
            Assert.Equal(MD5.HashData(whole), Finish(set, ChecksumKind.Md5));
            Assert.Equal(SHA1.HashData(whole), Finish(set, ChecksumKind.Sha1));
            Assert.Equal(SHA256.HashData(whole), Finish(set, ChecksumKind.Sha256));
            Assert.Equal(Crc32.Append(0, whole).ToString("x8"), Convert.ToHexStringLower(Finish(set, ChecksumKind.Crc32)));
            Assert.Equal(Crc32C.Append(0, whole).ToString("x8"), Convert.ToHexStringLower(Finish(set, ChecksumKind.Crc32C)));
            Assert.Equal(Crc64Nvme.Append(0, whole).ToString("x16"), Convert.ToHexStringLower(Finish(set, ChecksumKind.Crc64Nvme)));
        }
    }

    [Fact]
    public void ResetForgetsABodyGivenUpHalfway()
    {
        using var set = new ChecksumSet();
        set.Reset(All);
        set.Append(new byte[1000]);
        set.Finish(ChecksumKind.Sha1, new byte[20]);
        set.Reset(All);
        foreach (ChecksumKind kind in Enum.GetValues<ChecksumKind>().Where(k => k != ChecksumKind.None))
        {
            using var fresh = new ChecksumSet();
            fresh.Reset(kind);
            Assert.Equal(Finish(fresh, kind), Finish(set, kind));
        }
    }

    [Fact]
    public void ADigestGoesOnWhileAnotherIsFinished()
    {
        using var set = new ChecksumSet();
        set.Reset(ChecksumKind.Sha256 | ChecksumKind.Md5);
        set.Append("abc"u8);
        Assert.Equal(MD5.HashData("abc"u8), Finish(set, ChecksumKind.Md5));
        set.Append("def"u8);
        Assert.Equal(SHA256.HashData("abcdef"u8), Finish(set, ChecksumKind.Sha256));
    }

    [Fact]
    public void MisuseIsRefused()
    {
        using var set = new ChecksumSet();
        set.Reset(ChecksumKind.Crc32 | ChecksumKind.Md5);
        Assert.Equal(ChecksumKind.Crc32 | ChecksumKind.Md5, set.Kinds);
        Assert.Throws<InvalidOperationException>(() => set.Finish(ChecksumKind.Sha1, new byte[20]));
        Assert.Throws<ArgumentException>(() => set.Finish(ChecksumKind.Md5, new byte[15]));
        Assert.Throws<ArgumentException>(() => set.Finish(ChecksumKind.Crc32 | ChecksumKind.Md5, new byte[32]));
        set.Finish(ChecksumKind.Md5, new byte[16]);
        Assert.Throws<InvalidOperationException>(() => set.Finish(ChecksumKind.Md5, new byte[16]));
    }

    private static byte[] Finish(ChecksumSet set, ChecksumKind kind)
    {
        var digest = new byte[ChecksumSet.DigestBytes(kind)];
        Assert.Equal(digest.Length, set.Finish(kind, digest));
        return digest;
    }
}
