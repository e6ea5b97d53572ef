namespace RustFs.Tests.Storage.Simulation;

/// <summary>How one power cut treats what was in doubt.</summary>
internal sealed class PowerCutFate(Random random, long nextWrite)
{
    private const int Fates = 6;
    private readonly int _fate = random.Next(Fates);
    private readonly long _seed = random.NextInt64();
    private readonly long _threshold = nextWrite - random.NextInt64(Math.Min(nextWrite, 64) + 1);

    public bool KeepsSector(long write, long sector) => _fate switch
    {
        0 => false,
        1 => true,
        // Each sector for itself: torn writes.
        2 or 3 => (Mix(_seed ^ Mix(write * 7919 + sector)) & 1) == 0,
        // Each write for itself.
        4 => (Mix(_seed ^ write) & 1) == 0,
        // The later ones and not those before them.
        _ => write >= _threshold,
    };

    private static long Mix(long value)
    {
        ulong mixed = ((ulong)value ^ (ulong)value >> 33) * 0xFF51AFD7ED558CCDUL;
        mixed = (mixed ^ mixed >> 33) * 0xC4CEB9FE1A85EC53UL;
        return (long)(mixed ^ mixed >> 33);
    }
}

/// <summary>
/// One file in sparse pages: as the running system sees it, and as the medium has it. Pages never change once made, so both share them.
/// </summary>
internal sealed class SimulatedFile(uint number)
{
    public const int PageBytes = 4096;
    private const int SectorBytes = 512;

    private readonly Dictionary<long, byte[]> _seen = [];
    private readonly Dictionary<long, byte[]> _durable = [];

    // Page to the write that made it. Pages whose sync failed are seen, are not durable, and no later sync makes them so.
    private readonly Dictionary<long, long> _unsynced = [];
    private readonly HashSet<long> _dropped = [];
    private readonly Dictionary<long, byte> _pageCacheFlips = [];

    // Pages without blocks, and of those the ones that a power cut may bring back, whole or in part.
    private readonly HashSet<long> _holes = [];
    private readonly Dictionary<long, long> _unsyncedHoles = [];

    public uint Number => number;
    public long LengthBytes { get; set; }
    public bool IsEntryDurable { get; set; }
    public long AllocatedBytes => LengthBytes - _holes.Count * (long)PageBytes;

    public void Write(long offset, ReadOnlySpan<byte> blocks, long write)
    {
        for (int at = 0; at < blocks.Length; at += PageBytes)
        {
            long page = (offset + at) / PageBytes;
            _seen[page] = blocks.Slice(at, PageBytes).ToArray();
            _unsynced[page] = write;
            _dropped.Remove(page);
        }
    }

    public void Read(long offset, Span<byte> destination, bool throughPageCache)
    {
        for (int at = 0; at < destination.Length;)
        {
            long page = (offset + at) / PageBytes;
            int within = (int)((offset + at) % PageBytes);
            Span<byte> piece = destination.Slice(at, Math.Min(PageBytes - within, destination.Length - at));
            if (_seen.TryGetValue(page, out byte[]? bytes)) bytes.AsSpan(within, piece.Length).CopyTo(piece);
            else piece.Clear();
            at += piece.Length;
        }
        if (!throughPageCache) return;
        foreach ((long flipped, byte mask) in _pageCacheFlips)
        {
            if (flipped >= offset && flipped < offset + destination.Length) destination[(int)(flipped - offset)] ^= mask;
        }
    }

    public void Punch(long offset, long lengthBytes, long write)
    {
        for (long page = offset / PageBytes; page < (offset + lengthBytes) / PageBytes; page++)
        {
            _seen.Remove(page);
            _unsynced.Remove(page);
            _dropped.Remove(page);
            _holes.Add(page);
            _unsyncedHoles[page] = write;
        }
    }

    public bool HasHoleWithin(long offset, long lengthBytes)
    {
        for (long page = offset / PageBytes; page < (offset + lengthBytes) / PageBytes; page++)
        {
            if (_holes.Contains(page)) return true;
        }
        return false;
    }

    /// <summary>No block is missing any more.</summary>
    public void Allocate()
    {
        _holes.Clear();
        foreach (long page in _unsyncedHoles.Keys) _durable.Remove(page);
        _unsyncedHoles.Clear();
    }

    public void Clear()
    {
        _seen.Clear();
        _durable.Clear();
        _unsynced.Clear();
        _dropped.Clear();
    }

    public void Sync()
    {
        foreach (long page in _unsynced.Keys) _durable[page] = _seen[page];
        _unsynced.Clear();
        foreach (long page in _unsyncedHoles.Keys) _durable.Remove(page);
        _unsyncedHoles.Clear();
    }

    public void FailSync(Random random)
    {
        foreach (long page in _unsynced.Keys.ToArray())
        {
            int fate = random.Next(3);
            if (fate == 0) continue;
            if (fate == 1) _durable[page] = _seen[page];
            else _dropped.Add(page);
            _unsynced.Remove(page);
        }
    }

    public void CutPower(PowerCutFate fate)
    {
        if (!IsEntryDurable) IsEntryDurable = true;
        foreach ((long page, long write) in _unsynced) KeepSectors(page, write, fate);
        foreach (long page in _unsynced.Keys.Concat(_dropped))
        {
            if (_durable.TryGetValue(page, out byte[]? bytes)) _seen[page] = bytes;
            else _seen.Remove(page);
        }
        _unsynced.Clear();
        _dropped.Clear();
        _pageCacheFlips.Clear();
        foreach ((long page, long write) in _unsyncedHoles) KeepHole(page, write, fate);
        _unsyncedHoles.Clear();
    }

    public bool FlipBit(long offset, byte mask, bool onlyInPageCache)
    {
        long page = offset / PageBytes;
        if (!_seen.TryGetValue(page, out byte[]? bytes)) return false;
        if (onlyInPageCache)
        {
            _pageCacheFlips[offset] = mask;
            return true;
        }
        byte[] flipped = [.. bytes];
        flipped[offset % PageBytes] ^= mask;
        _seen[page] = flipped;
        _durable[page] = flipped;
        return true;
    }

    // Sector by sector what was there before, or nothing; the block is given back only where all of it is gone.
    private void KeepHole(long page, long write, PowerCutFate fate)
    {
        byte[] left = _durable.TryGetValue(page, out byte[]? durable) ? [.. durable] : new byte[PageBytes];
        bool isWhole = true;
        for (int at = 0; at < PageBytes; at += SectorBytes)
        {
            bool isGone = fate.KeepsSector(write, page * (PageBytes / SectorBytes) + at / SectorBytes);
            if (isGone) left.AsSpan(at, SectorBytes).Clear();
            isWhole &= isGone;
        }
        if (isWhole)
        {
            _durable.Remove(page);
            return;
        }
        _holes.Remove(page);
        _durable[page] = _seen[page] = left;
    }

    private void KeepSectors(long page, long write, PowerCutFate fate)
    {
        byte[] seen = _seen[page];
        byte[] kept = _durable.TryGetValue(page, out byte[]? durable) ? [.. durable] : new byte[PageBytes];
        for (int at = 0; at < PageBytes; at += SectorBytes)
        {
            if (fate.KeepsSector(write, page * (PageBytes / SectorBytes) + at / SectorBytes))
                seen.AsSpan(at, SectorBytes).CopyTo(kept.AsSpan(at));
        }
        _durable[page] = kept;
    }
}
