using System.Globalization;
using System.Text;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>
/// The conditions on a delete: an entity tag, and the time and size of the object, which AWS has in directory buckets only. All are about
/// the current object, also where another version is deleted (S3 user guide, "How to perform conditional deletes").
/// </summary>
internal sealed class DeleteCondition : IWritePrecondition
{
    private static readonly string[] Iso8601Forms = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    private readonly byte[]? _tags;
    private readonly WriteCondition? _ofHead;
    private readonly long? _modifiedSeconds;
    private readonly long? _sizeBytes;

    private DeleteCondition(byte[]? tags, WriteCondition? ofHead, long? modifiedSeconds, long? sizeBytes) =>
        (_tags, _ofHead, _modifiedSeconds, _sizeBytes) = (tags, ofHead, modifiedSeconds, sizeBytes);

    /// <param name="condition">Null when the request has none.</param>
    public static S3Error? Read(RequestHead head, out IWritePrecondition? condition)
    {
        WriteCondition? ofHead = WriteCondition.Of(head);
        condition = ofHead;
        long? seconds = null, size = null;
        if (head.TryGet("x-amz-if-match-last-modified-time"u8, out ReadOnlySpan<byte> time) && (seconds = ReadTime(time)) is null)
            return Wrong("x-amz-if-match-last-modified-time");
        if (head.TryGet("x-amz-if-match-size"u8, out ReadOnlySpan<byte> bytes) && (size = ReadSize(bytes)) is null)
            return Wrong("x-amz-if-match-size");
        if (seconds is not null || size is not null)
            condition = new DeleteCondition(null, ofHead, seconds, size);
        return null;
    }

    /// <summary>Of one entry of DeleteObjects.</summary>
    public static S3Error? Read(string? tag, string? time, string? size, out IWritePrecondition? condition)
    {
        condition = null;
        long? seconds = null, sizeBytes = null;
        if (time is not null && (seconds = ReadTime(Encoding.UTF8.GetBytes(time))) is null)
            return Wrong("LastModifiedTime");
        if (size is not null && (sizeBytes = ReadSize(Encoding.UTF8.GetBytes(size))) is null)
            return Wrong("Size");
        if (tag is not null || time is not null || size is not null)
            condition = new DeleteCondition(tag is null ? null : Encoding.UTF8.GetBytes(tag), null, seconds, sizeBytes);
        return null;
    }

    public StoreStatus Check(ObjectRecord? current)
    {
        StoreStatus status = _ofHead?.Check(current) ?? StoreStatus.Ok;
        // Without a tag nothing asks that the object exist: that it is gone is what the request wants.
        if (status != StoreStatus.Ok || current is null)
            return status == StoreStatus.Ok && _tags is not null ? StoreStatus.NoSuchKey : status;
        bool holds = (_tags is null || EntityTags.ListMatches(_tags, current.ETag, isWeak: false))
            && (_modifiedSeconds is not { } seconds || seconds == current.LastModifiedMs / 1000)
            && (_sizeBytes is not { } sizeBytes || sizeBytes == current.SizeBytes);
        return holds ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
    }

    /// <summary>HTTP-date, as SDKs write it, or ISO 8601 in UTC, as listings show it. Compared in whole seconds, which both have.</summary>
    private static long? ReadTime(ReadOnlySpan<byte> text)
    {
        if (HttpDate.TryParse(text, out DateTimeOffset date))
            return date.ToUnixTimeSeconds();
        bool isTime = DateTimeOffset.TryParseExact(Encoding.UTF8.GetString(text), Iso8601Forms, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out date);
        return isTime ? date.ToUnixTimeSeconds() : null;
    }

    private static long? ReadSize(ReadOnlySpan<byte> text) =>
        !text.Contains((byte)0) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : null;

    private static S3Error Wrong(string name) => S3Errors.InvalidArgument with
    {
        Message = $"{name} cannot be read: a time is an HTTP date or ISO 8601 in UTC, a size a number of bytes.",
        Details = [("ArgumentName", name)],
    };
}
