using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// What goes by a bucket's rules under one prefix, page by page of a listing. Not thread-safe.
/// </summary>
internal abstract class ExpiryPages
{
    private protected ExpiryPages(IObjectStore store, Bucket bucket, LifecycleRules rules, byte[] prefix, long nowMs) =>
        (Store, Bucket, Rules, Prefix, NowMs) = (store, bucket, rules, prefix, nowMs);

    private protected IObjectStore Store { get; }
    private protected Bucket Bucket { get; }
    private protected LifecycleRules Rules { get; }
    private protected byte[] Prefix { get; }
    private protected long NowMs { get; }
    private protected byte[] After { get; set; } = [];

    /// <summary>What the last page had.</summary>
    public List<ExpiryCandidate> Found { get; } = [];

    /// <summary>Whether there is no more.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Reads the next page. Corrupt for a damaged record, which is passed over, with what else there is of its key.</summary>
    public StoreStatus Next()
    {
        Found.Clear();
        byte[] before = After;
        StoreStatus status = List(new ListQuery { Prefix = Prefix, After = After, MaxKeys = S3Limits.PageKeys }, out bool isTruncated);
        bool isPassed = status == StoreStatus.Corrupt && After.AsSpan().SequenceCompareTo(before) > 0;
        IsDone = !isPassed && (status != StoreStatus.Ok || !isTruncated);
        if (IsDone && status == StoreStatus.Ok)
            End();
        return status;
    }

    /// <summary>Lists one page into <see cref="Found"/>, and sets <see cref="After"/>.</summary>
    private protected abstract StoreStatus List(in ListQuery query, out bool isTruncated);

    private protected virtual void End()
    {
    }
}

/// <summary>Of a bucket that never had versioning.</summary>
internal sealed class ObjectExpiryPages(IObjectStore store, Bucket bucket, LifecycleRules rules, byte[] prefix, long nowMs)
    : ExpiryPages(store, bucket, rules, prefix, nowMs), IListSink
{
    private protected override StoreStatus List(in ListQuery query, out bool isTruncated)
    {
        ObjectExpiryPages sink = this;
        StoreStatus status = Store.ListObjects(Bucket, query, ref sink, out isTruncated, out byte[] last);
        After = last;
        return status;
    }

    public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary)
    {
        LifecycleVerdict verdict = Rules.OfCurrent(key, summary.SizeBytes, summary.LastModifiedMs, NowMs);
        if (verdict == LifecycleVerdict.Stays)
            return;
        Found.Add(new ExpiryCandidate(ExpiryKind.Object, key.ToArray())
        {
            ModifiedMs = summary.LastModifiedMs,
            ETag = summary.ETag,
            NeedsTags = verdict == LifecycleVerdict.GoesIfTagged,
        });
    }

    public void CommonPrefix(ReadOnlySpan<byte> prefix)
    {
    }
}

/// <summary>Of a bucket that has or had versioning. What is known of a key lasts from page to page.</summary>
internal sealed class VersionExpiryPages : ExpiryPages, IVersionListSink
{
    private readonly byte[] _key = new byte[S3Limits.KeyBytes];
    private int _keyBytes;
    private VersionId? _afterVersion;

    // The newest version of the key was not seen: nobody knows since when the others are older ones.
    private bool _isUnknown;
    private long _newerModifiedMs;
    private long _noncurrentCount;

    // The newest version when that is a delete marker, until another version of the key is seen.
    private ExpiryCandidate? _marker;

    public VersionExpiryPages(IObjectStore store, Bucket bucket, LifecycleRules rules, byte[] prefix, long nowMs)
        : base(store, bucket, rules, prefix, nowMs)
    {
    }

    private protected override StoreStatus List(in ListQuery query, out bool isTruncated)
    {
        VersionExpiryPages sink = this;
        StoreStatus status = Store.ListVersions(
            Bucket, query, _afterVersion, ref sink, out isTruncated, out byte[] last, out _afterVersion);
        After = last;
        // What is under a marker that cannot be read is not nothing.
        if (status != StoreStatus.Ok)
            _marker = null;
        return status;
    }

