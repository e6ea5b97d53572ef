using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>Reads what the index knows when a volume set is opened, and sets it against the files that are there.</summary>
internal sealed class VolumeLoader(
    IIndex index, SegmentTable segments, VolumeFormat format, IVolumeEvents events)
{
    /// <summary>Finds segments by their records and their files; a file nobody has recorded is free space or is deleted.</summary>
    /// <returns>Segments whose records were damaged: to be recorded anew.</returns>
    public IReadOnlyList<Segment> LoadSegments()
    {
        var recorded = new HashSet<uint>();
        var damaged = new List<Segment>();
        ForEachSegmentRecord(
            (number, record) =>
            {
                recorded.Add(number);
                Segment segment = segments.GetOrAdd(number);
                segment.Restore(record);
                if (record.DirectoryOrdinal != segment.Directory)
                    events.Warning($"Segment {number} is recorded in another directory than its own.");
            },
            number =>
            {
                recorded.Add(number);
                damaged.Add(segments.GetOrAdd(number));
                events.Warning($"The record of segment {number} is damaged; it is made anew from the objects.");
            });
        if (damaged.Count > 0) SegmentRebuild.Restore(index, damaged);
        if (RecountFact.IsSet(index)) Recount();
        var found = new HashSet<uint>();
        var unrecorded = new List<Segment>();
        for (int directory = 0; directory < segments.Devices.Count; directory++)
        {
            IBlockDevice device = segments.Devices[directory];
            foreach ((uint number, long lengthBytes) in device.ListSegments())
            {
                if (segments.DirectoryOf(number) != directory)
                {
                    events.Warning($"{device.Directory}: segment {number} belongs to another directory and is ignored.");
                    continue;
                }
                found.Add(number);
                if (recorded.Contains(number)) OpenRecorded(segments.Find(number)!, lengthBytes);
                else AdoptUnrecorded(device, number, lengthBytes, unrecorded);
            }
        }
        if (unrecorded.Count > 0) SegmentRebuild.Restore(index, unrecorded);
        damaged.AddRange(unrecorded);
        foreach (uint number in recorded)
        {
            Segment segment = segments.Find(number)!;
            if (found.Contains(number) || segment.State == SegmentState.Free) continue;
            if (segment.LiveBytes > 0)
                events.Warning(
                    $"{segment.Device.Directory}: segment {number} is missing; {segment.LiveBytes} bytes of objects cannot be read.");
        }
        return damaged;
    }

    /// <summary>After the index was reopened: its counts stand, whatever the failed batch did.</summary>
    public void ReloadLiveBytes() => ForEachSegmentRecord(
        (number, record) =>
        {
            if (segments.Find(number) is { } segment && segment.Generation == record.Generation) segment.LiveBytes = record.LiveBytes;
        },
        number => events.Warning($"The record of segment {number} is damaged; what memory holds of it stands."));

    /// <summary>After the index was reopened: buckets of which a change was cut short are as the index has them.</summary>
    public void ReloadBuckets(BucketTable buckets)
    {
        BucketTable stored = BucketTable.Load(index);
        IReadOnlyList<Bucket> now = buckets.List("", "", int.MaxValue, out _);
        IReadOnlyList<Bucket> then = stored.List("", "", int.MaxValue, out _);
        foreach (Bucket gone in now.Where(bucket => stored.FindById(bucket.Id) is null)) buckets.Remove(gone);
        foreach (Bucket found in then)
        {
            Bucket? known = buckets.FindById(found.Id);
            if (known is null) buckets.Add(found);
            else if (!known.Configurations.Equals(found.Configurations)) buckets.Replace(found);
        }
    }

    /// <summary>
    /// Counts openings in the index, which must be this volume set's; sequences made from the count are never used twice.
    /// </summary>
    public ulong NextOpening()
    {
        Span<byte> key = stackalloc byte[16];
        Span<byte> value = stackalloc byte[16];
        using IIndexBatch batch = index.NewBatch();

        int keyBytes = IndexKeys.Fact("set"u8, key);
        int length = index.Get(Keyspace.Meta, key[..keyBytes], value);
        if (length < 0)
        {
            // The first opening makes segments only after this fact is durable. Taken for new, their bytes would be free space.
            if (segments.Devices.Any(device => device.ListSegments().Count > 0))
            {
                throw new VolumeException(
                    "The volume set has segments and an empty index, so that no object can be found: restore the index directory.");
            }
            format.VolumeSet.TryWriteBytes(value);
            batch.Put(Keyspace.Meta, key[..keyBytes], value);
        }
        else if (length != value.Length || new Guid(value) != format.VolumeSet)
        {
            throw new VolumeException("The index belongs to another volume set: restore the one that goes with these segments.");
        }
        keyBytes = IndexKeys.Fact("opening"u8, key);
        ulong opening = index.Get(Keyspace.Meta, key[..keyBytes], value[..8]) == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(value) + 1 : 1;
        BinaryPrimitives.WriteUInt64LittleEndian(value, opening);
        batch.Put(Keyspace.Meta, key[..keyBytes], value[..8]);
        index.Commit(batch, synced: true);
        return opening;
    }

    private void Recount()
    {
        if (!SegmentRebuild.TryRecount(index, segments, out List<Segment> changed))
        {
            events.Warning("Space of damaged records stays taken while others cannot be read: a scrub names them.");
            return;
        }
        using IIndexBatch batch = index.NewBatch();
        Span<byte> key = stackalloc byte[16];
        Span<byte> value = stackalloc byte[SegmentRecord.EncodedBytes];
        foreach (Segment segment in changed)
        {
            segment.ToRecord(segment.LiveBytes).Write(value);
            batch.Put(Keyspace.Segments, key[..IndexKeys.Segment(segment.Number, key)], value);
        }
        RecountFact.Clear(batch);
        index.Commit(batch, synced: true);
        events.Info($"Live bytes were counted anew: {changed.Count} segments had space of damaged records.");
    }

    private void ForEachSegmentRecord(Action<uint, SegmentRecord> visit, Action<uint> visitDamaged)
    {
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Segments, IndexKeys.SegmentsEnd);
        for (bool has = cursor.Seek(IndexKeys.SegmentsFirst); has; has = cursor.Next())
        {
            if (!IndexKeys.TryReadSegment(cursor.Key, out uint number)) continue;
            if (SegmentRecord.TryRead(cursor.Value, out SegmentRecord record)) visit(number, record);
            else visitDamaged(number);
        }
    }

    private void OpenRecorded(Segment segment, long lengthBytes)
    {
        if (segment.State == SegmentState.Free && lengthBytes != segment.LengthBytes)
        {
            segment.Device.DeleteSegment(segment.Number);
            return;
        }
        if (segment.Device.OpenSegment(segment.Number, out ISegmentFile? file) != IoError.None)
        {
            events.Warning($"{segment.Device.Directory}: segment {segment.Number} cannot be opened.");
            return;
        }
        segment.File = file;
        if (segment.State != SegmentState.Open) segment.CountAllocated();
        if (segment.State == SegmentState.Free)
        {
            if (segment.PunchedBytes > 0) segment.DeleteFile();
            return;
        }
        bool isOurs = lengthBytes == segment.LengthBytes && TryReadHeader(file!, segment.Number, out uint generation)
            && generation == segment.Generation;
        if (isOurs) return;
        events.Warning($"{segment.Device.Directory}: segment {segment.Number} is not the file that was recorded; it is only read.");
        if (segment.State == SegmentState.Open) segment.State = SegmentState.Sealed;
    }

    // Made ahead, and not yet recorded when the process ended. Anything else in its place was never finished. Where bodies were written
    // too, either none was committed, or the index has lost what it knew: the objects tell.
    private void AdoptUnrecorded(IBlockDevice device, uint number, long lengthBytes, List<Segment> written)
    {
        if (lengthBytes == segments.SegmentBytes && device.OpenSegment(number, out ISegmentFile? file) == IoError.None)
        {
            if (TryReadHeader(file!, number, out uint generation))
            {
                Segment segment = segments.GetOrAdd(number);
                segment.Restore(new SegmentRecord(SegmentState.Free, (ushort)segment.Directory, generation + 1, SegmentHeader.Bytes, 0));
                segment.File = file;
                segment.CountAllocated();
                if (generation > 0 || segment.PunchedBytes > 0 || IsWritten(file!)) written.Add(segment);
                return;
            }
            file!.Dispose();
        }
        events.Info($"{device.Directory}: segment {number} was never used and is deleted.");
        device.DeleteSegment(number);
    }

    // Appends begin right behind the header; new files read as zeros. What cannot be read counts as written.
    private static bool IsWritten(ISegmentFile file)
    {
        using var block = new AlignedBuffer(SegmentHeader.Bytes);
        return file.Read(SegmentHeader.Bytes, block.Span) != IoError.None || block.Span.ContainsAnyExcept((byte)0);
    }

    private bool TryReadHeader(ISegmentFile file, uint number, out uint generation)
    {
        generation = 0;
        using var block = new AlignedBuffer(SegmentHeader.Bytes);
        return file.Read(0, block.Span) == IoError.None && SegmentHeader.TryRead(block.Span, format.VolumeSet, number, out generation);
    }
}
