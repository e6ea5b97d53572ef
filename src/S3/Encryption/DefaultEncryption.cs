using System.Text;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// What a bucket encrypts with when a request names nothing. Stored as scheme (1; S3 or Kms), bucket key (1; 0 or 1), and the key's id as
/// the client gave it.
/// </summary>
internal readonly record struct DefaultEncryption(EncryptionScheme Scheme, bool HasBucketKey, string KeyId)
{
    public byte[] Encode() => [(byte)Scheme, HasBucketKey ? (byte)1 : (byte)0, .. Encoding.UTF8.GetBytes(KeyId)];

    public static DefaultEncryption Decode(ReadOnlySpan<byte> stored) =>
        new((EncryptionScheme)stored[0], stored[1] == 1, Encoding.UTF8.GetString(stored[2..]));

    /// <summary>The encryption of a new object.</summary>
    public S3Error? Resolve(KeyRing keys, out RequestedEncryption? requested) =>
        Scheme == EncryptionScheme.Kms
            ? RequestedEncryption.OfKms(keys, Encoding.UTF8.GetBytes(KeyId), [], HasBucketKey, isNamed: false, out requested)
            : RequestedEncryption.OfMaster(keys, isNamed: false, out requested);
}
