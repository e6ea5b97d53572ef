using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Holds, retentions, and the time that ends these.</summary>
internal sealed partial class VersionSteps
{
    // Far longer than a step takes, so that a step is on one side of a retention's end; and a jump of the clock is longer.
    private const long RetentionMs = 60 * 60 * 1000;

    private long NowMs => world.Volume.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Sets or lifts a legal hold.</summary>
    private Task HoldAsync(Step step) => LockAsync(step, version => version with { IsHeld = !version.IsHeld });

    /// <summary>Sets or prolongs a retention; another mode is for when it has ended.</summary>
    private Task RetainAsync(Step step)
    {
        long untilMs = NowMs + RetentionMs;
        var drawn = (RetentionMode)(1 + step.Seed % 2);
        return LockAsync(step, version => version with
        {
            Retention = new Retention(version.Retention.UntilMs > NowMs ? version.Retention.Mode : drawn, untilMs),
        });
    }

    private Task AdvanceTimeAsync()
    {
        world.Volume.Clock.Advance(2 * RetentionMs);
        return Task.CompletedTask;
    }

    private async Task LockAsync(Step step, Func<ModelVersion, ModelVersion> change)
    {
        (byte[] key, ModelVersions model) = Find(step);
        // Without versioning nothing guards a lock: there it cannot be asked for.
        if (_versioning == BucketVersioning.Never || model.Known is not { Length: > 0 } before || Read(key) is not { } found) return;
        int index = step.Number % before.Length;
        AssertAllowed(key, model, found);
        if (before[index].IsDeleteMarker) return;
        ModelVersion[] after = [.. before];
        after[index] = change(before[index]);
        LockChange changed = after[index].IsHeld != before[index].IsHeld
            ? LockChange.Hold(after[index].IsHeld)
            : LockChange.Retain(after[index].Retention, bypassesGovernance: false);
        WriteResult result = await world.InTimeAsync(
            world.Store.LockObjectAsync(Bucket, key, Named(found[index].Id), changed), $"{step.Kind}");
        Judge(key, model, after, ModelCondition.None, result, isDecided: false, $"{step.Kind} {step.Id}");
    }

    private static ModelVersion LockedAs(ModelVersion version, ObjectRecord record)
    {
        ObjectLock found = ObjectLock.Of(record.Fields);
        return version with { IsHeld = found.IsHeld == true, Retention = found.Retention };
    }
}
