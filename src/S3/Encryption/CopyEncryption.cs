using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>How a copy is encrypted, and whether it may have its source's bytes as they are stored.</summary>
internal readonly struct CopyEncryption
{
    /// <summary>What the copy's bytes are encrypted with when they are not its source's; null also when they are not encrypted.</summary>
    public BodyEncryption? Target { get; private init; }

    public bool IsEncrypted { get; private init; }

    /// <summary>The copy's ETag is the MD5 of its bytes.</summary>
    public bool HasMd5Tag { get; private init; }

    /// <summary>The source is encrypted as the copy is to be: a copy onto itself changes nothing of its bytes.</summary>
    public bool KeepsBytes { get; private init; }

    /// <summary>
    /// Another object may have those bytes. As a simple object it has one stretch, so a source of several parts is encrypted anew.
    /// </summary>
    public bool CanShare { get; private init; }

    /// <summary>
    /// Decides it and adds the field that says so. A copy is encrypted as the request says, else as its bucket has it by default, else not
    /// at all; only a copy onto itself that says nothing keeps what the server's keys encrypt.
    /// </summary>
    /// <param name="mayKeep">The copy may be the object itself with other fields.</param>
    public static S3Error? Decide(S3Request request, ObjectRecord source, bool isSelf, bool mayKeep, RequestedEncryption? requested,
        Span<byte> fields, ref int fieldsLength, out CopyEncryption how)
    {
        how = new CopyEncryption { HasMd5Tag = true, KeepsBytes = !source.IsEncrypted, CanShare = !source.IsEncrypted };
        bool isEncrypted = ObjectEncryption.TryRead(source.Fields, out ObjectEncryption encryption);
        S3Error? error = null;
        if (requested is null && isSelf && isEncrypted && encryption.Scheme != EncryptionScheme.Customer)
            error = RequestedEncryption.OfSame(request.Service.Keys, encryption, out requested);
        if (error is not null || requested is null)
            return error;
        bool isAlike = isEncrypted && requested.IsAs(encryption);
        bool isOneStretch = source.PartCount == 0 || (source.PartCount == 1 && source.Part(0).PartNumber == Stretch.OnlyNumber);
        bool mayShare = isOneStretch && source.SizeBytes > request.Store.MaxInPlaceBodyBytes;
        var writer = new StoredFieldsWriter(fields[fieldsLength..]);
        BodyEncryption? target = null;
        if (isAlike && (mayKeep || mayShare))
        {
            source.Fields.TryGet(StoredFieldId.Encryption, out ReadOnlySpan<byte> value);
            error = writer.TryAdd(StoredFieldId.Encryption, default, value) ? null : S3Errors.MetadataTooLarge;
        }
        else
        {
            error = BodyEncryption.Create(requested, ref writer, out target);
        }

        fieldsLength += writer.WrittenBytes;
        how = new CopyEncryption
        {
            Target = target,
            IsEncrypted = true,
            HasMd5Tag = requested.Scheme == EncryptionScheme.S3,
            KeepsBytes = target is null,
            CanShare = target is null && mayShare,
        };
        return error;
    }
}
