namespace RustFs.Storage;

/// <summary>
/// Decides at commit, against the record as it then stands, whether a write may go on. Called on the committer's thread: no I/O, no
/// waiting.
/// </summary>
public interface IWritePrecondition
{
    /// <param name="current">Null when the key does not exist.</param>
    StoreStatus Check(ObjectRecord? current);
}

/// <summary>Decides also on the version that is to be deleted for ever, where there is one; what cannot be read is not deleted.</summary>
public interface IVersionPrecondition : IWritePrecondition
{
    StoreStatus CheckVersion(ObjectRecord version);
}
