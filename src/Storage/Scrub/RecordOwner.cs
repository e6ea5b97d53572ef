using System.Globalization;
using System.Text;

namespace RustFs.Storage;

/// <summary>
/// Says in words whose a record or an extent is: a bucket and key, or a part of an upload. For reports, not for requests.
/// </summary>
internal static class RecordOwner
{
    /// <summary>bucket/key, with a version where it is not the current one, or "part N of the upload ID of bucket/key".</summary>
    public static string Describe(IIndex index, Keyspace keyspace, ReadOnlySpan<byte> indexKey)
    {
        if (keyspace == Keyspace.Objects && IndexKeys.TryReadObject(indexKey, out uint bucketId, out ReadOnlySpan<byte> key))
            return $"{BucketName(index, bucketId)}/{Printable(key)}";
        if (keyspace == Keyspace.Uploads && IndexKeys.TryReadPart(indexKey, out UploadId part, out int number))
            return string.Create(CultureInfo.InvariantCulture, $"part {number} of {DescribeUpload(index, part)}");
        if (keyspace == Keyspace.Uploads && TryReadUpload(indexKey, out string upload, out bucketId, out UploadId id))
            return $"the upload {id} of {BucketName(index, bucketId)}/{upload}";
        if (keyspace == Keyspace.Versions && TryReadVersion(indexKey, out string versionKey, out bucketId, out ulong sequence))
            return string.Create(CultureInfo.InvariantCulture, $"version {sequence:x16} of {BucketName(index, bucketId)}/{versionKey}");
        if (keyspace == Keyspace.Segments && IndexKeys.TryReadLoggedBody(indexKey, out uint segment, out uint offset))
            return string.Create(CultureInfo.InvariantCulture, $"the bytes at {offset} of segment {segment} that stand in the index's log");
        if (keyspace == Keyspace.Versions && IndexKeys.TryReadNullVersion(indexKey, out bucketId, out key))
            return $"which version of {BucketName(index, bucketId)}/{Printable(key)} is null";
        return $"the record {Convert.ToHexString(indexKey)}";
    }

    /// <summary>
    /// The object or part whose record refers to an extent, found through the owner lists of its segment; "" when none does.
    /// </summary>
    public static string Find(IIndex index, in Extent extent)
    {
        var lists = new OwnerListReader(index);
        lists.Begin(extent.Segment);
        while (lists.Next() is { } owners)
        {
            foreach (OwnerList.Owner owner in new OwnerList(owners))
            {
                if (index.Get(owner.Keyspace, owner.Key) is { } record && RefersTo(owner.Keyspace, owner.Key, record, extent))
                    return Describe(index, owner.Keyspace, owner.Key);
            }
        }
        return "";
    }

    private static bool RefersTo(Keyspace keyspace, ReadOnlySpan<byte> key, byte[] record, in Extent extent) =>
        SegmentOwners.TryReadExtents(keyspace, key, record, out List<Extent> extents) && extents.Contains(extent);

    private static string DescribeUpload(IIndex index, UploadId id)
    {
        // Parts do not name their upload's key: uploads in progress are few, and this is rare.
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Uploads, default, fillCache: false);
        for (bool has = cursor.Seek("u"u8); has; has = cursor.Next())
        {
            if (TryReadUpload(cursor.Key, out string key, out uint bucketId, out UploadId found) && found == id)
                return $"the upload {id} of {BucketName(index, bucketId)}/{key}";
        }
        return $"the upload {id}";
    }

    private static bool TryReadUpload(ReadOnlySpan<byte> indexKey, out string key, out uint bucketId, out UploadId id)
    {
        Span<byte> bytes = stackalloc byte[IndexKeys.MaxObjectKeyBytes];
        bool isUpload = IndexKeys.TryReadUpload(indexKey, bytes, out bucketId, out int keyBytes, out id);
        key = isUpload ? Printable(bytes[..keyBytes]) : "";
        return isUpload;
    }

    private static bool TryReadVersion(ReadOnlySpan<byte> indexKey, out string key, out uint bucketId, out ulong sequence)
    {
        Span<byte> bytes = stackalloc byte[IndexKeys.MaxObjectKeyBytes];
        bool isVersion = IndexKeys.TryReadVersion(indexKey, bytes, out bucketId, out int keyBytes, out sequence);
        key = isVersion ? Printable(bytes[..keyBytes]) : "";
        return isVersion;
    }

    private static string BucketName(IIndex index, uint bucketId)
    {
        using IIndexCursor cursor = index.OpenCursor(Keyspace.Meta, IndexKeys.BucketsEnd, fillCache: false);
        for (bool has = cursor.Seek(IndexKeys.BucketsFirst); has; has = cursor.Next())
        {
            if (BucketRecordCodec.TryDecode(IndexKeys.BucketName(cursor.Key), cursor.Value, out Bucket? bucket) && bucket!.Id == bucketId)
                return bucket.Name;
        }
        return string.Create(CultureInfo.InvariantCulture, $"bucket {bucketId}");
    }

    // A key may hold line ends and escape sequences: a log line must not.
    public static string Printable(ReadOnlySpan<byte> key)
    {
        string text = Encoding.UTF8.GetString(key);
        if (!text.Any(char.IsControl)) return text;
        return string.Concat(text.Select(character =>
            char.IsControl(character) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}") : character.ToString()));
    }
}
