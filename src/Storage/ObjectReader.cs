namespace RustFs.Storage;

/// <summary>Hands out an object's bytes, each block verified before it leaves. Pins the segments it reads until disposed.</summary>
public abstract class ObjectReader : IDisposable
{
    public abstract long RemainingBytes { get; }

    /// <summary>
    /// Reads and verifies all remaining bytes into <paramref name="destination"/> without waiting, when they are few (one block) and the
    /// page cache has them.
    /// </summary>
    /// <returns>False when it would have to wait: use <see cref="ReadAsync"/>.</returns>
    public abstract bool TryReadAll(Span<byte> destination, out StoreStatus status);

    /// <summary>The next verified bytes, valid until the next call or Dispose; empty at the end.</summary>
    public abstract ValueTask<ReadResult> ReadAsync();
    public abstract void Dispose();
}

public readonly record struct ReadResult(StoreStatus Status, ReadOnlyMemory<byte> Bytes);
