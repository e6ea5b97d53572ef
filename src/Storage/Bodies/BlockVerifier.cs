using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// Reads whole checksum blocks of an extent and verifies them. Keeps the checksum list of the extent it last read. One call at a time.
/// </summary>
internal sealed class BlockVerifier(BodyContext context)
{
    private byte[] _list = [];
    private int _listBytes;
    private Extent _listed;

    public void Reset() => (_listBytes, _listed) = (0, default);

    /// <summary>
    /// Fills the destination if the page cache has the bytes and they verify; false asks for <see cref="Read"/>, which also decides whether
    /// bytes that do not verify are corrupt.
    /// </summary>
    /// <param name="firstByte">Within the extent, at a block's start; the destination ends at a block's or the extent's end.</param>
    public bool TryReadCached(in Extent extent, long firstByte, Span<byte> destination)
    {
        ISegmentFile? file = context.Segments.Find(extent.Segment)?.File;
        return file is not null
            && file.ReadCached(extent.Offset + firstByte, destination) == IoError.None
            && Verifies(extent, firstByte, destination);
    }

    /// <summary>Whether bytes that were read verify; false asks for <see cref="Read"/>.</summary>
    public bool Verifies(in Extent extent, long firstByte, ReadOnlySpan<byte> bytes) =>
        LoadChecksums(extent) == StoreStatus.Ok && FirstBadBlock(extent, firstByte, bytes) < 0;

    /// <summary>
    /// Fills the destination, waiting for the medium. A block that does not verify is read once more past the page cache.
    /// </summary>
    public StoreStatus Read(in Extent extent, long firstByte, Span<byte> destination)
    {
        Segment? segment = context.Segments.Find(extent.Segment);
        if (segment?.File is not { } file) return StoreStatus.IoFailed;
        if (file.Read(extent.Offset + firstByte, destination) != IoError.None) return StoreStatus.IoFailed;
        return Verify(segment, file, extent, firstByte, destination);
    }

    /// <summary>
    /// The same, once, past the page cache: for long extents that nobody will read from here again. What stands between them is not read
    /// ahead, and what others read stays cached.
    /// </summary>
    /// <param name="padded">4 KiB-aligned, with room for whole 4 KiB blocks behind the bytes wanted.</param>
    public StoreStatus ReadDirect(in Extent extent, long firstByte, int lengthBytes, Span<byte> padded)
    {
        Segment? segment = context.Segments.Find(extent.Segment);
        if (segment?.File is not { } file) return StoreStatus.IoFailed;
        Span<byte> blocks = padded[..AlignedBuffer.RoundUp(lengthBytes)];
        if (file.ReadDirect(extent.Offset + firstByte, blocks) != IoError.None) return StoreStatus.IoFailed;
        return Verify(segment, file, extent, firstByte, padded[..lengthBytes]);
    }

    private StoreStatus Verify(Segment segment, ISegmentFile file, in Extent extent, long firstByte, Span<byte> destination)
    {
        StoreStatus status = LoadChecksums(extent);
        if (status == StoreStatus.Corrupt) return Report(segment, extent, firstByte);
        if (status != StoreStatus.Ok) return status;
        while (FirstBadBlock(extent, firstByte, destination) is var bad and >= 0)
        {
            Span<byte> block = destination[bad..Math.Min(bad + Extent.BlockBytes, destination.Length)];
            ReadPastCache(file, extent.Offset + firstByte + bad, block);
            if (FirstBadBlock(extent, firstByte + bad, block) < 0 || TryTakeLogged(extent, block)) continue;
            return Report(segment, extent, firstByte + bad);
        }
        return StoreStatus.Ok;
    }

    /// <summary>The checksums of the extent that was read last.</summary>
    public uint[] LoadedChecksums(in Extent extent)
    {
        if (_listed != extent || !BlockChecksums.TryRead(_list.AsSpan(0, _listBytes), extent, out BlockChecksums list)) return [];
        var checksums = new uint[list.Count];
        for (int block = 0; block < checksums.Length; block++) checksums[block] = list[block];
        return checksums;
    }

    // A small body of a segment that failed before it was synced stands in the index.
    private bool TryTakeLogged(in Extent extent, Span<byte> block)
    {
        try
        {
            return extent.HasInlineChecksum && LoggedBody.TryFind(context.Index, extent, block);
        }
        catch (IndexException)
        {
            return false;
        }
    }

    private StoreStatus Report(Segment segment, in Extent extent, long byteInExtent)
    {
        context.Corruption.Add(segment, extent, extent.Offset + byteInExtent);
        return StoreStatus.Corrupt;
    }

    // Direct reads want whole aligned blocks; packed bodies stand anywhere.
    private static void ReadPastCache(ISegmentFile file, long offset, Span<byte> block)
    {
        long first = offset & ~(AlignedBuffer.AlignmentBytes - 1L);
        int length = (int)(AlignedBuffer.RoundUp(offset + block.Length) - first);
        using var aligned = new AlignedBuffer(length);
        if (file.ReadDirect(first, aligned.Span) == IoError.None) aligned.Span.Slice((int)(offset - first), block.Length).CopyTo(block);
    }

    private int FirstBadBlock(in Extent extent, long firstByte, ReadOnlySpan<byte> bytes)
    {
        if (extent.HasInlineChecksum) return Crc32C.Append(0, bytes) == extent.Crc32C ? -1 : 0;
        if (!BlockChecksums.TryRead(_list.AsSpan(0, _listBytes), extent, out BlockChecksums checksums)) return 0;
        int block = (int)(firstByte / Extent.BlockBytes);
        for (int start = 0; start < bytes.Length; start += Extent.BlockBytes, block++)
        {
            int end = Math.Min(start + Extent.BlockBytes, bytes.Length);
            if (Crc32C.Append(0, bytes[start..end]) != checksums[block]) return start;
        }
        return -1;
    }

    private StoreStatus LoadChecksums(in Extent extent)
    {
        if (extent.HasInlineChecksum || (_listBytes > 0 && _listed == extent)) return StoreStatus.Ok;
        Span<byte> key = stackalloc byte[16];
        int keyBytes = IndexKeys.BlockChecksums(extent.Segment, extent.Offset, key);
        _listBytes = 0;
        int length;
        try
        {
            length = context.Index.Get(Keyspace.Segments, key[..keyBytes], _list);
            if (length > _list.Length)
            {
                _list = new byte[length];
                length = context.Index.Get(Keyspace.Segments, key[..keyBytes], _list);
            }
        }
        catch (IndexException exception)
        {
            return exception.IsCorruption ? StoreStatus.Corrupt : StoreStatus.IoFailed;
        }
        if (length < 0 || length > _list.Length
            || !BlockChecksums.TryRead(_list.AsSpan(0, length), extent, out _))
        {
            return StoreStatus.Corrupt;
        }
        (_listBytes, _listed) = (length, extent);
        return StoreStatus.Ok;
    }
}
