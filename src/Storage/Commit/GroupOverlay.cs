namespace RustFs.Storage;

/// <summary>
/// What the mutations of one group have written so far, for those after them to see: the index shows it only after the commit.
/// </summary>
internal sealed class GroupOverlay
{
    private readonly Dictionary<Entry, ReadOnlyMemory<byte>> _values = new(EntryComparer.Instance);

    // Keys of Versions that have a value: those of an object key can be walked.
    private readonly SortedSet<ReadOnlyMemory<byte>> _versions = new(KeyOrder.Instance);

    /// <param name="indexKey">Kept until <see cref="Clear"/>.</param>
    /// <param name="value">Kept likewise; empty when deleted.</param>
    public void Set(Keyspace keyspace, ReadOnlyMemory<byte> indexKey, ReadOnlyMemory<byte> value)
    {
        _values[new Entry(keyspace, indexKey)] = value;
        if (keyspace != Keyspace.Versions) return;
        if (value.IsEmpty) _versions.Remove(indexKey);
        else _versions.Add(indexKey);
    }

    /// <summary>The lowest key of Versions that the group has put in a range.</summary>
    public bool TryGetFirstVersion(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> end, out ReadOnlyMemory<byte> indexKey)
    {
        indexKey = default;
        if (_versions.Count == 0) return false;
        foreach (ReadOnlyMemory<byte> key in _versions.GetViewBetween(first, end))
        {
            indexKey = key;
            return true;
        }
        return false;
    }

    /// <summary>False when the group has not touched the key.</summary>
    public bool TryGet(Keyspace keyspace, ReadOnlyMemory<byte> indexKey, out ReadOnlyMemory<byte> value)
    {
        value = default;
        return _values.Count > 0 && _values.TryGetValue(new Entry(keyspace, indexKey), out value);
    }

    /// <summary>The keys the group wrote in a keyspace, each with its value.</summary>
    public void ForEach<TState>(Keyspace keyspace, TState state, Action<TState, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> visit)
    {
        foreach ((Entry entry, ReadOnlyMemory<byte> value) in _values)
        {
            if (entry.Keyspace == keyspace) visit(state, entry.IndexKey, value);
        }
    }

    public void Clear()
    {
        _values.Clear();
        if (_versions.Count > 0) _versions.Clear();
    }

    private readonly record struct Entry(Keyspace Keyspace, ReadOnlyMemory<byte> IndexKey);

    private sealed class KeyOrder : IComparer<ReadOnlyMemory<byte>>
    {
        public static readonly KeyOrder Instance = new();
        public int Compare(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) => left.Span.SequenceCompareTo(right.Span);
    }

    private sealed class EntryComparer : IEqualityComparer<Entry>
    {
        public static readonly EntryComparer Instance = new();

        public bool Equals(Entry left, Entry right) =>
            left.Keyspace == right.Keyspace && left.IndexKey.Span.SequenceEqual(right.IndexKey.Span);

        public int GetHashCode(Entry entry)
        {
            var hash = new HashCode();
            hash.AddBytes(entry.IndexKey.Span);
            return hash.ToHashCode();
        }
    }
}
