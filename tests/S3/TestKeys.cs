using System.Security.Cryptography;
using RustFs.S3.Encryption;

namespace RustFs.Tests.S3;

/// <summary>Keys of servers and customers, and the headers that bring them.</summary>
internal static class TestKeys
{
    public static readonly string Master = Text(1);
    public static readonly string Finance = Text(2);

    /// <summary>With the keys "first" and "finance".</summary>
    public static readonly KeyRing Ring = Parse($"first = {Master}\nfinance = {Finance}\n");

    public const string Secure = "X-Forwarded-Proto: https";

    /// <summary>32 bytes that are told by a number, in base64.</summary>
    public static string Text(int number) => Convert.ToBase64String(Bytes(number));

    public static byte[] Bytes(int number) => [.. Enumerable.Range(0, 32).Select(index => (byte)(index * 7 + number * 31))];

    public static KeyRing Parse(string text) => KeyRing.Parse(text, out string error) ?? throw new InvalidOperationException(error);

    /// <summary>The headers of SSE-C, over a connection that is secure.</summary>
    public static string[] Customer(int number) => [Secure, .. Headers("x-amz-server-side-encryption-customer", number)];

    /// <summary>Those of the source of a copy.</summary>
    public static string[] CustomerOfSource(int number) =>
        [Secure, .. Headers("x-amz-copy-source-server-side-encryption-customer", number)];

    public static string Md5(int number) => Convert.ToBase64String(MD5.HashData(Bytes(number)));

    private static string[] Headers(string prefix, int number) =>
        [$"{prefix}-algorithm: AES256", $"{prefix}-key: {Text(number)}", $"{prefix}-key-MD5: {Md5(number)}"];
}
