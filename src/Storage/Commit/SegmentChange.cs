namespace RustFs.Storage;

/// <summary>What one group changes of a segment: its live bytes, and the records that came to refer to it.</summary>
internal sealed class SegmentChange
{
    // Owner lists are read whole by compaction; this bounds what it holds.
    private const int MaxListBytes = 64 * 1024;

    private byte[] _owners = new byte[1024];
    private int _ownersBytes;

    public Segment? Segment { get; private set; }
    public long LiveDelta { get; set; }

    public void Begin(Segment segment)
    {
        (Segment, LiveDelta, _ownersBytes) = (segment, 0, 0);
        segment.Change = this;
    }

    /// <summary>False when the list must be written out first.</summary>
    public bool TryAddOwner(Keyspace keyspace, ReadOnlySpan<byte> indexKey)
    {
        int needed = _ownersBytes + OwnerList.EntryLength(indexKey);
        if (needed > MaxListBytes && _ownersBytes > 0) return false;
        if (needed > _owners.Length) Array.Resize(ref _owners, Math.Max(needed, _owners.Length * 2));
        return OwnerList.TryAppend(_owners, ref _ownersBytes, keyspace, indexKey);
    }

    /// <summary>The list so far; the next begins empty.</summary>
    public ReadOnlySpan<byte> TakeOwners()
    {
        ReadOnlySpan<byte> owners = _owners.AsSpan(0, _ownersBytes);
        _ownersBytes = 0;
        return owners;
    }

    public void End()
    {
        if (Segment is not null) Segment.Change = null;
        Segment = null;
    }
}
