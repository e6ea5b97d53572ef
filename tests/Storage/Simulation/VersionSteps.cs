using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>One version of a key: a body, or none for a delete marker; whether a legal hold or a retention keeps it.</summary>
internal sealed record ModelVersion(long Tag, ModelBody? Body, bool IsNull, bool IsHeld = false, Retention Retention = default)
{
    public bool IsDeleteMarker => Body is null;

    public bool IsLocked(long nowMs, bool bypasses = false) => IsHeld
        || (nowMs < Retention.UntilMs && (Retention.Mode == RetentionMode.Compliance || !bypasses));

    /// <summary>As a listing shows it.</summary>
    public ModelVersion WithoutLock() => this with { IsHeld = false, Retention = default };
}

/// <summary>
/// What a key's versions are, newest first. After a write whose outcome is not known they are only known to be something that the write
/// allows; the key then rests until they are read again.
/// </summary>
internal sealed class ModelVersions
{
    public ModelVersion[]? Known { get; private set; } = [];
    public Func<ModelVersion[], bool> Allows { get; private set; } = versions => versions.Length == 0;

    public void Set(ModelVersion[] versions)
    {
        Known = versions;
        Allows = found => found.SequenceEqual(versions);
    }

    public void Doubt(Func<ModelVersion[], bool> allows) => (Known, Allows) = (null, allows);
}

/// <summary>Steps in a bucket with versioning: each is done by the engine and judged by lists of versions.</summary>
internal sealed partial class VersionSteps(SimulatedWorld world, ObjectSteps objects)
{
    public const string BucketName = "gamma";

    // Few, so that keys gather versions.
    private static readonly byte[][] Keys = [.. new[] { 0, 1, 2, 7, 8, 20, 22 }.Select(index => ScriptNames.Keys[index])];

    private readonly SortedDictionary<byte[], ModelVersions> _keys =
        new(Keys.ToDictionary(key => key, _ => new ModelVersions()), ByteOrder.Instance);
    private BucketVersioning? _versioning = BucketVersioning.Never;
    private BucketVersioning[] _maybeVersioning = [];

    public Task RunAsync(Step step)
    {
        if (_versioning is null) return Task.CompletedTask;
        return step.Kind switch
        {
            StepKind.SetVersioning => SetVersioningAsync(step),
            StepKind.PutVersion => PutAsync(step),
            StepKind.DeleteKey => DeleteKeyAsync(step),
            StepKind.DeleteVersion => DeleteVersionAsync(step),
            StepKind.VersionBurst => BurstAsync(step),
            StepKind.DeleteVersions => DeleteAllAsync(step),
            StepKind.GetVersion => GetAsync(step),
            StepKind.HoldVersion => HoldAsync(step),
            StepKind.RetainVersion => RetainAsync(step),
            StepKind.AdvanceTime => AdvanceTimeAsync(),
            StepKind.AppendVersion => AppendAsync(step),
            StepKind.RenameVersion => RenameAsync(step),
            _ => ListAsync(step),
        };
    }

    /// <summary>Everything, byte for byte. Ends all doubt.</summary>
    public async Task CheckAsync()
    {
        Bucket bucket = Bucket;
        if (_versioning is null)
        {
            if (!_maybeVersioning.Contains(bucket.Versioning)) throw new SimulationException($"Versioning is {bucket.Versioning}.");
            _versioning = bucket.Versioning;
        }
        if (bucket.Versioning != _versioning) throw new SimulationException($"Versioning is {bucket.Versioning}, not {_versioning}.");
        foreach ((byte[] key, ModelVersions model) in _keys)
        {
            if (Read(key) is not { } found) return;
            ModelVersion[] versions = [.. found.Select(each => each.Version)];
            if (!model.Allows(versions)) throw Wrong(key, model, versions);
            model.Set(versions);
            for (int index = 0; index < found.Count; index++)
            {
                if (!await CheckVersionAsync(bucket, key, found[index].Id, versions[index], isCurrent: index == 0)) return;
            }
        }
        await ListAsync(new Step(StepKind.ListVersions, 0) { Max = 3 });
    }

