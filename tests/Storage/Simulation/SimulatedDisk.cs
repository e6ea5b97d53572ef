// unsafe: a span's address is looked at, never followed, to see whether it is aligned as O_DIRECT asks.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// One directory on a seeded disk in memory. It outlives the engines that mount it. What was not synced is in doubt until the power goes:
/// then each write, or each 512-byte sector of it, is kept or lost by the seed.
/// </summary>
internal sealed class SimulatedDisk(string directory, int seed, FaultPlan faults, long capacityBytes)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<uint, SimulatedFile> _files = [];

    // Deleted by a call that failed: a power cut may bring them back.
    private readonly Dictionary<uint, SimulatedFile> _deletedInDoubt = [];
    private readonly List<string> _violations = [];
    private byte[]? _format;
    private long _nextWrite;
    private object? _mount;
    private bool _isLocked;

    public string Directory => directory;

    /// <summary>Ways in which the engine broke the contract of <see cref="IBlockDevice"/>.</summary>
    public IReadOnlyList<string> Violations
    {
        get { lock (_lock) return [.. _violations]; }
    }

    /// <summary>Segment files that are open in the present mount.</summary>
    public int OpenFiles { get; private set; }

    /// <summary>Room left is this much less than the capacity; for tests of a full disk.</summary>
    public long CapacityBytes { get; set; } = capacityBytes;

    /// <summary>Whether the file system has holes.</summary>
    public bool CanPunch { get; set; } = true;

    /// <summary>What was punched, all of it again when it was punched twice.</summary>
    public long PunchedBytes { get; private set; }

    /// <summary>A new process opens the directory; handles of the one before are dead.</summary>
    public IBlockDevice Mount()
    {
        lock (_lock)
        {
            OpenFiles = 0;
            _isLocked = false;
            _mount = new object();
            return new Device(this, _mount);
        }
    }

    /// <summary>The power goes: what is on the medium is decided, and nothing is in doubt any more.</summary>
    public void CutPower()
    {
        lock (_lock)
        {
            _mount = null;
            var fate = new PowerCutFate(_random, _nextWrite);
            foreach (SimulatedFile file in _files.Values.ToArray())
            {
                if (file.IsEntryDurable || _random.Next(2) == 0) file.CutPower(fate);
                else _files.Remove(file.Number);
            }
            foreach ((uint number, SimulatedFile file) in _deletedInDoubt)
            {
                file.CutPower(fate);
                if (_random.Next(2) == 0) _files.TryAdd(number, file);
            }
            _deletedInDoubt.Clear();
        }
    }

    /// <summary>Flips a bit on the medium; false when no such byte was ever written.</summary>
    public bool FlipBit(uint segment, long offset, int bit, bool onlyInPageCache)
    {
        lock (_lock) return _files.TryGetValue(segment, out SimulatedFile? file) && file.FlipBit(offset, (byte)(1 << bit), onlyInPageCache);
    }

    private FaultKind Enter(object mount, IoKinds access) => mount != _mount ? FaultKind.PowerCut : faults.Next(access);

    private void Violated(string what) => _violations.Add(what);

    private static IoError ErrorOf(FaultKind fault) => fault == FaultKind.NoSpace ? IoError.NoSpace : IoError.Failed;

    private sealed class Device(SimulatedDisk disk, object mount) : IBlockDevice
    {
        public string Directory => disk.Directory;

        public bool TryLock()
        {
            lock (disk._lock)
            {
                if (disk._isLocked) return false;
                return disk._isLocked = true;
            }
        }

        public byte[]? ReadFormat()
        {
            lock (disk._lock) return disk._format;
        }

        public IoError WriteFormat(ReadOnlySpan<byte> format)
        {
            lock (disk._lock)
            {
                FaultKind fault = disk.Enter(mount, IoKinds.Create);
                // A rename is atomic: the old format or the new one, also when its sync failed.
                if (fault == FaultKind.None || disk._random.Next(2) == 0) disk._format = format.ToArray();
                return fault == FaultKind.None ? IoError.None : ErrorOf(fault);
            }
        }

        public IReadOnlyList<(uint Number, long LengthBytes)> ListSegments()
        {
            lock (disk._lock) return [.. disk._files.Values.Select(file => (file.Number, file.LengthBytes))];
        }

        public IoError CreateSegment(uint number, long lengthBytes, bool zeroFilled, out ISegmentFile? file)
        {
            file = null;
            lock (disk._lock)
            {
                FaultKind fault = disk.Enter(mount, IoKinds.Create);
                bool isNew = !disk._files.TryGetValue(number, out SimulatedFile? created);
                if (fault == FaultKind.None && isNew && disk.FreeBytes() < lengthBytes) fault = FaultKind.NoSpace;
                if (fault != FaultKind.None)
                {
                    // The device deletes what it could not finish, if it still can.
                    if (isNew && disk._random.Next(3) == 0)
                        disk._files[number] = new SimulatedFile(number) { LengthBytes = disk._random.NextInt64(lengthBytes + 1) };
                    return ErrorOf(fault);
                }
                created ??= new SimulatedFile(number);
                (created.LengthBytes, created.IsEntryDurable) = (lengthBytes, true);
                if (zeroFilled) created.Clear();
                created.Allocate();
                created.Sync();
                disk._files[number] = created;
                disk.OpenFiles++;
                file = new SegmentFile(disk, mount, created);
                return IoError.None;
            }
        }

        public IoError OpenSegment(uint number, out ISegmentFile? file)
        {
            file = null;
            lock (disk._lock)
            {
                FaultKind fault = disk.Enter(mount, IoKinds.Open);
                if (fault != FaultKind.None) return ErrorOf(fault);
                if (!disk._files.TryGetValue(number, out SimulatedFile? found)) return IoError.NotFound;
                disk.OpenFiles++;
                file = new SegmentFile(disk, mount, found);
                return IoError.None;
            }
        }

        public IoError DeleteSegment(uint number)
        {
            lock (disk._lock)
            {
                FaultKind fault = disk.Enter(mount, IoKinds.Delete);
                if (fault == FaultKind.None)
                {
                    disk._files.Remove(number);
                    return IoError.None;
                }
                if (mount == disk._mount && disk._random.Next(2) == 0 && disk._files.Remove(number, out SimulatedFile? file))
                    disk._deletedInDoubt[number] = file;
                return ErrorOf(fault);
            }
        }

        public long FreeBytes()
        {
            lock (disk._lock) return disk.FreeBytes();
        }

        public void Dispose()
        {
            lock (disk._lock)
            {
                if (mount == disk._mount) disk._isLocked = false;
            }
        }
    }

    private long FreeBytes() => Math.Max(0, CapacityBytes - _files.Values.Sum(file => file.AllocatedBytes));

    private sealed class SegmentFile(SimulatedDisk disk, object mount, SimulatedFile file) : ISegmentFile
    {
        private bool _isDisposed;

        public unsafe IoError Write(long offset, ReadOnlySpan<byte> blocks)
        {
            lock (disk._lock)
            {
                FaultKind fault = Enter(IoKinds.Write, "written");
                nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(blocks));
                if ((address | (nuint)offset | (nuint)blocks.Length) % SimulatedFile.PageBytes != 0 || blocks.IsEmpty)
                    disk.Violated($"A write of {blocks.Length} bytes at {offset} is not of whole aligned blocks.");
                if (offset < 0 || offset + blocks.Length > file.LengthBytes)
                {
                    disk.Violated($"A write of {blocks.Length} bytes at {offset} leaves segment {file.Number}.");
                    return IoError.Failed;
                }
                if (mount == disk._mount && file.HasHoleWithin(offset, blocks.Length))
                    disk.Violated($"A write of {blocks.Length} bytes at {offset} goes into a hole of segment {file.Number}.");
                int arriving = fault switch
                {
                    FaultKind.None or FaultKind.PowerCut => blocks.Length,
                    FaultKind.ShortWrite => disk._random.Next(blocks.Length / SimulatedFile.PageBytes) * SimulatedFile.PageBytes,
                    FaultKind.Eio => disk._random.Next(2) * blocks.Length,
                    _ => 0,
                };
                if (mount == disk._mount) file.Write(offset, blocks[..arriving], disk._nextWrite++);
                return fault == FaultKind.None ? IoError.None : ErrorOf(fault);
            }
        }

        public IoError Read(long offset, Span<byte> destination) => Read(offset, destination, throughPageCache: true);

        public IoError ReadDirect(long offset, Span<byte> destination) => Read(offset, destination, throughPageCache: false);

        // A quarter of the blocks is never cached, so that both ways of reading are taken.
        public IoError ReadCached(long offset, Span<byte> destination) =>
            (offset / SimulatedFile.PageBytes + file.Number) % 4 == 0 ? IoError.WouldBlock : Read(offset, destination);

        // One that fails may have punched some of it.
        public IoError Punch(long offset, long lengthBytes)
        {
            lock (disk._lock)
            {
                FaultKind fault = Enter(IoKinds.Punch, "punched");
                bool isWithin = offset >= SimulatedFile.PageBytes && lengthBytes > 0 && offset + lengthBytes <= file.LengthBytes;
                if (!isWithin || (offset | lengthBytes) % SimulatedFile.PageBytes != 0)
                {
                    disk.Violated($"A hole of {lengthBytes} bytes at {offset} is not of whole blocks behind the header of segment {file.Number}.");
                    return IoError.Failed;
                }
                if (!disk.CanPunch) return IoError.NotSupported;
                long pages = lengthBytes / SimulatedFile.PageBytes;
                if (fault != FaultKind.None) pages = disk._random.NextInt64(pages + 1);
                if (mount == disk._mount) file.Punch(offset, pages * SimulatedFile.PageBytes, disk._nextWrite++);
                if (fault == FaultKind.None) disk.PunchedBytes += lengthBytes;
                return fault == FaultKind.None ? IoError.None : ErrorOf(fault);
            }
        }

        public long AllocatedBytes()
        {
            lock (disk._lock) return file.AllocatedBytes;
        }

        public IoError Sync()
        {
            lock (disk._lock)
            {
                FaultKind fault = Enter(IoKinds.Sync, "synced");
                if (fault == FaultKind.None) file.Sync();
                else if (mount == disk._mount && fault != FaultKind.PowerCut) file.FailSync(disk._random);
                return fault == FaultKind.None ? IoError.None : ErrorOf(fault);
            }
        }

        public void Dispose()
        {
            lock (disk._lock)
            {
                if (_isDisposed) return;
                _isDisposed = true;
                if (mount == disk._mount) disk.OpenFiles--;
            }
        }

        private IoError Read(long offset, Span<byte> destination, bool throughPageCache)
        {
            lock (disk._lock)
            {
                FaultKind fault = Enter(IoKinds.Read, "read");
                if (fault != FaultKind.None) return ErrorOf(fault);
                if (offset < 0 || offset + destination.Length > file.LengthBytes) return IoError.Failed;
                file.Read(offset, destination, throughPageCache);
                return IoError.None;
            }
        }

        private FaultKind Enter(IoKinds access, string what)
        {
            if (_isDisposed && mount == disk._mount) disk.Violated($"Segment {file.Number} is {what} after it was closed.");
            return disk.Enter(mount, access);
        }
    }
}
