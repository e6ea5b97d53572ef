using System.Security.Cryptography;
using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>The keyed hash against RFC 4231 and the platform's own.</summary>
public sealed class HmacSha256KeyTests
{
    /// <summary>RFC 4231 §4.2 and §4.3.</summary>
    [Theory]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")]
    [InlineData(
        "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    public void Rfc4231Examples(string key, string text, string code)
    {
        var actual = new byte[32];
        new HmacSha256Key(Convert.FromHexString(key)).Sign(Convert.FromHexString(text), actual);
        Assert.Equal(code, Convert.ToHexStringLower(actual));
    }

    [Fact]
    public void KeysAndTextsOfEveryLengthEqualThePlatforms()
    {
        var bytes = new byte[300];
        new Random(4).NextBytes(bytes);
        var actual = new byte[32];
        for (int length = 0; length < bytes.Length; length++)
        {
            ReadOnlySpan<byte> key = bytes.AsSpan(0, length);
            ReadOnlySpan<byte> text = bytes.AsSpan(length);
            var hmac = new HmacSha256Key(key);
            for (int use = 0; use < 2; use++)
            {
                hmac.Sign(text, actual);
                Assert.Equal(HMACSHA256.HashData(key, text), actual);
            }
        }
    }
}
