using System.Buffers.Binary;
using System.Text;

namespace RustFs.Storage;

/// <summary>
/// All buckets, in memory. Readers take a snapshot without a lock; the committer replaces it after the index has the change.
/// </summary>
internal sealed class BucketTable
{
    private volatile Snapshot _snapshot = new([]);

    private BucketTable(uint nextId) => NextId = nextId;

    /// <summary>
    /// The id of the next bucket to be created. Ids are never used twice, so that what a deleted bucket left behind is no one's.
    /// </summary>
    public uint NextId { get; private set; }

    public int Count => _snapshot.Buckets.Length;

    /// <exception cref="VolumeException">The record of a bucket or of its configuration cannot be read.</exception>
    public static BucketTable Load(IIndex index)
    {
        var buckets = new List<Bucket>();
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Meta, IndexKeys.BucketsEnd);
        for (bool isOn = cursor.Seek(IndexKeys.BucketsFirst); isOn; isOn = cursor.Next())
        {
            ReadOnlySpan<byte> name = IndexKeys.BucketName(cursor.Key);
            if (!BucketRecordCodec.TryDecode(name, cursor.Value, out Bucket? bucket))
            {
                throw new VolumeException($"The record of the bucket {Encoding.UTF8.GetString(name)} is damaged.");
            }
            buckets.Add(bucket!);
        }
        LoadConfigurations(index, buckets);
        Span<byte> nextId = stackalloc byte[sizeof(uint)];
        bool isStored = index.Get(Keyspace.Meta, IndexKeys.NextBucketId, nextId) == nextId.Length;
        return new BucketTable(isStored ? BinaryPrimitives.ReadUInt32LittleEndian(nextId) : 1) { _snapshot = new Snapshot([.. buckets]) };
    }

    /// <summary>Null when there is none. Allocates nothing.</summary>
    public Bucket? Find(ReadOnlySpan<byte> name) =>
        _snapshot.ByName.TryGetValue(name, out Bucket? bucket) ? bucket : null;

    public Bucket? FindById(uint id) => _snapshot.ById.GetValueOrDefault(id);

    /// <summary>
    /// Buckets in order of their names (ordinal), after <paramref name="after"/> (exclusive; empty for all), at most <paramref
    /// name="max"/>.
    /// </summary>
    public IReadOnlyList<Bucket> List(string prefix, string after, int max, out bool isTruncated)
    {
        var page = new List<Bucket>();
        isTruncated = false;
        if (max <= 0)
        {
            return page;
        }
        foreach (Bucket bucket in _snapshot.Buckets)
        {
            if (!bucket.Name.StartsWith(prefix, StringComparison.Ordinal) || string.CompareOrdinal(bucket.Name, after) <= 0)
            {
                continue;
            }
            if (page.Count == max)
            {
                isTruncated = true;
                break;
            }
            page.Add(bucket);
        }
        return page;
    }

    /// <summary>Puts a bucket with the id <see cref="NextId"/>, and the id after it, into a batch.</summary>
    public static void WriteCreation(IIndexBatch batch, Bucket bucket)
    {
        batch.Put(Keyspace.Meta, KeyOf(bucket), BucketRecordCodec.Encode(bucket));
        Span<byte> nextId = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(nextId, bucket.Id + 1);
        batch.Put(Keyspace.Meta, IndexKeys.NextBucketId, nextId);
    }

    /// <summary>Removes a bucket and its configurations.</summary>
    public static void WriteDeletion(IIndexBatch batch, Bucket bucket)
    {
        Span<byte> first = stackalloc byte[IndexKeys.MaxMetaKeyBytes];
        Span<byte> end = stackalloc byte[IndexKeys.MaxMetaKeyBytes];
        int firstBytes = IndexKeys.BucketConfigurationsFirst(bucket.Id, first);
        int endBytes = IndexKeys.BucketConfigurationsEnd(bucket.Id, end);
        batch.DeleteRange(Keyspace.Meta, first[..firstBytes], end[..endBytes]);
        batch.Delete(Keyspace.Meta, KeyOf(bucket));
    }

    /// <param name="value">Empty to remove it.</param>
    public static void WriteConfiguration(IIndexBatch batch, Bucket bucket, BucketConfigurationKind kind, ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[IndexKeys.MaxMetaKeyBytes];
        key = key[..IndexKeys.BucketConfiguration(bucket.Id, kind, key)];
        if (value.IsEmpty)
        {
            batch.Delete(Keyspace.Meta, key);
        }
        else
        {
            batch.Put(Keyspace.Meta, key, BucketConfigurationCodec.Encode(value));
        }
    }

    /// <summary>Shows a created bucket, after its batch was committed. One thread at a time.</summary>
    public void Add(Bucket bucket)
    {
        NextId = Math.Max(NextId, bucket.Id + 1);
        _snapshot = new Snapshot([.. _snapshot.Buckets, bucket]);
    }

    /// <summary>Shows a bucket with other configurations, after its batch was committed. One thread at a time.</summary>
    public void Replace(Bucket bucket) =>
        _snapshot = new Snapshot([.. _snapshot.Buckets.Select(other => other.Id == bucket.Id ? bucket : other)]);

    /// <summary>Hides a deleted bucket, after its batch was committed. One thread at a time.</summary>
    public void Remove(Bucket bucket) => _snapshot = new Snapshot([.. _snapshot.Buckets.Where(other => other.Id != bucket.Id)]);

    private static void LoadConfigurations(IIndex index, List<Bucket> buckets)
    {
        Dictionary<uint, int> places = buckets.Index().ToDictionary(place => place.Item.Id, place => place.Index);
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Meta, IndexKeys.ConfigurationsEnd);
        for (bool isOn = cursor.Seek(IndexKeys.ConfigurationsFirst); isOn; isOn = cursor.Next())
        {
            if (!IndexKeys.TryReadBucketConfiguration(cursor.Key, out uint id, out BucketConfigurationKind kind)
                || !places.TryGetValue(id, out int place)
                || !BucketConfigurationCodec.TryDecode(cursor.Value, out byte[] value))
            {
                throw new VolumeException($"The configuration {Convert.ToHexString(cursor.Key)} of a bucket is damaged or not known.");
            }
            buckets[place] = buckets[place].With(kind, value);
        }
    }

    private static byte[] KeyOf(Bucket bucket)
    {
        byte[] name = Encoding.UTF8.GetBytes(bucket.Name);
        byte[] key = new byte[1 + name.Length];
        IndexKeys.Bucket(name, key);
        return key;
    }

    private sealed class Snapshot
    {
        public Snapshot(Bucket[] buckets)
        {
            Array.Sort(buckets, (a, b) => string.CompareOrdinal(a.Name, b.Name));
            Buckets = buckets;
            ById = buckets.ToDictionary(bucket => bucket.Id);
            ByName = buckets.ToDictionary(bucket => Encoding.UTF8.GetBytes(bucket.Name), ByteKeyComparer.Instance)
                .GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        public Bucket[] Buckets { get; }
        public Dictionary<uint, Bucket> ById { get; }
        public Dictionary<byte[], Bucket>.AlternateLookup<ReadOnlySpan<byte>> ByName { get; }
    }
}
