namespace RustFs.Storage;

/// <summary>The runs that are known of one folder, in order; no two say something of the same key.</summary>
internal sealed class ListedFolder(byte[] key, int depth)
{
    /// <summary>Bucket id ‖ what all keys in the folder begin with, as index keys do.</summary>
    public byte[] Key => key;

    /// <summary>How many delimiters that has.</summary>
    public int Depth => depth;

    public List<PrefixRun> Runs { get; } = [];

    /// <summary>The last run that begins at a position or before it; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> position)
    {
        int from = 0, to = Runs.Count;
        while (from < to)
        {
            int middle = (from + to) / 2;
            if (Runs[middle].Low.SequenceCompareTo(position) <= 0) from = middle + 1;
            else to = middle;
        }
        return from - 1;
    }

    /// <summary>The run that says what is listed at a position.</summary>
    public PrefixRun? Covering(ReadOnlySpan<byte> position)
    {
        int at = Find(position);
        return at >= 0 && Runs[at].Span.Reaches(position) ? Runs[at] : null;
    }
}
