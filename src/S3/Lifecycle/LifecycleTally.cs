using System.Globalization;
using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>What has been done by rules since the start.</summary>
public readonly record struct LifecycleStatistics(
    long Runs, long Objects, long Versions, long DeleteMarkers, long Uploads, long Locked, long Faults);

/// <summary>What one run did. Counted from several threads.</summary>
internal sealed class LifecycleTally
{
    private readonly long[] _done = new long[Enum.GetValues<ExpiryKind>().Length];
    private long _locked;
    private long _faults;

    public long Of(ExpiryKind kind) => Volatile.Read(ref _done[(int)kind]);

    public long Locked => Volatile.Read(ref _locked);

    public long Faults => Volatile.Read(ref _faults);

    public bool IsEmpty => _done.All(count => count == 0) && Faults == 0;

    public void Add(ExpiryKind kind, StoreStatus status)
    {
        switch (status)
        {
            case StoreStatus.Ok:
                Interlocked.Increment(ref _done[(int)kind]);
                break;
            case StoreStatus.Locked:
                Interlocked.Increment(ref _locked);
                break;
            // Somebody else was first: it is gone, or another stands in its place.
            case StoreStatus.PreconditionFailed or StoreStatus.NoSuchBucket or StoreStatus.NoSuchKey or StoreStatus.NoSuchUpload
                or StoreStatus.NoSuchVersion:
                break;
            default:
                AddFault();
                break;
        }
    }

    public void AddFault() => Interlocked.Increment(ref _faults);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Of(ExpiryKind.Object)} objects and {Of(ExpiryKind.Version)} older versions expired, {Of(ExpiryKind.DeleteMarker)} delete markers "
            + $"were removed, {Of(ExpiryKind.Upload)} uploads aborted; {Locked} versions are locked and stay, {Faults} faults");
}
