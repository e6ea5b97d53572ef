namespace RustFs.Storage;

/// <summary>Whether a bucket keeps what is overwritten and deleted. Stored: never renumber.</summary>
public enum BucketVersioning : byte
{
    /// <summary>Never asked for: every key has at most one version, null.</summary>
    Never = 0,
    /// <summary>Each write makes a version with an id of its own.</summary>
    Enabled = 1,
    /// <summary>Each write replaces the null version; those with ids stay.</summary>
    Suspended = 2,
}
