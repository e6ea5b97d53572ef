namespace RustFs.Storage;

/// <summary>Runs of a segment, sorted and apart from one another. Never changed once made, so that readers need no lock.</summary>
internal sealed class HoleList(IReadOnlyList<(uint Start, uint End)> runs)
{
    private readonly uint[] _starts = [.. runs.Select(run => run.Start)];
    private readonly uint[] _ends = [.. runs.Select(run => run.End)];

    public bool Overlaps(long offset, long lengthBytes)
    {
        int at = FirstEndingBehind(offset);
        return at < _ends.Length && _starts[at] < offset + lengthBytes;
    }

    /// <summary>Whether one of the runs has all of this one.</summary>
    public bool Covers((uint Start, uint End) run)
    {
        int at = FirstEndingBehind(run.Start);
        return at < _ends.Length && _starts[at] <= run.Start && run.End <= _ends[at];
    }

    private int FirstEndingBehind(long offset)
    {
        int low = 0, high = _ends.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ends[middle] > offset) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
