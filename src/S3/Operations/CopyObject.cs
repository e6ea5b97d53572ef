using System.Buffers;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
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

        WriteCondition? condition = WriteCondition.Of(request.Head);
        byte[] fields = ArrayPool<byte>.Shared.Rent(S3Limits.TaggedFieldsBytes);
        using var copy = new ObjectCopy();
        try
        {
            for (int attempt = 1; attempt <= MaxAttempts; attempt++)
            {
                error = CopySource.Find(request, out CopySource? source) ?? condition?.CheckEarly(request);
                if (error is not null)
                    return error;
                if (source!.Record.SizeBytes > S3Limits.PutBytes)
                    return SourceTooLarge;
                bool isSelf = source.Bucket.Id == request.Bucket.Id && source.Key.AsSpan().SequenceEqual(request.Key.Span);
                // A version that is named and copied onto its key becomes the current one: that is how versions are restored.
                bool isVersioned = request.Bucket.Versioning != BucketVersioning.Never;
                bool changes = replacesMetadata || replacesTags || ChangesStorage(request.Head) || (isVersioned && source.NamesVersion);
                if (isSelf && !changes)
                    return SelfCopy;
                error = EncodeFields(request, source.Record.Fields, replacesMetadata, replacesTags, fields, out int fieldsLength);
                if (error is not null)
                    return error;

                var encoded = new StoredFields(fields.AsMemory(0, fieldsLength));
                bool keepsBytes = isSelf && !isVersioned && (algorithm == ChecksumKind.None || algorithm == source.Record.Checksum.Kind);
                (WriteResult result, ObjectChecksum checksum) = keepsBytes
                    ? await ReplaceFieldsAsync(request, source.Record, encoded, condition).ConfigureAwait(false)
                    : await CopyAsync(request, source, encoded, algorithm, condition, copy).ConfigureAwait(false);
                if (result.Status == StoreStatus.Changed)
                    continue;
                return result.Status == StoreStatus.Ok
                    ? await CopyResult.SendAsync(request, RootName, result, checksum, source).ConfigureAwait(false)
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
    /// are shared: they are read only where a digest is wanted.
    /// </summary>
    private static async ValueTask<(WriteResult Result, ObjectChecksum Checksum)> CopyAsync(
        S3Request request, CopySource from, StoredFields fields, ChecksumKind algorithm, WriteCondition? condition, ObjectCopy copy)
    {
        ObjectRecord source = from.Record;
        bool keepsETag = source.ETag.PartCount == 0;
        ChecksumKind kind = algorithm == ChecksumKind.None ? source.Checksum.Kind : algorithm;
        bool keepsChecksum = kind == source.Checksum.Kind && source.Checksum.Type == ChecksumType.FullObject;
        ChecksumKind computed = keepsChecksum ? ChecksumKind.None : kind;
        bool shares = source.SizeBytes > request.Store.MaxInPlaceBodyBytes;
        ChecksumKind read = computed | (keepsETag ? ChecksumKind.None : ChecksumKind.Md5);
        StoreStatus status = shares
            ? await copy.DigestAsync(request.Store, source, read).ConfigureAwait(false)
            : await copy.RunAsync(request.Store, source, 0, source.SizeBytes, hasMd5: !keepsETag, computed).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return (new WriteResult(status, 0), default);

        var attributes = new ObjectAttributes
        {
            ETag = keepsETag ? source.ETag : shares ? copy.FinishETag() : null,
            Checksum = keepsChecksum ? source.Checksum : copy.FinishChecksum(kind),
            Fields = fields,
        };
        ValueTask<WriteResult> writing = shares
            ? request.Store.ShareObjectAsync(
                new ObjectPlace(from.Bucket, from.Key), source, new ObjectPlace(request.Bucket, request.Key), attributes, condition)
            : request.Store.PutObjectAsync(request.Bucket, request.Key, copy.Writer, attributes, condition);
        return (await writing.ConfigureAwait(false), attributes.Checksum);
    }

    /// <summary>
    /// Metadata and tags from the source or the request, as the directives say; storage class, redirect and lock only from the
    /// request.
    /// </summary>
    private static S3Error? EncodeFields(
        S3Request request, StoredFields source, bool replacesMetadata, bool replacesTags, Span<byte> destination, out int lengthBytes)
    {
        var writer = new StoredFieldsWriter(destination);
        S3Error? error = replacesMetadata ? ObjectHeaders.WriteMetadata(request, ref writer) : null;
        error ??= ObjectHeaders.WriteStorage(request, ref writer);
        error ??= LockHeaders.Write(request, ref writer);
        error ??= replacesTags ? TaggingHeader.Write(request, ref writer) : null;
        foreach (StoredField field in source)
        {
            bool isKept = field.Id switch
            {
                StoredFieldId.StorageClass or StoredFieldId.WebsiteRedirectLocation => false,
                _ when ObjectLock.IsPartOf(field.Id) => false,
                StoredFieldId.Tagging => !replacesTags,
                _ => !replacesMetadata,
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
