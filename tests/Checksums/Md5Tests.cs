using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.Checksums;

/// <summary>Single-stream MD5 against RFC 1321's vectors and the platform's own.</summary>
public sealed class Md5Tests
{
    /// <summary>RFC 1321 appendix A.5.</summary>
    [Theory]
    [InlineData("", "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("a", "0cc175b9c0f1b6a831c399e269772661")]
    [InlineData("abc", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("message digest", "f96b697d7cb7938d525a2f31aaf161d0")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a")]
    public void Rfc1321Vectors(string message, string digest)
    {
        Span<byte> actual = stackalloc byte[16];
        Md5.Hash(Encoding.ASCII.GetBytes(message), actual);
        Assert.Equal(digest, Convert.ToHexStringLower(actual));
    }

    [Fact]
    public void EveryLengthEqualsThePlatformsMd5()
    {
        var bytes = new byte[400];
        new Random(1).NextBytes(bytes);
        Span<byte> actual = stackalloc byte[16];
        for (int length = 0; length <= bytes.Length; length++)
        {
            Md5.Hash(bytes.AsSpan(0, length), actual);
            Assert.Equal(MD5.HashData(bytes.AsSpan(0, length)), actual.ToArray());
        }
    }

    [Fact]
    public void PiecesOfAnyLengthEqualTheWhole()
    {
        var bytes = new byte[5000];
        var random = new Random(2);
        random.NextBytes(bytes);
        byte[] expected = MD5.HashData(bytes);
        var md5 = new Md5();
        var actual = new byte[16];
        for (int round = 0; round < 300; round++)
        {
            int longest = 1 + random.Next(round % 2 == 0 ? 70 : 1500);
            for (int at = 0; at < bytes.Length;)
            {
                int length = Math.Min(random.Next(longest + 1), bytes.Length - at);
                md5.Append(bytes.AsSpan(at, length));
                at += length;
            }
            md5.Finish(actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void ResetForgetsAnUnfinishedMessage()
    {
        var md5 = new Md5();
        md5.Append(new byte[100]);
        md5.Reset();
        md5.Append("abc"u8);
        var actual = new byte[16];
        md5.Finish(actual);
        Assert.Equal("900150983cd24fb0d6963f7d28e17f72", Convert.ToHexStringLower(actual));
    }

    [Fact]
    public void StateRefusesPartialBlocksAndShortDestinations()
    {
        Assert.Throws<ArgumentException>(() => Append(63));
        Assert.Throws<ArgumentException>(() => Finish(64, 16));
        Assert.Throws<ArgumentException>(() => Finish(0, 15));

        static void Append(int lengthBytes)
        {
            Md5State state = Md5State.Initial;
            state.Append(new byte[lengthBytes]);
        }

        static void Finish(int tailBytes, int destinationBytes)
        {
            Md5State state = Md5State.Initial;
            state.Finish(new byte[tailBytes], new byte[destinationBytes]);
        }
    }
}
