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
    /// <summary>Idle keyed hashes kept: more threads than this at the same instant create one and let it go.</summary>
    private static readonly int IdleHashes = Math.Min(Environment.ProcessorCount, 64);

    private readonly byte[] _key;
    private readonly byte[] _scope;

    /// <summary>
    /// A keyed hash keeps the state after its key's block, so reusing one takes half the time of a one-shot HMAC. It serves one thread at
    /// a time: it is taken out of its slot while in use.
    /// </summary>
    private readonly IncrementalHash?[] _idle = new IncrementalHash?[IdleHashes];

    private SigningKey(Credential credential, byte[] scope, byte[] key)
    {
        Credential = credential;
        _scope = scope;
        _key = key;
    }

    public Credential Credential { get; }
    public ReadOnlySpan<byte> Scope => _scope;

    public static SigningKey Derive(Credential credential, in CredentialScope scope)
    {
        byte[] secret = Encoding.UTF8.GetBytes("AWS4" + credential.SecretKey);
        byte[] key = new byte[32];
        HMACSHA256.HashData(secret, scope.Date, key);
        HMACSHA256.HashData(key, scope.Region, key);
        HMACSHA256.HashData(key, scope.Service, key);
        HMACSHA256.HashData(key, "aws4_request"u8, key);
        CryptographicOperations.ZeroMemory(secret);
        return new SigningKey(credential, scope.Scope.ToArray(), key);
    }

    /// <summary>Writes the 32 bytes of HMAC-SHA-256.</summary>
    public void Sign(ReadOnlySpan<byte> text, Span<byte> signature)
    {
        IncrementalHash hash = TakeIdle(out int slot) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(text);
        hash.GetHashAndReset(signature);
        Interlocked.Exchange(ref _idle[slot], hash)?.Dispose();
    }

    private IncrementalHash? TakeIdle(out int slot)
    {
        slot = (int)((uint)Thread.GetCurrentProcessorId() % (uint)_idle.Length);
        for (int i = 0; i < _idle.Length; i++)
        {
            IncrementalHash? hash = Interlocked.Exchange(ref _idle[slot], null);
            if (hash is not null)
                return hash;
            slot = slot + 1 == _idle.Length ? 0 : slot + 1;
        }

        return null;
    }
}
