namespace RustFs.Storage;

/// <summary>
/// Where a body of a known length goes as it arrives: ask for room, fill it, advance. Small bodies stay in one buffer until their group is
/// committed; large ones are written out as buffers fill. Disposing without a commit gives the space back.
/// </summary>
public abstract class BodyWriter : IDisposable
{
    public abstract long LengthBytes { get; }

    /// <summary>
    /// Room for the next bytes: 4 KiB-aligned at whole blocks, never longer than what is missing, empty only when the length is reached.
    /// </summary>
    public abstract Memory<byte> Room { get; }

    /// <summary>Spares the MD5, before the first byte: the caller knows the tag of what it copies.</summary>
    public virtual void SkipMd5()
    {
    }

    /// <summary>
    /// Takes the first bytes of <see cref="Room"/> as written. Completes at once unless a buffer must be written out and all are in flight.
    /// </summary>
    public abstract ValueTask<StoreStatus> AdvanceAsync(int lengthBytes);

    /// <summary>
    /// Takes the first bytes of <see cref="Room"/> as the last ones: the body is shorter than was said when it was opened, which is then an
    /// upper bound. For bodies whose length only their end tells.
    /// </summary>
    /// <param name="lengthBytes">At least 1. A body opened as longer than <see cref="IObjectStore.MaxInPlaceBodyBytes"/> must also end
    /// longer.</param>
    public abstract ValueTask<StoreStatus> EndAsync(int lengthBytes);
    public abstract void Dispose();
}
