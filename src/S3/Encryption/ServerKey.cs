using System.Security.Cryptography;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>A key that the server was started with. Lives as long as the server: it is never logged and never stored.</summary>
public sealed class ServerKey
{
    private readonly byte[] _key;
    private readonly byte[] _check = new byte[ObjectEncryption.KeyCheckBytes];

    /// <param name="name">Letters, digits, hyphens, underscores and dots; what SSE-KMS calls the key by.</param>
    /// <param name="key">32 bytes, kept.</param>
    public ServerKey(string name, byte[] key)
    {
        Name = name;
        _key = key;
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, _check, salt: default, info: "RustFs key check"u8);
    }

    public string Name { get; }

    /// <summary>Tells it from other keys, and nothing of it: derived by HKDF.</summary>
    public ReadOnlySpan<byte> Check => _check;

    internal ReadOnlySpan<byte> Bytes => _key;
}
