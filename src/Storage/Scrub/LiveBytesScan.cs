using System.Text;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// Reads every byte of a segment that a record refers to, past the page cache, and sets it against its checksum. Records are found through
/// the segment's owner lists and read from the index at that moment; a pin keeps the bytes in place meanwhile. Used by one thread.
/// </summary>
/// <param name="index">Owner lists, records and block checksums.</param>
/// <param name="segments">What is to be read.</param>
/// <param name="report">Hears of damage.</param>
/// <param name="checksCoverage">
/// Whether the owner lists must lead to all live bytes of a segment, in which each record's share of an extent counts. For an idle volume;
/// takes memory for each extent and each owner of a segment.
/// </param>
internal sealed class LiveBytesScan(IIndex index, SegmentTable segments, IScrubReport report, bool checksCoverage = false) : IDisposable
{
    // One read of the medium: long enough to stream, short enough that a request behind it waits for milliseconds only.
    private const int WindowBytes = 256 * 1024;

    private readonly AlignedBuffer _window = new(WindowBytes);
    private readonly List<(Extent Extent, Keyspace Keyspace, byte[] Key)> _extents = [];
    private readonly OwnerListReader _lists = new(index);
    private readonly HashSet<string> _owners = [];
    private byte[] _checksums = [];
    private long _referredBytes;

    /// <summary>Bytes of extents that were read.</summary>
    public long VerifiedBytes { get; private set; }

    public void ScanAll()
    {
        foreach (Segment segment in segments.All())
        {
            if (report.IsStopping) return;
            if (segment.State != SegmentState.Free && segment.LiveBytes > 0) Scan(segment);
        }
    }

    public void Scan(Segment segment)
    {
        uint generation = segment.Generation;
        if (!segment.TryPin(generation)) return;
        try
        {
            var seen = new HashSet<(uint Offset, uint Length)>();
            _owners.Clear();
            _referredBytes = 0;
            _lists.Begin(segment.Number);
            while (!report.IsStopping && _lists.Next() is { } owners)
            {
                // A record that several lists name is read again; not so when bytes are counted.
                if (!checksCoverage) seen.Clear();
                Gather(segment.Number, generation, owners, seen);
                Verify(segment);
            }
            bool mayFallShort = _referredBytes < segment.LiveBytes && RecountFact.IsSet(index);
            if (checksCoverage && !report.IsStopping && _referredBytes != segment.LiveBytes && !mayFallShort)
                report.Fault($"Segment {segment.Number} has {segment.LiveBytes} live bytes; its owner lists lead to {_referredBytes}.");
        }
        finally
        {
            segment.Unpin();
        }
    }

    public void Dispose() => _window.Dispose();

    private void Gather(uint number, uint generation, byte[] owners, HashSet<(uint, uint)> seen)
    {
        _extents.Clear();
        foreach (OwnerList.Owner owner in new OwnerList(owners))
        {
            // A record that is gone, or unreadable (the scan of the index reports it), has nothing to be read here.
            if (index.Get(owner.Keyspace, owner.Key) is not { } record) continue;
            if (!SegmentOwners.TryReadExtents(owner.Keyspace, owner.Key, record, out List<Extent> extents)) continue;
            bool isCounted = !checksCoverage || !_owners.Add($"{(char)owner.Keyspace}{Encoding.Latin1.GetString(owner.Key)}");
            byte[]? key = null;
            foreach (Extent extent in extents)
            {
                if (extent.Segment != number || extent.Generation != generation) continue;
                if (!isCounted) _referredBytes += extent.LengthBytes;
                if (!seen.Add((extent.Offset, extent.LengthBytes))) continue;
                key ??= owner.Key.ToArray();
                _extents.Add((extent, owner.Keyspace, key));
            }
        }
        _extents.Sort((left, right) => left.Extent.Offset.CompareTo(right.Extent.Offset));
    }

