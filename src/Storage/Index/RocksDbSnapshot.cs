using static RustFs.Storage.RocksDbNative;

namespace RustFs.Storage;

/// <summary>A native snapshot. Holds the index open.</summary>
internal sealed class RocksDbSnapshot : IIndexSnapshot
{
    private readonly RocksDbIndex _index;
    private readonly IndexGate.Hold _hold;
    private readonly int _slot;
    private nint _handle;
    private bool _isDisposed;

    public RocksDbSnapshot(RocksDbIndex index)
    {
        _index = index;
        _hold = index.Gate.EnterAndHold(out _slot);
        try
        {
            _handle = rocksdb_create_snapshot(index.Database);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache = true)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _index.OpenCursor(keyspace, upperBound, fillCache, _handle);
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }
        _isDisposed = true;
        if (_handle != 0)
        {
            rocksdb_release_snapshot(_index.Database, _handle);
        }
        _handle = 0;
        _index.Gate.Release(_hold, _slot);
    }
}
