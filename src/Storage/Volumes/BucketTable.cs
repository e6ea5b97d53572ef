using System.Text;

namespace RustFs.Storage;

/// <summary>
/// All buckets, in memory. Readers see one snapshot without a lock; the committer makes the next one, which copies the table: buckets change seldom.
/// </summary>
internal sealed class BucketTable
{
    /// <summary>Each costs some hundred bytes of memory and a copied slot per change; AWS's own default quota is the same.</summary>
    public const int MaxBuckets = 10_000;

    private volatile Snapshot _snapshot = new([]);

    public int Count => _snapshot.Sorted.Length;

    /// <summary>The id the next bucket gets; ids are never used twice.</summary>
    public uint NextId { get; private set; } = 1;

    public Bucket? Find(ReadOnlySpan<byte> name) => _snapshot.Find(name);

    /// <summary>Whether this very bucket exists, not one made later under its name.</summary>
    public bool Contains(Bucket bucket) => _snapshot.ById.TryGetValue(bucket.Id, out Bucket? found) && found.Name == bucket.Name;

    public Bucket? FindById(uint id) => _snapshot.ById.GetValueOrDefault(id);

    public void Load(IEnumerable<Bucket> buckets, uint nextId)
    {
        _snapshot = new Snapshot([.. buckets]);
        NextId = nextId;
    }

    public void Add(Bucket bucket)
    {
        _snapshot = new Snapshot([.. _snapshot.Sorted, bucket]);
        NextId = Math.Max(NextId, bucket.Id + 1);
    }

    public void Remove(Bucket bucket) => _snapshot = new Snapshot([.. _snapshot.Sorted.Where(kept => kept.Id != bucket.Id)]);

    public IReadOnlyList<Bucket> List(string prefix, string after, int max, out bool isTruncated)
    {
        isTruncated = false;
        var page = new List<Bucket>();
        foreach (Bucket bucket in _snapshot.Sorted)
        {
            if (string.CompareOrdinal(bucket.Name, after) <= 0 || !bucket.Name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            if (page.Count == max)
            {
                isTruncated = true;
                break;
            }
            page.Add(bucket);
        }
        return page;
    }

    private sealed class Snapshot
    {
        private readonly (byte[] Name, Bucket Bucket)[]?[] _slots;

        public Snapshot(Bucket[] buckets)
        {
            Array.Sort(buckets, (left, right) => string.CompareOrdinal(left.Name, right.Name));
            Sorted = buckets;
            ById = buckets.ToDictionary(bucket => bucket.Id);
            _slots = new (byte[], Bucket)[]?[Math.Max(16, buckets.Length * 2)];
            foreach (Bucket bucket in buckets)
            {
                byte[] name = Encoding.UTF8.GetBytes(bucket.Name);
                ref (byte[], Bucket)[]? slot = ref _slots[Hash(name) % (uint)_slots.Length];
                slot = [.. slot ?? [], (name, bucket)];
            }
        }

        public Bucket[] Sorted { get; }
        public Dictionary<uint, Bucket> ById { get; }

        public Bucket? Find(ReadOnlySpan<byte> name)
        {
            if (_slots[Hash(name) % (uint)_slots.Length] is not { } slot) return null;
            foreach ((byte[] candidate, Bucket bucket) in slot)
            {
                if (name.SequenceEqual(candidate)) return bucket;
            }
            return null;
        }

        // FNV-1a: names are short, and whoever can create buckets gains nothing by colliding at most ten thousand of them.
        private static uint Hash(ReadOnlySpan<byte> name)
        {
            uint hash = 2166136261;
            foreach (byte b in name) hash = (hash ^ b) * 16777619;
            return hash;
        }
    }
}
