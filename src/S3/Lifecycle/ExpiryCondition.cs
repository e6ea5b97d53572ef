using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// Decides when a deletion is committed whether what is deleted is still what was judged: what came in its place, became the current object
/// again or lost the tags that it was judged by stays.
/// </summary>
internal sealed class ExpiryCondition(ExpiryCandidate candidate, LifecycleRules rules, long nowMs) : IVersionPrecondition
{
    public StoreStatus Check(ObjectRecord? current)
    {
        bool holds = candidate.Kind switch
        {
            ExpiryKind.Object => current is not null && IsSame(current) && Expires(current),
            ExpiryKind.DeleteMarker => current is null,
            _ => current is null || current.VersionId != candidate.Version,
        };
        return holds ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
    }

    public StoreStatus CheckVersion(ObjectRecord version)
    {
        bool holds = IsSame(version) && version.IsDeleteMarker == candidate.IsDeleteMarker
            && (candidate.Kind != ExpiryKind.Version
                || rules.OfNoncurrent(
                    candidate.Key, version.SizeBytes, candidate.SinceMs, candidate.NewerVersions, nowMs, version.Fields)
                    == LifecycleVerdict.Goes);
        return holds ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
    }

    private bool Expires(ObjectRecord current) =>
        rules.OfCurrent(candidate.Key, current.SizeBytes, current.LastModifiedMs, nowMs, current.Fields) == LifecycleVerdict.Goes;

    private bool IsSame(ObjectRecord record) =>
        record.VersionId == candidate.Version && record.LastModifiedMs == candidate.ModifiedMs
        && (candidate.IsDeleteMarker || record.ETag == candidate.ETag);
}