    // Packed extents of a group stand side by side: those that fit one window are read together.
    private void Verify(Segment segment)
    {
        for (int first = 0; first < _extents.Count && !report.IsStopping;)
        {
            Extent extent = _extents[first].Extent;
            if (extent.Offset + (long)extent.LengthBytes > segment.LengthBytes)
            {
                VerifiedBytes += extent.LengthBytes;
                Report(segment, first++, extent.Offset, isUnreadable: true);
            }
            else if (extent.HasInlineChecksum)
            {
                first = VerifyWindow(segment, first);
            }
            else
            {
                VerifyLong(segment, first++);
            }
        }
    }

    private int VerifyWindow(Segment segment, int first)
    {
        long start = AlignDown(_extents[first].Extent.Offset);
        int next = first;
        long end = start;
        while (next < _extents.Count && _extents[next].Extent is { HasInlineChecksum: true } extent
            && AlignedBuffer.RoundUp(extent.Offset + (long)extent.LengthBytes) - start <= WindowBytes
            && AlignDown(extent.Offset) <= end)
        {
            end = Math.Max(end, Math.Min(AlignedBuffer.RoundUp(extent.Offset + (long)extent.LengthBytes), segment.LengthBytes));
            next++;
        }
        bool isRead = TryRead(segment, start, (int)(end - start));
        for (int at = first; at < next; at++)
        {
            Extent extent = _extents[at].Extent;
            Span<byte> bytes = _window.Span.Slice((int)(extent.Offset - start), (int)extent.LengthBytes);
            // What a power cut took from the segment, the next start takes from the index.
            bool isIntact = (isRead && Crc32C.Append(0, bytes) == extent.Crc32C) || LoggedBody.TryFind(index, extent, bytes);
            if (!isIntact) Report(segment, at, extent.Offset, isUnreadable: !isRead);
            VerifiedBytes += extent.LengthBytes;
        }
        return next;
    }

    private void VerifyLong(Segment segment, int at)
    {
        Extent extent = _extents[at].Extent;
        _checksums = BlockChecksums.Find(index, extent) ?? [];
        if (!BlockChecksums.TryRead(_checksums, extent, out BlockChecksums checksums))
        {
            VerifiedBytes += extent.LengthBytes;
            Report(segment, at, extent.Offset, isUnreadable: false);
            return;
        }
        for (long done = 0; done < extent.LengthBytes && !report.IsStopping;)
        {
            int length = (int)Math.Min(WindowBytes, extent.LengthBytes - done);
            bool isRead = TryRead(segment, extent.Offset + done, AlignedBuffer.RoundUp(length));
            for (int block = 0; block < length; block += Extent.BlockBytes)
            {
                int blockBytes = Math.Min(Extent.BlockBytes, length - block);
                bool isIntact = isRead
                    && Crc32C.Append(0, _window.Span.Slice(block, blockBytes)) == checksums[(int)((done + block) / Extent.BlockBytes)];
                if (!isIntact) Report(segment, at, extent.Offset + done + block, isUnreadable: !isRead);
            }
            done += length;
            VerifiedBytes += length;
        }
    }

    private bool TryRead(Segment segment, long offset, int lengthBytes)
    {
        bool isRead = segment.File is { } file && file.ReadDirect(offset, _window.Span[..lengthBytes]) == IoError.None;
        report.Advanced(lengthBytes);
        return isRead;
    }

    // What was deleted since is nobody's any more, whatever it holds.
    private void Report(Segment segment, int at, long offset, bool isUnreadable)
    {
        (Extent extent, Keyspace keyspace, byte[] key) = _extents[at];
        bool isStillLive = index.Get(keyspace, key) is { } record
            && SegmentOwners.TryReadExtents(keyspace, key, record, out List<Extent> extents) && extents.Contains(extent);
        if (isStillLive) report.CorruptBytes(segment, extent, offset, RecordOwner.Describe(index, keyspace, key), isUnreadable);
    }

    private static long AlignDown(long offset) => offset & ~(AlignedBuffer.AlignmentBytes - 1L);
}
