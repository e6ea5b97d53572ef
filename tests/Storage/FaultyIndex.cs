using RustFs.Storage;

namespace RustFs.Tests.Storage;

/// <summary>An index whose commits fail when told to, with the batch applied or not: both happen to a log that cannot be synced.</summary>
internal sealed class FaultyIndex(IIndex index) : IIndex
{
    public bool FailsCommits { get; set; }
    public bool AppliesFailedCommits { get; set; }
    public bool IsNoSpace { get; set; }
    public bool FailsReopening { get; set; }

    /// <summary>Called before each commit, by who commits.</summary>
    public Action? Committing { get; set; }

    /// <summary>Called when it is opened again, before anybody reads: a failed batch may then turn out to be in the log.</summary>
    public Action? Reopening { get; set; }

    /// <summary>Called before a record is read into a buffer, by who reads it: he holds no cursor.</summary>
    public Action? Reading { get; set; }

    public int Get(Keyspace keyspace, ReadOnlySpan<byte> key, Span<byte> destination)
    {
        Reading?.Invoke();
        return index.Get(keyspace, key, destination);
    }

    public byte[]? Get(Keyspace keyspace, ReadOnlySpan<byte> key) => index.Get(keyspace, key);
    public bool TryGetInMemory(Keyspace keyspace, ReadOnlySpan<byte> key, out byte[]? value) =>
        index.TryGetInMemory(keyspace, key, out value);

    public IIndexBatch NewBatch() => index.NewBatch();
    public IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache = true) =>
        index.OpenCursor(keyspace, upperBound, fillCache);

    public IIndexSnapshot TakeSnapshot() => index.TakeSnapshot();

    public void Commit(IIndexBatch batch, bool synced)
    {
        Committing?.Invoke();
        if (!FailsCommits)
        {
            index.Commit(batch, synced);
            return;
        }
        if (AppliesFailedCommits) index.Commit(batch, synced);
        throw new IndexException("The log cannot be synced.", IsNoSpace);
    }

    public void Reopen()
    {
        if (FailsReopening) throw new IndexException("Still not.", IsNoSpace);
        index.Reopen();
        Reopening?.Invoke();
    }

    public void Dispose() => index.Dispose();
}
