using RustFs.Storage;

namespace RustFs.Tests.Storage;

/// <summary>Counts what cursors of an index do, and tells of each look at it before it happens.</summary>
internal sealed class WatchedIndex(IIndex inner) : IIndex
{
    /// <summary>Called before and after a cursor is opened, and before it moves.</summary>
    public Action? Interruption { get; set; }

    public int Cursors { get; private set; }
    public int Seeks { get; private set; }

    /// <summary>Seeks and steps.</summary>
    public int Moves { get; private set; }

    public IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache)
    {
        Interruption?.Invoke();
        IIndexCursor cursor = inner.OpenCursor(keyspace, upperBound, fillCache);
        Cursors++;
        Interruption?.Invoke();
        return new Cursor(this, cursor);
    }

    public IIndexSnapshot TakeSnapshot() => inner.TakeSnapshot();
    public int Get(Keyspace keyspace, ReadOnlySpan<byte> key, Span<byte> destination) => inner.Get(keyspace, key, destination);
    public byte[]? Get(Keyspace keyspace, ReadOnlySpan<byte> key) => inner.Get(keyspace, key);
    public bool TryGetInMemory(Keyspace keyspace, ReadOnlySpan<byte> key, out byte[]? value) =>
        inner.TryGetInMemory(keyspace, key, out value);
    public IIndexBatch NewBatch() => inner.NewBatch();
    public void Commit(IIndexBatch batch, bool synced) => inner.Commit(batch, synced);
    public void Reopen() => inner.Reopen();
    public void Dispose() => inner.Dispose();

    private sealed class Cursor(WatchedIndex owner, IIndexCursor inner) : IIndexCursor
    {
        public ReadOnlySpan<byte> Key => inner.Key;
        public ReadOnlySpan<byte> Value => inner.Value;
        public void Dispose() => inner.Dispose();

        public bool Seek(ReadOnlySpan<byte> key)
        {
            owner.Interruption?.Invoke();
            owner.Seeks++;
            owner.Moves++;
            return inner.Seek(key);
        }

        public bool Next()
        {
            owner.Interruption?.Invoke();
            owner.Moves++;
            return inner.Next();
        }
    }
}
