using System.Runtime.CompilerServices;

namespace RustFs.Storage;

/// <summary>
/// A bounded cache of hot records in front of the index, keyed by bucket id and key. Thread-safe; hits take no lock and allocate nothing.
/// Set-associative: a key's hash names its set, and the second-chance rule chooses within the set what makes room. Each set has the same
/// share of the bytes, so that long keys and records take the place of several short ones and never more memory.
/// </summary>
internal sealed class RecordCache
{
    private const int Ways = 8;

    // Eight records of half a KiB with their keys, which is more than most take, or one of the longest that is kept.
    private const int SetBytes = 4096;

    // Records of many extents or much metadata stay in the index: 2 KiB with a key of 1 KiB is kept.
    private const int MaxEntryBytes = 3 * 1024 + EntryBytes;

    // The objects of one entry without key and record: Entry (48), StoredObjectRecord (88), the heads of two arrays (24 each), rounding.
    private const int EntryBytes = 200;

    // Eight million records, 4 GiB.
    private const int MaxSets = 1 << 20;

    private readonly Set[] _sets;
    private readonly StripedCounter _hits = new();
    private readonly StripedCounter _misses = new();

    /// <param name="capacityBytes">What keys, records and their objects may take together; at least one set is made.</param>
    public RecordCache(long capacityBytes)
    {
        _sets = new Set[(int)Math.Clamp(capacityBytes / SetBytes, 1, MaxSets)];
        for (int i = 0; i < _sets.Length; i++)
        {
            _sets[i] = new Set();
        }
    }

    /// <summary>What the entries take now; for tests, it looks at all of them.</summary>
    public long Bytes => _sets.Sum(set => (long)set.TakenBytes);

    public long Hits => _hits.Total;
    public long Misses => _misses.Total;

    /// <param name="ticket">To be taken before the index is read, so that a value read before an invalidation is not inserted after
    /// it.</param>
    public bool TryGet(uint bucketId, ReadOnlySpan<byte> key, out StoredObjectRecord? record, out long ticket)
    {
        if (Find(bucketId, key, out ticket) is { } entry)
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
        _misses.Increment();
        record = null;
        return false;
    }

    /// <summary>Whether it has a record of the key; not counted as a hit or a miss.</summary>
    /// <param name="ticket">As of <see cref="TryGet"/>.</param>
    public bool Has(uint bucketId, ReadOnlySpan<byte> key, out long ticket) => Find(bucketId, key, out ticket) is not null;

    private Entry? Find(uint bucketId, ReadOnlySpan<byte> key, out long ticket)
    {
        ulong hash = KeyHash.Compute(bucketId, key);
        Set set = SetOf(hash);

        // Before the entries are looked at: an invalidation that this look misses has then changed the number by the time of Insert.
        ticket = Volatile.Read(ref set.Invalidations);
        foreach (ref Entry? slot in (Span<Entry?>)set.Entries)
        {
            Entry? entry = Volatile.Read(ref slot);
            if (entry != null && entry.Hash == hash && entry.Is(bucketId, key)) return entry;
        }
        return null;
    }

    /// <summary>Keeps a record read from the index since the ticket was taken, unless an invalidation came in between.</summary>
    public void Insert(uint bucketId, ReadOnlySpan<byte> key, StoredObjectRecord record, long ticket)
    {
        if (EntryBytes + key.Length + record.Encoded.Length > MaxEntryBytes) return;
        ulong hash = KeyHash.Compute(bucketId, key);
        Set set = SetOf(hash);
        if (Volatile.Read(ref set.Invalidations) != ticket)
        {
            return;
        }
        var entry = new Entry(hash, bucketId, key.ToArray(), record);
        lock (set)
        {
            if (set.Invalidations == ticket) set.Put(entry);
        }
    }

    /// <summary>Called by the committer after the index has the new value, before the write is acknowledged.</summary>
    public void Invalidate(uint bucketId, ReadOnlySpan<byte> key)
    {
        ulong hash = KeyHash.Compute(bucketId, key);
        Set set = SetOf(hash);
        lock (set)
        {
            set.Invalidations++;
            foreach (ref Entry? slot in (Span<Entry?>)set.Entries)
            {
                if (slot != null && slot.Hash == hash && slot.Is(bucketId, key))
                {
                    set.Clear(ref slot);
                }
            }
        }
    }

    // Any number of sets, from the hash's low half; entries compare all of it.
    private Set SetOf(ulong hash) => _sets[(int)(((ulong)(uint)hash * (uint)_sets.Length) >> 32)];

    private sealed class Entry(ulong hash, uint bucketId, byte[] key, StoredObjectRecord record)
    {
        public readonly ulong Hash = hash;
        public readonly StoredObjectRecord Record = record;

        public readonly int TakenBytes = EntryBytes + key.Length + record.Encoded.Length;

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

        /// <summary>What its entries take; changed under the set's lock.</summary>
        public int TakenBytes { get; private set; }

        /// <summary>Puts an entry into its key's own slot or another, and lets go of as many as its bytes need.</summary>
        public void Put(Entry entry)
        {
            int slot = -1;
            for (int i = 0; i < Ways; i++)
            {
                if (Entries[i] is { } other && other.IsSameKey(entry)) Clear(ref Entries[i]);
                if (Entries[i] is null) slot = i;
            }
            while (slot < 0 || TakenBytes + entry.TakenBytes > SetBytes) slot = DropNext();
            TakenBytes += entry.TakenBytes;
            Volatile.Write(ref Entries[slot], entry);
        }

        public void Clear(ref Entry? slot)
        {
            TakenBytes -= slot!.TakenBytes;
            Volatile.Write(ref slot, null);
        }

        /// <summary>Drops the first from the hand on that was not hit since the hand last passed; only while there is one.</summary>
        private int DropNext()
        {
            while (true)
            {
                int at = _hand;
                _hand = (_hand + 1) % Ways;
                if (Entries[at] is not { } entry) continue;
                if (!entry.IsRecent)
                {
                    Clear(ref Entries[at]);
                    return at;
                }
                entry.IsRecent = false;
            }
        }
    }

    [InlineArray(Ways)]
    private struct EntryArray
    {
        private Entry? _first;
    }
}
