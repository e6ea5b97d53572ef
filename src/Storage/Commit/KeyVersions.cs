using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>Where a version's record stands. The record is null when it cannot be read.</summary>
internal readonly record struct VersionPlace(Keyspace Keyspace, ReadOnlyMemory<byte> IndexKey, StoredObjectRecord? Record);

/// <summary>
/// The versions of one key as the mutations of a group change them. The newest one, while it is no delete marker, is the current object and
/// stands in Objects, as in a bucket without versioning; all others stand in Versions. So a key without a current object has a delete
/// marker as its newest version, or none.
/// </summary>
internal readonly ref struct KeyVersions(CommitGroup group, Bucket bucket, ReadOnlySpan<byte> key)
{
    private readonly ReadOnlySpan<byte> _key = key;

    /// <summary>
    /// Locked when <see cref="BeginCurrent"/> would drop what must stay: the null version, which is replaced while versioning is suspended.
    /// </summary>
    public StoreStatus CheckReplaced(in ObjectChange change)
    {
        if (bucket.Versioning != BucketVersioning.Suspended || !TryFind(default, change, out VersionPlace place)) return StoreStatus.Ok;
        return CheckLock(place, bypassesGovernance: false);
    }

    /// <summary>The fields of a new version: with the bucket's default retention when they bring none.</summary>
    public ReadOnlySpan<byte> FieldsOfNew(StoredFields fields)
    {
        ReadOnlySpan<byte> given = fields.Encoded.Span;
        if (!bucket.HasObjectLock || bucket.DefaultRetention is not { Mode: not RetentionMode.None } byDefault) return given;
        if (fields.TryGet(StoredFieldId.Retention, out _)) return given;
        Memory<byte> all = group.Arena.Take(given.Length + StoredFields.FieldHeadBytes + ObjectLock.RetentionBytes);
        given.CopyTo(all.Span);
        var writer = new StoredFieldsWriter(all.Span[given.Length..]);
        ObjectLock.TryAdd(ref writer, byDefault.From(group.TimeMs));
        return all.Span;
    }

    /// <summary>
    /// The fields of a new version that is made of another, which keeps its lock for itself: the new one gets that of the request, or the
    /// bucket's default retention.
    /// </summary>
    public ReadOnlySpan<byte> FieldsOfNext(StoredFields other, StoredFields requested)
    {
        if (!bucket.HasObjectLock) return other.Encoded.Span;
        Memory<byte> fields = group.Arena.Take(other.Encoded.Length + requested.Encoded.Length);
        var writer = new StoredFieldsWriter(fields.Span);
        foreach (StoredField field in other)
        {
            if (!ObjectLock.IsPartOf(field.Id)) writer.TryAdd(field.Id, field.Name, field.Value);
        }
        foreach (StoredField field in requested)
        {
            if (ObjectLock.IsPartOf(field.Id)) writer.TryAdd(field.Id, field.Name, field.Value);
        }
        return FieldsOfNew(new StoredFields(fields[..writer.WrittenBytes]));
    }

    /// <summary>Keeps what a new version must not replace, and gives the new one its id: then it is put as the current object.</summary>
    public VersionId BeginCurrent(ref ObjectChange change)
    {
        if (bucket.Versioning == BucketVersioning.Never) return default;
        ulong sequence = group.Sequence.Next(group);
        if (bucket.Versioning == BucketVersioning.Enabled)
        {
            Retire(ref change);
            return VersionId.Create(sequence);
        }
        if (change.Current is { VersionId.IsNull: false }) Retire(ref change);
        DropNullVersion();
        return VersionId.CreateNull(sequence);
    }

    /// <summary>Deletes the key as a request without a version does: a delete marker becomes its newest version.</summary>
    public VersionId PutDeleteMarker(ObjectChange change)
    {
        VersionId id = BeginCurrent(ref change);
        if (change.Exists) group.DeleteObject(change);
        PutRetired(id, group.Encode(new ObjectRecordContent
        {
            SizeBytes = 0,
            LastModifiedMs = group.TimeMs,
            ETag = default,
            VersionId = id,
            IsDeleteMarker = true,
        }));
        return id;
    }

    /// <summary>
    /// Deletes one version for ever, unless it is locked; the newest that is left becomes the current object. Nothing when there is none.
    /// </summary>
    public StoreStatus Delete(
        VersionId id, in ObjectChange change, IVersionPrecondition? precondition, bool bypassesGovernance, out bool wasDeleteMarker)
    {
        wasDeleteMarker = false;
        // The current object, whose record cannot be read, may be the one that is meant, though nothing in it says so.
        if (!TryFind(id, change, out VersionPlace place)) return change.IsDamaged ? StoreStatus.Corrupt : StoreStatus.Ok;
        StoreStatus status = CheckLock(place, bypassesGovernance);
        if (status != StoreStatus.Ok) return status;
        if (precondition is not null)
        {
            status = place.Record is { } record ? precondition.CheckVersion(record) : StoreStatus.Corrupt;
            if (status != StoreStatus.Ok) return status;
        }
        wasDeleteMarker = place.Record?.IsDeleteMarker ?? false;
        group.ReleaseObject(place.Record);
        group.Delete(place.Keyspace, place.IndexKey);
        if (place.Keyspace == Keyspace.Versions && id.IsNull) group.Delete(Keyspace.Versions, NullVersionKey());
        bool hasCurrent = change.Exists && place.Keyspace == Keyspace.Versions;
        if (!hasCurrent && bucket.Versioning != BucketVersioning.Never) Promote(change.IndexKey);
        return StoreStatus.Ok;
    }

    /// <param name="change">The current object, as found.</param>
    public bool TryFind(VersionId id, in ObjectChange change, out VersionPlace place)
    {
        if (change.Current is { } current && (id.IsNull ? current.VersionId.IsNull : current.VersionId == id))
        {
            place = new VersionPlace(Keyspace.Objects, change.IndexKey, current);
            return true;
        }
        if (bucket.Versioning != BucketVersioning.Never && TryFindOlder(id, out place)) return true;
        place = new VersionPlace(Keyspace.Objects, change.IndexKey, Record: null);
        return change.IsDamaged && ObjectRecordCodec.WasOfVersion(change.Damaged.Span, id);
    }

    private bool TryFindOlder(VersionId id, out VersionPlace place)
    {
        place = default;
        ulong sequence = id.Sequence;
        if (id.IsNull && !TryGetNullSequence(out sequence)) return false;
        ReadOnlyMemory<byte> indexKey = VersionKey(sequence);
        ReadOnlyMemory<byte> value = group.Get(Keyspace.Versions, indexKey);
        if (value.IsEmpty) return false;
        bool isReadable = ObjectRecordCodec.TryDecode(value, out StoredObjectRecord? record);
        if (isReadable && !id.IsNull && record!.VersionId != id) return false;
        place = new VersionPlace(Keyspace.Versions, indexKey, record);
        return true;
    }

    // What cannot be read may be locked.
    private StoreStatus CheckLock(in VersionPlace place, bool bypassesGovernance)
    {
        if (place.Record is not { } record) return bucket.HasObjectLock ? StoreStatus.Corrupt : StoreStatus.Ok;
        return ObjectLock.Of(record.Fields).Forbids(group.TimeMs, bypassesGovernance) ? StoreStatus.Locked : StoreStatus.Ok;
    }

    // The current object becomes an older version. What cannot be read has no place there: it is left to be replaced.
    private void Retire(ref ObjectChange change)
    {
        if (change.Current is not { } current) return;
        ReadOnlyMemory<byte> indexKey = PutRetired(current.VersionId, current.Encoded);
        AddOwner(Keyspace.Versions, indexKey, current);
        change = change with { Current = null };
    }

    private ReadOnlyMemory<byte> PutRetired(VersionId id, ReadOnlyMemory<byte> record)
    {
        ReadOnlyMemory<byte> indexKey = VersionKey(id.Sequence);
        group.Put(Keyspace.Versions, indexKey, record);
        if (!id.IsNull) return indexKey;
        Memory<byte> sequence = group.Arena.Take(sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(sequence.Span, id.Sequence);
        group.Put(Keyspace.Versions, NullVersionKey(), sequence);
        return indexKey;
    }

    // The current object, where that is the null version, is replaced by what is put in its place.
    private void DropNullVersion()
    {
        if (!TryGetNullSequence(out ulong sequence)) return;
        ReadOnlyMemory<byte> indexKey = VersionKey(sequence);
        ObjectRecordCodec.TryDecode(group.Get(Keyspace.Versions, indexKey), out StoredObjectRecord? record);
        group.ReleaseObject(record);
        group.Delete(Keyspace.Versions, indexKey);
        group.Delete(Keyspace.Versions, NullVersionKey());
    }

    private void Promote(ReadOnlyMemory<byte> objectKey)
    {
        Memory<byte> prefix = group.Arena.Take(IndexKeys.MaxKeyBytes);
        prefix = prefix[..IndexKeys.VersionsOfKey(bucket.Id, _key, prefix.Span)];
        ReadOnlyMemory<byte> newest = group.FindNewestVersion(prefix);
        if (newest.IsEmpty) return;
        ReadOnlyMemory<byte> value = group.Get(Keyspace.Versions, newest);
        // What cannot be read becomes the current object too: reading the key must not say that it was deleted.
        if (ObjectRecordCodec.TryDecode(value, out StoredObjectRecord? record) && record!.IsDeleteMarker) return;
        group.Delete(Keyspace.Versions, newest);
        group.Put(Keyspace.Objects, objectKey, value);
        if (record is null) return;
        if (record.VersionId.IsNull) group.Delete(Keyspace.Versions, NullVersionKey());
        AddOwner(Keyspace.Objects, objectKey, record);
    }

    private void AddOwner(Keyspace keyspace, ReadOnlyMemory<byte> indexKey, StoredObjectRecord record)
    {
        for (int index = 0; index < record.ExtentCount; index++) group.AddOwner(keyspace, indexKey, [record.Extent(index)]);
    }

    // The entry has no checksum: where it names something else, the null version is looked for among the versions of the key.
    private bool TryGetNullSequence(out ulong sequence)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(group.Get(Keyspace.Versions, NullVersionKey()).Span, out sequence)) return false;
        ReadOnlyMemory<byte> named = group.Get(Keyspace.Versions, VersionKey(sequence));
        if (!named.IsEmpty && VersionLookup.MayBeNull(named.Span)) return true;
        Span<byte> prefix = stackalloc byte[IndexKeys.MaxKeyBytes], end = stackalloc byte[IndexKeys.MaxKeyBytes];
        prefix = prefix[..IndexKeys.VersionsOfKey(bucket.Id, _key, prefix)];
        prefix.CopyTo(end);
        using IIndexCursor cursor = group.Index.OpenCursor(Keyspace.Versions, end[..IndexKeys.Successor(end[..prefix.Length])]);
        for (bool has = cursor.Seek(prefix); has; has = cursor.Next())
        {
            bool isNull = ObjectRecordCodec.TryDecodeVersion(cursor.Value, out _, out VersionId id, out _) && id.IsNull;
            sequence = IndexKeys.VersionSequence(cursor.Key);
            if (isNull && !group.Get(Keyspace.Versions, cursor.Key.ToArray()).IsEmpty) return true;
        }
        return false;
    }

    private Memory<byte> VersionKey(ulong sequence)
    {
        Memory<byte> indexKey = group.Arena.Take(IndexKeys.MaxKeyBytes);
        return indexKey[..IndexKeys.Version(bucket.Id, _key, sequence, indexKey.Span)];
    }

    private Memory<byte> NullVersionKey()
    {
        Memory<byte> indexKey = group.Arena.Take(IndexKeys.MaxKeyBytes);
        return indexKey[..IndexKeys.NullVersion(bucket.Id, _key, indexKey.Span)];
    }
}
