using System.Buffers;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Locks;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Tagging;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>CopyObject: copies an object inside the server, or changes the metadata of one by copying it onto itself.</summary>
internal static class CopyObject
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "CopyObject",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        RequiredHeader = KnownHeader.AmzCopySource,
        Permission = "s3:PutObject",
        Reads = IndexReads.Keys,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    public static readonly S3Error SourceTooLarge = S3Errors.InvalidRequest with
    {
        Message = $"The specified copy source is larger than the maximum allowable size for a copy source: {S3Limits.PutBytes}",
    };

    /// <summary>The source may be moved or overwritten while it is copied; that many times in a row says overload.</summary>
    private const int MaxAttempts = 4;

    private static readonly byte[] RootName = Encoding.ASCII.GetBytes("CopyObjectResult");

    private static readonly S3Error SelfCopy = S3Errors.InvalidRequest with
    {
        Message = "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, "
            + "storage class, website redirect location or encryption attributes.",
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        bool replacesMetadata = false;
        bool replacesTags = false;
        ChecksumKind algorithm = ChecksumKind.None;
        S3Error? error = RefusedHeaders.Check(request)
            ?? ReadDirective(request.Header(KnownHeader.AmzMetadataDirective), "metadata", out replacesMetadata)
            ?? ReadDirective(request.Header(KnownHeader.AmzTaggingDirective), "tagging", out replacesTags)
            ?? ChecksumHeaders.ReadAlgorithm(request, out algorithm);
        if (error is not null)
            return error;

        error = RequestedEncryption.Read(request, out RequestedEncryption? requested);
        if (error is not null)
            return error;
        using (requested)
        {
            bool replaces = replacesMetadata || replacesTags || ChangesStorage(request.Head) || requested is { IsNamed: true };
            var asked = new Asked(algorithm, replacesMetadata, replacesTags, replaces, requested, WriteCondition.Of(request.Head));
            return await CopyAsync(request, asked).ConfigureAwait(false);
        }
    }

    /// <summary>What the request asks of the copy, whatever its source turns out to be.</summary>
    private sealed record Asked(ChecksumKind Algorithm, bool ReplacesMetadata, bool ReplacesTags, bool Replaces,
        RequestedEncryption? Encryption, WriteCondition? Condition);

    private static async ValueTask<S3Error?> CopyAsync(S3Request request, Asked asked)
    {
        byte[] fields = ArrayPool<byte>.Shared.Rent(S3Limits.TaggedFieldsBytes);
        using var copy = new ObjectCopy(request.Service.Memory);
        try
        {
            for (int attempt = 1; attempt <= MaxAttempts; attempt++)
            {
                S3Error? error = CopySource.Find(request, out CopySource? source) ?? asked.Condition?.CheckEarly(request);
                if (error is not null)
                    return error;
                if (source!.Record.SizeBytes > S3Limits.PutBytes)
                    return SourceTooLarge;
                error = EncryptedObject.OpenSource(request, source.Record, out DataKey? sourceKey);
                copy.SourceKey = sourceKey;
                if (error is not null)
                    return error;
                bool isSelf = source.Bucket.Id == request.Bucket.Id && source.Key.AsSpan().SequenceEqual(request.Key.Span);
                // A version that is named and copied onto its key becomes the current one: that is how versions are restored.
                bool isVersioned = request.Bucket.Versioning != BucketVersioning.Never;
                if (isSelf && !asked.Replaces && !(isVersioned && source.NamesVersion))
                    return SelfCopy;
                error = EncodeFields(request, source.Record.Fields, asked, fields, out int fieldsLength);
                if (error is not null)
                    return error;
                bool mayKeep = isSelf && !isVersioned
                    && (asked.Algorithm == ChecksumKind.None || asked.Algorithm == source.Record.Checksum.Kind);
                error = CopyEncryption.Decide(
                    request, source.Record, isSelf, mayKeep, asked.Encryption, fields, ref fieldsLength, out CopyEncryption how);
                copy.Encryption = how.Target;
                if (error is not null)
                    return error;

                var encoded = new StoredFields(fields.AsMemory(0, fieldsLength));
                (WriteResult result, ObjectChecksum checksum) = mayKeep && how.KeepsBytes
                    ? await ReplaceFieldsAsync(request, source.Record, encoded, asked.Condition).ConfigureAwait(false)
                    : await CopyAsync(request, source, encoded, asked, how, copy).ConfigureAwait(false);
                if (result.Status == StoreStatus.Changed)
                    continue;
                return result.Status == StoreStatus.Ok
                    ? await CopyResult.SendAsync(request, RootName, result, checksum, source, encoded).ConfigureAwait(false)
                    : StoreErrors.Of(result.Status);
            }

            return S3Errors.SlowDown;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(fields);
        }
    }

    /// <summary>New fields for the same bytes: nothing is read or written but the record.</summary>
    private static async ValueTask<(WriteResult Result, ObjectChecksum Checksum)> ReplaceFieldsAsync(
        S3Request request, ObjectRecord record, StoredFields fields, WriteCondition? condition)
    {
        WriteResult result = await request.Store
            .ReplaceFieldsAsync(request.Bucket, request.Key, record, fields, condition).ConfigureAwait(false);
        return (result, record.Checksum);
    }

    /// <summary>
    /// The copy is a simple object. Of a simple source it keeps ETag and checksum, which are those of the same bytes; the ETag of a
    /// multipart source and a composite checksum describe its parts, so the copy gets its own. Bytes that would not be packed beside others
    /// are shared where they are encrypted alike: they are read only where a digest is wanted.
    /// </summary>
    private static async ValueTask<(WriteResult Result, ObjectChecksum Checksum)> CopyAsync(
        S3Request request, CopySource from, StoredFields fields, Asked asked, CopyEncryption how, ObjectCopy copy)
    {
        ObjectRecord source = from.Record;
        bool keepsETag = how.HasMd5Tag && source.ETag.PartCount == 0 && EncryptedObject.HasMd5Tag(source);
        bool needsMd5 = how.HasMd5Tag && !keepsETag;
        ChecksumKind kind = asked.Algorithm == ChecksumKind.None ? source.Checksum.Kind : asked.Algorithm;
        bool keepsChecksum = kind == source.Checksum.Kind && source.Checksum.Type == ChecksumType.FullObject;
        bool shares = how.CanShare && source.SizeBytes > request.Store.MaxInPlaceBodyBytes;
        // The store hashes what it is given, which is not the object's bytes when those are encrypted before.
        bool isMd5ReadHere = needsMd5 && (shares || how.IsEncrypted);
        ChecksumKind read = (keepsChecksum ? ChecksumKind.None : kind) | (isMd5ReadHere ? ChecksumKind.Md5 : ChecksumKind.None);
        StoreStatus status = shares
            ? await copy.DigestAsync(request.Store, source, read).ConfigureAwait(false)
            : await copy.RunAsync(request.Store, source, 0, source.SizeBytes, needsMd5 && !isMd5ReadHere, read).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return (new WriteResult(status, 0), default);

        var attributes = new ObjectAttributes
        {
            ETag = keepsETag ? source.ETag : !how.HasMd5Tag ? EncryptedObject.NewTag() : isMd5ReadHere ? copy.FinishETag() : null,
            Checksum = keepsChecksum ? source.Checksum : copy.FinishChecksum(kind),
            SizeBytes = how.IsEncrypted ? source.SizeBytes : null,
            Fields = fields,
        };
        ValueTask<WriteResult> writing = shares
            ? request.Store.ShareObjectAsync(
                new ObjectPlace(from.Bucket, from.Key), source, new ObjectPlace(request.Bucket, request.Key), attributes, asked.Condition)
            : request.Store.PutObjectAsync(request.Bucket, request.Key, copy.Writer, attributes, asked.Condition);
        return (await writing.ConfigureAwait(false), attributes.Checksum);
    }

    /// <summary>
    /// Metadata and tags from the source or the request, as the directives say; storage class, redirect and lock only from the
    /// request.
    /// </summary>
    private static S3Error? EncodeFields(
        S3Request request, StoredFields source, Asked asked, Span<byte> destination, out int lengthBytes)
    {
        var writer = new StoredFieldsWriter(destination);
        S3Error? error = asked.ReplacesMetadata ? ObjectHeaders.WriteMetadata(request, ref writer) : null;
        error ??= ObjectHeaders.WriteStorage(request, ref writer);
        error ??= LockHeaders.Write(request, ref writer);
        error ??= asked.ReplacesTags ? TaggingHeader.Write(request, ref writer) : null;
        foreach (StoredField field in source)
        {
            bool isKept = field.Id switch
            {
                StoredFieldId.StorageClass or StoredFieldId.WebsiteRedirectLocation or StoredFieldId.Encryption => false,
                _ when ObjectLock.IsPartOf(field.Id) => false,
                StoredFieldId.Tagging => !asked.ReplacesTags,
                _ => !asked.ReplacesMetadata,
            };
            if (isKept && !writer.TryAdd(field.Id, field.Name, field.Value))
                error ??= S3Errors.MetadataTooLarge;
        }

        lengthBytes = writer.WrittenBytes;
        return error;
    }

    private static bool ChangesStorage(RequestHead head) =>
        head.TryGet(KnownHeader.AmzStorageClass, out _) || head.TryGet(KnownHeader.AmzWebsiteRedirectLocation, out _);

    private static S3Error? ReadDirective(ReadOnlySpan<byte> directive, string name, out bool replaces)
    {
        replaces = directive.SequenceEqual("REPLACE"u8);
        return replaces || directive.IsEmpty || directive.SequenceEqual("COPY"u8)
            ? null
            : S3Errors.InvalidArgument with { Message = $"Unknown {name} directive." };
    }
}
