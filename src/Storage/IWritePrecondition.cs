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
