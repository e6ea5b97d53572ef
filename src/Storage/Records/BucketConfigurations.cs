namespace RustFs.Storage;

/// <summary>What a bucket can be configured with. Stored: never renumber.</summary>
public enum BucketConfigurationKind : byte
{
    Versioning = 1,
    Tagging = 2,
    Encryption = 3,
    ObjectLock = 4,
    Lifecycle = 5,
}

/// <summary>
/// A bucket's configurations, as S3 encoded them: the engine keeps their bytes, and reads none but versioning and object lock. In memory
/// while the bucket exists. Immutable.
/// </summary>
public sealed class BucketConfigurations
{
    /// <summary>
    /// All buckets' are in memory. The longest document of the S3 API, a thousand lifecycle rules, takes a few hundred KiB.
    /// </summary>
    public const int MaxValueBytes = 1 << 20;

    internal const int MaxKind = (int)BucketConfigurationKind.Lifecycle;

    private readonly ReadOnlyMemory<byte>[] _values;

    private BucketConfigurations(ReadOnlyMemory<byte>[] values) => _values = values;

    public static BucketConfigurations None { get; } = new(new ReadOnlyMemory<byte>[MaxKind + 1]);

    /// <summary>Empty when the bucket has none of that kind.</summary>
    public ReadOnlyMemory<byte> this[BucketConfigurationKind kind] => _values[(int)kind];

    /// <param name="value">Kept, not copied; empty to remove it.</param>
    internal BucketConfigurations With(BucketConfigurationKind kind, ReadOnlyMemory<byte> value)
    {
        ReadOnlyMemory<byte>[] values = [.. _values];
        values[(int)kind] = value;
        return new BucketConfigurations(values);
    }

    internal bool Equals(BucketConfigurations other)
    {
        for (int kind = 0; kind < _values.Length; kind++)
        {
            if (!_values[kind].Span.SequenceEqual(other._values[kind].Span)) return false;
        }
        return true;
    }
}
