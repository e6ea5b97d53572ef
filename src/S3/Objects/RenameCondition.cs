using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>
/// The conditions of a rename, on its source or on what stands at the new key, decided at commit. Reads the request's head, which stays as
/// it is until then.
/// </summary>
internal sealed class RenameCondition : IWritePrecondition
{
    /// <summary>All headers that carry one.</summary>
    public static readonly KnownHeader[] Headers = [.. ReadConditions.OfRenameSource.Headers, .. ReadConditions.OfTarget.Headers];

    private readonly RequestHead _head;
    private readonly ReadConditions _conditions;

    private RenameCondition(RequestHead head, ReadConditions conditions) => (_head, _conditions) = (head, conditions);

    /// <summary>Null when the request has none.</summary>
    public static RenameCondition? OfSource(RequestHead head) => Of(head, ReadConditions.OfRenameSource);

    public static RenameCondition? OfTarget(RequestHead head) => Of(head, ReadConditions.OfTarget);

    /// <summary>
    /// What must match, or have changed, must exist; nothing is asked of what does not exist otherwise. That is no NoSuchKey, which says
    /// that there is nothing to rename.
    /// </summary>
    public StoreStatus Check(ObjectRecord? current)
    {
        bool holds = current is null
            ? !_conditions.NeedsObject(_head)
            : _conditions.Evaluate(_head, current) == ReadConditions.Outcome.Holds;
        return holds ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
    }

    private static RenameCondition? Of(RequestHead head, ReadConditions conditions) =>
        Array.Exists(conditions.Headers, header => head.TryGet(header, out _)) ? new RenameCondition(head, conditions) : null;
}
