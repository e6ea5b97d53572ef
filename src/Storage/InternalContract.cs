namespace RustFs.Storage;

/// <summary>The index's key spaces: column families, so that what lives briefly stands apart from what is listed. Stored by name: never rename.</summary>
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
}

/// <summary>The ordered, transactional store under the engine. One writer at a time; readers any number, on any thread.</summary>
internal interface IIndex : IDisposable
{
    /// <summary>Copies the value into <paramref name="destination"/> when it fits.</summary>
    /// <returns>The value's length, which may exceed the destination (then nothing is copied); -1 when absent.</returns>
    int Get(Keyspace keyspace, ReadOnlySpan<byte> key, Span<byte> destination);

    /// <summary>The value in a new array, or null when absent.</summary>
    byte[]? Get(Keyspace keyspace, ReadOnlySpan<byte> key);
    IIndexBatch NewBatch();

    /// <summary>Applies all of a batch or nothing, with the log synced unless told otherwise. The batch is cleared. Throws <see cref="IndexException"/>.</summary>
    void Commit(IIndexBatch batch, bool synced);

    /// <summary>Iterates keys in [lower, upper); an empty upper means no bound.</summary>
    IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound);

    /// <summary>Opens the index anew after a failure such as a full disk. Throws IndexException when it still cannot.</summary>
    void Reopen();
}

internal interface IIndexBatch : IDisposable
{
    int Count { get; }
    void Put(Keyspace keyspace, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
    void Delete(Keyspace keyspace, ReadOnlySpan<byte> key);
    void DeleteRange(Keyspace keyspace, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end);
    void Clear();
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

internal sealed class IndexException(string message, bool isNoSpace) : IOException(message)
{
    public bool IsNoSpace => isNoSpace;
}

/// <summary>
/// A run of an object's bytes in one segment. Runs of at most <see cref="BlockBytes"/> carry their checksum; longer ones keep theirs, one per block,
/// in the Segments keyspace under (segment, offset).
/// </summary>
internal readonly record struct Extent(uint Segment, uint Generation, uint Offset, uint LengthBytes, uint Crc32C)
{
    public const int BlockBytes = 64 * 1024;
    public const int EncodedBytes = 20;
    public bool HasInlineChecksum => LengthBytes <= BlockBytes;
}

/// <summary>Everything an object record encodes, for the committer to write.</summary>
internal readonly ref struct ObjectRecordContent
{
    public required long SizeBytes { get; init; }
    public required long LastModifiedMs { get; init; }
    public required ETag ETag { get; init; }
    public ObjectChecksum Checksum { get; init; }
    public UploadId UploadId { get; init; }
    public ReadOnlySpan<byte> Fields { get; init; }
    public ReadOnlySpan<ObjectPart> Parts { get; init; }
    public ReadOnlySpan<Extent> Extents { get; init; }
}

/// <summary>The stored form of object records; described in docs/data-format.md. Every decode is bounds-checked: a bad record is Corrupt, never an exception.</summary>
internal static class ObjectRecordCodec
{
    public const byte FormatVersion = 1;
    public static int EncodedLength(in ObjectRecordContent content) => throw new NotImplementedException();
    public static void Encode(in ObjectRecordContent content, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Wraps encoded bytes (kept, not copied) as a record; false when they are not a valid record.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> encoded, out StoredObjectRecord? record) => throw new NotImplementedException();

    /// <summary>Reads only what a listing shows.</summary>
    public static bool TryDecodeSummary(ReadOnlySpan<byte> encoded, out ObjectSummary summary) => throw new NotImplementedException();
}

/// <summary>A record over its encoded bytes.</summary>
internal abstract class StoredObjectRecord : ObjectRecord
{
    public abstract int ExtentCount { get; }
    public abstract Extent Extent(int index);
    public abstract ReadOnlyMemory<byte> Encoded { get; }
}

/// <summary>A bounded cache of hot records in front of the index, keyed by bucket id and key. Thread-safe; hits allocate nothing.</summary>
internal sealed class RecordCache(int entryCount)
{
    public int EntryCount => entryCount;
    public long Hits => throw new NotImplementedException();
    public long Misses => throw new NotImplementedException();

    /// <summary>A ticket taken before the index is read, so that a value read before an invalidation is not inserted after it.</summary>
    public bool TryGet(uint bucketId, ReadOnlySpan<byte> key, out StoredObjectRecord? record, out long ticket) => throw new NotImplementedException();
    public void Insert(uint bucketId, ReadOnlySpan<byte> key, StoredObjectRecord record, long ticket) => throw new NotImplementedException();

    /// <summary>Called by the committer after the index has the new value, before the write is acknowledged.</summary>
    public void Invalidate(uint bucketId, ReadOnlySpan<byte> key) => throw new NotImplementedException();
}
