using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>How a new object or upload is to be encrypted: as the request asks, or as its bucket has it by default.</summary>
internal sealed class RequestedEncryption : IDisposable
{
    public required EncryptionScheme Scheme { get; init; }

    /// <summary>The server's key; null for a customer's.</summary>
    public ServerKey? ServerKey { get; private init; }

    public CustomerKey? CustomerKey { get; private init; }

    /// <summary>The JSON of the encryption context.</summary>
    public byte[] Context { get; private init; } = [];

    public bool HasBucketKey { get; private init; }

    /// <summary>The request names it: it is not the bucket's default.</summary>
    public bool IsNamed { get; private init; }

    /// <summary>What the request asks for; null when it asks for nothing and the bucket has no default.</summary>
    public static S3Error? Read(S3Request request, out RequestedEncryption? requested)
    {
        requested = null;
        S3Error? error = CustomerKey.Read(request, out CustomerKey? customerKey);
        if (error is not null)
            return error;
        bool isNamed = HoistedHeaders.TryGet(
            request, KnownHeader.AmzServerSideEncryption, "x-amz-server-side-encryption"u8, out ReadOnlySpan<byte> method);
        bool hasKeyId = HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionAwsKmsKeyId,
            "x-amz-server-side-encryption-aws-kms-key-id"u8, out ReadOnlySpan<byte> keyId);
        bool hasContext = HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionContext,
            "x-amz-server-side-encryption-context"u8, out ReadOnlySpan<byte> context);
        if (customerKey is not null)
        {
            requested = new RequestedEncryption { Scheme = EncryptionScheme.Customer, CustomerKey = customerKey, IsNamed = true };
            return isNamed || hasKeyId || hasContext ? EncryptionErrors.TwoMethods : null;
        }

        bool isKms = method.SequenceEqual("aws:kms"u8);
        if ((hasKeyId || hasContext) && !isKms)
            return EncryptionErrors.NeedsKms;
        if (!isNamed)
            return OfBucket(request, out requested);
        if (method.SequenceEqual("aws:kms:dsse"u8))
            return EncryptionErrors.DualLayer;
        if (!isKms)
        {
            return method.SequenceEqual("AES256"u8)
                ? OfMaster(request.Service.Keys, isNamed: true, out requested)
                : EncryptionErrors.UnknownMethod;
        }

        byte[] json = [];
        bool hasBucketKey = false;
        error = (hasContext ? ReadContext(context, out json) : null) ?? ReadBucketKey(request, out hasBucketKey);
        return error ?? OfKms(request.Service.Keys, keyId, json, hasBucketKey, isNamed: true, out requested);
    }

    public static S3Error? OfMaster(KeyRing keys, bool isNamed, out RequestedEncryption? requested)
    {
        requested = keys.Master is { } master
            ? new RequestedEncryption { Scheme = EncryptionScheme.S3, ServerKey = master, IsNamed = isNamed }
            : null;
        return requested is null ? EncryptionErrors.NoKeys : null;
    }

    /// <param name="keys">The server's.</param>
    /// <param name="keyId">Empty for the master key, in the place of the one that AWS manages for S3.</param>
    public static S3Error? OfKms(
        KeyRing keys, ReadOnlySpan<byte> keyId, byte[] context, bool hasBucketKey, bool isNamed, out RequestedEncryption? requested)
    {
        requested = null;
        if (keys.IsEmpty)
            return EncryptionErrors.NoKeys;
        ReadOnlySpan<byte> name = KmsKeyId.NameIn(keyId);
        ServerKey? key = name.IsEmpty || name.SequenceEqual(KmsKeyId.ManagedName) ? keys.Master : keys.Find(name);
        if (key is null)
            return EncryptionErrors.NoSuchKey(Encoding.UTF8.GetString(keyId));
        requested = new RequestedEncryption
        {
            Scheme = EncryptionScheme.Kms,
            ServerKey = key,
            Context = context,
            HasBucketKey = hasBucketKey,
            IsNamed = isNamed,
        };
        return null;
    }

    /// <summary>As something is encrypted already, by the server's keys.</summary>
    public static S3Error? OfSame(KeyRing keys, ObjectEncryption other, out RequestedEncryption? requested) =>
        other.Scheme == EncryptionScheme.S3
            ? OfMaster(keys, isNamed: false, out requested)
            : OfKms(keys, other.KeyName, other.Context.ToArray(), other.HasBucketKey, isNamed: false, out requested);

    /// <summary>
    /// Whether what is encrypted so would be encrypted as something is already, so that a copy may have its bytes: by the server's keys,
    /// with the same one in the case of SSE-KMS.
    /// </summary>
    public bool IsAs(ObjectEncryption other) =>
        Scheme == other.Scheme && Scheme switch
        {
            EncryptionScheme.S3 => true,
            EncryptionScheme.Kms => Ascii.Equals(other.KeyName, ServerKey!.Name) && other.Context.SequenceEqual(Context)
                && other.HasBucketKey == HasBucketKey,
            _ => false,
        };

    public void Dispose() => CustomerKey?.Dispose();

    private static S3Error? OfBucket(S3Request request, out RequestedEncryption? requested)
    {
        requested = null;
        return request.Bucket.Configurations[BucketConfigurationKind.Encryption] is { IsEmpty: false } stored
            ? DefaultEncryption.Decode(stored.Span).Resolve(request.Service.Keys, out requested)
            : null;
    }

    private static S3Error? ReadBucketKey(S3Request request, out bool isEnabled)
    {
        isEnabled = false;
        if (!HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionBucketKeyEnabled,
            "x-amz-server-side-encryption-bucket-key-enabled"u8, out ReadOnlySpan<byte> text))
            return null;
        isEnabled = Ascii.EqualsIgnoreCase(text, "true"u8);
        return isEnabled || Ascii.EqualsIgnoreCase(text, "false"u8) ? null : EncryptionErrors.BadBucketKey;
    }

    /// <summary>The base64 form of a JSON object whose values are strings.</summary>
    private static S3Error? ReadContext(ReadOnlySpan<byte> text, out byte[] json)
    {
        json = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, json, out int consumedBytes, out int length) != OperationStatus.Done
            || consumedBytes != text.Length || length is 0 or > ObjectEncryption.MaxContextBytes)
            return EncryptionErrors.BadContext;
        json = json[..length];
        return IsMap(json) ? null : EncryptionErrors.BadContext;
    }

    private static bool IsMap(byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // Escapes that stand for no character are noticed only here.
                _ = reader.GetString();
                if (!reader.Read() || reader.TokenType != JsonTokenType.String)
                    return false;
                _ = reader.GetString();
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
