using System.Text;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <param name="Rewrapped">Data keys that were wrapped with an older key.</param>
/// <param name="Current">Those that were wrapped with the newest already.</param>
/// <param name="Customers">Those that only their clients can unwrap.</param>
/// <param name="Plain">Versions and uploads that are not encrypted.</param>
/// <param name="Failed">Data keys that stay as they were; each was told of.</param>
public readonly record struct RewrapSummary(long Rewrapped, long Current, long Customers, long Plain, long Failed);

/// <summary>
/// Wraps the data keys of all versions and uploads of a volume with the newest of the keys that they may be wrapped with, so that older
/// ones can be thrown away. No byte of an object is read or written, and no time changes.
/// </summary>
public sealed class KeyRewrap(IObjectStore store, KeyRing keys, Action<string> failure)
{
    /// <summary>A record may change meanwhile when the store serves others too; that many times in a row is told of.</summary>
    private const int MaxAttempts = 8;

    private readonly Lock _lock = new();
    private RewrapSummary _summary;

    public async Task<RewrapSummary> RunAsync()
    {
        foreach (Bucket bucket in store.ListBuckets("", "", int.MaxValue, out _))
        {
            await RewrapVersionsAsync(bucket).ConfigureAwait(false);
            await RewrapUploadsAsync(bucket).ConfigureAwait(false);
        }

        return _summary;
    }

    private async Task RewrapVersionsAsync(Bucket bucket)
    {
        var page = new VersionPage();
        byte[] afterKey = [];
        VersionId? afterVersion = null;
        bool isTruncated = true;
        while (isTruncated)
        {
            page.Entries.Clear();
            var query = new ListQuery { Prefix = [], Delimiter = [], After = afterKey, MaxKeys = S3Limits.PageKeys };
            StoreStatus status = store.ListVersions(bucket, query, afterVersion, ref page, out isTruncated, out afterKey, out afterVersion);
            if (status != StoreStatus.Ok)
            {
                Fail($"The listing of {bucket.Name} ended with {status}.");
                return;
            }

            // All of a page at once, so that they share the commits.
            await Task.WhenAll(page.Entries.Select(entry => RewrapVersionAsync(bucket, entry.Key, entry.Id))).ConfigureAwait(false);
        }
    }

    private async Task RewrapVersionAsync(Bucket bucket, byte[] key, VersionId id)
    {
        string name = $"{bucket.Name}/{Encoding.UTF8.GetString(key)}" + (id == default ? "" : $" version {id}");
        StoreStatus status = StoreStatus.Changed;
        for (int attempt = 1; status == StoreStatus.Changed && attempt <= MaxAttempts; attempt++)
        {
            status = store.TryGetVersion(bucket, key, id, out ObjectRecord? record);
            // Deleted since it was listed.
            if (status is StoreStatus.NoSuchVersion or StoreStatus.NoSuchKey)
                return;
            if (status != StoreStatus.Ok)
                break;
            if (!TryRewrap(name, record!.Fields, out byte[] fields))
                return;
            WriteResult result = await store.ReplaceFieldsAsync(
                bucket, key, record, new StoredFields(fields), precondition: null, keepsTime: true).ConfigureAwait(false);
            status = result.Status;
        }

        CountWrite(name, status);
    }

    private async Task RewrapUploadsAsync(Bucket bucket)
    {
        var page = new UploadPage();
        byte[] afterKey = [];
        UploadId? afterId = null;
        bool isTruncated = true;
        while (isTruncated)
        {
            page.Entries.Clear();
            var query = new ListQuery { Prefix = [], Delimiter = [], After = afterKey, MaxKeys = S3Limits.PageKeys };
            StoreStatus status = store.ListUploads(bucket, query, afterId, ref page, out isTruncated, out afterKey, out UploadId lastId);
            if (status != StoreStatus.Ok)
            {
                Fail($"The listing of uploads of {bucket.Name} ended with {status}.");
                return;
            }

            afterId = lastId;
            await Task.WhenAll(page.Entries.Select(entry => RewrapUploadAsync(bucket, entry.Key, entry.Id))).ConfigureAwait(false);
        }
    }

