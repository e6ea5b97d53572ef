namespace RustFs.Storage;

/// <summary>
/// Looks up owners' records, each into the same memory: there is one for every write, and in a segment worth looking at most have moved on.
/// For one thread.
/// </summary>
internal sealed class OwnerRecordReader(IIndex index)
{
    // Most are shorter.
    private byte[] _encoded = new byte[2048];
    private int _encodedBytes;
    private readonly StoredObjectRecord _decoded = new();
    private readonly List<Extent> _extents = [];

    /// <summary>As the index has the record that was read last.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded.AsSpan(0, _encodedBytes);

    /// <summary>What it refers to; nothing where it is gone.</summary>
    public List<Extent> Extents => _extents;

    /// <returns>False when the record cannot be read. One that is gone can.</returns>
    public bool TryRead(in OwnerList.Owner owner)
    {
        int length;
        while ((length = index.Get(owner.Keyspace, owner.Key, _encoded)) > _encoded.Length) _encoded = new byte[length];
        _encodedBytes = Math.Max(0, length);
        _extents.Clear();
        return length < 0
            || SegmentOwners.TryReadExtents(owner.Keyspace, owner.Key, _encoded.AsMemory(0, length), _decoded, _extents);
    }
}
