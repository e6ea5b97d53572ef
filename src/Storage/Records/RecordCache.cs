namespace RustFs.Storage;

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
