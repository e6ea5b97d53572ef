using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>What the rules say of something.</summary>
internal enum LifecycleVerdict : byte
{
    Stays,

    /// <summary>It goes if it has the tags that a rule names, which a listing does not show.</summary>
    GoesIfTagged,
    Goes,
}

/// <summary>
/// The enabled rules of a bucket as a judge: of what is listed, whether it goes at a time. Nothing is asked of the store. Of several rules
/// that match the earliest counts (S3 user guide, "Examples of overlapping filters and conflicting lifecycle actions").
/// </summary>
internal sealed class LifecycleRules(LifecycleRule[] rules)
{
    public bool IsEmpty => rules.Length == 0;

    /// <summary>The prefixes under which all objects lie that may go: in order, none under another.</summary>
    public IReadOnlyList<byte[]> ObjectPrefixes { get; } = RootsOf(rules.Where(rule => rule.IsOfVersions));

    /// <summary>The same of uploads.</summary>
    public IReadOnlyList<byte[]> UploadPrefixes { get; } = RootsOf(rules.Where(rule => rule.AbortDays is not null));

    /// <summary>Of a current object.</summary>
    /// <param name="fields">Null when they are not at hand.</param>
    public LifecycleVerdict OfCurrent(ReadOnlySpan<byte> key, long sizeBytes, long modifiedMs, long nowMs, StoredFields? fields = null)
    {
        var verdict = LifecycleVerdict.Stays;
        foreach (LifecycleRule rule in rules)
        {
            if (rule.ExpiryMs(modifiedMs) <= nowMs && Matches(rule, key, sizeBytes))
                verdict = Later(verdict, OfTags(rule, fields));
        }

        return verdict;
    }

    /// <summary>Of a version, or a delete marker, that is not the newest of its key.</summary>
    /// <param name="sinceMs">When it ceased to be: when the next one was written.</param>
    /// <param name="newerVersions">How many of its key stand between it and the newest.</param>
    /// <param name="fields">Null when they are not at hand.</param>
    public LifecycleVerdict OfNoncurrent(
        ReadOnlySpan<byte> key, long sizeBytes, long sinceMs, long newerVersions, long nowMs, StoredFields? fields = null)
    {
        var verdict = LifecycleVerdict.Stays;
        foreach (LifecycleRule rule in rules)
        {
            if (rule.NoncurrentDays is { } days && LifecycleTime.After(sinceMs, days) <= nowMs
                && newerVersions >= (rule.NewerNoncurrentVersions ?? 0) && Matches(rule, key, sizeBytes))
                verdict = Later(verdict, OfTags(rule, fields));
        }

        return verdict;
    }

    /// <summary>Of a delete marker that is all that its key has. One that is old enough to have expired goes as well.</summary>
    public bool ExpiresLoneMarker(ReadOnlySpan<byte> key, long modifiedMs, long nowMs)
    {
        foreach (LifecycleRule rule in rules)
        {
            bool isDue = rule.ExpiredObjectDeleteMarker == true || rule.ExpiryMs(modifiedMs) <= nowMs;
            if (isDue && rule.Filter.Tags.Count == 0 && Matches(rule, key, sizeBytes: 0))
                return true;
        }

        return false;
    }

    public bool AbortsUpload(ReadOnlySpan<byte> key, long initiatedMs, long nowMs) =>
        FindAbort(key, initiatedMs, out long abortMs) is not null && abortMs <= nowMs;

    /// <summary>The rule that a current object will expire by, and when; of several at the same time the first. Null for none.</summary>
    public LifecycleRule? FindExpiry(ReadOnlySpan<byte> key, long sizeBytes, long modifiedMs, StoredFields fields, out long expiryMs)
    {
        LifecycleRule? found = null;
        expiryMs = long.MaxValue;
        foreach (LifecycleRule rule in rules)
        {
            if (rule.ExpiryMs(modifiedMs) is { } ms && ms < expiryMs && Matches(rule, key, sizeBytes) && rule.Filter.MatchesTags(fields))
                (found, expiryMs) = (rule, ms);
        }

        return found;
    }

    /// <summary>The rule that an upload will be aborted by, and when; of several at the same time the first. Null for none.</summary>
    public LifecycleRule? FindAbort(ReadOnlySpan<byte> key, long initiatedMs, out long abortMs)
    {
        LifecycleRule? found = null;
        abortMs = long.MaxValue;
        foreach (LifecycleRule rule in rules)
        {
            if (rule.AbortDays is not { } days || !rule.Filter.MatchesKey(key))
                continue;
            long ms = LifecycleTime.After(initiatedMs, days);
            if (ms < abortMs)
                (found, abortMs) = (rule, ms);
        }

        return found;
    }

    private static bool Matches(LifecycleRule rule, ReadOnlySpan<byte> key, long sizeBytes) =>
        rule.Filter.MatchesKey(key) && rule.Filter.MatchesSize(sizeBytes);

    private static LifecycleVerdict OfTags(LifecycleRule rule, StoredFields? fields)
    {
        if (rule.Filter.Tags.Count == 0)
            return LifecycleVerdict.Goes;
        if (fields is not { } known)
            return LifecycleVerdict.GoesIfTagged;
        return rule.Filter.MatchesTags(known) ? LifecycleVerdict.Goes : LifecycleVerdict.Stays;
    }

    private static LifecycleVerdict Later(LifecycleVerdict left, LifecycleVerdict right) => left > right ? left : right;

    private static List<byte[]> RootsOf(IEnumerable<LifecycleRule> rules)
    {
        List<byte[]> prefixes = [.. rules.Select(rule => rule.Filter.Prefix ?? [])];
        // In order, what begins with a prefix follows it directly.
        prefixes.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
        var roots = new List<byte[]>();
        foreach (byte[] prefix in prefixes)
        {
            if (roots.Count == 0 || !prefix.AsSpan().StartsWith(roots[^1]))
                roots.Add(prefix);
        }

        return roots;
    }
}
