// unsafe: keys and values are pinned for the one call that copies them into the batch.
using static RustFs.Storage.RocksDbNative;

namespace RustFs.Storage;

/// <summary>A native write batch, reused from group to group: clearing keeps its memory.</summary>
internal sealed unsafe class RocksDbBatch(RocksDbIndex index) : IIndexBatch
{
    private nint _handle = rocksdb_writebatch_create();

    internal nint Handle => _handle;

    public int Count { get; private set; }

    // A batch keeps a family's number, not its handle, so it outlives a reopen; the handle itself must be alive during the call.

    public void Put(Keyspace keyspace, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int slot = Enter();
        try
        {
            fixed (byte* keyPointer = key, valuePointer = value)
            {
                rocksdb_writebatch_put_cf(
                    _handle, index.Family(keyspace), keyPointer, (nuint)key.Length, valuePointer, (nuint)value.Length);
            }
            Count++;
        }
        finally
        {
            index.Gate.Exit(slot);
        }
    }

    public void Delete(Keyspace keyspace, ReadOnlySpan<byte> key)
    {
        int slot = Enter();
        try
        {
            fixed (byte* keyPointer = key)
            {
                rocksdb_writebatch_delete_cf(_handle, index.Family(keyspace), keyPointer, (nuint)key.Length);
            }
            Count++;
        }
        finally
        {
            index.Gate.Exit(slot);
        }
    }

    public void DeleteRange(Keyspace keyspace, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end)
    {
        int slot = Enter();
        try
        {
            fixed (byte* firstPointer = first, endPointer = end)
            {
                rocksdb_writebatch_delete_range_cf(
                    _handle, index.Family(keyspace), firstPointer, (nuint)first.Length, endPointer, (nuint)end.Length);
            }
            Count++;
        }
        finally
        {
            index.Gate.Exit(slot);
        }
    }

    public void Clear()
    {
        if (_handle != 0)
        {
            rocksdb_writebatch_clear(_handle);
        }
        Count = 0;
    }

    public void Dispose()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            rocksdb_writebatch_destroy(handle);
        }
    }

    private int Enter()
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        return index.Gate.Enter();
    }
}
