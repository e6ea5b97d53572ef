namespace RustFs.Storage;

/// <summary>
/// The index's key spaces: column families, so that what lives briefly stands apart from what is listed. Stored by name: never rename.
/// </summary>
internal enum Keyspace : byte
{
    /// <summary>Volume facts, buckets.</summary>
    Meta,
    /// <summary>bucket id (4, big-endian) ‖ key → object record.</summary>
    Objects,
    /// <summary>Uploads and their parts.</summary>
    Uploads,
    /// <summary>Segment states, owner lists, block checksums of long extents.</summary>
    Segments,
    /// <summary>Versions of objects that are not the current object of their key: older ones, and delete markers.</summary>
    Versions,
}

/// <summary>The ordered, transactional store under the engine. One writer at a time; readers any number, on any thread.</summary>
internal interface IIndex : IDisposable
{
    /// <summary>Copies the value into <paramref name="destination"/> when it fits.</summary>
    /// <returns>The value's length, which may exceed the destination (then nothing is copied); -1 when absent.</returns>
    int Get(Keyspace keyspace, ReadOnlySpan<byte> key, Span<byte> destination);

    /// <summary>The value in a new array, or null when absent.</summary>
    byte[]? Get(Keyspace keyspace, ReadOnlySpan<byte> key);

    /// <summary>The same without reading the disk; false when that cannot be told without.</summary>
    bool TryGetInMemory(Keyspace keyspace, ReadOnlySpan<byte> key, out byte[]? value);

    IIndexBatch NewBatch();

    /// <summary>
    /// Applies all of a batch or nothing, with the log synced unless told otherwise. The batch is cleared. Throws <see
    /// cref="IndexException"/>.
    /// </summary>
    void Commit(IIndexBatch batch, bool synced);

    /// <summary>
    /// Iterates keys up to an upper bound (exclusive); an empty one means no bound. The cursor belongs to the thread that opened it.
    /// </summary>
    /// <param name="fillCache">False for sweeps, which would push out of the block cache what other readers use.</param>
    IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache = true);

    /// <summary>
    /// The index as it is now, for several cursors to see the same. It belongs to the thread that took it, as its cursors do.
    /// </summary>
    IIndexSnapshot TakeSnapshot();

    /// <summary>
    /// Opens the index anew after a failure such as a full disk. Waits for open cursors, so the caller must hold none.
    /// Throws IndexException when it still cannot; it may be called again.
    /// </summary>
    void Reopen();
}

/// <summary>Not thread-safe. Survives a <see cref="IIndex.Reopen"/>.</summary>
internal interface IIndexBatch : IDisposable
{
    int Count { get; }
    void Put(Keyspace keyspace, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
    void Delete(Keyspace keyspace, ReadOnlySpan<byte> key);
    void DeleteRange(Keyspace keyspace, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end);
    void Clear();
}

/// <summary>A state of the index. To be disposed after its cursors.</summary>
internal interface IIndexSnapshot : IDisposable
{
    /// <summary>As <see cref="IIndex.OpenCursor"/>, in that state.</summary>
    IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache = true);
}

/// <summary>A snapshot iterator. Key and Value are valid until the next move.</summary>
internal interface IIndexCursor : IDisposable
{
    /// <summary>Moves to the first key at or after the given one; false when there is none below the bound.</summary>
    bool Seek(ReadOnlySpan<byte> key);
    bool Next();
    ReadOnlySpan<byte> Key { get; }
    ReadOnlySpan<byte> Value { get; }
}

internal sealed class IndexException(string message, bool isNoSpace, bool isCorruption = false) : IOException(message)
{
    public bool IsNoSpace => isNoSpace;

    /// <summary>What the index has stored is damaged: its own checksums say so.</summary>
    public bool IsCorruption => isCorruption;
}
