namespace RustFs.Storage;

/// <summary>A bucket; kept in memory while it exists.</summary>
public sealed class Bucket
{
    public required uint Id { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>The region it was created with; empty when none was named.</summary>
    public required string Region { get; init; }
}
