namespace RustFs.Storage;

/// <summary>A run of common prefixes that memory keeps. What it says never changes: it is replaced.</summary>
internal sealed class PrefixRun
{
    /// <summary>
    /// A page of 1,000 finds four or five of them, and what a commit takes out of one leaves at most so many names to be copied.
    /// </summary>
    public const int MaxNames = 256;

    /// <summary>Names of sixteen bytes; and at least the three longest.</summary>
    public const int MaxNameBytes = 4096;

    // This object (88), the heads of its arrays (24 each) with rounding, its place in the folder's list (16), and, as if it were the only
    // one there, the folder with its list, its key's array and its place among the folders (some 250).
    private const int OverheadBytes = 416;

    // Low ‖ names ‖ high
    private readonly byte[] _text;
    private readonly ushort[] _ends;
    private readonly int _lowBytes;
    private readonly int _highBytes;

    /// <summary>A run, and the one behind it in one with it.</summary>
    public PrefixRun(ListedFolder folder, in RunSpan first, in RunSpan second, long stamp)
    {
        (Folder, Stamp) = (folder, stamp);
        (_lowBytes, _highBytes) = (first.Low.Length, second.High.Length);
        _text = new byte[_lowBytes + first.NameBytes + second.NameBytes + _highBytes];
        _ends = new ushort[first.Count + second.Count];
        first.Low.CopyTo(_text);
        first.Names.CopyTo(_text.AsSpan(_lowBytes));
        second.Names.CopyTo(_text.AsSpan(_lowBytes + first.NameBytes));
        second.High.CopyTo(_text.AsSpan(_text.Length - _highBytes));
        first.CopyEnds(_ends, _lowBytes);
        second.CopyEnds(_ends.AsSpan(first.Count), _lowBytes + first.NameBytes);
    }

    public ListedFolder Folder { get; }

    /// <summary>What it says was so at all times since the cache had this number.</summary>
    public long Stamp { get; }

    /// <summary>Neighbours in the order of use.</summary>
    public PrefixRun? Newer { get; set; }
    public PrefixRun? Older { get; set; }

    public long Bytes => OverheadBytes + Folder.Key.Length + _text.Length + sizeof(ushort) * _ends.Length;

    public ReadOnlySpan<byte> Low => _text.AsSpan(0, _lowBytes);

    public RunSpan Span => new(Low, _text.AsSpan(_text.Length - _highBytes), _text, _lowBytes, _ends);
}
