namespace RustFs.Storage;

/// <summary>Common prefixes that a page's cursor has shown one after the other, until they are published as a run.</summary>
internal ref struct PrefixRunFill(PrefixRuns runs, Span<byte> low, Span<byte> names, Span<ushort> ends)
{
    public const int MaxLowBytes = IndexKeys.MaxObjectKeyBytes + 1;

    /// <summary>With room for where the last one ends.</summary>
    public const int MaxNameBytes = PrefixRun.MaxNameBytes + IndexKeys.MaxObjectKeyBytes;

    private readonly Span<byte> _low = low;
    private readonly Span<byte> _names = names;
    private readonly Span<ushort> _ends = ends;
    private int _lowBytes;
    private int _count;
    private int _seeks;

    public bool IsOpen { get; private set; }

    private readonly int NameBytes => _count == 0 ? 0 : _ends[_count - 1];

    /// <summary>Begins a run at a position that is not inside a group.</summary>
    public void Open(ReadOnlySpan<byte> position)
    {
        position.CopyTo(_low);
        (IsOpen, _lowBytes, _count, _seeks) = (true, position.Length, 0, 0);
    }

    /// <summary>Adds the next common prefix; publishes those before it first, when there is no room for more.</summary>
    public void Add(ref PrefixPage page, ReadOnlySpan<byte> folderKey, ReadOnlySpan<byte> name)
    {
        if (_count == runs.MaxNames || NameBytes + name.Length > PrefixRun.MaxNameBytes)
        {
            Close(ref page, folderKey);
            Open(BehindLast());
        }
        name.CopyTo(_names[NameBytes..]);
        _ends[_count] = (ushort)(NameBytes + name.Length);
        _count++;
    }

    /// <summary>Ends without a run.</summary>
    public void Drop() => IsOpen = false;

    /// <summary>The group of the last one was passed by a seek, or would have been.</summary>
    public void Sought() => _seeks++;

    /// <summary>Publishes the run up to behind its last prefix.</summary>
    public void Close(ref PrefixPage page, ReadOnlySpan<byte> folderKey)
    {
        if (_count > 0) Publish(ref page, folderKey, BehindLast());
        IsOpen = false;
    }

    /// <summary>Publishes the run up to a position up to which nothing else is listed.</summary>
    /// <param name="high">Empty for the folder's end.</param>
    public void Close(ref PrefixPage page, ReadOnlySpan<byte> folderKey, ReadOnlySpan<byte> high)
    {
        Publish(ref page, folderKey, high);
        IsOpen = false;
    }

    private readonly void Publish(ref PrefixPage page, ReadOnlySpan<byte> folderKey, ReadOnlySpan<byte> high)
    {
        // Groups that are walked cost little more than what is kept would. That nothing is listed is worth keeping between known runs.
        bool isWorthIt = _count == 0 ? page.HasFound : _seeks * 2 >= _count || runs.KeepsAll;
        ReadOnlySpan<byte> low = _low[.._lowBytes];
        if (!isWorthIt || (!high.IsEmpty && low.SequenceCompareTo(high) >= 0)) return;
        runs.Publish(ref page, folderKey, new RunSpan(low, high, _names, 0, _ends[.._count]));
    }

    // Written behind the names, until the next is added.
    private readonly ReadOnlySpan<byte> BehindLast()
    {
        int start = _count == 1 ? 0 : _ends[_count - 2];
        return PrefixRuns.Behind(_names[start..NameBytes], _names[NameBytes..]);
    }
}
