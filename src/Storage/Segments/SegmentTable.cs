using System.Collections;

namespace RustFs.Storage;

/// <summary>
/// All segments of a volume set by number. Numbers are dealt to the directories in turn, so that a number alone says where its file lies.
/// Lookups take no lock; segments are never taken out.
/// </summary>
internal sealed class SegmentTable(IReadOnlyList<IBlockDevice> devices, long segmentBytes)
{
    private readonly Lock _growing = new();
    private volatile Segment?[] _segments = new Segment?[64];
    private uint _highest;
    private long _sealCount;

    public long SegmentBytes => segmentBytes;
    public IReadOnlyList<IBlockDevice> Devices => devices;

    /// <summary>The highest number in use; numbers start at 1.</summary>
    public uint Highest => Volatile.Read(ref _highest);

    /// <summary>How many segments were sealed since the volume was opened: the clock by which they age.</summary>
    public long SealCount => Interlocked.Read(ref _sealCount);

    public long NextSealOrdinal() => Interlocked.Increment(ref _sealCount);

    public Segment? Find(uint number)
    {
        Segment?[] segments = _segments;
        return number < (uint)segments.Length ? segments[number] : null;
    }

    public int DirectoryOf(uint number) => (int)((number - 1) % (uint)devices.Count);

    /// <summary>The segment of a number, made when it is new.</summary>
    public Segment GetOrAdd(uint number)
    {
        lock (_growing)
        {
            if (Find(number) is { } found) return found;
            Segment?[] segments = _segments;
            if (number >= segments.Length)
            {
                Array.Resize(ref segments, checked((int)Math.Max(number + 1, (uint)segments.Length * 2)));
                _segments = segments;
            }
            int directory = DirectoryOf(number);
            var added = new Segment(number, devices[directory], directory, segmentBytes);
            segments[number] = added;
            if (number > _highest) Volatile.Write(ref _highest, number);
            return added;
        }
    }

    /// <summary>A number without a file in a directory: one that was used before, else the next.</summary>
    public Segment AddIn(int directory)
    {
        lock (_growing)
        {
            uint number = (uint)directory + 1;
            while (Find(number) is { } found)
            {
                if (found is { State: SegmentState.Free, File: null, IsTaken: false }) return found;
                number += (uint)devices.Count;
            }
            return GetOrAdd(number);
        }
    }

    /// <summary>
    /// By number, those included that are made meanwhile. Nothing is allocated: background work looks many times a second.
    /// </summary>
    public Enumerable All() => new(this);

    public readonly struct Enumerable(SegmentTable table) : IEnumerable<Segment>
    {
        public Enumerator GetEnumerator() => new(table);
        IEnumerator<Segment> IEnumerable<Segment>.GetEnumerator() => GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    public struct Enumerator(SegmentTable table) : IEnumerator<Segment>
    {
        private uint _number;

        public Segment Current { get; private set; } = null!;

        public bool MoveNext()
        {
            while (_number < table.Highest)
            {
                if (table.Find(++_number) is not { } segment) continue;
                Current = segment;
                return true;
            }
            return false;
        }

        public void Reset() => _number = 0;

        public readonly void Dispose()
        {
        }

        readonly object IEnumerator.Current => Current;
    }
}
