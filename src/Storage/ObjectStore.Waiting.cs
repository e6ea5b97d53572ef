using System.Threading.Tasks.Sources;
using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>Keeps waiting for the index's disk off the threads of rings.</summary>
internal sealed partial class ObjectStore
{
    public ValueTask EnterIndexAsync(Bucket bucket, ReadOnlySpan<byte> key)
    {
        if (RingLoop.Current is null || IsClosed || (!key.IsEmpty && IsInMemory(bucket, key))) return default;
        return new ValueTask(new IndexTurn(_bodies.IndexReads), 0);
    }

    // What is found is kept, so that the lookup that follows finds it.
    private bool IsInMemory(Bucket bucket, ReadOnlySpan<byte> key)
    {
        if (key.Length > IndexKeys.MaxObjectKeyBytes || _cache.Has(bucket.Id, key, out long ticket)) return true;
        Span<byte> indexKey = stackalloc byte[IndexKeys.BucketIdBytes + IndexKeys.MaxObjectKeyBytes];
        try
        {
            indexKey = indexKey[..IndexKeys.Object(bucket.Id, key, indexKey)];
            if (!_index.TryGetInMemory(Keyspace.Objects, indexKey, out byte[]? encoded)) return false;
            if (encoded is not null && ObjectRecordCodec.TryDecode(encoded, out StoredObjectRecord? record))
                _cache.Insert(bucket.Id, key, record!, ticket);
            return true;
        }
        catch (IndexException)
        {
            // The lookup that follows meets it too, and says so.
            return true;
        }
    }

    /// <summary>
    /// Its caller goes on on the thread that runs it: queued once he waits, since one that was quicker would leave him on the ring.
    /// </summary>
    private sealed class IndexTurn(IoThreads threads) : IoJob, IValueTaskSource
    {
        private Action<object?>? _continuation;
        private object? _state;
        private volatile bool _hasRun;

        public override void Run()
        {
            _hasRun = true;
            _continuation!(_state);
        }

        public ValueTaskSourceStatus GetStatus(short token) => _hasRun ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            (_continuation, _state) = (continuation, state);
            threads.Queue(this);
        }

        public void GetResult(short token)
        {
        }
    }
}
