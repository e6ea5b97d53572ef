using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// Carries out the lifecycle rules of all buckets, a few times a day: lists what they are about and deletes what has expired by them, as a
/// client would. Nothing is remembered between runs: one that was cut off is made good by the next, which finds what is left.
/// </summary>
public sealed class LifecycleWorker(IObjectStore store, TimeProvider time, LifecycleOptions options)
{
    /// <summary>
    /// Deletions under way at once: they share commits, and the syncs these cost, without filling the committer's queue before requests.
    /// </summary>
    private const int BatchSize = 64;

    private readonly long[] _done = new long[Enum.GetValues<ExpiryKind>().Length];
    private long _runs;
    private long _locked;
    private long _faults;

    public LifecycleStatistics Statistics => new(
        Volatile.Read(ref _runs), Done(ExpiryKind.Object), Done(ExpiryKind.Version), Done(ExpiryKind.DeleteMarker),
        Done(ExpiryKind.Upload), Volatile.Read(ref _locked), Volatile.Read(ref _faults));

    /// <summary>Runs until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        TimeSpan delay = options.StartDelay < options.Interval ? options.StartDelay : options.Interval;
        try
        {
            while (true)
            {
                await Task.Delay(delay, time, stop).ConfigureAwait(false);
                await RunOnceAsync(stop).ConfigureAwait(false);
                delay = new TimeSpan(options.Interval.Ticks - time.GetUtcNow().UtcTicks % options.Interval.Ticks);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is left is for the next run.
        }
    }

    /// <summary>Deletes all that has expired by now. Buckets without rules cost a look into their configurations.</summary>
    public async Task RunOnceAsync(CancellationToken stop)
    {
        var tally = new LifecycleTally();
        long started = time.GetTimestamp();
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            foreach (Bucket bucket in store.ListBuckets("", "", int.MaxValue, out _))
            {
                if (LifecycleConfiguration.RulesOf(bucket) is { } rules)
                    await ExpireAsync(bucket, rules, nowMs, tally, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            Count(tally);
        }

        if (!tally.IsEmpty)
            options.Events?.Info($"Lifecycle: in {time.GetElapsedTime(started).TotalSeconds:0.0} s {tally}.");
    }

    private async Task ExpireAsync(Bucket bucket, LifecycleRules rules, long nowMs, LifecycleTally tally, CancellationToken stop)
    {
        foreach (byte[] prefix in rules.ObjectPrefixes)
        {
            ExpiryPages pages = bucket.Versioning == BucketVersioning.Never
                ? new ObjectExpiryPages(store, bucket, rules, prefix, nowMs)
                : new VersionExpiryPages(store, bucket, rules, prefix, nowMs);
            await ExpireAsync(pages, bucket, rules, nowMs, tally, stop).ConfigureAwait(false);
        }

        foreach (byte[] prefix in rules.UploadPrefixes)
        {
            await ExpireAsync(new UploadExpiryPages(store, bucket, rules, prefix, nowMs), bucket, rules, nowMs, tally, stop)
                .ConfigureAwait(false);
        }
    }

    private async Task ExpireAsync(
        ExpiryPages pages, Bucket bucket, LifecycleRules rules, long nowMs, LifecycleTally tally, CancellationToken stop)
    {
        while (!pages.IsDone && IsUpToDate(bucket))
        {
            if (pages.Next() != StoreStatus.Ok)
                tally.AddFault();
            foreach (ExpiryCandidate[] batch in pages.Found.Chunk(BatchSize))
            {
                if (!IsUpToDate(bucket))
                    return;
                await Task.WhenAll(batch.Select(candidate => DeleteAsync(bucket, candidate, rules, nowMs, tally))).ConfigureAwait(false);
                await PauseAsync(stop).ConfigureAwait(false);
            }

            await PauseAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task DeleteAsync(Bucket bucket, ExpiryCandidate candidate, LifecycleRules rules, long nowMs, LifecycleTally tally)
    {
        if (candidate.Kind == ExpiryKind.Upload)
        {
            tally.Add(candidate.Kind, await store.AbortUploadAsync(bucket, candidate.Key, candidate.Upload).ConfigureAwait(false));
            return;
        }

        var condition = new ExpiryCondition(candidate, rules, nowMs);
        if (candidate.NeedsTags && !IsTagged(bucket, candidate, condition))
            return;
        VersionId? version = candidate.Kind == ExpiryKind.Object ? null : candidate.Version;
        WriteResult result = await store.DeleteObjectAsync(bucket, candidate.Key, version, condition).ConfigureAwait(false);
        tally.Add(candidate.Kind, result.Status);
    }

    /// <summary>A look at the record, which spares the commit of what would not be deleted.</summary>
    private bool IsTagged(Bucket bucket, ExpiryCandidate candidate, ExpiryCondition condition)
    {
        if (candidate.Kind == ExpiryKind.Object)
        {
            return store.TryGetObject(bucket, candidate.Key, out ObjectRecord? current) == StoreStatus.Ok
                && condition.Check(current) == StoreStatus.Ok;
        }

        return store.TryGetVersion(bucket, candidate.Key, candidate.Version, out ObjectRecord? version) == StoreStatus.Ok
            && condition.CheckVersion(version!) == StoreStatus.Ok;
    }

    /// <summary>Whether the bucket still has the rules that it is judged by: what was taken back is not carried out.</summary>
    private bool IsUpToDate(Bucket bucket) =>
        store.FindBucket(System.Text.Encoding.UTF8.GetBytes(bucket.Name)) is { } found && found.Id == bucket.Id
        && found.Configurations[BucketConfigurationKind.Lifecycle].Equals(bucket.Configurations[BucketConfigurationKind.Lifecycle]);

    private Task PauseAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return options.Pause > TimeSpan.Zero ? Task.Delay(options.Pause, time, stop) : Task.CompletedTask;
    }

    private long Done(ExpiryKind kind) => Volatile.Read(ref _done[(int)kind]);

    private void Count(LifecycleTally tally)
    {
        foreach (ExpiryKind kind in Enum.GetValues<ExpiryKind>())
            Interlocked.Add(ref _done[(int)kind], tally.Of(kind));
        Interlocked.Add(ref _locked, tally.Locked);
        Interlocked.Add(ref _faults, tally.Faults);
        Interlocked.Increment(ref _runs);
    }
}
