using System.Text;
using RustFs.Storage;
using RustFs.Tests.Storage.Simulation;

namespace RustFs.Tests.Storage;

/// <summary>
/// An index, the runs in front of it and a model of one bucket. Commits go step by step as the committer's do, and whatever the test says
/// can happen at each access of a listing to the index.
/// </summary>
internal sealed class FolderWorld : IDisposable
{
    public const uint BucketId = 7;
    private readonly WatchedIndex _index;
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private (GroupOverlay Overlay, IIndexBatch Batch, List<(string Key, bool IsDeleted)> Changes)? _underWay;
    private bool _isVisible;

    public FolderWorld(PrefixRuns runs)
    {
        Runs = runs;
        _index = new WatchedIndex(new SimulatedIndex(1, new FaultPlan()).Open());
    }

    public PrefixRuns Runs { get; }

    /// <summary>What the index shows, state after state.</summary>
    public List<string[]> States { get; } = [[]];

    /// <summary>Called at each access of a listing to the index.</summary>
    public Action? Interruption { get => _index.Interruption; set => _index.Interruption = value; }
    public int Seeks => _index.Seeks;
    public int Cursors => _index.Cursors;
    public bool IsCommitting => _underWay is not null;

    public void Put(params string[] keys) => Commit([.. keys.Select(key => (key, false))]);
    public void Delete(params string[] keys) => Commit([.. keys.Select(key => (key, true))]);

    private void Commit(List<(string, bool)> changes)
    {
        Begin(changes);
        while (IsCommitting) GoOn();
    }

    /// <summary>The first step of a commit: the runs hear of it.</summary>
    public void Begin(List<(string Key, bool IsDeleted)> changes)
    {
        var overlay = new GroupOverlay();
        IIndexBatch batch = _index.NewBatch();
        foreach ((string key, bool isDeleted) in changes)
        {
            byte[] indexKey = new byte[IndexKeys.BucketIdBytes + Encoding.UTF8.GetByteCount(key)];
            IndexKeys.Object(BucketId, Encoding.UTF8.GetBytes(key), indexKey);
            var content = new ObjectRecordContent { SizeBytes = key.Length, LastModifiedMs = 1, ETag = default };
            byte[] record = new byte[ObjectRecordCodec.EncodedLength(content)];
            ObjectRecordCodec.Encode(content, record);
            if (isDeleted) batch.Delete(Keyspace.Objects, indexKey);
            else batch.Put(Keyspace.Objects, indexKey, record);
            overlay.Set(Keyspace.Objects, indexKey, isDeleted ? default : record);
        }
        Runs.BeginCommit(overlay);
        (_underWay, _isVisible) = ((overlay, batch, changes), false);
    }

    /// <summary>The second, the index has it, or the last: the runs hear of that.</summary>
    public void GoOn()
    {
        (_, IIndexBatch batch, List<(string Key, bool IsDeleted)> changes) = _underWay!.Value;
        if (_isVisible)
        {
            Runs.EndCommit();
            _underWay = null;
            return;
        }
        _index.Commit(batch, synced: true);
        foreach ((string key, bool isDeleted) in changes)
        {
            if (isDeleted) _keys.Remove(key);
            else _keys.Add(key);
        }
        States.Add([.. _keys]);
        _isVisible = true;
    }

    public string[] List(string prefix = "", string after = "", int maxKeys = 1000)
    {
        var sink = new Sink();
        var query = new ListQuery
        {
            Prefix = Encoding.UTF8.GetBytes(prefix), Delimiter = "/"u8, After = Encoding.UTF8.GetBytes(after), MaxKeys = maxKeys,
        };
        if (!FolderListing.Takes(query)) return [.. Page(States[^1], prefix, after, maxKeys)];
        StoreStatus status = FolderListing.List(_index, Runs, BucketId, query, ref sink, out bool isTruncated, out byte[] last);
        if (status != StoreStatus.Ok) throw new InvalidOperationException(status.ToString());
        if (isTruncated) sink.Entries.Add("more after " + Encoding.UTF8.GetString(last));
        return [.. sink.Entries];
    }

    /// <summary>The same page in the plainest way.</summary>
    public static string[] Page(string[] keys, string prefix, string after, int maxKeys)
    {
        var entries = new List<string>();
        foreach (string key in keys)
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal) || string.CompareOrdinal(key, after) <= 0) continue;
            int delimiterAt = key.IndexOf('/', prefix.Length);
            string entry = delimiterAt < 0 ? key : key[..(delimiterAt + 1)];
            if ((delimiterAt >= 0 && entry == after) || (entries.Count > 0 && entries[^1] == entry)) continue;
            if (entries.Count == maxKeys) return [.. entries, "more after " + entries[^1]];
            entries.Add(entry);
        }
        return [.. entries];
    }

    public void Dispose() => _index.Dispose();

    private readonly struct Sink() : IListSink
    {
        public List<string> Entries { get; } = [];
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Entries.Add(Encoding.UTF8.GetString(key));
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Entries.Add(Encoding.UTF8.GetString(prefix));
    }
}
