using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>
/// If-Match and If-None-Match on a write (S3 user guide, "How to prevent object overwrites with conditional writes"): decided at commit,
/// when no other write can come between. Reads the request's head, which stays as it is until the write completes.
/// </summary>
internal sealed class WriteCondition : IWritePrecondition
{
    private readonly RequestHead _head;
    private readonly bool _hasMatch;
    private readonly bool _hasNoneMatch;

    private WriteCondition(RequestHead head, bool hasMatch, bool hasNoneMatch)
    {
        _head = head;
        _hasMatch = hasMatch;
        _hasNoneMatch = hasNoneMatch;
    }

    /// <summary>Null when the request has no condition.</summary>
    public static WriteCondition? Of(RequestHead head)
    {
        bool hasMatch = head.TryGet(KnownHeader.IfMatch, out _);
        bool hasNoneMatch = head.TryGet(KnownHeader.IfNoneMatch, out _);
        return hasMatch || hasNoneMatch ? new WriteCondition(head, hasMatch, hasNoneMatch) : null;
    }

    public StoreStatus Check(ObjectRecord? current)
    {
        if (current is null)
            return _hasMatch ? StoreStatus.NoSuchKey : StoreStatus.Ok;
        if (_hasMatch && !EntityTags.AnyMatches(_head, KnownHeader.IfMatch, current.ETag, isWeak: false))
            return StoreStatus.PreconditionFailed;
        return _hasNoneMatch && EntityTags.AnyMatches(_head, KnownHeader.IfNoneMatch, current.ETag, isWeak: true)
            ? StoreStatus.PreconditionFailed
            : StoreStatus.Ok;
    }

    /// <summary>Decides against the record as it stands now, so that a write that would fail anyway does not send its body first.</summary>
    public S3Error? CheckEarly(S3Request request)
    {
        StoreStatus status = request.Store.TryGetObject(request.Bucket, request.Key.Span, out ObjectRecord? current);
        return StoreErrors.Of(status is StoreStatus.Ok or StoreStatus.NoSuchKey ? Check(current) : status);
    }
}
