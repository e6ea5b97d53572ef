namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// What concurrent clients asked of each key and heard, on one clock. A key may end as a write left it unless a write that was acknowledged
/// began after that one had been acknowledged; a write nobody heard of may take place at any time, or never.
/// </summary>
internal sealed class ConcurrentHistory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, List<Write>> _writes = [];
    private long _now;

    public sealed class Write(long tag, bool isDelete, long lengthBytes)
    {
        public long Tag => tag;
        public bool IsDelete => isDelete;
        public long LengthBytes => lengthBytes;
        public long Begun { get; set; }
        public long Ended { get; set; } = long.MaxValue;
        public bool IsAcknowledged => Ended != long.MaxValue;
        public override string ToString() => $"{(isDelete ? "delete" : "put")} {tag} [{Begun}, {(IsAcknowledged ? Ended : "?")}]";
    }

    public long Acknowledged { get; private set; }
    public long Unacknowledged { get; private set; }

    /// <summary>The time, which moves with each look at it.</summary>
    public long Now()
    {
        lock (_lock) return ++_now;
    }

    /// <summary>Whether a read that began then may now answer with this tag, or with nothing.</summary>
    public bool IsPossible(int key, long readBegun, long? tag) =>
        IsPossible(key, readBegun, write => tag is null ? write.IsDelete : !write.IsDelete && write.Tag == tag);

    /// <summary>Whether a listing that began then may show the key, or not show it.</summary>
    public bool IsPossible(int key, long readBegun, bool exists) => IsPossible(key, readBegun, write => write.IsDelete != exists);

    private bool IsPossible(int key, long readBegun, Predicate<Write> isState)
    {
        lock (_lock)
        {
            if (!_writes.TryGetValue(key, out List<Write>? writes)) return isState(Absent());
            // Over before the read began.
            long lastBegun = long.MinValue;
            foreach (Write write in writes)
            {
                if (write.Ended < readBegun) lastBegun = Math.Max(lastBegun, write.Begun);
            }
            return writes.Exists(write => write.Ended >= lastBegun && isState(write));
        }
    }

    public Write Begin(int key, long tag, bool isDelete, long lengthBytes)
    {
        lock (_lock)
        {
            var write = new Write(tag, isDelete, lengthBytes) { Begun = ++_now };
            if (!_writes.TryGetValue(key, out List<Write>? writes)) _writes[key] = writes = [Absent()];
            writes.Add(write);
            Unacknowledged++;
            return write;
        }
    }

    public void Acknowledge(Write write)
    {
        lock (_lock)
        {
            write.Ended = ++_now;
            Unacknowledged--;
            Acknowledged++;
        }
    }

    /// <summary>A write that was refused before it was handed over.</summary>
    public void Forget(int key, Write write)
    {
        lock (_lock)
        {
            _writes[key].Remove(write);
            Unacknowledged--;
        }
    }

    /// <summary>The states in which a key may be now that nothing is in flight.</summary>
    public IReadOnlyList<Write> MayBe(int key)
    {
        lock (_lock)
        {
            if (!_writes.TryGetValue(key, out List<Write>? writes)) return [Absent()];
            long lastBegun = writes.Where(write => write.IsAcknowledged).Max(write => write.Begun);
            return [.. writes.Where(write => write.Ended > lastBegun)];
        }
    }

    /// <summary>What was read is now the only state: the next round begins with it.</summary>
    public void Settle(int key, Write state)
    {
        lock (_lock) _writes[key] = [new Write(state.Tag, state.IsDelete, state.LengthBytes) { Begun = -1, Ended = 0 }];
    }

    private static Write Absent() => new(0, isDelete: true, 0) { Begun = -1, Ended = 0 };
}
