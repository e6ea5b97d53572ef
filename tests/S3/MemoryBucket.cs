using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>The keys of one bucket in memory, each with its versions from the newest on.</summary>
internal sealed class MemoryBucket
{
    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    private readonly SortedDictionary<byte[], List<MemoryObject>> _keys = new(ByBytes);
    private ulong _lastSequence;

    public bool IsEmpty => _keys.Count == 0;

    public IEnumerable<(byte[] Key, MemoryObject Value)> Current =>
        _keys.Where(key => !key.Value[0].IsDeleteMarker).Select(key => (key.Key, key.Value[0]));

    public IEnumerable<(byte[] Key, MemoryObject Value, bool IsLatest)> Versions =>
        _keys.SelectMany(key => key.Value.Select((value, index) => (key.Key, value, index == 0)));

    public MemoryObject? Latest(ReadOnlySpan<byte> key) => _keys.GetValueOrDefault(key.ToArray())?[0];

    public MemoryObject? Find(ReadOnlySpan<byte> key) => Latest(key) is { IsDeleteMarker: false } current ? current : null;

    public MemoryObject? Find(ReadOnlySpan<byte> key, VersionId id) =>
        _keys.GetValueOrDefault(key.ToArray())?.Find(version => id.IsNull ? version.VersionId.IsNull : version.VersionId == id);

    public void Put(ReadOnlySpan<byte> key, MemoryObject value, BucketVersioning versioning)
    {
        byte[] kept = key.ToArray();
        if (!_keys.TryGetValue(kept, out List<MemoryObject>? versions))
            _keys.Add(kept, versions = []);
        if (versioning != BucketVersioning.Enabled)
            versions.RemoveAll(version => version.VersionId.IsNull);
        value.Version = versioning switch
        {
            BucketVersioning.Enabled => VersionId.Create(++_lastSequence),
            BucketVersioning.Suspended => VersionId.CreateNull(++_lastSequence),
            _ => default,
        };
        versions.Insert(0, value);
    }

    public void Remove(ReadOnlySpan<byte> key, MemoryObject value)
    {
        byte[] kept = key.ToArray();
        if (_keys.TryGetValue(kept, out List<MemoryObject>? versions) && versions.Remove(value) && versions.Count == 0)
            _keys.Remove(kept);
    }

    public void Replace(ReadOnlySpan<byte> key, MemoryObject value, MemoryObject by)
    {
        List<MemoryObject> versions = _keys[key.ToArray()];
        by.Version = value.VersionId;
        versions[versions.IndexOf(value)] = by;
    }
}
