// unsafe: key and value pointers are pinned for one native call; a pinned slice lives until the same method destroys it.
using System.Runtime.InteropServices;
using static RustFs.Storage.RocksDbNative;

namespace RustFs.Storage;

/// <summary>The index on RocksDB: one column family a keyspace, one log for all, so that a batch over several of them is atomic.</summary>
internal sealed unsafe class RocksDbIndex : IIndex
{
    // RocksDB always has a family "default"; the volume's facts live there. In the order of Keyspace.
    private static readonly string[] FamilyNames = ["default", "objects", "uploads", "segments", "versions"];

    // Calls and listings take milliseconds; one that takes longer than this to leave is a fault to report, not to wait for.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(30);

    private readonly string _directory;
    private readonly RocksDbOptions _options;
    private readonly IndexGate _gate = new();
    private readonly Lock _lifecycle = new();
    private readonly nint[] _families = new nint[FamilyNames.Length];
    private readonly TombstoneCompactor _compactor;
    private readonly IndexGuard? _guard;
    private readonly bool _isReadOnly;
    private nint _db;
    private bool _isDisposed;

    private RocksDbIndex(string directory, RocksDbOptions options, IndexGuard? guard, bool isReadOnly)
    {
        _directory = directory;
        _options = options;
        _guard = guard;
        _isReadOnly = isReadOnly;
        _compactor = new TombstoneCompactor(this);
    }

    internal IndexGate Gate => _gate;

    /// <summary>Deleted keys that cursors had to step over since the index was opened.</summary>
    public long TombstonesSkipped => _compactor.TombstonesSkipped;

    /// <summary>Ranges compacted because of them.</summary>
    public long RangeCompactions => _compactor.Compactions;

    /// <summary>Opens or creates an index in a directory, which is created when missing.</summary>
    /// <param name="cacheBytes">The bound of the block cache, with the tables' indexes and filters.</param>
    /// <param name="guard">Refuses an index that lost acknowledged changes; owned by the index.</param>
    /// <exception cref="VolumeException">librocksdb is missing, or the index cannot be opened; the message says why.</exception>
    public static RocksDbIndex Open(string directory, long cacheBytes, IndexGuard? guard = null)
    {
        Directory.CreateDirectory(directory);
        return Open(directory, cacheBytes, guard, isReadOnly: false);
    }

    /// <summary>
    /// Opens an existing index without changing it: what its logs hold is replayed into memory only. Commits throw.
    /// </summary>
    /// <exception cref="VolumeException">As <see cref="Open(string, long, IndexGuard?)"/>.</exception>
    public static RocksDbIndex OpenReadOnly(string directory, long cacheBytes) => Open(directory, cacheBytes, null, isReadOnly: true);

    private static RocksDbIndex Open(string directory, long cacheBytes, IndexGuard? guard, bool isReadOnly)
    {
        RocksDbLibrary.EnsureLoaded();
        var index = new RocksDbIndex(directory, new RocksDbOptions(cacheBytes), guard, isReadOnly);
        try
        {
            index.OpenDatabase();
        }
        catch (IndexException e)
        {
            index.CloseDatabase();
            index._options.Dispose();
            guard?.Dispose();
            throw new VolumeException($"The index in {directory} cannot be opened: {e.Message}", e);
        }
        return index;
    }

    public int Get(Keyspace keyspace, ReadOnlySpan<byte> key, Span<byte> destination)
    {
        int slot = _gate.Enter();
        nint pinned = 0;
        try
        {
            pinned = GetPinned(keyspace, key);
            if (pinned == 0)
            {
                return -1;
            }
            ReadOnlySpan<byte> value = PinnedValue(pinned);
            if (value.Length <= destination.Length)
            {
                value.CopyTo(destination);
            }
            return value.Length;
        }
        finally
        {
            Unpin(pinned);
            _gate.Exit(slot);
        }
    }

    public byte[]? Get(Keyspace keyspace, ReadOnlySpan<byte> key)
    {
        int slot = _gate.Enter();
        nint pinned = 0;
        try
        {
            pinned = GetPinned(keyspace, key);
            return pinned == 0 ? null : PinnedValue(pinned).ToArray();
        }
        finally
        {
            Unpin(pinned);
            _gate.Exit(slot);
        }
    }

    public bool TryGetInMemory(Keyspace keyspace, ReadOnlySpan<byte> key, out byte[]? value)
    {
        value = null;
        int slot = _gate.Enter();
        nint pinned = 0;
        try
        {
            byte* error = null;
            pinned = GetPinned(keyspace, key, _options.ReadInMemory, &error);
            if (error != null && IsIncomplete(error)) return false;
            ThrowIfFailed(error);
            if (pinned != 0) value = PinnedValue(pinned).ToArray();
            return true;
        }
        finally
        {
            Unpin(pinned);
            _gate.Exit(slot);
        }
    }

