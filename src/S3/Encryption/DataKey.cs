using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// The key of one object or upload, in the clear only here and only while it is used. It encrypts nothing itself: each stretch has a key
/// that is derived from it, and it is wrapped under a key that is derived from another. So no key of AES is ever used for two messages, and
/// nonces can be counters.
/// </summary>
internal sealed class DataKey : IDisposable
{
    private readonly byte[] _key = new byte[ObjectEncryption.KeyBytes];

    private DataKey()
    {
    }

    public static DataKey Create()
    {
        var key = new DataKey();
        RandomNumberGenerator.Fill(key._key);
        return key;
    }

    /// <summary>The cipher of the stretch that has this salt.</summary>
    public AesGcm OpenStretch(ReadOnlySpan<byte> salt) => Derive(_key, salt, "RustFs stretch"u8);

    /// <summary>Wraps the key into a field's value whose head is written.</summary>
    /// <param name="wrapping">32 bytes.</param>
    /// <param name="check">Tells which key is wrapped with; empty for a customer's.</param>
    public void Wrap(ReadOnlySpan<byte> wrapping, ReadOnlySpan<byte> check, Span<byte> value)
    {
        int at = value.Length - ObjectEncryption.TagBytes - ObjectEncryption.KeyBytes - ObjectEncryption.SaltBytes;
        Span<byte> checkPlace = value.Slice(at - ObjectEncryption.KeyCheckBytes, ObjectEncryption.KeyCheckBytes);
        checkPlace.Clear();
        check.CopyTo(checkPlace);
        Span<byte> salt = value.Slice(at, ObjectEncryption.SaltBytes);
        RandomNumberGenerator.Fill(salt);
        using AesGcm cipher = Derive(wrapping, salt, "RustFs data key"u8);
        Span<byte> wrapped = value.Slice(at + ObjectEncryption.SaltBytes, ObjectEncryption.KeyBytes);
        cipher.Encrypt(NoNonce, _key, wrapped, value[^ObjectEncryption.TagBytes..], ObjectEncryption.Read(value).Authenticated);
    }

    /// <summary>False when it is not wrapped with that key, or is not as it was.</summary>
    public static bool TryUnwrap(ObjectEncryption encryption, ReadOnlySpan<byte> wrapping, [NotNullWhen(true)] out DataKey? key)
    {
        key = new DataKey();
        using AesGcm cipher = Derive(wrapping, encryption.Salt, "RustFs data key"u8);
        try
        {
            cipher.Decrypt(NoNonce, encryption.WrappedKey, encryption.Tag, key._key, encryption.Authenticated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            key.Dispose();
            key = null;
            return false;
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    // A wrapping key is derived for one message.
    private static ReadOnlySpan<byte> NoNonce => new byte[12];

    private static AesGcm Derive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> purpose)
    {
        Span<byte> derived = stackalloc byte[ObjectEncryption.KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, salt, purpose);
        var cipher = new AesGcm(derived, Stretch.TagBytes);
        CryptographicOperations.ZeroMemory(derived);
        return cipher;
    }
}
