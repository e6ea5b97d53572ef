namespace RustFs.Storage;

/// <summary>
/// Whole bodies of small objects that are read again and again. A body hangs on its cached record, so that whatever makes the record go,
/// a write above all, takes the body with it, and a hit costs no look-up. Bytes enter after they were verified. Bounded; the oldest go
/// first, those read since they were last considered get a second round. Thread-safe; a hit takes no lock and allocates nothing.
/// </summary>
internal sealed class BodyCache(long capacityBytes)
{
    /// <summary>Above this the copy into the response costs what the system call for cached pages costs.</summary>
    public const int MaxBodyBytes = 16 * 1024;

    /// <summary>
    /// What a body counts for beyond its bytes and its record's, which it keeps while others have left the record's own cache: the array's
    /// header, its place in the queue, and what the API keeps with it.
    /// </summary>
    private const int EntryBytes = 128 + ObjectRecord.MaxRenderingBytes;

    /// <summary>
    /// Once full, so many bodies ask for one that is let in. Where more is read than fits, each that enters pushes out one as good: a copy
    /// for the collector, and no hit more. What is read often asks often.
    /// </summary>
    private const int AskersPerEntryWhenFull = 8;

    private readonly Lock _lock = new();
    private readonly Queue<Entry> _queue = new();
    private readonly StripedCounter _hits = new();
    private long _bytes;
    private int _askers;

    public long Hits => _hits.Total;
    public long Bytes => Volatile.Read(ref _bytes);

    public ReadOnlyMemory<byte> Find(StoredObjectRecord record)
    {
        byte[]? body = record.CachedBody;
        if (body is null) return default;
        _hits.Increment();
        return body;
    }

    /// <summary>Called with each whole verified body that was read from the medium; keeps it from the record's second read on.</summary>
    public void Offer(StoredObjectRecord record, ReadOnlySpan<byte> body)
    {
        if (capacityBytes == 0 || body.Length > MaxBodyBytes || !record.NoteRead() || record.CachedBody is not null) return;
        if (IsFull && ++_askers % AskersPerEntryWhenFull != 0) return;
        byte[] copy = body.ToArray();
        lock (_lock)
        {
            if (record.CachedBody is not null) return;
            record.CachedBody = copy;
            int countedBytes = copy.Length + record.Encoded.Length + EntryBytes;
            _queue.Enqueue(new Entry(record, countedBytes));
            _bytes += countedBytes;
            while (_bytes > capacityBytes) DropOne();
        }
    }

    // Room for one more of the longest, so that it stays full once it is.
    private bool IsFull => Bytes > capacityBytes - 2 * MaxBodyBytes;

    private void DropOne()
    {
        Entry oldest = _queue.Dequeue();
        if (oldest.Record.TakeRecentHit())
        {
            _queue.Enqueue(oldest);
            return;
        }
        oldest.Record.CachedBody = null;
        _bytes -= oldest.CountedBytes;
    }

    private readonly record struct Entry(StoredObjectRecord Record, int CountedBytes);
}
