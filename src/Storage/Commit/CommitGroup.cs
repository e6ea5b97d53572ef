namespace RustFs.Storage;

/// <summary>A key's state within the group, as a mutation found it. What cannot be read is kept as it is.</summary>
internal readonly record struct ObjectChange(
    ReadOnlyMemory<byte> IndexKey, bool Exists, StoredObjectRecord? Current, ReadOnlyMemory<byte> Damaged = default)
{
    public bool IsDamaged => !Damaged.IsEmpty;
}

/// <summary>
/// The changes of one commit group while they are gathered: one index batch, the overlay that later mutations of the group see, and
/// what changes of each segment. Used by the committer's thread only, again and again.
/// </summary>
internal sealed class CommitGroup(
    IIndex index, RecordCache cache, RecentRecords recent, BucketTable buckets, SegmentTable segments, SegmentAllocator allocator,
    WritePacer pacer, CorruptionReport corruption, PrefixRuns? runs) : IDisposable
{
    private readonly GroupOverlay _overlay = new();
    private readonly List<SegmentChange> _changes = [];
    private readonly Stack<SegmentChange> _spareChanges = new();
    private readonly HashSet<Segment> _stateChanges = [];
    private readonly Extent[] _packedExtent = new Extent[1];
    private readonly List<byte[]> _doubtfulKeys = [];

    // Records that mutations of the group found, good until the group ends: as many as the largest group so far had.
    private readonly List<StoredObjectRecord> _found = [];
    private int _foundCount;
    private ulong _ownersSequence;
    private ReadOnlyMemory<byte> _newestKey;
    private byte[] _newestFrom = [];

    public IIndex Index => index;
    public IIndexBatch Batch { get; } = index.NewBatch();
    public CommitArena Arena { get; } = new();
    public long TimeMs { get; private set; }

    public bool IsEmpty => Batch.Count == 0;

    /// <summary>How often the index was opened again: what was read before may have been lost.</summary>
    public long IndexOpenings { get; private set; }

    /// <summary>Only what gives space back may go in: the index must keep room for that.</summary>
    public bool RefusesWrites { get; private set; }

    /// <summary>Whether this very bucket exists, not one made later under its name.</summary>
    public bool HasBucket(Bucket bucket) => FindBucket(bucket) is not null;

    /// <summary>This very bucket as it is configured now; null when it is gone.</summary>
    public Bucket? FindBucket(Bucket bucket) => buckets.FindById(bucket.Id) is { } found && found.Name == bucket.Name ? found : null;

    /// <summary>The order of versions.</summary>
    public VersionSequence Sequence { get; } = new(index);

    /// <summary>Bodies that the index's log holds.</summary>
    public LoggedBodies Logged { get; } = new(segments);

    /// <summary>The tokens of writes that must not be done twice.</summary>
    public CommitTokens Tokens { get; } = new();

    /// <param name="firstOwnersSequence">Above every sequence that any owner list of this volume has.</param>
    public void Open(ulong firstOwnersSequence) => _ownersSequence = firstOwnersSequence;

    public void Begin(long timeMs)
    {
        TimeMs = timeMs;
        RefusesWrites = allocator.IsIndexShort;
        End();
        Batch.Clear();
        Arena.Reset();
        Sequence.Begin();
        Logged.Begin();
        _newestKey = default;
        _foundCount = 0;
    }

    /// <summary>The record of a key as the group has left it so far. Corrupt when there is one that cannot be read.</summary>
    public StoreStatus FindObject(uint bucketId, ReadOnlySpan<byte> key, out ObjectChange change)
    {
        Memory<byte> indexKey = Arena.Take(IndexKeys.BucketIdBytes + key.Length);
        IndexKeys.Object(bucketId, key, indexKey.Span);
        if (!_overlay.TryGet(Keyspace.Objects, indexKey, out ReadOnlyMemory<byte> value))
        {
            if (recent.TryGet(indexKey.Span, out ReadOnlySpan<byte> written))
            {
                value = Arena.Copy(written);
            }
            else if (cache.TryGet(bucketId, key, out StoredObjectRecord? cached, out _))
            {
                change = new ObjectChange(indexKey, true, cached);
                return StoreStatus.Ok;
            }
            else
            {
                value = ReadIndex(Keyspace.Objects, indexKey.Span);
            }
        }
        if (value.IsEmpty)
        {
            change = new ObjectChange(indexKey, false, null);
            return StoreStatus.Ok;
        }
        if (_foundCount == _found.Count) _found.Add(new StoredObjectRecord());
        StoredObjectRecord record = _found[_foundCount++];
        bool isReadable = ObjectRecordCodec.TryDecode(value, record);
        change = isReadable ? new ObjectChange(indexKey, true, record) : new ObjectChange(indexKey, true, null, value);
        return isReadable ? StoreStatus.Ok : Damaged(Keyspace.Objects, indexKey.Span);
    }

    public StoreStatus FindUpload(UploadRecord upload, out Memory<byte> uploadKey, out UploadRecord? current)
    {
        current = null;
        uploadKey = UploadKey(upload.Bucket.Id, upload.Key.Span, upload.Id);
        if (!HasBucket(upload.Bucket)) return StoreStatus.NoSuchBucket;
        ReadOnlyMemory<byte> value = Get(Keyspace.Uploads, uploadKey);
        if (value.IsEmpty) return StoreStatus.NoSuchUpload;
        bool isReadable = UploadRecordCodec.TryDecode(value, upload.Bucket, upload.Key, upload.Id, out current);
        return isReadable ? StoreStatus.Ok : Damaged(Keyspace.Uploads, uploadKey.Span);
    }

    public Memory<byte> UploadKey(uint bucketId, ReadOnlySpan<byte> key, UploadId id)
    {
        Memory<byte> uploadKey = Arena.Take(IndexKeys.MaxKeyBytes);
        return uploadKey[..IndexKeys.Upload(bucketId, key, id, uploadKey.Span)];
    }

    public Memory<byte> PartKey(UploadId id, int partNumber)
    {
        Memory<byte> partKey = Arena.Take(IndexKeys.MaxKeyBytes);
        return partKey[..IndexKeys.Part(id, partNumber, partKey.Span)];
    }

    /// <summary>A value as the group has left it so far; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Get(Keyspace keyspace, ReadOnlyMemory<byte> indexKey)
    {
        if (_overlay.TryGet(keyspace, indexKey, out ReadOnlyMemory<byte> value)) return value;
        if (keyspace == Keyspace.Objects && recent.TryGet(indexKey.Span, out ReadOnlySpan<byte> written)) return Arena.Copy(written);
        return ReadIndex(keyspace, indexKey.Span);
    }

    public void Put(Keyspace keyspace, ReadOnlyMemory<byte> indexKey, ReadOnlyMemory<byte> value)
    {
        Batch.Put(keyspace, indexKey.Span, value.Span);
        _overlay.Set(keyspace, indexKey, value);
    }

    public void Delete(Keyspace keyspace, ReadOnlyMemory<byte> indexKey)
    {
        Batch.Delete(keyspace, indexKey.Span);
        _overlay.Set(keyspace, indexKey, default);
    }

    /// <summary>Writes a record in place of the one found; counts the bytes of both.</summary>
    public void PutObject(in ObjectChange change, in ObjectRecordContent content)
    {
        Put(Keyspace.Objects, change.IndexKey, Encode(content));
        ReleaseObject(change);
        Retain(content.Extents);
    }

    /// <summary>A record in the group's memory.</summary>
    public ReadOnlyMemory<byte> Encode(in ObjectRecordContent content)
    {
        Memory<byte> record = Arena.Take(ObjectRecordCodec.EncodedLength(content));
        ObjectRecordCodec.Encode(content, record.Span);
        return record;
    }

    /// <summary>Writes an object's record in its place again, with other fields or extents.</summary>
    public void RewriteObject(
        Keyspace keyspace, ReadOnlyMemory<byte> indexKey, StoredObjectRecord current,
        long lastModifiedMs, ReadOnlySpan<byte> fields, ReadOnlySpan<Extent> extents)
    {
        ObjectRecordContent content = ObjectRecordContent.Of(current) with
        {
            LastModifiedMs = lastModifiedMs,
            Fields = fields,
            Extents = extents,
        };
        Put(keyspace, indexKey, Encode(content));
        ReleaseObject(current);
        Retain(extents);
    }

    public void DeleteObject(in ObjectChange change)
    {
        Delete(Keyspace.Objects, change.IndexKey);
        ReleaseObject(change);
    }

    /// <summary>Where the mutation's body stands; records the record at <paramref name="indexKey"/> as its owner.</summary>
    /// <param name="extents">Valid until the next call.</param>
    public StoreStatus Place(Mutation mutation, Keyspace keyspace, ReadOnlyMemory<byte> indexKey, out ReadOnlySpan<Extent> extents)
    {
        CommittableBody body = mutation.Body!;
        extents = default;
        if (RefusesWrites) return StoreStatus.NoSpace;
        if (body.Status != StoreStatus.Ok) return body.Status;
        if (mutation.BytesStatus != StoreStatus.Ok) return mutation.BytesStatus;
        if (body.LengthBytes == 0) return StoreStatus.Ok;
        if (body.IsSmall)
        {
            if (mutation.PackedInto is null) return StoreStatus.IoFailed;
            if (mutation.LoggedWrite > 0) Logged.Put(this, mutation);
            _packedExtent[0] = mutation.PackedExtent;
            extents = _packedExtent;
        }
        else
        {
            extents = body.Extents;
            for (int extent = 0; extent < extents.Length; extent++)
            {
                if (!extents[extent].HasInlineChecksum) PutBlockChecksums(extents[extent], body.BlockChecksums(extent));
            }
        }
        AddOwner(keyspace, indexKey, extents);
        return StoreStatus.Ok;
    }

    /// <summary>Lets go of everything the group held.</summary>
    public void End()
    {
        _overlay.Clear();
        foreach (SegmentChange change in _changes)
        {
            change.End();
            _spareChanges.Push(change);
        }
        _changes.Clear();
    }

    public void PutBlockChecksums(in Extent extent, ReadOnlySpan<uint> checksums)
    {
        Span<byte> key = stackalloc byte[16];
        Memory<byte> list = Arena.Take(BlockChecksums.EncodedLength(checksums.Length));
        BlockChecksums.Write(extent.Generation, checksums, list.Span);
        Batch.Put(Keyspace.Segments, key[..IndexKeys.BlockChecksums(extent.Segment, extent.Offset, key)], list.Span);
    }

    /// <summary>
    /// An extent of a run of another's blocks. Where it does not begin with the other, it gets a list of its own: all checksums from its
    /// start to the end of the bytes that were written in one, however long it is, so that all that begin there have the same list.
    /// </summary>
    /// <returns>False when the other's list cannot be read.</returns>
    public bool TryCut(in ExtentCut cut, out Extent extent)
    {
        extent = cut.Of;
        if (cut.IsWhole) return true;
        if (!BlockChecksums.TryReadAll(BlockChecksums.Find(index, extent), extent, out BlockChecksums checksums)) return false;
        int firstBlock = (int)(cut.FromBytes / Extent.BlockBytes);
        extent = extent with { Offset = extent.Offset + cut.FromBytes, LengthBytes = cut.LengthBytes };
        if (extent.HasInlineChecksum) extent = extent with { Crc32C = checksums[firstBlock] };
        else if (firstBlock > 0) PutBlockChecksums(extent, checksums.From(firstBlock));
        return true;
    }

    public void AddOwner(Keyspace keyspace, ReadOnlyMemory<byte> indexKey, ReadOnlySpan<Extent> extents)
    {
        Segment? last = null;
        foreach (Extent extent in extents)
        {
            // A damaged volume may have lost the segment that a record names.
            if (segments.Find(extent.Segment) is not { } segment || segment == last) continue;
            last = segment;
            SegmentChange change = ChangeOf(segment);
            if (change.TryAddOwner(keyspace, indexKey.Span)) continue;
            PutOwners(change);
            change.TryAddOwner(keyspace, indexKey.Span);
        }
    }

    public void Retain(ReadOnlySpan<Extent> extents)
    {
        foreach (Extent extent in extents) Count(extent, extent.LengthBytes);
    }

    /// <summary>Counts out the bytes of a part that goes; those of one that cannot be read, when the volume is next opened.</summary>
    public void ReleasePart(ReadOnlyMemory<byte> encoded, int partNumber)
    {
        if (PartRecordCodec.TryDecode(encoded, partNumber, out StoredPartRecord? part)) ReleasePart(part!);
        else RecountFact.Set(Batch);
    }

    public void ReleasePart(StoredPartRecord part)
    {
        for (int index = 0; index < part.ExtentCount; index++) Count(part.Extent(index), -(long)part.Extent(index).LengthBytes);
    }

    /// <summary>Drops all parts of an upload; read by cursor, so only for mutations with a group of their own.</summary>
    public void DropParts(UploadId id)
    {
        Span<byte> first = stackalloc byte[IndexKeys.MaxKeyBytes];
        Span<byte> end = stackalloc byte[IndexKeys.MaxKeyBytes];
        int firstBytes = IndexKeys.Part(id, 0, first);
        int endBytes = IndexKeys.PartsEnd(id, end);
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Uploads, end[..endBytes]);
        for (bool has = cursor.Seek(first[..firstBytes]); has; has = cursor.Next())
        {
            if (IndexKeys.TryReadPart(cursor.Key, out _, out int number)) ReleasePart(cursor.Value.ToArray(), number);
        }
        Batch.DeleteRange(Keyspace.Uploads, first[..firstBytes], end[..endBytes]);
    }

    /// <summary>
    /// The newest version of a key that is not its current object, as the group has left it so far; an empty index key when there is none.
    /// </summary>
    /// <param name="prefix">What the index keys of all versions of the key begin with; kept until the group ends.</param>
    public ReadOnlyMemory<byte> FindNewestVersion(ReadOnlyMemory<byte> prefix)
    {
        byte[] end = prefix.ToArray();
        end = end[..IndexKeys.Successor(end)];
        // A batch that deletes versions of one key asks again and again. What it found gone at the front stays gone for this group.
        bool isSameKey = _newestKey.Span.SequenceEqual(prefix.Span);
        ReadOnlyMemory<byte> stored = default;
        using (IIndexCursor cursor = index.OpenCursor(Keyspace.Versions, end))
        {
            for (bool has = cursor.Seek(isSameKey ? _newestFrom : prefix.Span); has && stored.IsEmpty; has = cursor.Next())
            {
                byte[] key = cursor.Key.ToArray();
                if (!_overlay.TryGet(Keyspace.Versions, key, out ReadOnlyMemory<byte> value) || !value.IsEmpty) stored = key;
            }
        }
        (_newestKey, _newestFrom) = (prefix, stored.IsEmpty ? end : stored.ToArray());
        if (!_overlay.TryGetFirstVersion(prefix, end, out ReadOnlyMemory<byte> added)) return stored;
        return stored.IsEmpty || added.Span.SequenceCompareTo(stored.Span) < 0 ? added : stored;
    }

    public void PutSegment(in SegmentRecord record, uint number)
    {
        Span<byte> key = stackalloc byte[16];
        Span<byte> value = stackalloc byte[SegmentRecord.EncodedBytes];
        record.Write(value);
        Batch.Put(Keyspace.Segments, key[..IndexKeys.Segment(number, key)], value);
    }

    /// <summary>Adds what the group changes of its segments, and any change of state since the last group.</summary>
    public void PutSegmentChanges()
    {
        allocator.DrainChanged(_stateChanges);
        Logged.DropSynced(Batch);
        foreach (SegmentChange change in _changes)
        {
            Segment segment = change.Segment!;
            _stateChanges.Remove(segment);
            PutOwners(change);
            PutSegment(segment.ToRecord(segment.LiveBytes + change.LiveDelta), segment.Number);
        }
        foreach (Segment segment in _stateChanges) PutSegment(segment.ToRecord(segment.LiveBytes), segment.Number);
    }

    /// <summary>The index is about to get the batch. From here on nobody is shown prefixes from memory that it makes wrong.</summary>
    public void BeginCommit() => runs?.BeginCommit(_overlay);

    /// <summary>The index has the batch: the counts become true, and cached records give way.</summary>
    public void Committed()
    {
        bool isAnyDead = false;
        long liveDelta = 0;
        foreach (SegmentChange change in _changes)
        {
            Segment segment = change.Segment!;
            segment.LiveBytes += change.LiveDelta;
            liveDelta += change.LiveDelta;
            isAnyDead |= segment is { LiveBytes: 0, State: SegmentState.Sealed };
        }
        if (isAnyDead) allocator.RoomWanted?.Invoke();
        pacer.Settle(liveDelta);
        Sequence.Committed();
        Logged.Committed();
        runs?.EndCommit();
        _stateChanges.Clear();
        _overlay.ForEach(Keyspace.Objects, this, static (group, indexKey, record) => group.Remember(indexKey.Span, record.Span));
    }

    /// <summary>The index has refused the batch, or nobody knows: state changes are to be written again.</summary>
    public void Abandoned()
    {
        allocator.MarkChanged(_stateChanges);
        _stateChanges.Clear();
        Logged.Abandoned();
        recent.Clear();
        runs?.Suspend();
        _overlay.ForEach(Keyspace.Objects, _doubtfulKeys, static (keys, indexKey, _) => keys.Add(indexKey.ToArray()));
    }

    /// <summary>
    /// After the index was reopened: what was cached of an abandoned group's keys until then may be older than what the log turned out to
    /// hold.
    /// </summary>
    public void InvalidateDoubtful()
    {
        IndexOpenings++;
        foreach (byte[] indexKey in _doubtfulKeys) Invalidate(cache, indexKey);
        _doubtfulKeys.Clear();
        runs?.Resume();
    }

    public void Dispose()
    {
        Batch.Dispose();
    }

    private void Remember(ReadOnlySpan<byte> indexKey, ReadOnlySpan<byte> record)
    {
        recent.Set(indexKey, record);
        Invalidate(cache, indexKey);
    }

    private static void Invalidate(RecordCache cache, ReadOnlySpan<byte> indexKey)
    {
        if (IndexKeys.TryReadObject(indexKey, out uint bucketId, out ReadOnlySpan<byte> key)) cache.Invalidate(bucketId, key);
    }

    /// <summary>
    /// The bytes of a record that goes are nobody's any more. Null for one that cannot be read: what it kept alive is found out when the
    /// volume is next opened.
    /// </summary>
    public void ReleaseObject(StoredObjectRecord? record)
    {
        if (record is null) RecountFact.Set(Batch);
        for (int index = 0; index < (record?.ExtentCount ?? 0); index++)
        {
            Extent extent = record!.Extent(index);
            Count(extent, -(long)extent.LengthBytes);
        }
    }

    private StoreStatus Damaged(Keyspace keyspace, ReadOnlySpan<byte> indexKey)
    {
        corruption.AddRecord(RecordOwner.Describe(index, keyspace, indexKey));
        return StoreStatus.Corrupt;
    }

    private void ReleaseObject(in ObjectChange change)
    {
        if (change.Current is not null || change.IsDamaged) ReleaseObject(change.Current);
    }

    private void Count(in Extent extent, long delta)
    {
        if (segments.Find(extent.Segment) is { } segment && segment.Generation == extent.Generation) ChangeOf(segment).LiveDelta += delta;
    }

    private SegmentChange ChangeOf(Segment segment)
    {
        if (segment.Change is { } known) return known;
        if (!_spareChanges.TryPop(out SegmentChange? change)) change = new SegmentChange();
        change.Begin(segment);
        _changes.Add(change);
        return change;
    }

    private void PutOwners(SegmentChange change)
    {
        ReadOnlySpan<byte> owners = change.TakeOwners();
        if (owners.IsEmpty) return;
        Span<byte> key = stackalloc byte[16];
        Batch.Put(Keyspace.Segments, key[..IndexKeys.Owners(change.Segment!.Number, _ownersSequence++, key)], owners);
    }

    private ReadOnlyMemory<byte> ReadIndex(Keyspace keyspace, ReadOnlySpan<byte> indexKey)
    {
        // Fits nearly every record; a longer one comes in an array of its own.
        const int usualBytes = 1024;
        Memory<byte> value = Arena.Take(usualBytes);
        int length = index.Get(keyspace, indexKey, value.Span);
        if (length < 0) return default;
        return length <= usualBytes ? value[..length] : index.Get(keyspace, indexKey);
    }
}
