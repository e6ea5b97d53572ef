namespace RustFs.Storage;

/// <summary>
/// Common prefixes of one folder that follow each other: of all keys from <see cref="Low"/> to before <see cref="High"/> a listing shows
/// these and nothing else. Names and bounds are relative to the folder; names end with the delimiter. A bound never stands inside a group:
/// no key that begins with a name of the run lies beyond it.
/// </summary>
internal readonly ref struct RunSpan(
    ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, ReadOnlySpan<byte> text, int start, ReadOnlySpan<ushort> ends)
{
    // Names stand back to back: from start, each to its end.
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly ReadOnlySpan<ushort> _ends = ends;

    public ReadOnlySpan<byte> Low { get; } = low;

    /// <summary>Empty: the folder's end. Nothing sorts before an empty name, so no other run has such a bound.</summary>
    public ReadOnlySpan<byte> High { get; } = high;

    public bool IsEndless => High.IsEmpty;
    public int Count => _ends.Length;
    public int NameBytes => Names.Length;

    public ReadOnlySpan<byte> Names => Count == 0 ? default : _text[start.._ends[^1]];

    public ReadOnlySpan<byte> this[int index] => _text[(index == 0 ? start : _ends[index - 1]).._ends[index]];

    /// <summary>The empty run behind it.</summary>
    public RunSpan Behind => new(High, High, default, 0, default);

    /// <summary>Where the name stands, or the first one that sorts after it.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        int from = 0, to = Count;
        while (from < to)
        {
            int middle = (from + to) / 2;
            if (this[middle].SequenceCompareTo(name) < 0) from = middle + 1;
            else to = middle;
        }
        return from;
    }

    public bool Has(ReadOnlySpan<byte> name)
    {
        int at = Find(name);
        return at < Count && this[at].SequenceEqual(name);
    }

    /// <summary>Whether it says what is listed at a position that is not before its own beginning.</summary>
    public bool Reaches(ReadOnlySpan<byte> position) => IsEndless || position.SequenceCompareTo(High) < 0;

    /// <summary>Whether it goes at least as far as another.</summary>
    public bool ReachesAsFar(in RunSpan other) => IsEndless || (!other.IsEndless && other.High.SequenceCompareTo(High) <= 0);

    public RunSpan From(ReadOnlySpan<byte> newLow)
    {
        int first = Find(newLow);
        return new RunSpan(newLow, High, _text, first == 0 ? start : _ends[first - 1], _ends[first..]);
    }

    public RunSpan Until(ReadOnlySpan<byte> newHigh) => new(Low, newHigh, _text, start, _ends[..Find(newHigh)]);

    /// <summary>Writes where the names end when they stand from an offset on.</summary>
    public void CopyEnds(Span<ushort> destination, int offset)
    {
        for (int index = 0; index < Count; index++) destination[index] = (ushort)(_ends[index] - start + offset);
    }
}
