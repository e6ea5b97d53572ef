using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Listings with every option, page against page.</summary>
internal sealed class ListingSteps(SimulatedWorld world)
{
    public void List(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        if (!model.IsCertain) return;
        byte[] delimiter = ScriptNames.Delimiters[step.Delimiter];
        List(bucket, model, ScriptNames.Prefixes[step.Prefix], delimiter, ScriptNames.Markers[step.After], step.Max);
    }

    /// <summary>Looks at the folders of a bucket as somebody does who looks again and again.</summary>
    public void Browse(int index, Step step)
    {
        if (!world.TryGetBucket(index, out Bucket bucket, out ModelBucket model)) return;
        if (!model.IsCertain)
        {
            // What is shown now may be anything, and must not be shown again once it is certain.
            var sink = new ObjectSink();
            world.Store.ListObjects(bucket, new ListQuery { Delimiter = "/"u8, MaxKeys = 1000 }, ref sink, out _, out _);
            return;
        }
        byte[] prefix = ScriptNames.Prefixes[step.Id % ScriptNames.Prefixes.Length];
        byte[] after = ScriptNames.Markers[step.Id % ScriptNames.Markers.Length];
        List(bucket, model, [], "/"u8.ToArray(), [], max: 1000);
        List(bucket, model, prefix, "/"u8.ToArray(), after, max: 1 + (int)(step.Id % 4));
    }

    /// <summary>Follows pages of a bucket to its end.</summary>
    public void ListAll(Bucket bucket, ModelBucket model, byte[] delimiter, int pageKeys)
    {
        byte[] after = [];
        do
        {
            after = List(bucket, model, [], delimiter, after, pageKeys);
        }
        while (after.Length > 0);
    }

    public void ListUploads(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        if (!model.IsCertain) return;
        byte[] prefix = ScriptNames.Prefixes[step.Prefix];
        byte[] delimiter = ScriptNames.Delimiters[step.Delimiter];
        byte[] after = ScriptNames.Markers[step.After];
        ModelUpload? marker = model.Uploads.Find(upload => upload.Key.AsSpan().SequenceEqual(after));
        UploadId? afterId = marker?.Id;
        var entries = model.Uploads.OrderBy(upload => upload.Key, ByteOrder.Instance).ThenBy(upload => upload.Id.Value)
            .Select(upload => (upload.Key, upload));
        (List<ModelListEntry<ModelUpload>> page, bool isTruncated) =
            ModelListing.Page(entries, prefix, delimiter, after, step.Max, IsAfter);

        var sink = new UploadSink();
        var query = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = after, MaxKeys = step.Max };
        StoreStatus status = world.Store.ListUploads(
            bucket, query, afterId, ref sink, out bool wasTruncated, out byte[] last, out UploadId lastId);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "ListUploads")) return;
        var expected = page.Select(entry => (Convert.ToHexString(entry.Name), entry.Value?.Id)).ToList();
        var shown = sink.Entries.Select(entry => (Convert.ToHexString(entry.Name), entry.Id)).ToList();
        bool isRight = status == StoreStatus.Ok && wasTruncated == isTruncated && shown.SequenceEqual(expected)
            && last.AsSpan().SequenceEqual(isTruncated ? page[^1].Name : [])
            && lastId == (isTruncated ? page[^1].Value?.Id ?? default : default);
        if (!isRight)
        {
            throw new SimulationException($"ListUploads ({status}) gave {string.Join(' ', shown)}, truncated {wasTruncated}; "
                + $"expected {string.Join(' ', expected)}, {isTruncated}.");
        }

        bool IsAfter(byte[] key, ModelUpload upload)
        {
            int order = after.Length == 0 ? 1 : key.AsSpan().SequenceCompareTo(after);
            return order > 0 || (order == 0 && afterId is { } id && upload.Id.Value > id.Value);
        }
    }

    private byte[] List(Bucket bucket, ModelBucket model, byte[] prefix, byte[] delimiter, byte[] after, int max)
    {
        (List<ModelListEntry<ModelObject>> page, bool isTruncated) = ModelListing.Page(
            model.Existing(), prefix, delimiter, after, max, (key, _) => after.Length == 0 || key.AsSpan().SequenceCompareTo(after) > 0);
        var sink = new ObjectSink();
        var query = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = after, MaxKeys = max };
        StoreStatus status = world.Store.ListObjects(bucket, query, ref sink, out bool wasTruncated, out byte[] last);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "List")) return [];
        List<(string, long, long)> expected =
            [.. page.Select(entry => (Convert.ToHexString(entry.Name), entry.Value?.SizeBytes ?? -1, entry.Value?.Tag ?? -1))];
        byte[] expectedLast = isTruncated ? page[^1].Name : [];
        bool isRight = status == StoreStatus.Ok && wasTruncated == isTruncated && last.AsSpan().SequenceEqual(expectedLast)
            && sink.Entries.SequenceEqual(expected);
        if (!isRight)
        {
            throw new SimulationException(
                $"List ({status}) of prefix {ObjectSteps.Show(prefix)}, delimiter {ObjectSteps.Show(delimiter)}, "
                + $"after {ObjectSteps.Show(after)}, max {max} gave {string.Join(' ', sink.Entries)}, "
                + $"truncated {wasTruncated}, last {ObjectSteps.Show(last)}; "
                + $"expected {string.Join(' ', expected)}, {isTruncated}, {ObjectSteps.Show(expectedLast)}.");
        }
        return last;
    }

    private readonly struct ObjectSink() : IListSink
    {
        public List<(string Name, long SizeBytes, long Tag)> Entries { get; } = [];

        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) =>
            Entries.Add((Convert.ToHexString(key), summary.SizeBytes, (long)summary.ETag.Digest));

        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Entries.Add((Convert.ToHexString(prefix), -1, -1));
    }

    internal readonly struct UploadSink() : IUploadListSink
    {
        public List<(byte[] Name, UploadId? Id)> Entries { get; } = [];

        public IEnumerable<(byte[] Key, UploadId Id)> Uploads =>
            Entries.Where(entry => entry.Id is not null).Select(entry => (entry.Name, entry.Id!.Value));

        public void Upload(
            ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind, ChecksumType checksumType,
            StorageClass storageClass) =>
            Entries.Add((key.ToArray(), id));

        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Entries.Add((prefix.ToArray(), null));
    }
}
