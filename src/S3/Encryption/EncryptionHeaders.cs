using System.Buffers.Text;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>x-amz-server-side-encryption and its like in answers: how what was written or is read is encrypted.</summary>
internal static class EncryptionHeaders
{
    /// <summary>Whether a name of a query's parameter is that of a header of requests that this server reads.</summary>
    public static bool IsRead(ReadOnlySpan<byte> name) =>
        Is(name, "x-amz-server-side-encryption"u8)
        || Is(name, "x-amz-server-side-encryption-aws-kms-key-id"u8)
        || Is(name, "x-amz-server-side-encryption-context"u8)
        || Is(name, "x-amz-server-side-encryption-bucket-key-enabled"u8)
        || Is(name, "x-amz-server-side-encryption-customer-algorithm"u8)
        || Is(name, "x-amz-server-side-encryption-customer-key"u8)
        || Is(name, "x-amz-server-side-encryption-customer-key-md5"u8);

    /// <summary>Writes what the fields of an object or upload say; nothing when it is not encrypted.</summary>
    /// <param name="showsContext">AWS gives the encryption context back to who writes, not to who reads.</param>
    public static void Write(S3Request request, StoredFields fields, bool showsContext = false)
    {
        if (ObjectEncryption.TryRead(fields, out ObjectEncryption encryption))
            Write(request, encryption, showsContext);
    }

    /// <summary>The same of a field's value; nothing when that is empty.</summary>
    public static void Write(S3Request request, ReadOnlyMemory<byte> value)
    {
        if (!value.IsEmpty)
            Write(request, ObjectEncryption.Read(value.Span), showsContext: false);
    }

    private static void Write(S3Request request, ObjectEncryption encryption, bool showsContext)
    {
        S3Response response = request.Response;
        if (encryption.Scheme == EncryptionScheme.Customer)
        {
            WriteCustomer(request);
            return;
        }

        bool isKms = encryption.Scheme == EncryptionScheme.Kms;
        response.Header("x-amz-server-side-encryption"u8, isKms ? "aws:kms"u8 : "AES256"u8);
        if (!isKms)
            return;
        response.Header("x-amz-server-side-encryption-aws-kms-key-id"u8, KmsKeyId.Format(encryption.KeyName, request.Service.Region));
        if (encryption.HasBucketKey)
            response.Header("x-amz-server-side-encryption-bucket-key-enabled"u8, "true"u8);
        if (!showsContext || encryption.Context.IsEmpty)
            return;
        Span<byte> text = stackalloc byte[Base64.GetMaxEncodedToUtf8Length(ObjectEncryption.MaxContextBytes)];
        Base64.EncodeToUtf8(encryption.Context, text, out _, out int length);
        response.Header("x-amz-server-side-encryption-context"u8, text[..length]);
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) => System.Text.Ascii.EqualsIgnoreCase(name, other);

    /// <summary>The MD5 is that of the key that the request brought: no other is known.</summary>
    private static void WriteCustomer(S3Request request)
    {
        if (!HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionCustomerKeyMd5,
            "x-amz-server-side-encryption-customer-key-MD5"u8, out ReadOnlySpan<byte> md5))
            return;
        request.Response.Header("x-amz-server-side-encryption-customer-algorithm"u8, "AES256"u8);
        request.Response.Header("x-amz-server-side-encryption-customer-key-MD5"u8, md5);
    }
}
