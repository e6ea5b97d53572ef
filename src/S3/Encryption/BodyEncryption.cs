using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// What the body of an object or part is encrypted with while it is received or copied: its data key and its stretch's number.
/// </summary>
internal sealed class BodyEncryption : IDisposable
{
    private BodyEncryption(EncryptionScheme scheme, DataKey key) => (Scheme, Key) = (scheme, key);

    public EncryptionScheme Scheme { get; }
    public DataKey Key { get; }

    /// <summary>The number of the stretch: its part's.</summary>
    public int Number { get; init; } = Stretch.OnlyNumber;

    /// <summary>The tag is the MD5 of the body, as for what is not encrypted; otherwise nothing can be told from it, as on AWS.</summary>
    public bool HasMd5Tag => Scheme == EncryptionScheme.S3;

    /// <summary>Makes a key for a new object or upload, wraps it and adds the field that says how.</summary>
    public static S3Error? Create(RequestedEncryption requested, ref StoredFieldsWriter writer, out BodyEncryption? created)
    {
        created = new BodyEncryption(requested.Scheme, DataKey.Create());
        return TryAdd(requested, created.Key, ref writer) ? null : S3Errors.MetadataTooLarge;
    }

    /// <summary>Adds what the request or its bucket asks a new object or upload to be encrypted by to its encoded fields.</summary>
    public static S3Error? AddRequested(S3Request request, Span<byte> fields, ref int fieldsLength, out BodyEncryption? created)
    {
        created = null;
        S3Error? error = RequestedEncryption.Read(request, out RequestedEncryption? requested);
        using (requested)
        {
            if (error is not null || requested is null)
                return error;
            var writer = new StoredFieldsWriter(fields[fieldsLength..]);
            error = Create(requested, ref writer, out created);
            fieldsLength += writer.WrittenBytes;
            return error;
        }
    }

    /// <summary>Starts a body of the store that takes bytes in the clear.</summary>
    /// <param name="encryption">Null when they are stored so.</param>
    public static StoreStatus OpenWriter(
        IObjectStore store, MemoryBudget memory, BodyEncryption? encryption, long lengthBytes, out BodyWriter? writer)
    {
        if (encryption is null)
            return store.OpenWriter(lengthBytes, out writer);
        StoreStatus status = EncryptingWriter.TryOpen(
            store, memory, encryption.Key, encryption.Number, lengthBytes, out EncryptingWriter? encrypting);
        writer = encrypting;
        return status;
    }

    /// <summary>What of such a body is committed.</summary>
    public static BodyWriter StoredOf(BodyWriter writer) => writer is EncryptingWriter encrypting ? encrypting.Stored : writer;

    /// <summary>Adds the field that says how something is encrypted whose data key is known.</summary>
    public static bool TryAdd(RequestedEncryption requested, DataKey key, ref StoredFieldsWriter writer)
    {
        Span<byte> value = stackalloc byte[ObjectEncryption.MaxBytes];
        // A name of a key is ASCII. SSE-S3 has one key at a time, which needs none.
        ServerKey? named = requested.Scheme == EncryptionScheme.Kms ? requested.ServerKey : null;
        Span<byte> name = stackalloc byte[ObjectEncryption.MaxKeyNameBytes];
        int nameBytes = named is null ? 0 : System.Text.Encoding.ASCII.GetBytes(named.Name, name);
        int length = ObjectEncryption.WriteHead(requested.Scheme, requested.HasBucketKey, name[..nameBytes], requested.Context, value);
        if (requested.ServerKey is { } serverKey)
            key.Wrap(serverKey.Bytes, serverKey.Check, value[..length]);
        else
            key.Wrap(requested.CustomerKey!.Bytes, default, value[..length]);
        return writer.TryAdd(StoredFieldId.Encryption, default, value[..length]);
    }

    /// <summary>
    /// Opens the key of an upload, for one of its parts, or of an object, for what is appended. Null when it is not encrypted.
    /// </summary>
    public static S3Error? Open(S3Request request, StoredFields fields, CustomerKey? customerKey, int number, out BodyEncryption? opened)
    {
        opened = null;
        if (!ObjectEncryption.TryRead(fields, out ObjectEncryption encryption))
            return null;
        S3Error? error = EncryptedObject.Unwrap(request.Service.Keys, encryption, customerKey, out DataKey? key);
        if (error is null)
            opened = new BodyEncryption(encryption.Scheme, key!) { Number = number };
        return error;
    }

    /// <summary>Opens the key of the upload for one of its parts; null when it is not encrypted.</summary>
    public static S3Error? OpenPart(S3Request request, UploadRecord upload, int partNumber, out BodyEncryption? opened)
    {
        opened = null;
        if (request.Head.TryGet(KnownHeader.AmzServerSideEncryption, out _))
            return EncryptionErrors.NotOfThisOperation;
        S3Error? error = CustomerKey.Read(request, out CustomerKey? customerKey);
        using (customerKey)
        {
            if (error is not null)
                return error;
            bool needsKey = ObjectEncryption.TryRead(upload.Fields, out ObjectEncryption encryption)
                && encryption.Scheme == EncryptionScheme.Customer;
            if (needsKey != customerKey is not null)
                return needsKey ? EncryptionErrors.PartNeedsKey : EncryptionErrors.PartTakesNoKey;
            return Open(request, upload.Fields, customerKey, partNumber, out opened);
        }
    }

    public void Dispose() => Key.Dispose();
}