    public void Version(ReadOnlySpan<byte> key, in VersionSummary version)
    {
        if (key.SequenceEqual(_key.AsSpan(0, _keyBytes)))
        {
            _marker = null;
            Noncurrent(key, version);
            _noncurrentCount++;
        }
        else
        {
            End();
            key.CopyTo(_key);
            (_keyBytes, _noncurrentCount, _isUnknown) = (key.Length, 0, !version.IsLatest);
            if (version.IsLatest)
                Newest(key, version);
        }

        _newerModifiedMs = version.Object.LastModifiedMs;
    }

    public void CommonPrefix(ReadOnlySpan<byte> prefix)
    {
    }

    private protected override void End()
    {
        if (_marker is { } marker && Rules.ExpiresLoneMarker(marker.Key, marker.ModifiedMs, NowMs))
            Found.Add(marker);
        _marker = null;
    }

    private void Newest(ReadOnlySpan<byte> key, in VersionSummary version)
    {
        if (version.IsDeleteMarker)
        {
            _marker = CandidateOf(ExpiryKind.DeleteMarker, key, version);
            return;
        }

        LifecycleVerdict verdict = Rules.OfCurrent(key, version.Object.SizeBytes, version.Object.LastModifiedMs, NowMs);
        if (verdict != LifecycleVerdict.Stays)
            Found.Add(CandidateOf(ExpiryKind.Object, key, version) with { NeedsTags = verdict == LifecycleVerdict.GoesIfTagged });
    }

    private void Noncurrent(ReadOnlySpan<byte> key, in VersionSummary version)
    {
        if (_isUnknown)
            return;
        long sizeBytes = version.IsDeleteMarker ? 0 : version.Object.SizeBytes;
        LifecycleVerdict verdict = Rules.OfNoncurrent(key, sizeBytes, _newerModifiedMs, _noncurrentCount, NowMs);
        // A delete marker has no tags.
        if (verdict == LifecycleVerdict.Stays || (verdict == LifecycleVerdict.GoesIfTagged && version.IsDeleteMarker))
            return;
        Found.Add(CandidateOf(ExpiryKind.Version, key, version) with
        {
            NeedsTags = verdict == LifecycleVerdict.GoesIfTagged,
            SinceMs = _newerModifiedMs,
            NewerVersions = _noncurrentCount,
        });
    }

    private static ExpiryCandidate CandidateOf(ExpiryKind kind, ReadOnlySpan<byte> key, in VersionSummary version) =>
        new(kind, key.ToArray())
        {
            Version = version.Id,
            IsDeleteMarker = version.IsDeleteMarker,
            ModifiedMs = version.Object.LastModifiedMs,
            ETag = version.Object.ETag,
        };
}

/// <summary>Of uploads in progress.</summary>
internal sealed class UploadExpiryPages(IObjectStore store, Bucket bucket, LifecycleRules rules, byte[] prefix, long nowMs)
    : ExpiryPages(store, bucket, rules, prefix, nowMs), IUploadListSink
{
    private UploadId? _afterId;

    private protected override StoreStatus List(in ListQuery query, out bool isTruncated)
    {
        UploadExpiryPages sink = this;
        StoreStatus status = Store.ListUploads(
            Bucket, query, _afterId, ref sink, out isTruncated, out byte[] last, out UploadId lastId);
        (After, _afterId) = (last, status == StoreStatus.Ok ? lastId : null);
        return status;
    }

    public void Upload(
        ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind, ChecksumType checksumType,
        StorageClass storageClass)
    {
        if (Rules.AbortsUpload(key, initiatedMs, NowMs))
            Found.Add(new ExpiryCandidate(ExpiryKind.Upload, key.ToArray()) { Upload = id });
    }

    public void CommonPrefix(ReadOnlySpan<byte> prefix)
    {
    }
}