    public IIndexBatch NewBatch() => new RocksDbBatch(this);

    public void Commit(IIndexBatch batch, bool synced)
    {
        var native = (RocksDbBatch)batch;
        int slot = _gate.Enter();
        try
        {
            byte* error = null;
            rocksdb_write(Database, synced ? _options.SyncedWrite : _options.UnsyncedWrite, native.Handle, &error);
            ThrowIfFailed(error);
            if (synced) _guard?.Committed();
        }
        finally
        {
            native.Clear();
            _gate.Exit(slot);
        }
    }

    public IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache = true) =>
        OpenCursor(keyspace, upperBound, fillCache, snapshot: 0);

    public IIndexSnapshot TakeSnapshot() => new RocksDbSnapshot(this);

    internal IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache, nint snapshot) =>
        _isReadOnly && _families[(int)keyspace] == 0
            ? new EmptyCursor()
            : new RocksDbCursor(this, keyspace, upperBound, fillCache, snapshot);

    public void Reopen()
    {
        lock (_lifecycle)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            ThrowIfNoRoomToOpen();
            if (!TryCloseGate())
            {
                throw new IndexException("The index is still in use and cannot be reopened now.", isNoSpace: false);
            }
            try
            {
                CloseDatabase();
                OpenDatabase();
            }
            finally
            {
                _gate.Open();
            }
        }
    }

    public void Dispose()
    {
        lock (_lifecycle)
        {
            if (_isDisposed)
            {
                return;
            }
            _isDisposed = true;
            _compactor.Stop();
            _guard?.Closing();
            _guard?.Dispose();

            // When a cursor was never given back, its memory is worth less than the process: leave the database to the process's end.
            if (TryCloseGate())
            {
                CloseDatabase();
                _gate.Open();
                _options.Dispose();
            }
            _compactor.Dispose();
        }
    }

    /// <summary>The open database; to be read inside the gate.</summary>
    internal nint Database => _db != 0 ? _db : throw new IndexException("The index is closed.", isNoSpace: false);

    /// <summary>To be read inside the gate.</summary>
    internal nint Family(Keyspace keyspace)
    {
        _ = Database;
        return _families[(int)keyspace];
    }

    /// <summary>The number of the last change that was committed; every change has the next one.</summary>
    internal ulong LatestSequence()
    {
        int slot = _gate.Enter();
        try
        {
            return rocksdb_get_latest_sequence_number(Database);
        }
        finally
        {
            _gate.Exit(slot);
        }
    }

    internal void ReportTombstones(Keyspace keyspace, long skipped, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end) =>
        _compactor.Report(keyspace, skipped, first, end);

    /// <summary>Rewrites the tables of a range without what is deleted; blocks until done. An empty end means no bound.</summary>
    internal void CompactRange(Keyspace keyspace, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end)
    {
        // rocksdb/options.h, BottommostLevelCompaction.kForceOptimized: the lowest level may hold the deletions too.
        const byte ForceOptimized = 3;
        int slot = _gate.Enter();
        nint options = rocksdb_compactoptions_create();
        try
        {
            rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
            rocksdb_compactoptions_set_bottommost_level_compaction(options, ForceOptimized);
            fixed (byte* firstPointer = first, endPointer = end)
            {
                rocksdb_compact_range_cf_opt(
                    Database, Family(keyspace), options, firstPointer, (nuint)first.Length, endPointer, (nuint)end.Length);
            }
        }
        finally
        {
            rocksdb_compactoptions_destroy(options);
            _gate.Exit(slot);
        }
    }

    /// <exception cref="IndexException">There is an error; its memory is freed.</exception>
    internal static void ThrowIfFailed(byte* error)
    {
        if (error == null)
        {
            return;
        }
        string message = Marshal.PtrToStringUTF8((nint)error) ?? string.Empty;
        rocksdb_free(error);

        // RocksDB puts strerror's text into its status: ENOSPC and EDQUOT are the same to whoever waits for room.
        bool isNoSpace = message.Contains("No space left", StringComparison.Ordinal)
            || message.Contains("quota exceeded", StringComparison.OrdinalIgnoreCase);
        throw new IndexException(message, isNoSpace, isCorruption: message.StartsWith("Corruption: ", StringComparison.Ordinal));
    }

    private nint GetPinned(Keyspace keyspace, ReadOnlySpan<byte> key)
    {
        byte* error = null;
        nint pinned = GetPinned(keyspace, key, _options.Read, &error);
        ThrowIfFailed(error);
        return pinned;
    }

    private nint GetPinned(Keyspace keyspace, ReadOnlySpan<byte> key, nint readOptions, byte** error)
    {
        if (_isReadOnly && _families[(int)keyspace] == 0)
        {
            return 0;
        }
        fixed (byte* keyPointer = key)
        {
            return rocksdb_get_pinned_cf(Database, readOptions, _families[(int)keyspace], keyPointer, (nuint)key.Length, error);
        }
    }

    // The status of a read that would have to go to the disk; its memory is freed then.
    private static bool IsIncomplete(byte* error)
    {
        bool isIncomplete = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(error).StartsWith("Result incomplete"u8);
        if (isIncomplete) rocksdb_free(error);
        return isIncomplete;
    }

    private static ReadOnlySpan<byte> PinnedValue(nint pinned)
    {
        nuint length;
        byte* value = rocksdb_pinnableslice_value(pinned, &length);
        return new ReadOnlySpan<byte>(value, checked((int)length));
    }

    private static void Unpin(nint pinned)
    {
        if (pinned != 0)
        {
            rocksdb_pinnableslice_destroy(pinned);
        }
    }

    /// <summary>
    /// An open index on a full disk still reads; one closed there might not open again. So it is not closed before there is room.
    /// </summary>
    private void ThrowIfNoRoomToOpen()
    {
        // Opening writes what its logs hold into tables, and small files beside.
        const long SmallFilesBytes = 4 << 20;
        long logBytes = new DirectoryInfo(_directory).EnumerateFiles("*.log").Sum(log => log.Length);
        long freeBytes = new DriveInfo(_directory).AvailableFreeSpace;
        long neededBytes = logBytes + SmallFilesBytes;
        if (_db != 0 && freeBytes < neededBytes)
        {
            throw new IndexException($"Reopening the index needs {neededBytes} bytes of free space, of {freeBytes}.", isNoSpace: true);
        }
    }

    private bool TryCloseGate()
    {
        // A running range compaction may take long and is only tidying: it gives up at once.
        if (_db != 0)
        {
            rocksdb_disable_manual_compaction(_db);
        }
        bool isClosed = _gate.TryClose(CloseTimeout);
        if (!isClosed && _db != 0)
        {
            rocksdb_enable_manual_compaction(_db);
        }
        return isClosed;
    }

    private void OpenDatabase()
    {
        _guard?.BeforeOpen();
        // An index that an older server made has no families of keyspaces that came later. Opened for reading only it gets none.
        HashSet<string>? existing = _isReadOnly ? ExistingFamilies() : null;
        List<int> opened = [.. Enumerable.Range(0, FamilyNames.Length).Where(i => existing is null || existing.Contains(FamilyNames[i]))];
        nint* names = stackalloc nint[opened.Count];
        nint* options = stackalloc nint[opened.Count];
        nint* families = stackalloc nint[opened.Count];
        for (int i = 0; i < opened.Count; i++)
        {
            names[i] = Marshal.StringToCoTaskMemUTF8(FamilyNames[opened[i]]);
            options[i] = _options.Families[opened[i]];
        }
        try
        {
            byte* error = null;
            nint db = _isReadOnly
                ? rocksdb_open_for_read_only_column_families(
                    _options.Database, _directory, opened.Count, names, options, families, 0, &error)
                : rocksdb_open_column_families(
                    _options.Database, _directory, opened.Count, names, options, families, &error);
            ThrowIfFailed(error);
            for (int i = 0; i < opened.Count; i++)
            {
                _families[opened[i]] = families[i];
            }
            _db = db;
            _guard?.AfterOpen(rocksdb_get_latest_sequence_number(_db), LatestSequence);
        }
        finally
        {
            for (int i = 0; i < opened.Count; i++)
            {
                Marshal.FreeCoTaskMem(names[i]);
            }
        }
    }

    private HashSet<string> ExistingFamilies()
    {
        byte* error = null;
        nuint count;
        byte** names = rocksdb_list_column_families(_options.Database, _directory, &count, &error);
        ThrowIfFailed(error);
        var existing = new HashSet<string>();
        for (nuint i = 0; i < count; i++)
        {
            existing.Add(Marshal.PtrToStringUTF8((nint)names[i])!);
        }
        rocksdb_list_column_families_destroy(names, count);
        return existing;
    }

    private void CloseDatabase()
    {
        if (_db == 0)
        {
            return;
        }
        foreach (nint family in _families.Where(family => family != 0))
        {
            rocksdb_column_family_handle_destroy(family);
        }
        rocksdb_close(_db);
        _db = 0;
    }

    /// <summary>Over a keyspace that an index opened for reading only does not have.</summary>
    private sealed class EmptyCursor : IIndexCursor
    {
        public ReadOnlySpan<byte> Key => default;
        public ReadOnlySpan<byte> Value => default;
        public bool Seek(ReadOnlySpan<byte> key) => false;
        public bool Next() => false;

        public void Dispose()
        {
        }
    }
}
