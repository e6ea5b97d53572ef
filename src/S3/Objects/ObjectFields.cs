using System.Text;
using RustFs.Checksums;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Tagging;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>Gives an object's stored fields back as response fields.</summary>
internal static class ObjectFields
{
    /// <summary>"x-amz-meta-" and the longest stored name.</summary>
    private const int MetadataNameBytes = 11 + byte.MaxValue;

    /// <summary>What AWS returns for an object that was stored without a type.</summary>
    private static ReadOnlySpan<byte> DefaultContentType => "binary/octet-stream"u8;

    private static readonly S3Error BadOverride = S3Errors.InvalidArgument with
    {
        Message = "A response- query parameter is not a valid header value: at most 1,024 bytes, percent-encoded, without control "
            + "characters.",
    };

    /// <summary>Writes the fields, with response-* parameters of the query in the place of what is stored.</summary>
    public static S3Error? Write(S3Response response, StoredFields fields, QueryParameters query)
    {
        bool hasOverrides = false;
        for (int i = 0; i < query.Count; i++)
            hasOverrides |= query.RawName(i).StartsWith("response-"u8);
        S3Error? error = hasOverrides ? WriteOverrides(response, query) : null;
        if (error is not null)
            return error;

        bool hasType = hasOverrides && query.Has(OverrideName(StoredFieldId.ContentType));
        foreach (StoredField field in fields)
        {
            if (hasOverrides && !OverrideName(field.Id).IsEmpty && query.Has(OverrideName(field.Id)))
                continue;
            hasType |= field.Id == StoredFieldId.ContentType;
            WriteField(response, field);
        }

        if (!hasType)
            response.Header("Content-Type"u8, DefaultContentType);
        return null;
    }

    /// <summary>x-amz-checksum-* and its type; nothing when there is none.</summary>
    public static void WriteChecksum(S3Response response, in ObjectChecksum checksum, int partCount)
    {
        if (checksum.Kind == ChecksumKind.None)
            return;
        Span<byte> text = stackalloc byte[ChecksumNames.MaxTextBytes];
        int length = ChecksumNames.Format(checksum, partCount, text);
        response.Header(ChecksumNames.Header(checksum.Kind), text[..length]);
        response.Header("x-amz-checksum-type"u8, ChecksumNames.TypeName(checksum.Type));
    }

    private static void WriteField(S3Response response, StoredField field)
    {
        switch (field.Id)
        {
            case StoredFieldId.UserMetadata:
                Span<byte> name = stackalloc byte[MetadataNameBytes];
                "x-amz-meta-"u8.CopyTo(name);
                field.Name.CopyTo(name["x-amz-meta-".Length..]);
                WriteMetadata(response, name[..("x-amz-meta-".Length + field.Name.Length)], field.Value);
                break;
            case StoredFieldId.Tagging:
                response.Header("x-amz-tagging-count"u8, TagText.Count(field.Value));
                break;
            case StoredFieldId.Retention:
                LockHeaders.WriteRetention(response, ObjectLock.ReadRetention(field.Value));
                break;
            case StoredFieldId.LegalHold:
                LockHeaders.WriteHold(response, ObjectLock.ReadHold(field.Value));
                break;
            case StoredFieldId.Encryption:
                // Told by EncryptionHeaders, which knows the request.
                break;
            default:
                response.Header(HeaderName(field.Id), field.Value);
                break;
        }
    }

    private static void WriteMetadata(S3Response response, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!EncodedWord.IsNeeded(value))
        {
            response.Header(name, value);
            return;
        }

        byte[] word = new byte[EncodedWord.LengthOf(value)];
        response.Header(name, word.AsSpan(0, EncodedWord.Write(value, word)));
    }

    private static S3Error? WriteOverrides(S3Response response, QueryParameters query)
    {
        for (StoredFieldId id = StoredFieldId.ContentType; id <= StoredFieldId.Expires; id++)
        {
            if (!query.TryDecode(OverrideName(id), out byte[]? value))
                return BadOverride;
            if (value is null)
                continue;
            if (value.Length > ObjectHeaders.ContentHeaderBytes)
                return BadOverride;
            foreach (byte character in value)
            {
                if (character is < 0x20 and not (byte)'\t' or 0x7F)
                    return BadOverride;
            }

            response.Header(HeaderName(id), value);
        }

        return null;
    }

    private static ReadOnlySpan<byte> HeaderName(StoredFieldId id) => id switch
    {
        StoredFieldId.ContentType => "Content-Type"u8,
        StoredFieldId.CacheControl => "Cache-Control"u8,
        StoredFieldId.ContentDisposition => "Content-Disposition"u8,
        StoredFieldId.ContentEncoding => "Content-Encoding"u8,
        StoredFieldId.ContentLanguage => "Content-Language"u8,
        StoredFieldId.Expires => "Expires"u8,
        StoredFieldId.WebsiteRedirectLocation => "x-amz-website-redirect-location"u8,
        _ => "x-amz-storage-class"u8,
    };

    /// <summary>Empty for fields that cannot be overridden.</summary>
    private static ReadOnlySpan<byte> OverrideName(StoredFieldId id) => id switch
    {
        StoredFieldId.ContentType => "response-content-type"u8,
        StoredFieldId.CacheControl => "response-cache-control"u8,
        StoredFieldId.ContentDisposition => "response-content-disposition"u8,
        StoredFieldId.ContentEncoding => "response-content-encoding"u8,
        StoredFieldId.ContentLanguage => "response-content-language"u8,
        StoredFieldId.Expires => "response-expires"u8,
        _ => default,
    };
}