    private async Task RewrapUploadAsync(Bucket bucket, byte[] key, UploadId id)
    {
        string name = $"the upload {id} of {bucket.Name}/{Encoding.UTF8.GetString(key)}";
        StoreStatus status = StoreStatus.Changed;
        for (int attempt = 1; status == StoreStatus.Changed && attempt <= MaxAttempts; attempt++)
        {
            status = store.TryGetUpload(bucket, key, id, out UploadRecord? upload);
            if (status == StoreStatus.NoSuchUpload)
                return;
            if (status != StoreStatus.Ok)
                break;
            if (!TryRewrap(name, upload!.Fields, out byte[] fields))
                return;
            status = await store.ReplaceUploadFieldsAsync(upload, new StoredFields(fields)).ConfigureAwait(false);
        }

        CountWrite(name, status);
    }

    /// <summary>The fields with the data key wrapped anew; false when that is not needed, or cannot be done.</summary>
    private bool TryRewrap(string name, StoredFields fields, out byte[] rewrapped)
    {
        rewrapped = [];
        if (!ObjectEncryption.TryRead(fields, out ObjectEncryption encryption))
        {
            Count(summary => summary with { Plain = summary.Plain + 1 });
            return false;
        }

        if (encryption.Scheme == EncryptionScheme.Customer)
        {
            Count(summary => summary with { Customers = summary.Customers + 1 });
            return false;
        }

        S3Error? error = RequestedEncryption.OfSame(keys, encryption, out RequestedEncryption? newest);
        if (error is null && encryption.KeyCheck.SequenceEqual(newest!.ServerKey!.Check))
        {
            Count(summary => summary with { Current = summary.Current + 1 });
            return false;
        }

        DataKey? key = null;
        error ??= EncryptedObject.Unwrap(keys, encryption, customerKey: null, out key);
        if (error is not null)
        {
            Fail($"{name}: {error.Message}");
            return false;
        }

        using (key)
        {
            // Of one scheme, name and context the field is as long as before.
            rewrapped = new byte[fields.Encoded.Length];
            var writer = new StoredFieldsWriter(rewrapped);
            foreach (StoredField field in fields)
            {
                if (field.Id == StoredFieldId.Encryption)
                    BodyEncryption.TryAdd(newest!, key!, ref writer);
                else
                    writer.TryAdd(field.Id, field.Name, field.Value);
            }

            return true;
        }
    }

    private void CountWrite(string name, StoreStatus status)
    {
        if (status == StoreStatus.Ok)
            Count(summary => summary with { Rewrapped = summary.Rewrapped + 1 });
        else
            Fail($"{name}: {status}");
    }

    private void Count(Func<RewrapSummary, RewrapSummary> next)
    {
        lock (_lock)
            _summary = next(_summary);
    }

    private void Fail(string message)
    {
        lock (_lock)
        {
            _summary = _summary with { Failed = _summary.Failed + 1 };
            failure(message);
        }
    }

    private readonly struct VersionPage() : IVersionListSink
    {
        public List<(byte[] Key, VersionId Id)> Entries { get; } = [];

        public void Version(ReadOnlySpan<byte> key, in VersionSummary summary)
        {
            if (!summary.IsDeleteMarker)
                Entries.Add((key.ToArray(), summary.Id));
        }

        public void CommonPrefix(ReadOnlySpan<byte> prefix)
        {
        }
    }

    private readonly struct UploadPage() : IUploadListSink
    {
        public List<(byte[] Key, UploadId Id)> Entries { get; } = [];

        public void Upload(ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind,
            ChecksumType checksumType, StorageClass storageClass) => Entries.Add((key.ToArray(), id));

        public void CommonPrefix(ReadOnlySpan<byte> prefix)
        {
        }
    }
}
