using System.Security.Cryptography;
using System.Text;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>The way to the bytes of an object that is encrypted.</summary>
internal static class EncryptedObject
{
    private const int TagBytes = 16;

    /// <summary>
    /// Whether the request may have to do with encryption: anything else is spared the look at keys. No more than the algorithm's header is
    /// looked for, without which a key is an error wherever it is read.
    /// </summary>
    public static bool IsConcerned(S3Request request, ObjectRecord record) =>
        record.IsEncrypted || request.Head.TryGet(KnownHeader.AmzServerSideEncryption, out _)
        || HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionCustomerAlgorithm,
            "x-amz-server-side-encryption-customer-algorithm"u8, out _);

    /// <summary>The data key of the object that is read; null when it is not encrypted, which a customer's key does not fit.</summary>
    public static S3Error? Open(S3Request request, ObjectRecord record, out DataKey? key)
    {
        key = null;
        if (request.Head.TryGet(KnownHeader.AmzServerSideEncryption, out _))
            return EncryptionErrors.NotOfThisOperation;
        S3Error? error = CustomerKey.Read(request, out CustomerKey? customerKey);
        using (customerKey)
            return error ?? Open(request, record, customerKey, out key);
    }

    /// <summary>Whether the request may know of the object what it tells without its bytes.</summary>
    public static S3Error? Check(S3Request request, ObjectRecord record)
    {
        S3Error? error = Open(request, record, out DataKey? key);
        key?.Dispose();
        return error;
    }

    /// <summary>The data key of the source of a copy.</summary>
    public static S3Error? OpenSource(S3Request request, ObjectRecord record, out DataKey? key)
    {
        key = null;
        S3Error? error = CustomerKey.ReadOfSource(request, out CustomerKey? customerKey);
        using (customerKey)
            return error ?? Open(request, record, customerKey, out key);
    }

    /// <summary>Opens a range of an object's bytes in the clear.</summary>
    /// <param name="key">Null when it is not encrypted; otherwise the reader's from now on.</param>
    public static StoreStatus OpenReader(
        IObjectStore store, MemoryBudget memory, ObjectRecord record, DataKey? key, long offset, long lengthBytes,
        out ObjectReader? reader) =>
        key is null
            ? store.OpenReader(record, offset, lengthBytes, out reader)
            : DecryptingReader.TryOpen(store, memory, record, key, offset, lengthBytes, out reader);

    /// <summary>Whether the tag is the MD5 of the object's bytes, or of its parts': of others nothing can be told from it.</summary>
    public static bool HasMd5Tag(ObjectRecord record) =>
        !ObjectEncryption.TryRead(record.Fields, out ObjectEncryption encryption) || encryption.Scheme == EncryptionScheme.S3;

    /// <summary>A tag from which nothing can be told.</summary>
    public static ETag NewTag()
    {
        Span<byte> random = stackalloc byte[TagBytes];
        RandomNumberGenerator.Fill(random);
        return ETag.FromDigest(random);
    }

    /// <summary>Unwraps a data key with the server's keys, or with the customer's.</summary>
    public static S3Error? Unwrap(KeyRing keys, ObjectEncryption encryption, CustomerKey? customerKey, out DataKey? key)
    {
        key = null;
        if (encryption.Scheme == EncryptionScheme.Customer)
        {
            if (customerKey is null)
                return EncryptionErrors.KeyNeeded;
            return DataKey.TryUnwrap(encryption, customerKey.Bytes, out key) ? null : EncryptionErrors.WrongKey;
        }

        if (customerKey is not null)
            return EncryptionErrors.KeyNotApplicable;
        if (keys.FindByCheck(encryption.KeyCheck) is not { } serverKey)
        {
            return encryption.Scheme == EncryptionScheme.Kms
                ? EncryptionErrors.NoSuchKey(Encoding.ASCII.GetString(encryption.KeyName))
                : EncryptionErrors.KeyMissing;
        }

        return DataKey.TryUnwrap(encryption, serverKey.Bytes, out key) ? null : StoreErrors.Of(StoreStatus.Corrupt);
    }

    private static S3Error? Open(S3Request request, ObjectRecord record, CustomerKey? customerKey, out DataKey? key)
    {
        key = null;
        if (!ObjectEncryption.TryRead(record.Fields, out ObjectEncryption encryption))
            return customerKey is null ? null : EncryptionErrors.KeyNotApplicable;
        return Unwrap(request.Service.Keys, encryption, customerKey, out key);
    }
}
