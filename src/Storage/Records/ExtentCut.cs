namespace RustFs.Storage;

/// <summary>
/// A run of whole checksum blocks of an extent, for another record to refer to: it begins at a block's start and ends at a block's end or
/// with the extent.
/// </summary>
/// <param name="Of">The extent as its record has it.</param>
/// <param name="FromBytes">Where the run begins within it.</param>
/// <param name="LengthBytes">How long it is.</param>
internal readonly record struct ExtentCut(Extent Of, uint FromBytes, uint LengthBytes)
{
    /// <summary>A run is worth the 20 bytes of a reference and a look at its list where it has so many.</summary>
    private const long BytesPerExtent = 4 << 20;

    /// <summary>And the two runs at the ends of a range, which may be short.</summary>
    private const int EndExtents = 2;

    public bool IsWhole => LengthBytes == Of.LengthBytes;

    /// <summary>
    /// The runs that make up a range of a record. False where the range cuts through a block, or is of so many small extents that copying
    /// serves later reads, and the size of records, better than sharing does.
    /// </summary>
    public static bool TryMake(StoredObjectRecord record, long offset, long lengthBytes, List<ExtentCut> cuts)
    {
        cuts.Clear();
        long maxExtents = EndExtents + lengthBytes / BytesPerExtent;
        long start = 0, end = offset + lengthBytes;
        for (int index = 0; index < record.ExtentCount && start < end; index++)
        {
            Extent extent = record.Extent(index);
            long from = Math.Max(offset - start, 0), to = Math.Min(end - start, extent.LengthBytes);
            start += extent.LengthBytes;
            if (from >= extent.LengthBytes) continue;
            bool isOfWholeBlocks = from % Extent.BlockBytes == 0 && (to % Extent.BlockBytes == 0 || to == extent.LengthBytes);
            if (!isOfWholeBlocks || cuts.Count == maxExtents) return false;
            cuts.Add(new ExtentCut(extent, (uint)from, (uint)(to - from)));
        }
        return start >= end;
    }
}
