using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>The four conditions on an object that is read, by the fields that carry them.</summary>
internal sealed class ReadConditions
{
    public enum Outcome : byte { Holds, NotModified, Failed }

    /// <summary>On the object of a GET or HEAD.</summary>
    public static readonly ReadConditions OfTarget = new()
    {
        Match = KnownHeader.IfMatch,
        NoneMatch = KnownHeader.IfNoneMatch,
        ModifiedSince = KnownHeader.IfModifiedSince,
        UnmodifiedSince = KnownHeader.IfUnmodifiedSince,
    };

    /// <summary>On the source of a copy.</summary>
    public static readonly ReadConditions OfCopySource = new()
    {
        Match = KnownHeader.AmzCopySourceIfMatch,
        NoneMatch = KnownHeader.AmzCopySourceIfNoneMatch,
        ModifiedSince = KnownHeader.AmzCopySourceIfModifiedSince,
        UnmodifiedSince = KnownHeader.AmzCopySourceIfUnmodifiedSince,
    };

    /// <summary>On the source of a rename.</summary>
    public static readonly ReadConditions OfRenameSource = new()
    {
        Match = KnownHeader.AmzRenameSourceIfMatch,
        NoneMatch = KnownHeader.AmzRenameSourceIfNoneMatch,
        ModifiedSince = KnownHeader.AmzRenameSourceIfModifiedSince,
        UnmodifiedSince = KnownHeader.AmzRenameSourceIfUnmodifiedSince,
    };

    public KnownHeader[] Headers => [Match, NoneMatch, ModifiedSince, UnmodifiedSince];

    private KnownHeader Match { get; init; }
    private KnownHeader NoneMatch { get; init; }
    private KnownHeader ModifiedSince { get; init; }
    private KnownHeader UnmodifiedSince { get; init; }

    /// <summary>
    /// RFC 9110 §13.2.2: If-Match stands before If-Unmodified-Since, If-None-Match before If-Modified-Since; the dates count only when the
    /// tags are absent, and dates that cannot be read are ignored.
    /// </summary>
    public Outcome Evaluate(RequestHead head, ObjectRecord record)
    {
        if (head.TryGet(Match, out _))
        {
            if (!EntityTags.AnyMatches(head, Match, record.ETag, isWeak: false))
                return Outcome.Failed;
        }
        else if (TryGetDate(head, UnmodifiedSince, out long unmodifiedSince) && record.LastModifiedMs / 1000 > unmodifiedSince)
        {
            return Outcome.Failed;
        }

        if (head.TryGet(NoneMatch, out _))
            return EntityTags.AnyMatches(head, NoneMatch, record.ETag, isWeak: true) ? Outcome.NotModified : Outcome.Holds;
        return TryGetDate(head, ModifiedSince, out long modifiedSince) && record.LastModifiedMs / 1000 <= modifiedSince
            ? Outcome.NotModified
            : Outcome.Holds;
    }

    /// <summary>Whether a condition can hold only of an object that exists: an entity tag, or a change since a time.</summary>
    public bool NeedsObject(RequestHead head) => head.TryGet(Match, out _) || TryGetDate(head, ModifiedSince, out _);

    /// <summary>If-Range (RFC 9110 §13.1.5): whether the range may be used. A strong tag, or the exact date.</summary>
    public static bool RangeApplies(RequestHead head, ObjectRecord record)
    {
        if (!head.TryGet(KnownHeader.IfRange, out ReadOnlySpan<byte> validator))
            return true;
        return HttpDate.TryParse(validator, out DateTimeOffset date)
            ? date.ToUnixTimeSeconds() == record.LastModifiedMs / 1000
            : EntityTags.ListMatches(validator, record.ETag, isWeak: false);
    }

    /// <summary>Seconds since 1970: HTTP dates have no finer unit, so the object's time is compared in whole seconds.</summary>
    private static bool TryGetDate(RequestHead head, KnownHeader field, out long unixSeconds)
    {
        unixSeconds = 0;
        if (!head.TryGet(field, out ReadOnlySpan<byte> text) || !HttpDate.TryParse(text, out DateTimeOffset date))
            return false;
        unixSeconds = date.ToUnixTimeSeconds();
        return true;
    }
}
