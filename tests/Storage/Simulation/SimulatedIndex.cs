using System.Collections.Immutable;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// The index's medium: ordered maps that outlive the engines that open them, with the promises of a synced write-ahead log. Batches are
/// atomic; a power cut takes unsynced batches from the end; whether a batch whose commit failed is in the log is known only when it is
/// opened again.
/// </summary>
internal sealed class SimulatedIndex(int seed, FaultPlan plan)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly FaultPlan _faults = plan;

    // From the last durable state on, oldest first.
    private readonly List<State> _history = [State.Empty];
    private State? _inDoubt;
    private bool _isFailed;
    private object? _opened;
    private int _openCursors;

    public int OpenCursors => Volatile.Read(ref _openCursors);

    private State Seen
    {
        get { lock (_lock) return _history[^1]; }
    }

    public IIndex Open()
    {
        if (_faults.Next(IoKinds.Open) != FaultKind.None) throw new VolumeException("The index cannot be opened: simulated.");
        lock (_lock)
        {
            RecoverLog();
            _openCursors = 0;
            _opened = new object();
            return new Index(this, _opened);
        }
    }

    public void CutPower()
    {
        lock (_lock)
        {
            _opened = null;
            if (_inDoubt is { } doubt) _history.Add(doubt);
            int kept = _random.Next(_history.Count);
            _history[0] = _history[kept];
            _history.RemoveRange(1, _history.Count - 1);
            (_inDoubt, _isFailed) = (null, false);
        }
    }

    /// <summary>What a keyspace held is gone, as when the manifest has forgotten its tables.</summary>
    public void Lose(Keyspace keyspace)
    {
        lock (_lock)
        {
            State lost = new(_history[^1].Entries.SetItem((int)keyspace, State.Empty.Entries[(int)keyspace]));
            _history.Clear();
            _history.Add(lost);
        }
    }

    /// <summary>Keys of a keyspace, in order.</summary>
    public IReadOnlyList<byte[]> Keys(Keyspace keyspace) => [.. Seen.Entries[(int)keyspace].Select(entry => entry.Key)];

    /// <summary>Flips a bit of a value, on the medium.</summary>
    public void FlipBit(Keyspace keyspace, byte[] key, long bit)
    {
        lock (_lock)
        {
            ImmutableSortedSet<Entry> entries = _history[^1].Entries[(int)keyspace];
            Entry entry = entries[entries.IndexOf(new Entry(key, []))];
            byte[] value = [.. entry.Value];
            value[bit / 8 % value.Length] ^= (byte)(1 << (int)(bit % 8));
            entries = entries.Remove(entry).Add(new Entry(key, value));
            _history[^1] = new State(_history[^1].Entries.SetItem((int)keyspace, entries));
        }
    }

    // As opening the log does: what is in it is applied, and what was applied is made durable.
    private void RecoverLog()
    {
        if (_inDoubt is { } doubt && _random.Next(2) == 0) _history.Add(doubt);
        _history[0] = _history[^1];
        _history.RemoveRange(1, _history.Count - 1);
        (_inDoubt, _isFailed) = (null, false);
    }

    private static IndexException Failure(FaultKind fault) =>
        new($"{fault} (simulated)", isNoSpace: fault == FaultKind.NoSpace, isCorruption: fault == FaultKind.Corruption);

    private readonly record struct Entry(byte[] Key, byte[] Value);

    private sealed class KeyOrder : IComparer<Entry>
    {
        public static readonly KeyOrder Instance = new();
        public int Compare(Entry left, Entry right) => left.Key.AsSpan().SequenceCompareTo(right.Key);
    }

    private sealed record State(ImmutableArray<ImmutableSortedSet<Entry>> Entries)
    {
        public static readonly State Empty =
            new([.. Enumerable.Repeat(ImmutableSortedSet.Create<Entry>(KeyOrder.Instance), Enum.GetValues<Keyspace>().Length)]);

        public State With(List<Change> changes)
        {
            var builders = new ImmutableSortedSet<Entry>.Builder?[Entries.Length];
            foreach (Change change in changes)
            {
                ImmutableSortedSet<Entry>.Builder entries = builders[(int)change.Keyspace] ??= Entries[(int)change.Keyspace].ToBuilder();
                change.ApplyTo(entries);
            }
            return new State([.. Entries.Select((entries, keyspace) => builders[keyspace]?.ToImmutable() ?? entries)]);
        }
    }

    private sealed record Change(Keyspace Keyspace, byte[] Key, byte[]? Value, byte[]? End)
    {
        public void ApplyTo(ImmutableSortedSet<Entry>.Builder entries)
        {
            if (End is null)
            {
                entries.Remove(new Entry(Key, []));
                if (Value is not null) entries.Add(new Entry(Key, Value));
                return;
            }
            int at = entries.IndexOf(new Entry(Key, []));
            if (at < 0) at = ~at;
            while (at < entries.Count && entries[at].Key.AsSpan().SequenceCompareTo(End) < 0) entries.Remove(entries[at]);
        }
    }

    private sealed class Batch : IIndexBatch
    {
        public readonly List<Change> Changes = [];
        public int Count => Changes.Count;

        public void Put(Keyspace keyspace, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
            Changes.Add(new Change(keyspace, key.ToArray(), value.ToArray(), null));

        public void Delete(Keyspace keyspace, ReadOnlySpan<byte> key) => Changes.Add(new Change(keyspace, key.ToArray(), null, null));

        public void DeleteRange(Keyspace keyspace, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end) =>
            Changes.Add(new Change(keyspace, first.ToArray(), null, end.ToArray()));

        public void Clear() => Changes.Clear();

        public void Dispose()
        {
        }
    }

    private sealed class Index(SimulatedIndex medium, object opened) : IIndex
    {
        public int Get(Keyspace keyspace, ReadOnlySpan<byte> key, Span<byte> destination)
        {
            if (Get(keyspace, key) is not { } value) return -1;
            if (value.Length <= destination.Length) value.CopyTo(destination);
            return value.Length;
        }

        public byte[]? Get(Keyspace keyspace, ReadOnlySpan<byte> key)
        {
            Enter(IoKinds.IndexRead);
            ImmutableSortedSet<Entry> entries = medium.Seen.Entries[(int)keyspace];
            int at = entries.IndexOf(new Entry(key.ToArray(), []));
            return at < 0 ? null : [.. entries[at].Value];
        }

        public bool TryGetInMemory(Keyspace keyspace, ReadOnlySpan<byte> key, out byte[]? value)
        {
            value = Get(keyspace, key);
            return true;
        }

        public IIndexBatch NewBatch() => new Batch();

        public void Commit(IIndexBatch batch, bool synced)
        {
            List<Change> changes = [.. ((Batch)batch).Changes];
            batch.Clear();
            FaultKind fault = medium._faults.Next(IoKinds.IndexCommit);
            lock (medium._lock)
            {
                if (medium._opened != opened) throw Failure(FaultKind.PowerCut);
                if (medium._isFailed) throw Failure(FaultKind.Eio);
                State next = medium._history[^1].With(changes);
                if (fault != FaultKind.None)
                {
                    (medium._isFailed, medium._inDoubt) = (true, next);
                    throw Failure(fault);
                }
                if (synced) medium._history.Clear();
                medium._history.Add(next);
            }
        }

        public IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache = true)
        {
            Enter(IoKinds.IndexRead);
            return new Cursor(this, medium, medium.Seen.Entries[(int)keyspace], upperBound.ToArray());
        }

        public IIndexSnapshot TakeSnapshot()
        {
            Enter(IoKinds.IndexRead);
            return new Snapshot(this, medium, medium.Seen);
        }

        public void Reopen()
        {
            FaultKind fault = medium._faults.Next(IoKinds.IndexReopen);
            if (fault != FaultKind.None) throw Failure(fault);
            lock (medium._lock)
            {
                if (medium._opened != opened) throw Failure(FaultKind.PowerCut);
                medium.RecoverLog();
            }
        }

        public void Dispose()
        {
            lock (medium._lock)
            {
                if (medium._opened == opened) medium._opened = null;
            }
        }

        public void Enter(IoKinds access)
        {
            FaultKind fault = medium._faults.Next(access);
            if (fault == FaultKind.None && medium._opened != opened) fault = FaultKind.PowerCut;
            if (fault != FaultKind.None) throw Failure(fault);
        }
    }

    private sealed class Snapshot : IIndexSnapshot
    {
        private readonly Index _index;
        private readonly SimulatedIndex _medium;
        private readonly State _state;
        private bool _isDisposed;

        public Snapshot(Index index, SimulatedIndex medium, State state)
        {
            (_index, _medium, _state) = (index, medium, state);
            Interlocked.Increment(ref medium._openCursors);
        }

        public IIndexCursor OpenCursor(Keyspace keyspace, ReadOnlySpan<byte> upperBound, bool fillCache = true)
        {
            _index.Enter(IoKinds.IndexRead);
            return new Cursor(_index, _medium, _state.Entries[(int)keyspace], upperBound.ToArray());
        }

        public void Dispose()
        {
            if (_isDisposed) return;
            _isDisposed = true;
            Interlocked.Decrement(ref _medium._openCursors);
        }
    }

    /// <summary>What it shows is overwritten when it moves, so that whoever keeps a span too long sees rubbish.</summary>
    private sealed class Cursor : IIndexCursor
    {
        private readonly Index _index;
        private readonly SimulatedIndex _medium;
        private readonly ImmutableSortedSet<Entry> _entries;
        private readonly byte[] _upperBound;
        private byte[] _key = [];
        private byte[] _value = [];
        private int _at;
        private bool _isDisposed;

        public Cursor(Index index, SimulatedIndex medium, ImmutableSortedSet<Entry> entries, byte[] upperBound)
        {
            (_index, _medium, _entries, _upperBound) = (index, medium, entries, upperBound);
            Interlocked.Increment(ref medium._openCursors);
        }

        public ReadOnlySpan<byte> Key => _key;
        public ReadOnlySpan<byte> Value => _value;

        public bool Seek(ReadOnlySpan<byte> key)
        {
            int at = _entries.IndexOf(new Entry(key.ToArray(), []));
            _at = at < 0 ? ~at : at;
            return Show();
        }

        public bool Next()
        {
            _at++;
            return Show();
        }

        public void Dispose()
        {
            if (_isDisposed) return;
            _isDisposed = true;
            Interlocked.Decrement(ref _medium._openCursors);
        }

        private bool Show()
        {
            _key.AsSpan().Fill(0xDD);
            _value.AsSpan().Fill(0xDD);
            _index.Enter(IoKinds.IndexRead);
            if (_at >= _entries.Count) return false;
            Entry entry = _entries[_at];
            if (_upperBound.Length > 0 && entry.Key.AsSpan().SequenceCompareTo(_upperBound) >= 0) return false;
            (_key, _value) = ([.. entry.Key], [.. entry.Value]);
            return true;
        }
    }
}
