// unsafe: the bound and the first key stand in native memory that the cursor owns; Key and Value point into the iterator until its next
// move.
using System.Runtime.InteropServices;
using static RustFs.Storage.RocksDbNative;

namespace RustFs.Storage;

/// <summary>
/// A RocksDB iterator. Holds the index open and counts the deleted keys it meets, so that ranges full of them get compacted.
/// </summary>
internal sealed unsafe class RocksDbCursor : IIndexCursor
{
    // rocksdb/c.h, rocksdb_internal_delete_skipped_count.
    private const int DeletionsSkippedMetric = 11;

    private readonly RocksDbIndex _index;
    private readonly Keyspace _keyspace;
    private readonly IndexGate.Hold _hold;
    private readonly int _slot;
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private readonly int _upperLength;
    private byte* _memory;
    private readonly nint _readOptions;
    private readonly nint _iterator;
    private readonly nint _counters;
    private readonly ulong _skippedBefore;
    private int _firstLength = -1;
    private bool _isDisposed;

    /// <param name="snapshot">The native snapshot that it reads; 0 for the index as it is now.</param>
    public RocksDbCursor(RocksDbIndex index, Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache, nint snapshot = 0)
    {
        _index = index;
        _keyspace = keyspace;
        _upperLength = upperBound.Length;
        _hold = index.Gate.EnterAndHold(out _slot);
        try
        {
            nint db = index.Database;
            _memory = (byte*)NativeMemory.Alloc((nuint)(upperBound.Length + IndexKeys.MaxKeyBytes));
            _readOptions = rocksdb_readoptions_create();
            rocksdb_readoptions_set_fill_cache(_readOptions, fillCache ? (byte)1 : (byte)0);
            if (snapshot != 0)
            {
                rocksdb_readoptions_set_snapshot(_readOptions, snapshot);
            }
            if (!upperBound.IsEmpty)
            {
                upperBound.CopyTo(new Span<byte>(_memory, upperBound.Length));
                rocksdb_readoptions_set_iterate_upper_bound(_readOptions, _memory, (nuint)upperBound.Length);
            }
            _counters = rocksdb_perfcontext_create();
            _skippedBefore = rocksdb_perfcontext_metric(_counters, DeletionsSkippedMetric);
            _iterator = rocksdb_create_iterator_cf(db, _readOptions, index.Family(keyspace));
        }
        catch
        {
            Free();
            throw;
        }
    }

    /// <summary>Deleted keys stepped over so far.</summary>
    public long TombstonesSkipped => (long)(rocksdb_perfcontext_metric(_counters, DeletionsSkippedMetric) - _skippedBefore);

    public ReadOnlySpan<byte> Key
    {
        get
        {
            nuint length;
            byte* key = rocksdb_iter_key(_iterator, &length);
            return new ReadOnlySpan<byte>(key, (int)length);
        }
    }

    public ReadOnlySpan<byte> Value
    {
        get
        {
            nuint length;
            byte* value = rocksdb_iter_value(_iterator, &length);
            return new ReadOnlySpan<byte>(value, (int)length);
        }
    }

    public bool Seek(ReadOnlySpan<byte> key)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_firstLength < 0 && key.Length <= IndexKeys.MaxKeyBytes)
        {
            key.CopyTo(new Span<byte>(_memory + _upperLength, key.Length));
            _firstLength = key.Length;
        }
        fixed (byte* keyPointer = key)
        {
            rocksdb_iter_seek(_iterator, keyPointer, (nuint)key.Length);
        }
        return IsValid();
    }

    public bool Next()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        rocksdb_iter_next(_iterator);
        return IsValid();
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }
        ReportTombstones();
        Free();
    }

    private bool IsValid()
    {
        if (rocksdb_iter_valid(_iterator) != 0)
        {
            return true;
        }
        byte* error = null;
        rocksdb_iter_get_error(_iterator, &error);
        RocksDbIndex.ThrowIfFailed(error);
        return false;
    }

    private void ReportTombstones()
    {
        // The counters belong to the thread: another one's say nothing of this cursor.
        if (_firstLength < 0 || _threadId != Environment.CurrentManagedThreadId)
        {
            return;
        }
        ReadOnlySpan<byte> end = rocksdb_iter_valid(_iterator) != 0 ? Key : new ReadOnlySpan<byte>(_memory, _upperLength);
        _index.ReportTombstones(_keyspace, TombstonesSkipped, new ReadOnlySpan<byte>(_memory + _upperLength, _firstLength), end);
    }

    private void Free()
    {
        _isDisposed = true;
        if (_iterator != 0)
        {
            rocksdb_iter_destroy(_iterator);
        }
        if (_readOptions != 0)
        {
            rocksdb_readoptions_destroy(_readOptions);
        }
        if (_counters != 0)
        {
            rocksdb_perfcontext_destroy(_counters);
        }
        NativeMemory.Free(_memory);
        _memory = null;
        _index.Gate.Release(_hold, _slot);
    }
}
