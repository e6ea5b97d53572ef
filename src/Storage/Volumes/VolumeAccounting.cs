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
        CheckOverlaps(occupied, faults);
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
            if (!extent.HasInlineChecksum && !HasBlockChecksums(index, extent)) faults.Add($"{extent} has no block checksums.");
        }
    }

    private static bool HasBlockChecksums(IIndex index, Extent extent)
    {
        Span<byte> key = stackalloc byte[16];
        byte[]? list = index.Get(Keyspace.Segments, key[..IndexKeys.BlockChecksums(extent.Segment, extent.Offset, key)]);
        return BlockChecksums.TryRead(list, extent, out _);
    }

    private static void CheckOverlaps(List<Extent> occupied, List<string> faults)
    {
        occupied.Sort((left, right) => (left.Segment, left.Offset).CompareTo((right.Segment, right.Offset)));
        for (int index = 1; index < occupied.Count; index++)
        {
            Extent before = occupied[index - 1], after = occupied[index];
            // Records may share an extent; they have it in the same bounds.
            if (before == after) continue;
            if (before.Segment == after.Segment && before.Offset + (long)before.LengthBytes > after.Offset)
                faults.Add($"{before} and {after} overlap.");
        }
    }
}
