namespace RustFs.Storage;

/// <summary>
/// Reads every entry of every keyspace: RocksDB checks each block it reads, and each record's own checksum is checked here. Pages of some
/// hundred entries, so that no cursor holds the index open for long.
/// </summary>
internal sealed class IndexScan(IIndex index, IScrubReport report)
{
    private const int PageEntries = 512;

    // What an index in pieces would write into a log that somebody has to read.
    private const int MaxFaults = 100;

    private int _faults;

    public long Objects { get; private set; }

    public void ScanAll()
    {
        foreach (Keyspace keyspace in Enum.GetValues<Keyspace>())
        {
            try
            {
                byte[]? after = [];
                while (after is not null && !report.IsStopping) after = ScanPage(keyspace, after);
            }
            catch (IndexException exception)
            {
                Fault(exception.IsCorruption, $"the index's keyspace {keyspace}, which cannot be read further: {exception.Message}");
            }
        }
    }

    // Where the next page begins; null when this was the last.
    private byte[]? ScanPage(Keyspace keyspace, byte[] after)
    {
        long bytes = 0;
        byte[]? next = null;
        var damaged = new List<byte[]>();
        var nullEntries = new List<byte[]>();
        using (IIndexCursor cursor = index.OpenCursor(keyspace, default, fillCache: false))
        {
            int count = 0;
            for (bool has = cursor.Seek(after); has; has = cursor.Next())
            {
                if (count++ == PageEntries)
                {
                    next = cursor.Key.ToArray();
                    break;
                }
                if (keyspace == Keyspace.Objects) Objects++;
                bytes += cursor.Key.Length + cursor.Value.Length;
                if (!IsReadable(keyspace, cursor.Key, cursor.Value)) damaged.Add(cursor.Key.ToArray());
                else if (keyspace == Keyspace.Versions && !IndexKeys.IsVersion(cursor.Key)) nullEntries.Add(cursor.Key.ToArray());
            }
        }
        if (nullEntries.Count > 0) AddMisleading(nullEntries, damaged);
        foreach (byte[] key in damaged) Fault(isCorrupt: true, RecordOwner.Describe(index, keyspace, key));
        report.Advanced(bytes);
        return next;
    }

    // An entry that names a null version has no checksum: it is right when what it names is there, and may be a null version. Both are
    // looked for in one state of the index, since a server goes on writing meanwhile.
    private void AddMisleading(List<byte[]> nullEntries, List<byte[]> damaged)
    {
        using IIndexSnapshot snapshot = index.TakeSnapshot();
        foreach (byte[] entry in nullEntries)
        {
            bool isRight = IndexKeys.TryReadNullVersion(entry, out uint bucketId, out ReadOnlySpan<byte> key)
                && VersionLookup.FindNull(snapshot, bucketId, key, out _) != StoreStatus.Corrupt;
            if (!isRight) damaged.Add(entry);
        }
    }

    private static bool IsReadable(Keyspace keyspace, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (keyspace == Keyspace.Objects || (keyspace == Keyspace.Versions && IndexKeys.IsVersion(key)))
            return ObjectRecordCodec.TryDecode(value.ToArray(), out _);
        if (keyspace == Keyspace.Versions) return value.Length == sizeof(ulong);
        if (keyspace == Keyspace.Meta && key.StartsWith(IndexKeys.BucketsFirst))
            return BucketRecordCodec.TryDecode(IndexKeys.BucketName(key), value, out _);
        if (keyspace == Keyspace.Meta && key.StartsWith(IndexKeys.ConfigurationsFirst))
            return IndexKeys.TryReadBucketConfiguration(key, out _, out _) && BucketConfigurationCodec.TryDecode(value, out _);
        if (keyspace == Keyspace.Segments && IndexKeys.TryReadSegment(key, out _)) return SegmentRecord.TryRead(value, out _);
        if (keyspace == Keyspace.Segments && IndexKeys.TryReadLoggedBody(key, out _, out _)) return LoggedBody.TryRead(value, out _, out _);
        if (keyspace != Keyspace.Uploads) return true;
        return IndexKeys.TryReadPart(key, out _, out int number)
            ? PartRecordCodec.TryDecode(value.ToArray(), number, out _)
            : UploadRecordCodec.TryDecode(value.ToArray(), NoBucket, default, default, out _);
    }

    private static readonly Bucket NoBucket = new() { Id = 0, Name = "", Created = default, Region = "" };

    private void Fault(bool isCorrupt, string place)
    {
        _faults++;
        if (_faults <= MaxFaults && isCorrupt) report.CorruptRecord(place);
        else if (_faults <= MaxFaults) report.Fault($"Not scrubbed is {place}");
        else if (_faults == MaxFaults + 1) report.Fault("More records of the index are damaged.");
    }
}
