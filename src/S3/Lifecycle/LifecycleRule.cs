using RustFs.S3.Tagging;
using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>One rule of a bucket's lifecycle, as S3 knows it. Null stands for an element that is absent.</summary>
internal sealed record LifecycleRule
{
    public required string Id { get; init; }
    public bool IsEnabled { get; init; }
    public required LifecycleFilter Filter { get; init; }

    /// <summary>Days after an object's creation.</summary>
    public int? ExpirationDays { get; init; }

    /// <summary>A midnight (UTC), in milliseconds since 1970.</summary>
    public long? ExpirationDateMs { get; init; }
    public bool? ExpiredObjectDeleteMarker { get; init; }

    /// <summary>Days after a version ceased to be the current one.</summary>
    public int? NoncurrentDays { get; init; }

    /// <summary>How many versions, newer than it and not current either, a version must have before it may go.</summary>
    public int? NewerNoncurrentVersions { get; init; }

    /// <summary>Days after an upload was begun.</summary>
    public int? AbortDays { get; init; }

    public bool HasExpiration => ExpirationDays is not null || ExpirationDateMs is not null;

    /// <summary>Whether it may delete an object, a version or a delete marker.</summary>
    public bool IsOfVersions => HasExpiration || ExpiredObjectDeleteMarker == true || NoncurrentDays is not null;

    /// <summary>When an object of that age expires; null when the rule expires none.</summary>
    public long? ExpiryMs(long modifiedMs) =>
        ExpirationDays is { } days ? LifecycleTime.After(modifiedMs, days) : ExpirationDateMs;
}

/// <summary>How a rule's document names what it is about. It is given back in the same form.</summary>
internal enum FilterForm : byte
{
    /// <summary>A Filter with one condition, or none.</summary>
    Single,
    /// <summary>A Filter with several conditions in an And.</summary>
    And,
    /// <summary>A Prefix of the rule itself, as in the first version of the API.</summary>
    RulePrefix,
}

/// <summary>What a rule is about. Every condition must hold.</summary>
internal sealed record LifecycleFilter
{
    public FilterForm Form { get; init; }

    /// <summary>Null when the filter names none, which is the same as an empty one.</summary>
    public byte[]? Prefix { get; init; }
    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>Exclusive.</summary>
    public long? LargerThanBytes { get; init; }

    /// <summary>Exclusive.</summary>
    public long? SmallerThanBytes { get; init; }

    public bool HasSizes => LargerThanBytes is not null || SmallerThanBytes is not null;

    public bool MatchesKey(ReadOnlySpan<byte> key) => key.StartsWith(Prefix);

    public bool MatchesSize(long sizeBytes) =>
        (LargerThanBytes is not { } larger || sizeBytes > larger) && (SmallerThanBytes is not { } smaller || sizeBytes < smaller);

    /// <summary>Whether an object has all the tags that the filter names.</summary>
    public bool MatchesTags(StoredFields fields)
    {
        if (Tags.Count == 0)
            return true;
        return fields.TryGet(StoredFieldId.Tagging, out ReadOnlySpan<byte> text)
            && TagText.Decode(text) is { } found
            && Tags.All(found.Contains);
    }
}
