using System.Numerics;
using System.Runtime.CompilerServices;

namespace RustFs.Storage;

/// <summary>
/// A bounded cache of hot records in front of the index, keyed by bucket id and key. Thread-safe; hits take no lock and allocate nothing.
/// Set-associative: a key's hash names its set, and the second-chance rule chooses within the set what makes room.
/// </summary>
internal sealed class RecordCache
{
    private const int Ways = 8;

    // Records of many extents or much metadata stay in the index: with this bound the whole cache never passes some 3 KiB an entry.
    private const int MaxRecordBytes = 2048;

    private readonly Set[] _sets;
    private readonly int _setMask;
    private readonly StripedCounter _hits = new();
    private readonly StripedCounter _misses = new();

    /// <param name="entryCount">Rounded up to whole sets, of which there is a power of two.</param>
    public RecordCache(int entryCount)
    {
        EntryCount = entryCount;
        int setCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, (entryCount + Ways - 1) / Ways));
        _sets = new Set[setCount];
        for (int i = 0; i < setCount; i++)
        {
            _sets[i] = new Set();
        }
        _setMask = setCount - 1;
    }

    public int EntryCount { get; }
    public long Hits => _hits.Total;
    public long Misses => _misses.Total;

    /// <param name="ticket">To be taken before the index is read, so that a value read before an invalidation is not inserted after
    /// it.</param>
    public bool TryGet(uint bucketId, ReadOnlySpan<byte> key, out StoredObjectRecord? record, out long ticket)
    {
        ulong hash = KeyHash.Compute(bucketId, key);
        Set set = _sets[(int)hash & _setMask];

        // Before the entries are looked at: an invalidation that this look misses has then changed the number by the time of Insert.
        ticket = Volatile.Read(ref set.Invalidations);
        foreach (ref Entry? slot in (Span<Entry?>)set.Entries)
        {
            Entry? entry = Volatile.Read(ref slot);
            if (entry != null && entry.Hash == hash && entry.Is(bucketId, key))
            {
                // Written only when it changes, so that hits by several cores leave the line shared.
                if (!entry.IsRecent)
                {
                    entry.IsRecent = true;
                }
                _hits.Increment();
                record = entry.Record;
                return true;
            }
        }
        _misses.Increment();
        record = null;
        return false;
    }

    /// <summary>Keeps a record read from the index since the ticket was taken, unless an invalidation came in between.</summary>
    public void Insert(uint bucketId, ReadOnlySpan<byte> key, StoredObjectRecord record, long ticket)
    {
        if (record.Encoded.Length > MaxRecordBytes)
        {
            return;
        }
        ulong hash = KeyHash.Compute(bucketId, key);
        Set set = _sets[(int)hash & _setMask];
        if (Volatile.Read(ref set.Invalidations) != ticket)
        {
            return;
        }
        var entry = new Entry(hash, bucketId, key.ToArray(), record);
        lock (set)
        {
            if (set.Invalidations == ticket)
            {
                Volatile.Write(ref set.Entries[set.ChooseSlot(entry)], entry);
            }
        }
    }

    /// <summary>Called by the committer after the index has the new value, before the write is acknowledged.</summary>
    public void Invalidate(uint bucketId, ReadOnlySpan<byte> key)
    {
        ulong hash = KeyHash.Compute(bucketId, key);
        Set set = _sets[(int)hash & _setMask];
        lock (set)
        {
            set.Invalidations++;
            foreach (ref Entry? slot in (Span<Entry?>)set.Entries)
            {
                if (slot != null && slot.Hash == hash && slot.Is(bucketId, key))
                {
                    Volatile.Write(ref slot, null);
                }
            }
        }
    }

    private sealed class Entry(ulong hash, uint bucketId, byte[] key, StoredObjectRecord record)
    {
        public readonly ulong Hash = hash;
        public readonly StoredObjectRecord Record = record;

        /// <summary>Hit since the hand last passed.</summary>
        public bool IsRecent;

        public bool Is(uint otherBucketId, ReadOnlySpan<byte> otherKey) => bucketId == otherBucketId && otherKey.SequenceEqual(key);

        public bool IsSameKey(Entry other) => Hash == other.Hash && other.Is(bucketId, key);
    }

    private sealed class Set
    {
        /// <summary>Counts invalidations; changed under the set's lock, read without.</summary>
        public long Invalidations;
        public EntryArray Entries;
        private int _hand;

        /// <summary>The key's own slot, an empty one, or the first from the hand on that was not hit since the hand last passed.</summary>
        public int ChooseSlot(Entry entry)
        {
            int empty = -1;
            for (int i = 0; i < Ways; i++)
            {
                if (Entries[i] == null)
                {
                    empty = i;
                }
                else if (Entries[i]!.IsSameKey(entry))
                {
                    return i;
                }
            }
            if (empty >= 0)
            {
                return empty;
            }
            while (Entries[_hand]!.IsRecent)
            {
                Entries[_hand]!.IsRecent = false;
                _hand = (_hand + 1) % Ways;
            }
            int chosen = _hand;
            _hand = (_hand + 1) % Ways;
            return chosen;
        }
    }

    [InlineArray(Ways)]
    private struct EntryArray
    {
        private Entry? _first;
    }
}
