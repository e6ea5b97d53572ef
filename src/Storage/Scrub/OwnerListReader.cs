namespace RustFs.Storage;

/// <summary>
/// Reads the owner lists of a segment one after the other. Some are read ahead with one cursor: each group of a few small writes leaves a
/// list, and opening a cursor costs more than reading one of these. No cursor is held between two calls. For one thread.
/// </summary>
internal sealed class OwnerListReader(IIndex index)
{
    // Read ahead up to this much: some hundred lists of a few entries, or one as long as a list may be.
    private const int AheadBytes = 64 * 1024;

    private readonly Queue<(byte[] Owners, byte[] After)> _ahead = new();
    private byte[] _readTo = [];
    private uint _segment;

    /// <summary>Where a later reader may go on behind the list that was returned last; empty before the first.</summary>
    public byte[] After { get; private set; } = [];

    public void Begin(uint segment, byte[]? after = null)
    {
        _ahead.Clear();
        _segment = segment;
        After = _readTo = after ?? [];
    }

    /// <summary>The next list, or null; one that has come meanwhile is found when it is asked again.</summary>
    public byte[]? Next()
    {
        if (_ahead.Count == 0) ReadAhead();
        if (!_ahead.TryDequeue(out (byte[] Owners, byte[] After) next)) return null;
        After = next.After;
        return next.Owners;
    }

    private void ReadAhead()
    {
        Span<byte> first = stackalloc byte[16];
        Span<byte> end = stackalloc byte[16];
        int firstBytes = IndexKeys.OwnersFirst(_segment, first);
        int endBytes = IndexKeys.OwnersEnd(_segment, end);
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Segments, end[..endBytes], fillCache: false);
        int aheadBytes = 0;
        bool has = cursor.Seek(_readTo.Length == 0 ? first[..firstBytes] : _readTo);
        for (; has && aheadBytes < AheadBytes; has = cursor.Next())
        {
            // The successor of a key is that key and a zero.
            _readTo = [.. cursor.Key, 0];
            byte[] owners = cursor.Value.ToArray();
            _ahead.Enqueue((owners, _readTo));
            aheadBytes += owners.Length;
        }
    }
}