    /// <summary>Looks at the folders of current objects: a key whose newest version is a delete marker has none.</summary>
    public void Browse()
    {
        if (_keys.Values.Any(model => model.Known is null)) return;
        var sink = new FolderSink([]);
        var query = new ListQuery { Delimiter = "/"u8, MaxKeys = 1000 };
        StoreStatus status = world.Store.ListObjects(Bucket, query, ref sink, out _, out _);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "ListObjects")) return;
        IEnumerable<(byte[], ModelObject)> all =
            _keys.Select(key => (key.Key, Current: CurrentOf(key.Value.Known!)!)).Where(key => key.Current is not null);
        (List<ModelListEntry<ModelObject>> page, _) = ModelListing.Page(all, [], "/"u8.ToArray(), [], 1000, (_, _) => true);
        string[] expected = [.. page.Select(entry => Convert.ToHexString(entry.Name))];
        if (!sink.Entries.SequenceEqual(expected))
            throw new SimulationException($"ListObjects gave {string.Join(' ', sink.Entries)}; expected {string.Join(' ', expected)}.");
    }

    private Bucket Bucket => world.Store.FindBucket("gamma"u8) ?? throw new SimulationException("The versioned bucket is gone.");

    private async Task SetVersioningAsync(Step step)
    {
        BucketVersioning next = step.Number % 3 == 0 ? BucketVersioning.Suspended : BucketVersioning.Enabled;
        StoreStatus status = await world.InTimeAsync(
            world.Store.ConfigureBucketAsync(Bucket, BucketConfigurationKind.Versioning, new byte[] { (byte)next }), "SetVersioning");
        if (status == StoreStatus.Ok) _versioning = next;
        else if (world.IsUnknown(status, "SetVersioning")) (_maybeVersioning, _versioning) = ([_versioning!.Value, next], null);
        else throw new SimulationException($"SetVersioning answered {status}.");
    }

    private async Task PutAsync(Step step)
    {
        (byte[] key, ModelVersions model) = Find(step);
        if (model.Known is not { } before) return;
        var version = new ModelVersion(step.Id, new ModelBody(step.Id, step.LengthBytes), _versioning != BucketVersioning.Enabled);
        ModelCondition condition = ModelCondition.Draw(step, [CurrentOf(before)]);
        (WriteResult result, bool isDecided) = await PutAsync(key, version, condition.ForEngine, new Random(step.Seed));
        Judge(key, model, Written(before, version), condition, result, isDecided, $"PutVersion {step.Id}", IsReplacedHeld(before));
    }

    private async Task DeleteKeyAsync(Step step)
    {
        (byte[] key, ModelVersions model) = Find(step);
        if (model.Known is not { } before) return;
        ModelCondition condition = ModelCondition.Draw(step, [CurrentOf(before)]);
        WriteResult result = await world.InTimeAsync(
            world.Store.DeleteObjectAsync(Bucket, key, null, condition.ForEngine), "DeleteKey");
        ModelVersion[] after = _versioning == BucketVersioning.Never ? [] : Written(before, Marker());
        Judge(key, model, after, condition, result, isDecided: false, $"DeleteKey {step.Id}", IsReplacedHeld(before));
    }

    private async Task DeleteVersionAsync(Step step)
    {
        (byte[] key, ModelVersions model) = Find(step);
        if (model.Known is not { Length: > 0 } before || Read(key) is not { } found) return;
        int index = step.Number % before.Length;
        AssertAllowed(key, model, found);
        bool bypasses = step.Number % 2 == 0;
        bool isLocked = before[index].IsLocked(NowMs, bypasses);
        WriteResult result = await world.InTimeAsync(
            world.Store.DeleteObjectAsync(Bucket, key, Named(found[index].Id), null, bypasses), "DeleteVersion");
        if (result.Status == StoreStatus.Ok && result.IsDeleteMarker != before[index].IsDeleteMarker)
            throw new SimulationException($"DeleteVersion {step.Id} took {before[index]} for another.");
        ModelVersion[] after = [.. before.Where((_, other) => other != index)];
        Judge(key, model, after, ModelCondition.None, result, isDecided: false, $"DeleteVersion {step.Id}", isLocked);
    }

    /// <summary>Many writes of one key at once: in which order they take place is the engine's to choose.</summary>
    private async Task BurstAsync(Step step)
    {
        (byte[] key, ModelVersions model) = Find(step);
        if (model.Known is not { } before || _versioning != BucketVersioning.Enabled) return;
        var random = new Random(step.Seed);
        var writes = new List<(ModelVersion Version, Task<(WriteResult Result, bool IsDecided)> Outcome)>();
        for (int write = random.Next(2, 12); write > 0; write--)
        {
            long id = (step.Id << 8) + write;
            bool isDelete = random.Next(3) == 0;
            ModelVersion version = isDelete ? Marker() : new ModelVersion(id, new ModelBody(id, random.Next(3000)), IsNull: false);
            Random own = new(random.Next());
            writes.Add((version, SimulatedVolume.BeginAsync(() => isDelete ? DeleteAsync(key) : PutAsync(key, version, null, own))));
        }
        await Task.WhenAll(writes.Select(write => write.Outcome));
        world.Counts.Operations += writes.Count;
        List<ModelVersion> done =
            [.. writes.Where(write => write.Outcome.Result.Result.Status == StoreStatus.Ok).Select(write => write.Version)];
        List<ModelVersion> open = [.. writes.Where(write => !write.Outcome.Result.IsDecided).Select(write => write.Version)];
        model.Doubt(found => found.Length >= before.Length && found[^before.Length..].SequenceEqual(before)
            && IsMadeOf(found[..^before.Length], done, open));
        Resolve(key, model);
    }

    /// <summary>All versions of a key at once, as a client empties a bucket.</summary>
    private async Task DeleteAllAsync(Step step)
    {
        (byte[] key, ModelVersions model) = Find(step);
        if (model.Known is not { Length: > 0 } before || Read(key) is not { } found) return;
        AssertAllowed(key, model, found);
        List<Task<WriteResult>> deletes = [.. found.Select(version =>
            SimulatedVolume.BeginAsync(async () => await world.Store.DeleteObjectAsync(Bucket, key, Named(version.Id), null)))];
        await world.InTimeAsync(new ValueTask<WriteResult[]>(Task.WhenAll(deletes)), "DeleteVersions");
        List<ModelVersion> left = [.. before.Where((version, index) => version.IsLocked(NowMs)
            || (deletes[index].Result.Status != StoreStatus.Ok && world.IsUnknown(deletes[index].Result.Status, "DeleteVersions")))];
        if (before.Where((version, index) => version.IsLocked(NowMs) && deletes[index].Result.Status == StoreStatus.Ok).Any())
            throw new SimulationException($"DeleteVersions {step.Id} took what is held.");
        model.Doubt(now => IsSubsequence(now, left) && left.Where(version => version.IsLocked(NowMs)).All(now.Contains));
        Resolve(key, model);
    }

    private async Task GetAsync(Step step)
    {
        (byte[] key, ModelVersions model) = Find(step);
        if (model.Known is not { Length: > 0 } known || Read(key) is not { } found) return;
        AssertAllowed(key, model, found);
        int index = step.Number % known.Length;
        await CheckVersionAsync(Bucket, key, found[index].Id, known[index], index == 0);
    }

    private Task ListAsync(Step step)
    {
        if (_keys.Values.Any(model => model.Known is null)) return Task.CompletedTask;
        byte[] prefix = ScriptNames.Prefixes[step.Prefix], delimiter = ScriptNames.Delimiters[step.Delimiter];
        IEnumerable<(byte[] Key, (ModelVersion, bool))> all = _keys.SelectMany(key =>
            key.Value.Known!.Select((version, index) => (key.Key, (version, index == 0))));
        (List<ModelListEntry<(ModelVersion, bool)>> expected, _) =
            ModelListing.Page(all, prefix, delimiter, [], int.MaxValue, (_, _) => true);
        var sink = new VersionSink([]);
        byte[] after = [];
        VersionId? afterVersion = null;
        for (bool isTruncated = true; isTruncated;)
        {
            var query = new ListQuery { Prefix = prefix, Delimiter = delimiter, After = after, MaxKeys = step.Max + 1 };
            StoreStatus status =
                world.Store.ListVersions(Bucket, query, afterVersion, ref sink, out isTruncated, out after, out afterVersion);
            if (status == StoreStatus.Ok) continue;
            if (world.IsUnknown(status, "ListVersions")) return Task.CompletedTask;
            throw new SimulationException($"ListVersions answered {status}.");
        }
        var wanted = expected.Select(entry =>
            (Convert.ToHexString(entry.Name), entry.IsPrefix ? null : entry.Value.Item1.WithoutLock(), entry.Value.Item2));
        var shown = sink.Entries.Select(entry => (Convert.ToHexString(entry.Key), entry.Version, entry.IsLatest));
        if (!wanted.SequenceEqual(shown))
            throw new SimulationException($"ListVersions gave {string.Join(' ', shown)}; expected {string.Join(' ', wanted)}.");
        return Task.CompletedTask;
    }

    // False when it cannot be read now.
    private async Task<bool> CheckVersionAsync(Bucket bucket, byte[] key, VersionId id, ModelVersion version, bool isCurrent)
    {
        for (int attempt = 0; ; attempt++)
        {
            StoreStatus status = world.Store.TryGetVersion(bucket, key, Named(id), out ObjectRecord? record);
            if (status == StoreStatus.Ok && VersionOf(record!) != version)
                throw new SimulationException($"Version {id} of {ObjectSteps.Show(key)} is {VersionOf(record!)}, not {version}.");
            if (status == StoreStatus.Ok && isCurrent) CheckCurrent(bucket, key, version);
            if (status == StoreStatus.Ok && version.Body is { } body)
            {
                (status, byte[] bytes) = await objects.ReadBytesAsync(record!, 0, body.LengthBytes, tryAll: attempt % 2 == 0);
                if (status == StoreStatus.Changed && attempt < 100) continue;
                byte[] expected = BytesOf(body);
                if (status == StoreStatus.Ok && !bytes.AsSpan().SequenceEqual(expected))
                    throw new SimulationException($"Version {id} of {ObjectSteps.Show(key)} gave wrong bytes.");
                world.Counts.ObjectsChecked++;
            }
            if (status == StoreStatus.Ok) return true;
            if (world.IsUnknown(status, "GetVersion")) return false;
            throw new SimulationException($"Version {id} of {ObjectSteps.Show(key)} answered {status}.");
        }
    }

    private void CheckCurrent(Bucket bucket, byte[] key, ModelVersion newest)
    {
        StoreStatus status = world.Store.TryGetObject(bucket, key, out ObjectRecord? current);
        StoreStatus latest = world.Store.TryGetLatestVersion(bucket, key, out ObjectRecord? record);
        if (world.IsUnknown(status, "Finding") || world.IsUnknown(latest, "Finding the newest version")) return;
        bool isRight = latest == StoreStatus.Ok && VersionOf(record!) == newest
            && (newest.IsDeleteMarker ? status == StoreStatus.NoSuchKey : status == StoreStatus.Ok && VersionOf(current!) == newest);
        if (!isRight) throw new SimulationException($"{ObjectSteps.Show(key)} is not its newest version, {newest}: {status}, {latest}.");
    }

    private void Judge(
        byte[] key, ModelVersions model, ModelVersion[] after, ModelCondition condition, WriteResult result, bool isDecided, string what,
        bool isLocked = false)
    {
        ModelVersion[] before = model.Known!;
        bool holds = condition.Holds(CurrentOf(before));
        if (result.Status == StoreStatus.Ok)
        {
            if (!holds) throw new SimulationException($"{what} went through though {condition} did not hold.");
            if (isLocked) throw new SimulationException($"{what} took what is held.");
            model.Set(after);
        }
        else if (result.Status == StoreStatus.Locked)
        {
            if (!isLocked || !holds) throw new SimulationException($"{what} of {ObjectSteps.Show(key)} was refused without a hold.");
        }
        else if (result.Status == StoreStatus.PreconditionFailed)
        {
            if (holds) throw new SimulationException($"{what} of {ObjectSteps.Show(key)} was refused though {condition} held.");
        }
        else if (!isDecided && world.IsUnknown(result.Status, what))
        {
            if (holds && !isLocked) model.Doubt(found => found.SequenceEqual(before) || found.SequenceEqual(after));
        }
        else if (!isDecided)
        {
            throw new SimulationException($"{what} answered {result.Status}.");
        }
    }

    private void Resolve(byte[] key, ModelVersions model)
    {
        if (world.MayFail || Read(key) is not { } found) return;
        AssertAllowed(key, model, found);
        model.Set([.. found.Select(version => version.Version)]);
    }

    private async Task<(WriteResult Result, bool IsDecided)> PutAsync(
        byte[] key, ModelVersion version, IWritePrecondition? condition, Random random)
    {
        byte[] body = PatternedContent.Bytes(version.Body!.Value.Content, (int)version.Body.Value.LengthBytes);
        StoreStatus status = world.Store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "Opening a writer")) return (new WriteResult(status, 0), true);
        using (writer)
        {
            status = await ObjectSteps.FillAsync(writer!, body, random, body.Length);
            if (status != StoreStatus.Ok && world.IsUnknown(status, "Filling a body")) return (new WriteResult(status, 0), true);
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)version.Tag, 0) };
            WriteResult result = await world.InTimeAsync(
                world.Store.PutObjectAsync(Bucket, key, writer!, attributes, condition), "PutVersion");
            if (result.Status == StoreStatus.Ok && result.Version.IsNull != version.IsNull)
                throw new SimulationException($"A write got the version {result.Version}.");
            return (result, false);
        }
    }

    private async Task<(WriteResult Result, bool IsDecided)> DeleteAsync(byte[] key)
    {
        WriteResult result = await world.InTimeAsync(world.Store.DeleteObjectAsync(Bucket, key, null, null), "DeleteKey");
        if (result.Status != StoreStatus.Ok) world.IsUnknown(result.Status, "DeleteKey");
        return (result, false);
    }

    // All versions of a key, page by page; null when they cannot be read now.
    private List<(VersionId Id, ModelVersion Version)>? Read(byte[] key)
    {
        var sink = new VersionSink([]);
        byte[] after = [];
        VersionId? afterVersion = null;
        for (bool isTruncated = true; isTruncated && !sink.Entries.Exists(entry => !entry.Key.AsSpan().SequenceEqual(key));)
        {
            var query = new ListQuery { Prefix = key, After = after, MaxKeys = 5 };
            StoreStatus status =
                world.Store.ListVersions(Bucket, query, afterVersion, ref sink, out isTruncated, out after, out afterVersion);
            if (status == StoreStatus.Ok) continue;
            if (world.IsUnknown(status, "ListVersions")) return null;
            throw new SimulationException($"ListVersions answered {status}.");
        }
        var versions = new List<(VersionId Id, ModelVersion Version)>();
        foreach ((byte[] listed, VersionId id, ModelVersion? version, _) in sink.Entries)
        {
            if (!listed.AsSpan().SequenceEqual(key)) continue;
            // A listing does not tell what is held.
            StoreStatus status = world.Store.TryGetVersion(Bucket, key, Named(id), out ObjectRecord? record);
            if (status == StoreStatus.Ok) versions.Add((id, LockedAs(version!, record!)));
            else if (world.IsUnknown(status, "GetVersion")) return null;
            else throw new SimulationException($"Version {id} of {ObjectSteps.Show(key)} is listed and answered {status}.");
        }
        return versions;
    }

    private (byte[] Key, ModelVersions Model) Find(Step step)
    {
        byte[] key = Keys[step.Key % Keys.Length];
        return (key, _keys[key]);
    }

    private ModelVersion Marker() => new(0, null, _versioning != BucketVersioning.Enabled);

    private ModelVersion[] Written(ModelVersion[] before, ModelVersion version) =>
        [version, .. before.Where(older => !version.IsNull || !older.IsNull)];

    // While versioning is suspended a write takes the place of the null version.
    private bool IsReplacedHeld(ModelVersion[] versions) => _versioning == BucketVersioning.Suspended
        && Array.Exists(versions, version => version.IsNull && version.IsLocked(NowMs));

    private static ModelObject? CurrentOf(ModelVersion[] versions) =>
        versions is [{ Body: { } body } newest, ..] ? new ModelObject(newest.Tag, 0, [body], 0) : null;

    private static VersionId Named(VersionId id) => id.IsNull ? default : id;

    private static ModelVersion VersionOf(ObjectRecord record) =>
        LockedAs(VersionOf((long)record.ETag.Digest, record.SizeBytes, record.IsDeleteMarker, record.VersionId), record);

    private static ModelVersion VersionOf(long tag, long sizeBytes, bool isDeleteMarker, VersionId id) =>
        new(tag, isDeleteMarker ? null : new ModelBody(tag, sizeBytes), id.IsNull);

    private static bool IsMadeOf(ModelVersion[] found, List<ModelVersion> all, List<ModelVersion> some)
    {
        var left = new List<ModelVersion>(found);
        return all.All(left.Remove) && left.All(new List<ModelVersion>(some).Remove);
    }

    private static bool IsSubsequence(ModelVersion[] found, List<ModelVersion> of)
    {
        int at = 0;
        foreach (ModelVersion version in of)
        {
            if (at < found.Length && found[at] == version) at++;
        }
        return at == found.Length;
    }

    private static void AssertAllowed(byte[] key, ModelVersions model, List<(VersionId Id, ModelVersion Version)> found)
    {
        ModelVersion[] versions = [.. found.Select(each => each.Version)];
        if (!model.Allows(versions)) throw Wrong(key, model, versions);
    }

    private static SimulationException Wrong(byte[] key, ModelVersions model, ModelVersion[] found) => new(
        $"{ObjectSteps.Show(key)} has the versions {string.Join(", ", found.AsEnumerable())}; "
        + $"expected {(model.Known is { } known ? string.Join(", ", known.AsEnumerable()) : "what a write in doubt allows")}.");

    private readonly struct VersionSink(List<(byte[] Key, VersionId Id, ModelVersion? Version, bool IsLatest)> entries) : IVersionListSink
    {
        public List<(byte[] Key, VersionId Id, ModelVersion? Version, bool IsLatest)> Entries => entries;

        public void Version(ReadOnlySpan<byte> key, in VersionSummary version) => entries.Add((key.ToArray(), version.Id,
            VersionOf((long)version.Object.ETag.Digest, version.Object.SizeBytes, version.IsDeleteMarker, version.Id), version.IsLatest));

        public void CommonPrefix(ReadOnlySpan<byte> prefix) => entries.Add((prefix.ToArray(), default, null, false));
    }

    private readonly struct FolderSink(List<string> entries) : IListSink
    {
        public List<string> Entries => entries;
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => entries.Add(Convert.ToHexString(key));
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => entries.Add(Convert.ToHexString(prefix));
    }
}
