using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Tagging;

/// <summary>The x-amz-tagging header of PutObject, CopyObject and CreateMultipartUpload.</summary>
internal static class TaggingHeader
{
    private static readonly S3Error Malformed = S3Errors.InvalidArgument with
    {
        Message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        Details = [("ArgumentName", "x-amz-tagging")],
    };

    private static readonly S3Error NoRoom = S3Errors.InvalidArgument with
    {
        Message = "The tags and the other stored headers together take more than 12 KiB. Set the tags with PutObjectTagging.",
        Details = [("ArgumentName", "x-amz-tagging")],
    };

    /// <summary>Writes the request's tags into the fields to be stored, when it has any.</summary>
    public static S3Error? Write(S3Request request, ref StoredFieldsWriter writer)
    {
        if (!HoistedHeaders.TryGet(request, KnownHeader.AmzTagging, "x-amz-tagging"u8, out ReadOnlySpan<byte> text) || text.IsEmpty)
            return null;
        List<Tag>? tags = TagText.Decode(text);
        if (tags is null || !TagRules.AreKeysDistinct(tags))
            return Malformed;
        S3Error? error = TagRules.Check(tags, TagRules.MaxOfObject);
        if (error is not null || tags.Count == 0)
            return error;
        return writer.TryAdd(StoredFieldId.Tagging, default, TagText.Encode(tags)) ? null : NoRoom;
    }
}
