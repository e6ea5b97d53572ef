namespace RustFs.Storage;

/// <summary>
/// Walks all versions of a bucket's objects, delete markers among them: by key, and of one key the newest first. Current objects come from
/// one keyspace and all others from another, both as they were at one moment.
/// </summary>
internal sealed class VersionCursor : IDisposable
{
    private readonly uint _bucketId;
    private readonly IIndexSnapshot _snapshot;
    private readonly IIndexCursor _objects;
    private readonly IIndexCursor _versions;
    private readonly byte[] _versionKey = new byte[IndexKeys.MaxObjectKeyBytes];
    private readonly byte[] _passedKey = new byte[IndexKeys.MaxObjectKeyBytes];
    private int _versionKeyBytes;
    private int _passedKeyBytes = -1;
    private bool _hasObject;
    private bool _hasVersion;
    private bool _isOnObject;

    /// <param name="fillCache">False for sweeps.</param>
    public VersionCursor(IIndex index, uint bucketId, ReadOnlySpan<byte> prefix, bool fillCache)
    {
        _bucketId = bucketId;
        Span<byte> upper = stackalloc byte[IndexKeys.MaxKeyBytes];
        _snapshot = index.TakeSnapshot();
        try
        {
            int length = IndexKeys.Successor(upper[..IndexKeys.Object(bucketId, prefix, upper)]);
            _objects = _snapshot.OpenCursor(Keyspace.Objects, upper[..length], fillCache);
            length = IndexKeys.Successor(upper[..IndexKeys.VersionsAtKey(bucketId, prefix, upper)]);
            _versions = _snapshot.OpenCursor(Keyspace.Versions, upper[..length], fillCache);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A record of the index cannot be read as what it must be; the walk ends there.</summary>
    public bool IsCorrupt { get; private set; }

    public ReadOnlySpan<byte> Key => _isOnObject ? ObjectKey : VersionKey;
    public ReadOnlySpan<byte> Value => _isOnObject ? _objects.Value : _versions.Value;

    /// <summary>Whether the version is the newest of its key.</summary>
    public bool IsLatest => _isOnObject || !VersionKey.SequenceEqual(PassedKey);

    /// <summary>Moves to the newest version of the first key at or after the given one.</summary>
    public bool SeekKey(ReadOnlySpan<byte> key)
    {
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        _passedKeyBytes = -1;
        SeekObject(indexKey[..IndexKeys.Object(_bucketId, key, indexKey)]);
        SeekVersion(indexKey[..IndexKeys.VersionsAtKey(_bucketId, key, indexKey)]);
        return Choose();
    }

    /// <summary>Moves to the first key that does not begin with the prefix.</summary>
    public bool PassPrefix(ReadOnlySpan<byte> prefix)
    {
        Span<byte> objectKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        Span<byte> versionKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        objectKey = objectKey[..IndexKeys.Successor(objectKey[..IndexKeys.Object(_bucketId, prefix, objectKey)])];
        versionKey = versionKey[..IndexKeys.Successor(versionKey[..IndexKeys.VersionsAtKey(_bucketId, prefix, versionKey)])];
        SeekObject(objectKey);
        SeekVersion(versionKey);
        return Choose();
    }

    /// <summary>Moves past all versions of a key; there need not be any.</summary>
    public bool SeekAfterKey(ReadOnlySpan<byte> key)
    {
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        int length = IndexKeys.Object(_bucketId, key, indexKey);
        // The first key that can follow is the same with a zero byte behind it.
        indexKey[length++] = 0;
        SeekObject(indexKey[..length]);
        length = IndexKeys.Successor(indexKey[..IndexKeys.VersionsOfKey(_bucketId, key, indexKey)]);
        SeekVersion(indexKey[..length]);
        return Choose();
    }

    /// <summary>
    /// Moves to the newest version of a key that is older than the given one, or on to the next key. The given one need not exist any more.
    /// </summary>
    public bool SeekAfterVersion(ReadOnlySpan<byte> key, VersionId id)
    {
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        ulong sequence = id == default ? SequenceOfNull(key) : id.Sequence;
        SeekObject(indexKey[..IndexKeys.Object(_bucketId, key, indexKey)]);
        if (_hasObject && ObjectKey.SequenceEqual(key) && SequenceOfObject() >= sequence)
        {
            SetPassed(key);
            MoveObject();
        }
        SeekVersion(indexKey[..IndexKeys.VersionsOfKey(_bucketId, key, indexKey)]);
        if (_hasVersion && VersionKey.SequenceEqual(key) && IndexKeys.VersionSequence(_versions.Key) >= sequence)
        {
            SetPassed(key);
            int length = sequence == 0
                ? IndexKeys.Successor(indexKey[..IndexKeys.VersionsOfKey(_bucketId, key, indexKey)])
                : IndexKeys.Version(_bucketId, key, sequence - 1, indexKey);
            SeekVersion(indexKey[..length]);
        }
        return Choose();
    }

    public bool Next()
    {
        SetPassed(Key);
        if (_isOnObject) MoveObject();
        else ReadVersion(_versions.Next());
        return Choose();
    }

    public void Dispose()
    {
        _versions?.Dispose();
        _objects?.Dispose();
        _snapshot.Dispose();
    }

    private ReadOnlySpan<byte> ObjectKey => _objects.Key[IndexKeys.BucketIdBytes..];
    private ReadOnlySpan<byte> VersionKey => _versionKey.AsSpan(0, _versionKeyBytes);
    private ReadOnlySpan<byte> PassedKey => _passedKeyBytes < 0 ? default : _passedKey.AsSpan(0, _passedKeyBytes);

    // The current object is the newest version of its key.
    private bool Choose()
    {
        _isOnObject = _hasObject && (!_hasVersion || ObjectKey.SequenceCompareTo(VersionKey) <= 0);
        return (_hasObject || _hasVersion) && !IsCorrupt;
    }

    private void SetPassed(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_passedKey);
        _passedKeyBytes = key.Length;
    }

    private void SeekObject(ReadOnlySpan<byte> indexKey) => _hasObject = _objects.Seek(indexKey);

    private void MoveObject() => _hasObject = _objects.Next();

    private void SeekVersion(ReadOnlySpan<byte> indexKey) => ReadVersion(_versions.Seek(indexKey));

    private void ReadVersion(bool has)
    {
        _hasVersion = has;
        if (has && !IndexKeys.TryReadVersion(_versions.Key, _versionKey, out _, out _versionKeyBytes, out _)) IsCorrupt = true;
    }

    private ulong SequenceOfObject() =>
        ObjectRecordCodec.TryDecodeVersion(_objects.Value, out _, out VersionId id, out _) ? id.Sequence : 0;

    // Where the null version of a key stands among its versions. When it is gone: at the end, where those stand that are older than
    // versioning.
    private ulong SequenceOfNull(ReadOnlySpan<byte> key)
    {
        Span<byte> indexKey = stackalloc byte[IndexKeys.MaxKeyBytes];
        SeekObject(indexKey[..IndexKeys.Object(_bucketId, key, indexKey)]);
        if (_hasObject && ObjectKey.SequenceEqual(key)
            && ObjectRecordCodec.TryDecodeVersion(_objects.Value, out _, out VersionId id, out _) && id.IsNull)
        {
            return id.Sequence;
        }
        StoreStatus status = VersionLookup.FindNull(_snapshot, _bucketId, key, out ulong sequence);
        IsCorrupt |= status == StoreStatus.Corrupt;
        return status == StoreStatus.Ok ? sequence : 0;
    }
}
