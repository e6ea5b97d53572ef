namespace RustFs.Storage;

/// <summary>
/// What listings by folder found in the index, kept in memory: runs of common prefixes, exact at any moment. A commit that puts a key
/// where a run says that there is none, or deletes one under a prefix of a run, takes that place out of the run before the index shows the
/// change. What a listing found before a commit and publishes after it gives way to the same changes, which are kept for so long.
/// Thread-safe; work under the lock is short, and never touches the index.
/// </summary>
internal sealed class PrefixRuns
{
    /// <summary>The one that clients show as folders; a folder's name ends where it does.</summary>
    public const byte Delimiter = (byte)'/';

    /// <summary>Commits look at so many folders above a key, and at the bucket itself.</summary>
    public const int MaxDepth = 16;

    // Since when a page would have to be told of changes that are not kept: before the first of all.
    private const long Never = -1;

    private readonly Lock _lock = new();
    private readonly long _capacityBytes;
    private readonly Dictionary<byte[], ListedFolder> _folders = new(ByteKeyComparer.Instance);
    private readonly Dictionary<byte[], ListedFolder>.AlternateLookup<ReadOnlySpan<byte>> _foldersByKey;
    private readonly int[] _foldersAtDepth = new int[MaxDepth + 1];
    private readonly RecentChanges _changes = new();
    private readonly StripedCounter _hits = new();
    private readonly StripedCounter _seekCount = new();
    private PrefixRun? _newest;
    private PrefixRun? _oldest;
    private long _bytes;
    private long _stamp;
    private long _cuts;
    private int _filling;

    // Where the changes of the commit under way begin, or will.
    private long _committedEnd;
    private bool _isCommitUnseen;
    private bool _isSuspended;

