using System.Security.Cryptography;
using System.Text;

namespace RustFs.Signing;

/// <summary>
/// The key that one credential signs with on one day, in one region, for one service:
/// <code>
/// signing-key = hmac(hmac(hmac(hmac("AWS4" secret, date), region), service), "aws4_request")
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header", Task 3. Thread-safe.
/// </summary>
internal sealed class SigningKey
{
    private readonly byte[] _scope;
    private readonly HmacSha256Key _key;

    private SigningKey(Credential credential, byte[] scope, ReadOnlySpan<byte> key)
    {
        Credential = credential;
        _scope = scope;
        _key = new HmacSha256Key(key);
    }

    public Credential Credential { get; }
    public ReadOnlySpan<byte> Scope => _scope;

    public static SigningKey Derive(Credential credential, in CredentialScope scope)
    {
        byte[] secret = Encoding.UTF8.GetBytes("AWS4" + credential.SecretKey);
        Span<byte> key = stackalloc byte[32];
        new HmacSha256Key(secret).Sign(scope.Date, key);
        new HmacSha256Key(key).Sign(scope.Region, key);
        new HmacSha256Key(key).Sign(scope.Service, key);
        new HmacSha256Key(key).Sign("aws4_request"u8, key);
        var signingKey = new SigningKey(credential, scope.Scope.ToArray(), key);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(key);
        return signingKey;
    }

    /// <summary>Writes the 32 bytes of HMAC-SHA-256.</summary>
    public void Sign(ReadOnlySpan<byte> text, Span<byte> signature) => _key.Sign(text, signature);
}
