using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.Checksums;

/// <summary>SHA-256 states against FIPS 180-4's examples and the platform's own, in both ways of compressing blocks.</summary>
public sealed class Sha256StateTests
{
    /// <summary>The examples that NIST publishes for FIPS 180-4.</summary>
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void NistExamples(string message, string digest)
    {
        Span<byte> actual = stackalloc byte[Sha256State.DigestBytes];
        Sha256State.HashData(Encoding.ASCII.GetBytes(message), actual);
        Assert.Equal(digest, Convert.ToHexStringLower(actual));
    }

    [Fact]
    public void EveryLengthEqualsThePlatforms()
    {
        byte[] bytes = RandomBytes(2200);
        Span<byte> actual = stackalloc byte[Sha256State.DigestBytes];
        for (int length = 0; length <= bytes.Length; length++)
        {
            Sha256State.HashData(bytes.AsSpan(0, length), actual);
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), actual.ToArray());
        }
    }

    [Fact]
    public void PiecesOfAnyLengthEqualTheWhole()
    {
        byte[] bytes = RandomBytes(5000);
        byte[] expected = SHA256.HashData(bytes);
        var random = new Random(3);
        var actual = new byte[Sha256State.DigestBytes];
        Sha256State state = Sha256State.New();
        for (int round = 0; round < 300; round++)
        {
            state.Reset();
            for (int at = 0; at < bytes.Length;)
            {
                int length = Math.Min(random.Next(0, 200), bytes.Length - at);
                state.Append(bytes.AsSpan(at, length));
                at += length;
            }

            state.Finish(actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void ACopyGoesOnByItself()
    {
        byte[] bytes = RandomBytes(100);
        Sha256State state = Sha256State.New();
        state.Append(bytes);
        Sha256State copy = state;
        copy.Append(bytes);
        var actual = new byte[Sha256State.DigestBytes];
        state.Finish(actual);
        Assert.Equal(SHA256.HashData(bytes), actual);
        copy.Finish(actual);
        Assert.Equal(SHA256.HashData([.. bytes, .. bytes]), actual);
    }

    /// <summary>The managed form serves where libcrypto has no low-level calls; where it has, both must agree.</summary>
    [Fact]
    public void ManagedAndNativeBlocksAgree()
    {
        byte[] blocks = RandomBytes(40 * 64);
        for (int lengthBytes = 64; lengthBytes <= blocks.Length; lengthBytes += 64)
        {
            Sha256Context one = default, other = default;
            Sha256Blocks.Compress(ref one, blocks.AsSpan(0, lengthBytes));
            Sha256Blocks.CompressManaged(ref other, blocks.AsSpan(0, lengthBytes));
            Assert.Equal(((ReadOnlySpan<uint>)other.Words).ToArray(), ((ReadOnlySpan<uint>)one.Words).ToArray());
        }

        Assert.True(Sha256Blocks.IsNative, "libcrypto's SHA256_Update was not found: signatures are checked in managed code");
    }

    private static byte[] RandomBytes(int lengthBytes)
    {
        var bytes = new byte[lengthBytes];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
