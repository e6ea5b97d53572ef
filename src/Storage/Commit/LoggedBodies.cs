namespace RustFs.Storage;

/// <summary>
/// Small bodies whose bytes go into the index's log with their records, because their segment is not synced for them: one sync for a lone
/// write instead of two. The index drops them when a sync of the segment has covered them. The committer's own.
/// </summary>
internal sealed class LoggedBodies(SegmentTable segments)
{
    // Below this a copy in the log costs less than a sync: the log's own write takes as long, and few wait that could share a sync.
    public const int MaxBatchBytes = 16 * 1024;

    // What a start after a power cut writes again at the most, and what the index keeps beside its records: then a batch is synced.
    public const long MaxBytes = 1 << 20;

    // Never covered by a sync of this process.
    private const long NoSync = long.MaxValue;

    private readonly List<Entry> _held = [];
    private readonly List<Entry> _adding = [];
    private readonly List<Entry> _dropping = [];

    /// <summary>A group begins, perhaps anew.</summary>
    public void Begin() => _adding.Clear();

    public void Put(CommitGroup group, Mutation mutation)
    {
        Extent extent = mutation.PackedExtent;
        Span<byte> key = stackalloc byte[16];
        ReadOnlySpan<byte> body = mutation.Body!.SmallBytes;
        Memory<byte> value = group.Arena.Take(LoggedBody.EncodedLength(body.Length));
        LoggedBody.Write(extent, body, value.Span);
        group.Batch.Put(Keyspace.Segments, key[..IndexKeys.LoggedBody(extent.Segment, extent.Offset, key)], value.Span);
        _adding.Add(new Entry(extent.Segment, extent.Generation, extent.Offset, mutation.LoggedWrite));
    }

    /// <summary>Drops with the group's batch what is durable in its segment by now.</summary>
    public void DropSynced(IIndexBatch batch)
    {
        Span<byte> key = stackalloc byte[16];
        int kept = 0;
        for (int at = 0; at < _held.Count; at++)
        {
            Entry entry = _held[at];
            Segment? segment = segments.Find(entry.Segment);
            // Freeing the segment has dropped all of its generation.
            if (segment is null || segment.Generation != entry.Generation) continue;
            if (segment.WritesSynced < entry.Write)
            {
                _held[kept++] = entry;
                continue;
            }
            batch.Delete(Keyspace.Segments, key[..IndexKeys.LoggedBody(entry.Segment, entry.Offset, key)]);
            _dropping.Add(entry);
        }
        _held.RemoveRange(kept, _held.Count - kept);
    }

    public void Committed()
    {
        _dropping.Clear();
        _held.AddRange(_adding);
        _adding.Clear();
    }

    /// <summary>Nobody knows whether the index has the batch: all are dropped sooner or later, whether it holds them or not.</summary>
    public void Abandoned()
    {
        _held.AddRange(_dropping);
        Committed();
    }

    /// <summary>
    /// Before anything is read or written: what a power cut may have taken from the segments is written there again, and dropped with the
    /// first group. What cannot be written stays in the index, from where reads take it.
    /// </summary>
    public void Restore(IIndex index, IVolumeEvents events)
    {
        var written = new HashSet<Segment>();
        try
        {
            using IIndexCursor cursor = index.OpenCursor(Keyspace.Segments, IndexKeys.LoggedBodiesEnd);
            for (bool has = cursor.Seek(IndexKeys.LoggedBodiesFirst); has; has = cursor.Next())
            {
                if (IndexKeys.TryReadLoggedBody(cursor.Key, out uint number, out uint offset))
                    Restore(segments.Find(number), offset, cursor.Value, written);
            }
        }
        catch (IndexException exception)
        {
            events.Warning($"Bodies that the index keeps could not be read; they are looked for when it is next opened: {exception.Message}");
        }
        foreach (Segment segment in written)
        {
            if (segment.File!.Sync() != IoError.None) Keep(segment);
        }
        int keptCount = _held.Count(entry => entry.Write == NoSync);
        if (keptCount > 0) events.Warning($"{keptCount} bodies could not be written to their segments again; the index keeps them.");
    }

    private void Restore(Segment? segment, uint offset, ReadOnlySpan<byte> encoded, HashSet<Segment> written)
    {
        // A damaged one is left to its record's own checksum, and one of another generation is nobody's.
        if (segment is null || !LoggedBody.TryRead(encoded, out uint generation, out ReadOnlySpan<byte> body)) return;
        bool isWanted = segment.Generation == generation && segment is { File: not null, State: not SegmentState.Free }
            && offset + (long)body.Length <= segment.LengthBytes;
        if (!isWanted) return;
        bool isWritten = TryWrite(segment, offset, body);
        if (isWritten) written.Add(segment);
        _held.Add(new Entry(segment.Number, generation, offset, isWritten ? 0 : NoSync));
    }

    private void Keep(Segment segment)
    {
        for (int at = 0; at < _held.Count; at++)
        {
            if (_held[at].Segment == segment.Number) _held[at] = _held[at] with { Write = NoSync };
        }
    }

    // The blocks may hold others of the same batch, which stand in the log as well.
    private static bool TryWrite(Segment segment, uint offset, ReadOnlySpan<byte> body)
    {
        long first = offset & ~(AlignedBuffer.AlignmentBytes - 1L);
        using var blocks = new AlignedBuffer((int)(AlignedBuffer.RoundUp(offset + body.Length) - first));
        if (segment.File!.ReadDirect(first, blocks.Span) != IoError.None) return false;
        body.CopyTo(blocks.Span[(int)(offset - first)..]);
        return segment.File.Write(first, blocks.Span) == IoError.None;
    }

    /// <param name="Segment">Number of the segment.</param>
    /// <param name="Generation">Of the segment.</param>
    /// <param name="Offset">Where the body stands in it.</param>
    /// <param name="Write">Durable when a sync has covered so many of the segment's writes.</param>
    private readonly record struct Entry(uint Segment, uint Generation, uint Offset, long Write);
}
