using System.Buffers;
using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>
/// Lists what stands in one folder: keys, and the common prefixes of those further down. As <see cref="ObjectListing"/> does, but for what
/// memory knows: runs of common prefixes are given out without a look at the index, and what the index had to be asked for is kept.
/// A query whose prefix does not end with the delimiter is one for a range of the folder above.
/// </summary>
internal ref struct FolderListing
{
    private const int MaxIndexKeyBytes = IndexKeys.BucketIdBytes + IndexKeys.MaxObjectKeyBytes;

    // The first key that can follow a marker is the marker with a zero byte behind it.
    private const int MaxPositionBytes = MaxIndexKeyBytes + 1;
    private const int BufferBytes =
        sizeof(ushort) * PrefixRun.MaxNames + 2 * MaxIndexKeyBytes + 2 * MaxPositionBytes
        + PrefixRunFill.MaxLowBytes + PrefixRunFill.MaxNameBytes;

    private readonly PrefixRuns _runs;
    private readonly ListQuery _query;
    private readonly int _folderBytes;

    // Where what is listed ends, as an index key; and in the folder, empty for its end.
    private readonly Span<byte> _upper;
    private readonly ReadOnlySpan<byte> _end;

    // Bucket id ‖ the entry that is shown from a run: the folder's part stays.
    private readonly Span<byte> _entry;

    // Bucket id ‖ where the listing goes on.
    private readonly Span<byte> _position;
    private readonly Span<byte> _lastShown;

    // It begins behind a key in a group, whose prefix is shown if there are more of them: no run can tell.
    private readonly bool _isInGroup;
    private PrefixPage _page;
    private PrefixRunFill _fill;
    private PrefixWalk _walk = new();
    private int _positionBytes;
    private int _lastBytes;
    private int _shown;
    private bool _isTruncated;
    private bool _isAtEnd;

    private FolderListing(PrefixRuns runs, uint bucketId, scoped in ListQuery query, Span<byte> buffer)
    {
        _runs = runs;
        _query = query;
        _folderBytes = IndexKeys.BucketIdBytes + FolderLength(query.Prefix);
        Span<ushort> ends = MemoryMarshal.Cast<byte, ushort>(Take(ref buffer, sizeof(ushort) * PrefixRun.MaxNames));
        _entry = Take(ref buffer, MaxIndexKeyBytes);
        _upper = Take(ref buffer, MaxPositionBytes);
        _position = Take(ref buffer, MaxPositionBytes);
        _lastShown = Take(ref buffer, MaxIndexKeyBytes);
        Span<byte> low = Take(ref buffer, PrefixRunFill.MaxLowBytes);
        _fill = new PrefixRunFill(runs, low, buffer, ends);

        _positionBytes = IndexKeys.Object(bucketId, query.Prefix, _position);
        _position[.._positionBytes].CopyTo(_upper);
        _position[.._folderBytes].CopyTo(_entry);
        _upper = _upper[..IndexKeys.Successor(_upper[.._positionBytes])];
        _end = _upper.Length > _folderBytes && _positionBytes > _folderBytes ? _upper[_folderBytes..] : default;
        if (query.After.IsEmpty || query.After.SequenceCompareTo(query.Prefix) < 0) return;
        // A marker longer than any key sorts right behind its first 1,024 bytes.
        ReadOnlySpan<byte> after = query.After[..Math.Min(query.After.Length, IndexKeys.MaxObjectKeyBytes)];
        ReadOnlySpan<byte> inFolder = after[FolderLength(query.Prefix)..];
        int delimiterAt = inFolder.IndexOf(PrefixRuns.Delimiter);
        _isInGroup = delimiterAt >= 0 && delimiterAt < inFolder.Length - 1;
        _positionBytes = IndexKeys.Object(bucketId, after, _position);
        if (_isInGroup) _position[_positionBytes++] = 0;
        else _positionBytes = _folderBytes + PrefixRuns.Behind(inFolder, _position[_folderBytes..]).Length;
    }

    private readonly ReadOnlySpan<byte> FolderKey => _entry[.._folderBytes];
    private readonly ReadOnlySpan<byte> Position => _position[_folderBytes.._positionBytes];

    /// <summary>Whether a query is one of this kind. Pages of nothing and markers from outside the folder are not.</summary>
    public static bool Takes(in ListQuery query)
    {
        if (query.Delimiter is not [PrefixRuns.Delimiter]) return false;
        if (query.MaxKeys <= 0 || query.Prefix.Length > IndexKeys.MaxObjectKeyBytes) return false;
        ReadOnlySpan<byte> folder = query.Prefix[..FolderLength(query.Prefix)];
        if (folder.Count(PrefixRuns.Delimiter) > PrefixRuns.MaxDepth) return false;
        return query.After.SequenceCompareTo(query.Prefix) < 0 || query.After.StartsWith(folder);
    }

    /// <summary>As <see cref="ObjectListing.List"/>.</summary>
    public static StoreStatus List<TSink>(
        IIndex index, PrefixRuns runs, uint bucketId, in ListQuery query, ref TSink sink, out bool isTruncated, out byte[] last)
        where TSink : IListSink, allows ref struct
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var listing = new FolderListing(runs, bucketId, query, buffer);
        runs.Begin(ref listing._page, listing.FolderKey, listing.Position, listing._isInGroup, listing._end, query.MaxKeys);
        try
        {
            StoreStatus status = listing.ShowAll(index, ref sink);
            isTruncated = listing._isTruncated;
            last = isTruncated || status != StoreStatus.Ok ? listing._lastShown[..listing._lastBytes].ToArray() : [];
            return status;
        }
        finally
        {
            runs.End(listing._page);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private StoreStatus ShowAll<TSink>(IIndex index, ref TSink sink)
        where TSink : IListSink, allows ref struct
    {
        if (_page.IsWhole)
        {
            ShowKnown(ref sink);
            return StoreStatus.Ok;
        }
        // Common prefixes touch one block for each group, which costs more to read and unpack than to search: they are worth caching.
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Objects, _upper);
        if (_page.KnownCount > 0 && _runs.IsUnchanged(_page)) ShowKnown(ref sink);
        StoreStatus status = StoreStatus.Ok;
        bool isOn = GoOn(cursor, ref sink);
        while (isOn && status == StoreStatus.Ok)
        {
            _isTruncated = _shown == _query.MaxKeys;
            if (_isTruncated) break;
            isOn = ShowNext(cursor, ref sink, ref status);
        }
        if (status != StoreStatus.Ok || !_fill.IsOpen) return status;
        if (_isTruncated) _fill.Close(ref _page, FolderKey);
        else _fill.Close(ref _page, FolderKey, _end);
        return status;
    }

    /// <summary>Shows what the cursor stands on, and moves to what is to be shown next.</summary>
    private bool ShowNext<TSink>(IIndexCursor cursor, ref TSink sink, ref StoreStatus status)
        where TSink : IListSink, allows ref struct
    {
        ReadOnlySpan<byte> key = cursor.Key[IndexKeys.BucketIdBytes..];
        int folderLength = _folderBytes - IndexKeys.BucketIdBytes;
        int delimiterAt = key[folderLength..].IndexOf(PrefixRuns.Delimiter);
        if (delimiterAt < 0)
        {
            if (!ObjectRecordCodec.TryDecodeSummary(cursor.Value, out ObjectSummary summary))
            {
                SetLast(key);
                status = StoreStatus.Corrupt;
                return false;
            }
            sink.Object(key, summary);
            Count(key);
            // An empty bound would say that the folder ends here. Nothing can stand before such a key.
            if (key.Length == folderLength) _fill.Drop();
            if (_fill.IsOpen) _fill.Close(ref _page, FolderKey, key[folderLength..]);
            return cursor.Next();
        }
        ReadOnlySpan<byte> prefix = key[..(folderLength + delimiterAt + 1)];
        sink.CommonPrefix(prefix);
        Count(prefix);
        ReadOnlySpan<byte> name = prefix[folderLength..];
        if (!_fill.IsOpen) _fill.Open(name);
        _fill.Add(ref _page, FolderKey, name);
        return PassGroup(cursor, IndexKeys.BucketIdBytes + prefix.Length, ref sink);
    }

    private bool PassGroup<TSink>(IIndexCursor cursor, int prefixBytes, ref TSink sink)
        where TSink : IListSink, allows ref struct
    {
        Span<byte> prefix = _position[..prefixBytes];
        cursor.Key[..prefixBytes].CopyTo(prefix);
        for (int step = 0; step < _walk.Steps; step++)
        {
            if (!cursor.Next()) return false;
            if (!cursor.Key.StartsWith(prefix))
            {
                _walk.Passed();
                return true;
            }
        }
        _walk.Sought();
        _fill.Sought();
        prefix[^1]++;
        _positionBytes = prefixBytes;
        return GoOn(cursor, ref sink);
    }

    /// <summary>Shows what is known from the position on, and moves the cursor to what follows that.</summary>
    private bool GoOn<TSink>(IIndexCursor cursor, ref TSink sink)
        where TSink : IListSink, allows ref struct
    {
        if (!_isInGroup || _shown > 0)
        {
            ShowFound(ref sink);
            if (_isTruncated || _isAtEnd) return false;
            if (!_fill.IsOpen) _fill.Open(Position);
        }
        _page.Seeks++;
        return cursor.Seek(_position[.._positionBytes]);
    }

    private void ShowFound<TSink>(ref TSink sink)
        where TSink : IListSink, allows ref struct
    {
        while (!_isTruncated && !_isAtEnd && _runs.Find(_page, FolderKey, Position) is { } run)
        {
            if (_fill.IsOpen) _fill.Close(ref _page, FolderKey);
            Show(run, ref sink);
        }
    }

    private void ShowKnown<TSink>(ref TSink sink)
        where TSink : IListSink, allows ref struct
    {
        for (int run = 0; run < _page.KnownCount && !_isTruncated && !_isAtEnd; run++) Show(_page.Known[run]!, ref sink);
    }

    /// <summary>Shows a run from the position on, and moves behind it.</summary>
    private void Show<TSink>(PrefixRun run, ref TSink sink)
        where TSink : IListSink, allows ref struct
    {
        RunSpan names = run.Span;
        int end = _end.IsEmpty ? names.Count : names.Find(_end);
        for (int at = names.Find(Position); at < end; at++)
        {
            if (_shown == _query.MaxKeys)
            {
                _isTruncated = true;
                return;
            }
            ReadOnlySpan<byte> name = names[at];
            name.CopyTo(_entry[_folderBytes..]);
            ReadOnlySpan<byte> prefix = _entry[IndexKeys.BucketIdBytes..(_folderBytes + name.Length)];
            sink.CommonPrefix(prefix);
            Count(prefix);
            _page.Hits++;
        }
        _isAtEnd = names.IsEndless || (!_end.IsEmpty && _end.SequenceCompareTo(names.High) <= 0);
        names.High.CopyTo(_position[_folderBytes..]);
        _positionBytes = _folderBytes + names.High.Length;
    }

    private void Count(ReadOnlySpan<byte> entry)
    {
        if (++_shown == _query.MaxKeys) SetLast(entry);
    }

    private void SetLast(ReadOnlySpan<byte> entry)
    {
        entry.CopyTo(_lastShown);
        _lastBytes = entry.Length;
    }

    /// <summary>The part of a prefix through its last delimiter.</summary>
    private static int FolderLength(ReadOnlySpan<byte> prefix) => prefix.LastIndexOf(PrefixRuns.Delimiter) + 1;

    private static Span<byte> Take(scoped ref Span<byte> buffer, int bytes)
    {
        Span<byte> taken = buffer[..bytes];
        buffer = buffer[bytes..];
        return taken;
    }
}
