using System.Buffers;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Tagging;

/// <summary>The tags of an object that exists: they change without its bytes, its ETag or its time.</summary>
internal static class ObjectTags
{
    /// <summary>The record may be replaced or its bytes moved meanwhile; that many times in a row says overload.</summary>
    private const int MaxAttempts = 8;

    public static List<Tag> Of(ObjectRecord record) =>
        record.Fields.TryGet(StoredFieldId.Tagging, out ReadOnlySpan<byte> text) ? TagText.Decode(text) ?? [] : [];

    /// <summary>Gives the object, or the version that the request names, these tags in the place of all it has.</summary>
    public static async ValueTask<(S3Error? Error, VersionId Version)> ReplaceAsync(S3Request request, IReadOnlyList<Tag> tags)
    {
        byte[] text = TagText.Encode(tags);
        byte[] fields = ArrayPool<byte>.Shared.Rent(S3Limits.TaggedFieldsBytes);
        try
        {
            for (int attempt = 1; attempt <= MaxAttempts; attempt++)
            {
                S3Error? error = ObjectVersion.Find(request, out ObjectRecord? record);
                if (error is not null)
                    return (error, default);
                if (!TryEncode(record!.Fields, text, fields, out int length))
                    return (S3Errors.MetadataTooLarge, default);
                WriteResult result = await request.Store.ReplaceFieldsAsync(request.Bucket, request.Key, record,
                    new StoredFields(fields.AsMemory(0, length)), precondition: null, keepsTime: true).ConfigureAwait(false);
                if (result.Status != StoreStatus.Changed)
                    return (StoreErrors.Of(result.Status), record.VersionId);
            }

            return (S3Errors.SlowDown, default);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(fields);
        }
    }

    private static bool TryEncode(StoredFields fields, ReadOnlySpan<byte> tags, Span<byte> destination, out int lengthBytes)
    {
        var writer = new StoredFieldsWriter(destination);
        bool fits = true;
        foreach (StoredField field in fields)
        {
            if (field.Id != StoredFieldId.Tagging)
                fits &= writer.TryAdd(field.Id, field.Name, field.Value);
        }

        if (!tags.IsEmpty)
            fits &= writer.TryAdd(StoredFieldId.Tagging, default, tags);
        lengthBytes = writer.WrittenBytes;
        return fits;
    }
}
