using System.Collections.Concurrent;

namespace RustFs.Storage;

/// <summary>
/// Tells the operator of bytes whose checksum did not match: counted, logged with their place and owner, and their segment kept from
/// compaction. The owner is looked for only now, so that good reads carry nothing for it.
/// </summary>
internal sealed class CorruptionReport(IIndex index, string indexDirectory, IVolumeEvents events)
{
    // A client that asks again and again for a damaged object must not have its owner lists searched each time.
    private const int MaxKnownOwners = 1024;

    private readonly ConcurrentDictionary<Extent, string> _owners = new();
    private long _blocks;

    /// <summary>Blocks reported since start; one that is read again counts again.</summary>
    public long Blocks => Interlocked.Read(ref _blocks);

    /// <param name="segment">Where it was read.</param>
    /// <param name="extent">What was read.</param>
    /// <param name="offset">Of the block, in the segment's file.</param>
    /// <param name="owner">Null when the caller does not know.</param>
    public void Add(Segment segment, in Extent extent, long offset, string? owner = null)
    {
        segment.IsDamaged = true;
        Interlocked.Increment(ref _blocks);
        events.Corruption(segment.Device.Directory, segment.Number, offset, owner ?? OwnerOf(extent));
    }

    /// <summary>A record of the index that does not verify: there is no place in a segment to name.</summary>
    public void AddRecord(string owner)
    {
        Interlocked.Increment(ref _blocks);
        events.Corruption(indexDirectory, segment: 0, offset: 0, owner);
    }

    /// <summary>The status of a call that the index has failed; damage that its own checksums show is reported.</summary>
    /// <param name="exception">Names the index's file and place where those are known.</param>
    /// <param name="owner">What was to be read.</param>
    public StoreStatus StatusOf(IndexException exception, string owner)
    {
        if (!exception.IsCorruption) return StoreStatus.IoFailed;
        AddRecord($"{owner} ({exception.Message})");
        return StoreStatus.Corrupt;
    }

    private string OwnerOf(in Extent extent)
    {
        if (_owners.TryGetValue(extent, out string? known)) return known;
        try
        {
            string owner = RecordOwner.Find(index, extent);
            if (_owners.Count >= MaxKnownOwners) _owners.Clear();
            _owners[extent] = owner;
            return owner;
        }
        catch (IndexException)
        {
            return "";
        }
    }
}
