namespace RustFs.Storage;

/// <summary>An access to a device, for a fault to be chosen by.</summary>
internal enum DeviceCall : byte { Create, Open, Delete, Write, Read, Sync, WriteFormat, Punch }

/// <summary>
/// A device in memory that keeps the promises of a disk and no more: what was not synced is gone after <see cref="CutPower"/>. For the
/// memory rung of benchmarks, and for faults that real disks seldom show.
/// </summary>
internal sealed class MemoryBlockDevice(string directory) : IBlockDevice
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, MemorySegmentFile> _files = [];
    private byte[]? _format;
    private bool _isLocked;

    public string Directory => directory;

    /// <summary>
    /// Asked before each access with its segment number (0 for none); anything but None makes the access fail so, without effect.
    /// </summary>
    public Func<DeviceCall, uint, IoError>? Fault { get; set; }

    /// <summary>Bytes that segments may take; -1 for no bound.</summary>
    public long CapacityBytes { get; set; } = -1;

    public bool TryLock()
    {
        lock (_lock)
        {
            if (_isLocked) return false;
            return _isLocked = true;
        }
    }

    public byte[]? ReadFormat() => _format;

    public IoError WriteFormat(ReadOnlySpan<byte> format)
    {
        IoError error = Check(DeviceCall.WriteFormat, 0);
        if (error == IoError.None) _format = format.ToArray();
        return error;
    }

    public IReadOnlyList<(uint Number, long LengthBytes)> ListSegments()
    {
        lock (_lock) return [.. _files.Select(file => (file.Key, file.Value.LengthBytes))];
    }

    public IoError CreateSegment(uint number, long lengthBytes, bool zeroFilled, out ISegmentFile? file)
    {
        file = null;
        IoError error = Check(DeviceCall.Create, number);
        if (error != IoError.None) return error;
        lock (_lock)
        {
            if (!_files.TryGetValue(number, out MemorySegmentFile? created))
            {
                if (CapacityBytes >= 0 && UsedBytes + lengthBytes > CapacityBytes) return IoError.NoSpace;
                created = new MemorySegmentFile(this, number, checked((int)lengthBytes));
                _files.Add(number, created);
            }
            created.Allocate();
            file = created;
            return IoError.None;
        }
    }

    public IoError OpenSegment(uint number, out ISegmentFile? file)
    {
        file = null;
        IoError error = Check(DeviceCall.Open, number);
        if (error != IoError.None) return error;
        lock (_lock)
        {
            if (!_files.TryGetValue(number, out MemorySegmentFile? found)) return IoError.NotFound;
            file = found;
            return IoError.None;
        }
    }

    public IoError DeleteSegment(uint number)
    {
        IoError error = Check(DeviceCall.Delete, number);
        if (error != IoError.None) return error;
        lock (_lock) _files.Remove(number);
        return IoError.None;
    }

    public long FreeBytes()
    {
        lock (_lock) return CapacityBytes < 0 ? -1 : CapacityBytes - UsedBytes;
    }

    /// <summary>Every write since the last sync of its segment is lost.</summary>
    public void CutPower()
    {
        lock (_lock)
        {
            foreach (MemorySegmentFile file in _files.Values) file.DropUnsynced();
            _isLocked = false;
        }
    }

    /// <summary>Changes a stored byte, as a failing medium would.</summary>
    public void FlipByte(uint number, long offset)
    {
        lock (_lock) _files[number].FlipByte(offset);
    }

    public void Dispose()
    {
        lock (_lock) _isLocked = false;
    }

    internal IoError Check(DeviceCall call, uint number) => Fault?.Invoke(call, number) ?? IoError.None;

    private long UsedBytes => _files.Values.Sum(file => file.AllocatedBytes());
}

/// <summary>A segment in memory: what readers see, and what a power cut would leave.</summary>
internal sealed class MemorySegmentFile(MemoryBlockDevice device, uint number, int lengthBytes) : ISegmentFile
{
    private readonly Lock _lock = new();
    private readonly byte[] _seen = new byte[lengthBytes];
    private readonly byte[] _durable = new byte[lengthBytes];
    private readonly List<(long Offset, int LengthBytes)> _unsynced = [];
    private readonly HashSet<long> _holes = [];

    public long LengthBytes => lengthBytes;

    public IoError Write(long offset, ReadOnlySpan<byte> blocks)
    {
        if (offset % AlignedBuffer.AlignmentBytes != 0 || blocks.Length % AlignedBuffer.AlignmentBytes != 0) return IoError.Failed;
        IoError error = device.Check(DeviceCall.Write, number);
        if (error != IoError.None) return error;
        lock (_lock)
        {
            blocks.CopyTo(_seen.AsSpan((int)offset));
            _unsynced.Add((offset, blocks.Length));
        }
        return IoError.None;
    }

    public IoError Read(long offset, Span<byte> destination)
    {
        IoError error = device.Check(DeviceCall.Read, number);
        if (error != IoError.None) return error;
        if (offset + destination.Length > lengthBytes) return IoError.Failed;
        lock (_lock) _seen.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return IoError.None;
    }

    public IoError ReadCached(long offset, Span<byte> destination) => Read(offset, destination);
    public IoError ReadDirect(long offset, Span<byte> destination) => Read(offset, destination);

    public IoError Sync()
    {
        IoError error = device.Check(DeviceCall.Sync, number);
        lock (_lock)
        {
            // As with Linux: after a failed sync the next one succeeds, and the writes are lost all the same.
            if (error == IoError.None)
            {
                foreach ((long offset, int length) in _unsynced)
                    _seen.AsSpan((int)offset, length).CopyTo(_durable.AsSpan((int)offset));
            }
            _unsynced.Clear();
        }
        return error;
    }

    public IoError Punch(long offset, long length)
    {
        if (offset % AlignedBuffer.AlignmentBytes != 0 || length % AlignedBuffer.AlignmentBytes != 0) return IoError.Failed;
        IoError error = device.Check(DeviceCall.Punch, number);
        if (error != IoError.None) return error;
        lock (_lock)
        {
            _seen.AsSpan((int)offset, (int)length).Clear();
            _unsynced.Add((offset, (int)length));
            for (long at = offset; at < offset + length; at += AlignedBuffer.AlignmentBytes) _holes.Add(at);
        }
        return IoError.None;
    }

    public long AllocatedBytes()
    {
        lock (_lock) return lengthBytes - _holes.Count * (long)AlignedBuffer.AlignmentBytes;
    }

    /// <summary>No block is missing any more.</summary>
    public void Allocate()
    {
        lock (_lock) _holes.Clear();
    }

    public void DropUnsynced()
    {
        lock (_lock)
        {
            _durable.CopyTo(_seen, 0);
            _unsynced.Clear();
        }
    }

    public void FlipByte(long offset)
    {
        lock (_lock)
        {
            _seen[offset] ^= 0x40;
            _durable[offset] ^= 0x40;
        }
    }

    public void Dispose()
    {
    }
}
