namespace RustFs.Storage;

/// <summary>
/// A bucket as it stood when it was found; kept in memory while it exists. Another instance takes its place when it is configured: compare
/// ids.
/// </summary>
public sealed class Bucket
{
    public required uint Id { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>The region it was created with; empty when none was named.</summary>
    public required string Region { get; init; }

    public BucketConfigurations Configurations { get; private init; } = BucketConfigurations.None;

    /// <summary>The first byte of its configuration.</summary>
    public BucketVersioning Versioning =>
        Configurations[BucketConfigurationKind.Versioning].Span is [byte state, ..] ? (BucketVersioning)state : BucketVersioning.Never;

    /// <summary>Whether its versions can be locked. It never can be without again, and has versioning enabled for ever.</summary>
    public bool HasObjectLock => !Configurations[BucketConfigurationKind.ObjectLock].IsEmpty;

    /// <summary>What new versions get that bring no retention of their own.</summary>
    public DefaultRetention DefaultRetention => DefaultRetention.Decode(Configurations[BucketConfigurationKind.ObjectLock].Span);

    internal Bucket With(BucketConfigurationKind kind, ReadOnlyMemory<byte> value) => new()
    {
        Id = Id,
        Name = Name,
        Created = Created,
        Region = Region,
        Configurations = Configurations.With(kind, value),
    };
}
