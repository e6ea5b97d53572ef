namespace RustFs.Storage;

/// <summary>
/// Counts live bytes anew from every record and sets them against what is recorded: the check behind `verify`, and behind every engine
/// test.
/// </summary>
internal static class VolumeAccounting
{
    /// <summary>What does not agree, in words; empty when all does. The store must be idle.</summary>
    public static List<string> Verify(IIndex index, SegmentTable segments)
    {
        var faults = new List<string>();
        var live = new Dictionary<uint, long>();
        var occupied = new List<Extent>();
        bool mayExceed = RecountFact.IsSet(index);

        foreach (Keyspace keyspace in (ReadOnlySpan<Keyspace>)[Keyspace.Objects, Keyspace.Versions])
        {
            using IIndexCursor objects = index.OpenCursor(keyspace, default, fillCache: false);
            for (bool has = objects.Seek(default); has; has = objects.Next())
            {
                if (keyspace == Keyspace.Versions && !IndexKeys.IsVersion(objects.Key)) continue;
                if (!ObjectRecordCodec.TryDecode(objects.Value.ToArray(), out StoredObjectRecord? record))
                {
                    faults.Add($"Object record {Convert.ToHexString(objects.Key)} cannot be read.");
                    continue;
                }
                long size = 0;
                for (int extent = 0; extent < record!.ExtentCount; extent++)
                {
                    size += record.Extent(extent).LengthBytes;
                    Count(record.Extent(extent));
                }
                // What is encrypted takes more than its size, by a rule that the engine does not know.
                if (record.IsEncrypted ? size < record.SizeBytes : size != record.SizeBytes)
                    faults.Add($"An object of {record.SizeBytes} bytes has extents of {size}.");
            }
        }
        using (IIndexCursor uploads = index.OpenCursor(Keyspace.Uploads, default, fillCache: false))
        {
            for (bool has = uploads.Seek(default); has; has = uploads.Next())
            {
                if (!IndexKeys.TryReadPart(uploads.Key, out _, out int number)) continue;
                if (!PartRecordCodec.TryDecode(uploads.Value.ToArray(), number, out StoredPartRecord? part))
                {
                    faults.Add($"Part record {Convert.ToHexString(uploads.Key)} cannot be read.");
                    continue;
                }
                for (int extent = 0; extent < part!.ExtentCount; extent++) Count(part.Extent(extent));
            }
        }
        VersionOrder.Check(index, faults);
        foreach (Segment segment in segments.All())
        {
            long counted = live.GetValueOrDefault(segment.Number);
            if (segment.LiveBytes != counted && !(mayExceed && segment.LiveBytes > counted))
                faults.Add($"Segment {segment.Number} counts {segment.LiveBytes} live bytes; records have {counted}.");
            if (segment.PinCount != 0) faults.Add($"Segment {segment.Number} has {segment.PinCount} pins left.");
        }
        CheckOverlaps(index, occupied, faults);
        return faults;

        void Count(Extent extent)
        {
            live[extent.Segment] = live.GetValueOrDefault(extent.Segment) + extent.LengthBytes;
            occupied.Add(extent);
            Segment? segment = segments.Find(extent.Segment);
            if (segment is null || segment.Generation != extent.Generation)
                faults.Add($"{extent} is of another generation than segment {extent.Segment}.");
            else if (extent.Offset + (long)extent.LengthBytes > segment.AppendOffset)
                faults.Add($"{extent} ends past the watermark {segment.AppendOffset}.");
            else if (segment.Holes is { } holes && holes.Overlaps(extent.Offset, extent.LengthBytes))
                faults.Add($"{extent} is punched.");
            if (!extent.HasInlineChecksum && !HasBlockChecksums(index, extent)) faults.Add($"{extent} has no block checksums.");
        }
    }

    private static bool HasBlockChecksums(IIndex index, Extent extent) =>
        BlockChecksums.TryRead(BlockChecksums.Find(index, extent), extent, out _);

    // Records may share bytes that were written in one: the whole of them, or runs of their checksum blocks. Nothing else may overlap.
    private static void CheckOverlaps(IIndex index, List<Extent> occupied, List<string> faults)
    {
        occupied.Sort((left, right) =>
            (left.Segment, left.Offset, left.LengthBytes).CompareTo((right.Segment, right.Offset, right.LengthBytes)));
        for (int first = 0; first < occupied.Count;)
        {
            long end = EndOf(occupied[first]);
            int next = first + 1;
            for (; next < occupied.Count && occupied[next].Segment == occupied[first].Segment && occupied[next].Offset < end; next++)
                end = Math.Max(end, EndOf(occupied[next]));
            List<Extent> sharing = [.. occupied[first..next].Distinct()];
            if (sharing.Count > 1) CheckSharing(index, sharing, end, faults);
            first = next;
        }
    }

    private static void CheckSharing(IIndex index, List<Extent> sharing, long end, List<string> faults)
    {
        uint start = sharing[0].Offset;
        var known = new Dictionary<long, (uint Checksum, Extent Extent)>();
        foreach (Extent extent in sharing)
        {
            long from = extent.Offset - start, to = EndOf(extent) - start;
            if (from % Extent.BlockBytes != 0 || (to % Extent.BlockBytes != 0 && EndOf(extent) != end))
            {
                faults.Add($"{sharing[0]} and {extent} overlap.");
                continue;
            }
            byte[]? list = BlockChecksums.Find(index, extent);
            bool hasList = BlockChecksums.TryRead(list, extent, out BlockChecksums checksums);
            for (int block = 0; block < BlockChecksums.BlockCount(extent.LengthBytes) && (hasList || extent.HasInlineChecksum); block++)
            {
                uint checksum = extent.HasInlineChecksum ? extent.Crc32C : checksums[block];
                long place = from / Extent.BlockBytes + block;
                if (!known.TryAdd(place, (checksum, extent)) && known[place].Checksum != checksum)
                    faults.Add($"{known[place].Extent} and {extent} have the same bytes and different checksums.");
            }
        }
    }

    private static long EndOf(in Extent extent) => extent.Offset + (long)extent.LengthBytes;
}