    /// <param name="capacityBytes">What runs and folders may take together.</param>
    /// <param name="maxNames">Of one run; less than usual for tests.</param>
    /// <param name="keepsAll">Also prefixes of groups so small that they are walked; for tests.</param>
    public PrefixRuns(long capacityBytes, int maxNames = PrefixRun.MaxNames, bool keepsAll = false)
    {
        (_capacityBytes, MaxNames, KeepsAll) = (capacityBytes, maxNames, keepsAll);
        _foldersByKey = _folders.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int MaxNames { get; }
    public bool KeepsAll { get; }

    /// <summary>Common prefixes listed from memory.</summary>
    public long Hits => _hits.Total;

    /// <summary>Seeks that listings by folder made in the index.</summary>
    public long Seeks => _seekCount.Total;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Begins a page; to be called before its cursor is opened, and ended with <see cref="End"/>.</summary>
    /// <param name="position">Where it begins in the folder; not looked up when that is inside a group.</param>
    /// <param name="end">Where it ends; empty for the folder's end.</param>
    public void Begin(
        ref PrefixPage page, ReadOnlySpan<byte> folderKey, ReadOnlySpan<byte> position, bool isInGroup, ReadOnlySpan<byte> end, int maxKeys)
    {
        lock (_lock)
        {
            (page.Stamp, page.Cuts) = (_stamp, _cuts);
            page.Since = _isCommitUnseen || _isSuspended ? Never : _committedEnd;
            if (!isInGroup && _foldersByKey.TryGetValue(folderKey, out ListedFolder? folder))
                Gather(ref page, folder, position, end, maxKeys);
            page.IsFilling = !page.IsWhole;
            if (page.IsFilling) _filling++;
        }
    }

    /// <summary>Whether what was known when the page began is so still.</summary>
    public bool IsUnchanged(in PrefixPage page)
    {
        lock (_lock) return _cuts == page.Cuts;
    }

    /// <summary>The run that says what the page's cursor would show at a position.</summary>
    public PrefixRun? Find(in PrefixPage page, ReadOnlySpan<byte> folderKey, ReadOnlySpan<byte> position)
    {
        lock (_lock)
        {
            if (!_foldersByKey.TryGetValue(folderKey, out ListedFolder? folder)) return null;
            if (folder.Covering(position) is not { } run || run.Stamp > page.Stamp) return null;
            Use(run);
            return run;
        }
    }

    /// <summary>Keeps what the page's cursor showed, as far as no commit has changed it since.</summary>
    public void Publish(ref PrefixPage page, ReadOnlySpan<byte> folderKey, RunSpan run)
    {
        lock (_lock)
        {
            if (_isSuspended || !_changes.Has(page.Since)) return;
            ListedFolder folder = FolderOf(folderKey);
            // The page may go on with what it has published itself.
            bool isAlone = page.Stamp == _stamp;
            _stamp++;
            if (isAlone) page.Stamp = _stamp;
            Insert(folder, run);
            long position = page.Since;
            while (_changes.TryRead(ref position, out ReadOnlySpan<byte> indexKey, out bool isDeleted))
            {
                if (indexKey.StartsWith(folder.Key)) Change(folder, indexKey[folder.Key.Length..], isDeleted);
            }
            DropIfEmpty(folder);
            KeepBound();
        }
    }

    public void End(in PrefixPage page)
    {
        if (page.Hits > 0) _hits.Add(page.Hits);
        if (page.Seeks > 0) _seekCount.Add(page.Seeks);
        if (!page.IsFilling) return;
        lock (_lock) _filling--;
    }

    /// <summary>Called by the committer before the index has what the group wrote.</summary>
    public void BeginCommit(GroupOverlay written)
    {
        lock (_lock)
        {
            // Pages that begin before the commit ends are not told of it then.
            _isCommitUnseen = _newest is null && _filling == 0;
            if (_isCommitUnseen || _isSuspended) return;
            written.ForEach(Keyspace.Objects, this, static (runs, indexKey, record) => runs.Change(indexKey.Span, record.IsEmpty));
            // Two parts of a run take more than the whole.
            KeepBound();
        }
    }

    /// <summary>Called when the index has it, before anybody is told.</summary>
    public void EndCommit()
    {
        lock (_lock) (_committedEnd, _isCommitUnseen) = (_changes.End, false);
    }

    /// <summary>Nobody knows what the index has: nothing is known, and nothing is kept, until <see cref="Resume"/>.</summary>
    public void Suspend()
    {
        lock (_lock)
        {
            _isSuspended = true;
            while (_oldest is { } oldest) Remove(oldest);
            _folders.Clear();
            Array.Clear(_foldersAtDepth);
            _cuts++;
        }
    }

    /// <summary>The index is open again. Pages that began before it was keep nothing.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            _isSuspended = false;
            _changes.Forget();
            (_committedEnd, _isCommitUnseen) = (_changes.End, false);
        }
    }

    /// <summary>
    /// The first position behind what is listed under a name. A group ends at the byte behind the delimiter: no key under its prefix sorts
    /// at or after that. Behind a key comes the key with a zero byte.
    /// </summary>
    public static Span<byte> Behind(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        name.CopyTo(destination);
        if (name is [.., Delimiter]) destination[name.Length - 1]++;
        else destination[name.Length] = 0;
        return destination[..(name is [.., Delimiter] ? name.Length : name.Length + 1)];
    }

    private void Gather(ref PrefixPage page, ListedFolder folder, ReadOnlySpan<byte> position, ReadOnlySpan<byte> end, int maxKeys)
    {
        int names = 0;
        int at = folder.Find(position);
        while (page.KnownCount < PrefixPage.MaxKnown && at >= 0 && at < folder.Runs.Count)
        {
            PrefixRun run = folder.Runs[at++];
            RunSpan span = run.Span;
            if (span.Low.SequenceCompareTo(position) > 0 || !span.Reaches(position)) return;
            Use(run);
            page.Known[page.KnownCount++] = run;
            names += span.Count - span.Find(position);
            page.IsWhole = names > maxKeys || span.IsEndless || (!end.IsEmpty && end.SequenceCompareTo(span.High) <= 0);
            if (page.IsWhole) return;
            position = span.High;
        }
    }

    private void Change(ReadOnlySpan<byte> indexKey, bool isDeleted)
    {
        _changes.Add(indexKey, isDeleted);
        int folderBytes = IndexKeys.BucketIdBytes;
        for (int depth = 0; depth <= MaxDepth; depth++)
        {
            ReadOnlySpan<byte> name = indexKey[folderBytes..];
            if (_foldersAtDepth[depth] > 0 && _foldersByKey.TryGetValue(indexKey[..folderBytes], out ListedFolder? folder))
            {
                Change(folder, name, isDeleted);
                DropIfEmpty(folder);
            }
            int delimiterAt = name.IndexOf(Delimiter);
            if (delimiterAt < 0) return;
            folderBytes += delimiterAt + 1;
        }
    }

    // A key under a prefix that is listed changes nothing, unless it goes; one that is not may be new, unless it goes.
    private void Change(ListedFolder folder, ReadOnlySpan<byte> name, bool isDeleted)
    {
        if (folder.Covering(name) is not { } run) return;
        int delimiterAt = name.IndexOf(Delimiter);
        bool isInGroup = delimiterAt >= 0;
        if (isInGroup) name = name[..(delimiterAt + 1)];
        RunSpan span = run.Span;
        bool isListed = isInGroup && span.Has(name);
        if (isListed != isDeleted) return;
        _cuts++;
        RunSpan before = span.Until(name), behind = span.From(Behind(name, stackalloc byte[IndexKeys.MaxObjectKeyBytes + 1]));
        int at = Remove(run);
        if (behind.Count > 0) Add(at, new PrefixRun(folder, behind, behind.Behind, run.Stamp));
        if (before.Count > 0) Add(at, new PrefixRun(folder, before, before.Behind, run.Stamp));
    }

    // What is known already stands, since both are exact; of the new run goes in what is not.
    private void Insert(ListedFolder folder, RunSpan run)
    {
        List<PrefixRun> runs = folder.Runs;
        int at = folder.Find(run.Low) + 1;
        if (at > 0 && runs[at - 1].Span.Reaches(run.Low))
        {
            RunSpan before = runs[at - 1].Span;
            if (before.ReachesAsFar(run)) return;
            run = run.From(before.High);
        }
        while (at < runs.Count && run.Reaches(runs[at].Low))
        {
            if (!run.ReachesAsFar(runs[at].Span))
            {
                run = run.Until(runs[at].Low);
                break;
            }
            Remove(runs[at]);
        }
        // What it says was known, in two runs.
        if (!run.IsEndless && run.Low.SequenceEqual(run.High)) return;
        PrefixRun? made = null;
        if (at > 0 && runs[at - 1].Span is var left && left.High.SequenceEqual(run.Low) && Fit(left, run))
        {
            made = new PrefixRun(folder, left, run, _stamp);
            Remove(runs[--at]);
            run = made.Span;
        }
        if (at < runs.Count && runs[at].Span is var right && !run.IsEndless && run.High.SequenceEqual(right.Low) && Fit(run, right))
        {
            made = new PrefixRun(folder, run, right, _stamp);
            Remove(runs[at]);
        }
        if (made is null && run.Count > 0) made = new PrefixRun(folder, run, run.Behind, _stamp);
        if (made is not null) Add(at, made);
    }

    private bool Fit(in RunSpan first, in RunSpan second) =>
        first.Count + second.Count <= MaxNames && first.NameBytes + second.NameBytes <= PrefixRun.MaxNameBytes;

    private ListedFolder FolderOf(ReadOnlySpan<byte> key)
    {
        if (_foldersByKey.TryGetValue(key, out ListedFolder? known)) return known;
        var folder = new ListedFolder(key.ToArray(), key[IndexKeys.BucketIdBytes..].Count(Delimiter));
        _folders.Add(folder.Key, folder);
        _foldersAtDepth[folder.Depth]++;
        return folder;
    }

    private void DropIfEmpty(ListedFolder folder)
    {
        if (folder.Runs.Count == 0 && _folders.Remove(folder.Key)) _foldersAtDepth[folder.Depth]--;
    }

    private void KeepBound()
    {
        while (_bytes > _capacityBytes && _oldest is { } oldest)
        {
            Remove(oldest);
            DropIfEmpty(oldest.Folder);
        }
    }

    private void Add(int at, PrefixRun run)
    {
        run.Folder.Runs.Insert(at, run);
        _bytes += run.Bytes;
        Link(run);
    }

    /// <returns>Where it stood in its folder.</returns>
    private int Remove(PrefixRun run)
    {
        int at = run.Folder.Find(run.Low);
        run.Folder.Runs.RemoveAt(at);
        _bytes -= run.Bytes;
        Unlink(run);
        return at;
    }

    private void Use(PrefixRun run)
    {
        if (run == _newest) return;
        Unlink(run);
        Link(run);
    }

    private void Link(PrefixRun run)
    {
        (run.Older, run.Newer) = (_newest, null);
        if (_newest is not null) _newest.Newer = run;
        else _oldest = run;
        _newest = run;
    }

    private void Unlink(PrefixRun run)
    {
        if (run.Newer is { } newer) newer.Older = run.Older;
        else _newest = run.Older;
        if (run.Older is { } older) older.Newer = run.Newer;
        else _oldest = run.Newer;
    }
}
